"""Routes for tests: the same few handlers in each dialect, so that each can be seen failing."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError, Detail
from api.security.access import Access

SCOPES = ["probe.read", "probe.manage"]


class Placeholder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    required: bool


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start_value: Annotated[int, Field(alias="startValue", ge=0)]
    placeholders: dict[str, Placeholder] = {}
    note: JsonValue = None


class Samples(RootModel[list[Sample]]):
    pass


class Probe(Controller):
    opt = {"scopes": SCOPES}  # noqa: RUF012

    @get("/who")
    async def who(self, access: NamedDependency[Access]) -> dict[str, str]:
        return {"tenant": access.tenant, "client": access.client_id}

    @post("/samples", sync_to_thread=False)
    def take(self, data: JSONBody[Sample]) -> Sample:
        return data

    @post("/lists", sync_to_thread=False)
    def take_list(self, data: JSONBody[Samples]) -> Samples:
        return data

    @get("/numbers", sync_to_thread=False)
    def number(self, size: FromQuery[int]) -> dict[str, int]:
        return {"size": size}

    @get("/missing")
    async def missing(self) -> None:
        raise ApiError(404, "Thing not found", details=["Could not find thing 'x'"])

    @get("/refused")
    async def refused(self) -> None:
        raise ApiError(400, "startValue is too large", field="startValue")

    @get("/twice")
    async def twice(self) -> None:
        raise ApiError(400, "Two faults", details=[Detail("is too large", "startValue"), Detail("is empty", "name")])

    @get("/conflict")
    async def conflict(self) -> None:
        raise ApiError(409, "Mixin X already exists for site Y")

    @post("/bug")
    async def bug(self, data: JSONBody[dict[str, str]]) -> None:
        raise RuntimeError(f"internals of the {len(str(data))} characters")

    @get("/database")
    async def database(self, session: NamedDependency[AsyncSession]) -> dict[str, int]:
        return {"one": (await session.execute(text("SELECT 1"))).scalar_one()}

    @post("/stored")
    async def store(self, session: NamedDependency[AsyncSession], data: JSONBody[dict[str, str]]) -> dict[str, str]:
        await session.execute(text("SELECT CAST(:value AS text)"), {"value": data["value"]})
        return data


class InvoiceProbe(Probe):
    path = "/invoice/{tenant:str}"


class ConfigurationProbe(Probe):
    path = "/configuration/{tenant:str}"


class SequentialIdProbe(Probe):
    path = "/sequential-id/{tenant:str}"


class SiteProbe(Probe):
    path = "/site/{tenant:str}"


class AccountingProbe(Probe):
    path = "/v1"


class OtherProbe(Probe):
    path = "/v0"


PROBES = (InvoiceProbe, ConfigurationProbe, SequentialIdProbe, SiteProbe, AccountingProbe, OtherProbe)
