"""Paths of the Sequential ID service that the vendor removed in 2025, for clients that still call them (Emporix A.3).

They have no tenant: it is the token's.
"""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.docs.example_bodies import SchemaJson
from api.errors.api_error import Dialect
from api.security.access import SEQUENTIAL_ID_MANAGE, SEQUENTIAL_ID_VIEW, Access
from api.sequential_ids.bodies import JsonObject, NextIdsBody, new_schema, shown_schema
from api.sequential_ids.drawing import draw_ids
from api.sequential_ids.sequential_ids import Caller, SiteCode, created, draw_of
from database import sequence_schemas


class OldSequentialIdController(Controller):
    """Each does what its successor in `api.sequential_ids.sequential_ids` does."""

    path = "/sequential-id/sequenceSchemas"
    opt = {"dialect": Dialect.SEQUENTIAL_ID}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Sequential ID"]  # noqa: RUF012

    @get(
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="listSchemasOld",
        summary="List schemas (old path)",
        deprecated=True,
    )
    async def list_schemas(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> list[JsonObject]:
        """Use `GET /sequential-id/{tenant}/schemas`."""
        return [shown_schema(schema) for schema in await sequence_schemas.list_schemas(session, access.tenant)]

    @post(
        opt={"scopes": [SEQUENTIAL_ID_MANAGE]},
        operation_id="createSchemaOld",
        summary="Create a schema (old path)",
        deprecated=True,
    )
    async def create_schema(
        self,
        request: Caller,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        data: SchemaJson,
    ) -> Response[str | JsonObject]:
        """Use `POST /sequential-id/{tenant}/schemas`."""
        schema_id = await sequence_schemas.create_schema(session, access.tenant, new_schema(data))
        return created(request, schema_id)

    @post(
        "/{schema_type:str}/nextIds",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="nextIdsOld",
        summary="Draw numbers of one type (old path)",
        deprecated=True,
    )
    async def next_ids(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        schema_type: FromPath[str],
        data: JSONBody[NextIdsBody | None] = None,
        site_code: SiteCode = None,
    ) -> dict[str, list[str]]:
        """Use `POST /sequential-id/{tenant}/schemas/types/{schemaType}/nextId`, or the batch for several."""
        body = data or NextIdsBody()
        ids = await draw_ids(session, access, [draw_of(schema_type, body, body.number_of_ids)], site_code)
        return {"ids": ids[0]}
