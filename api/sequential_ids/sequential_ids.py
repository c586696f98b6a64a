"""The Sequential ID service (Emporix A.3): number series and their numbers.

As observed on the vendor's service, also where its documents say otherwise: a created schema is answered with its bare
id as text; reading an unknown schema is 200 with an empty body; deleting one is 204 again and again; the first number
is one above `startValue`. Where neither documents nor observations help, or where invoices ask for more:

- A client that accepts JSON but no text gets `{"id": "..."}` for a created schema.
- A call that fails draws no number: series are gapless.
- Deleting a schema never deletes its numbers, and its row is kept out of sight once it has issued one.
- An unknown `siteCode` is refused: the date and country in a number would be guesses.
- The paths without tenant that the vendor has removed are served by `api.sequential_ids.old_paths`.
- Every number drawn here is recorded with the client that drew it, those of the invoice series too.
"""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from litestar import Controller, MediaType, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from api.docs.example_bodies import SchemaJson
from api.errors.api_error import ApiError, Dialect
from api.security.access import SEQUENTIAL_ID_MANAGE, SEQUENTIAL_ID_VIEW, Access
from api.sequential_ids.bodies import (
    JsonObject,
    NextIdBody,
    NextIdsBatch,
    new_schema,
    shown_schema,
)
from api.sequential_ids.drawing import Draw, draw_ids
from database import sequence_schemas
from database.sequences import Wanted

Caller = Request[object, Access, State]
SiteCode = Annotated[str | None, QueryParameter(name="siteCode")]


class SequentialIdController(Controller):
    """Schemas are managed with one scope; the other reads them and draws numbers. Neither implies the other."""

    path = "/sequential-id"
    opt = {"dialect": Dialect.SEQUENTIAL_ID}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Sequential ID"]  # noqa: RUF012

    @get(
        "/{tenant:str}/schemas",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="listSchemas",
        summary="List schemas",
    )
    async def list_schemas(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> list[JsonObject]:
        """Pools are among them, under the type `{schemaType}--{sequenceKey}`."""
        return [shown_schema(schema) for schema in await sequence_schemas.list_schemas(session, access.tenant)]

    @post(
        "/{tenant:str}/schemas",
        opt={"scopes": [SEQUENTIAL_ID_MANAGE]},
        operation_id="createSchema",
        summary="Create a schema",
    )
    async def create_schema(
        self,
        request: Caller,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        data: SchemaJson,
    ) -> Response[str | JsonObject]:
        """Answers the id as plain text, or as `{"id": ...}` to who accepts JSON only. The schema is not active yet."""
        schema_id = await sequence_schemas.create_schema(session, access.tenant, new_schema(data))
        return created(request, schema_id)

    @get(
        "/{tenant:str}/schemas/{schema_id:str}",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="getSchema",
        summary="Read a schema",
    )
    async def get_schema(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], schema_id: FromPath[str]
    ) -> Response[JsonObject | bytes]:
        """200 with an empty body where there is none."""
        found = _uuid(schema_id)
        schema = await sequence_schemas.get_schema(session, access.tenant, found) if found else None
        return Response(shown_schema(schema) if schema else b"")

    @delete(
        "/{tenant:str}/schemas/{schema_id:str}",
        opt={"scopes": [SEQUENTIAL_ID_MANAGE]},
        operation_id="deleteSchema",
        summary="Delete a schema",
    )
    async def delete_schema(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], schema_id: FromPath[str]
    ) -> None:
        """Idempotent. Numbers that were drawn stay recorded."""
        if found := _uuid(schema_id):
            await sequence_schemas.delete_schema(session, access.tenant, found)

    @post(
        "/{tenant:str}/schemas/{schema_id:str}/setActive",
        opt={"scopes": [SEQUENTIAL_ID_MANAGE]},
        operation_id="activateSchema",
        summary="Make a schema the one its type is drawn from",
        status_code=HTTPStatus.OK,
    )
    async def activate_schema(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], schema_id: FromPath[str]
    ) -> Response[bytes]:
        """Whichever was active before is not any more."""
        found = _uuid(schema_id)
        if found is None or not await sequence_schemas.set_active(session, access.tenant, found):
            raise ApiError(404, f"Schema with the id {schema_id} doesn't exist!")
        return Response(b"")

    @get(
        "/{tenant:str}/schemas/types/{schema_type:str}",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="listSchemasOfType",
        summary="List the schemas of a type",
    )
    async def list_schemas_of_type(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], schema_type: FromPath[str]
    ) -> list[JsonObject]:
        """Empty where there is none."""
        schemas = await sequence_schemas.list_schemas(session, access.tenant, schema_type)
        return [shown_schema(schema) for schema in schemas]

    @post(
        "/{tenant:str}/schemas/types/{schema_type:str}/nextId",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="nextId",
        summary="Draw a number",
    )
    async def next_id(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        schema_type: FromPath[str],
        data: JSONBody[NextIdBody | None] = None,
        site_code: SiteCode = None,
    ) -> dict[str, str]:
        """With `siteCode`, dates and country in the number are the site's."""
        ids = await draw_ids(session, access, [draw_of(schema_type, data or NextIdBody())], site_code)
        return {"id": ids[0][0]}

    @post(
        "/sequenceSchemaBatch/nextIds",
        opt={"scopes": [SEQUENTIAL_ID_VIEW]},
        operation_id="nextIdsBatch",
        summary="Draw numbers of several types",
    )
    async def next_ids_batch(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        data: JSONBody[NextIdsBatch],
        site_code: SiteCode = None,
    ) -> dict[str, dict[str, list[str]]]:
        """All or none. The tenant is the token's."""
        draws = [draw_of(schema_type, body, body.number_of_ids) for schema_type, body in data.root.items()]
        ids = await draw_ids(session, access, draws, site_code)
        return {schema_type: {"ids": numbers} for schema_type, numbers in zip(data.root, ids, strict=True)}


def created(request: Caller, schema_id: UUID) -> Response[str | JsonObject]:
    """A schema's id, as text where the caller takes text."""
    if request.accept.accepts(MediaType.TEXT):
        return Response(str(schema_id), media_type=MediaType.TEXT)
    return Response({"id": str(schema_id)}, media_type=MediaType.JSON)


def draw_of(schema_type: str, body: NextIdBody, count: int = 1) -> Draw:
    """What a body asks for."""
    return Draw(Wanted(schema_type, count, body.sequence_key), body.placeholders)


def _uuid(text: str) -> UUID | None:
    """The id, None where it cannot be one of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None
