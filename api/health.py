"""Is the process alive, and can it work? For load balancers and container platforms."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from pydantic import BaseModel
from sqlalchemy import text

import logs
from api.services import ApiServices

TIMEOUT_SECONDS = 2.0
"""A part that takes longer to answer counts as down."""

log = logs.get_logger(__name__)


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """How the parts stand on which the API depends."""

    database: Literal["ok", "down"]
    temporal: Literal["ok", "down"]


class HealthController(Controller):
    """Open to everybody; says nothing but ok and down."""

    path = "/health"
    opt = {"public": True}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Health"]  # noqa: RUF012

    @get("/live", operation_id="live", summary="Whether the process answers", security=[{}])
    async def live(self) -> Alive:
        """Always 200: an answer is the answer."""
        return Alive()

    @get("/ready", operation_id="ready", summary="Whether database and Temporal answer", security=[{}])
    async def ready(self, services: NamedDependency[ApiServices]) -> Response[Readiness]:
        """200, or 503 while a part is down."""
        database, temporal = await asyncio.gather(
            _answers("database", _database_answers(services)),
            _answers("temporal", services.temporal.ready()),
        )
        readiness = Readiness(database=_word(database), temporal=_word(temporal))
        status = HTTP_200_OK if database and temporal else HTTP_503_SERVICE_UNAVAILABLE
        return Response(readiness, status_code=status)


def _word(answers: bool) -> Literal["ok", "down"]:  # noqa: FBT001 -- the only argument
    return "ok" if answers else "down"


async def _answers(part: str, question: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await question
    except Exception as error:  # noqa: BLE001 -- whatever it is, the part is not there
        log.warning("not_ready", part=part, error=type(error).__name__)
        return False


async def _database_answers(services: ApiServices) -> bool:
    async with services.sessions() as session:
        await session.execute(text("SELECT 1"))
    return True
