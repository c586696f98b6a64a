"""Schedules of automatic jobs. Temporal keeps them: what is made here, `temporal schedule` shows, and the other way.

Temporal's list follows a change after a moment; a single schedule is always read as it is.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_202_ACCEPTED
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError, Detail
from api.jobs.control import temporal_is_away
from api.schedules.bodies import (
    REFUSAL,
    BackfillBody,
    Name,
    NewScheduleBody,
    NoteBody,
    ScheduleAnswer,
    ScheduleBody,
    ScheduleList,
    ScheduleSteered,
    TriggerBody,
)
from api.schedules.gate import NoSuchSchedule, ScheduleExists, ScheduleGate, SpecRefused
from api.schedules.mapping import overlap_policy, run_keys, shown, shown_in_list, to_schedule
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from contracts.temporal_client import TemporalAway
from database.scheduled_jobs import jobs_by_key

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
MANAGE = {"scopes": [INVOICE_MANAGE]}
NAME: TypeAdapter[str] = TypeAdapter(Name)

FIELDS = (
    ("time zone", "timeZone"),
    ("interval", "intervals"),
    ("phase", "intervals"),
    ("calendar", "calendars"),
    ("jitter", "jitter"),
    ("catchup", "catchupWindow"),
)
"""What Temporal's sentence about a schedule speaks of -> our member."""


class ScheduleController(Controller):
    """When automatic jobs are begun."""

    path = "/invoice/{tenant:str}/schedules"
    tags = ["Schedules"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(operation_id="createSchedule", summary="Make a schedule", opt=MANAGE)
    async def create(
        self,
        data: JSONBody[NewScheduleBody],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[ScheduleAnswer]:
        """Times of calendars on a zone's clock, and of intervals; each begins an automatic job asked for that time."""
        data.check()
        async with answered():
            await services.schedules.create(access.tenant, data.name, to_schedule(access.tenant, data.name, data))
            made = await read_schedule(services.schedules, session, access.tenant, data.name)
        location = f"/invoice/{access.tenant}/schedules/{data.name}"
        return Response(made, status_code=HTTP_201_CREATED, headers={"Location": location})

    @get(operation_id="listSchedules", summary="List schedules", opt=READ)
    async def index(self, services: NamedDependency[ApiServices], access: NamedDependency[Access]) -> ScheduleList:
        """All of the tenant's by name, each with its next times; a change is seen here after a moment."""
        async with answered():
            return await list_schedules(services.schedules, access.tenant)

    @get("/{name:str}", operation_id="getSchedule", summary="Read a schedule", opt=READ)
    async def read(
        self,
        name: FromPath[str],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> ScheduleAnswer:
        """With its next ten times and its latest ten runs."""
        async with answered():
            return await read_schedule(services.schedules, session, access.tenant, known(name))

    @put("/{name:str}", operation_id="replaceSchedule", summary="Replace a schedule", opt=MANAGE)
    async def replace(
        self,
        name: FromPath[str],
        data: JSONBody[ScheduleBody],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> ScheduleAnswer:
        """As a whole: members that are left out take their defaults. Its runs and counts stay."""
        data.check()
        async with answered():
            await services.schedules.replace(access.tenant, known(name), to_schedule(access.tenant, name, data))
            return await read_schedule(services.schedules, session, access.tenant, name)

    @post(
        "/{name:str}/pause",
        operation_id="pauseSchedule",
        summary="Pause a schedule",
        status_code=HTTP_202_ACCEPTED,
        opt=MANAGE,
    )
    async def pause(
        self,
        name: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        data: JSONBody[NoteBody | None] = None,
    ) -> ScheduleSteered:
        """Times that pass while it is paused are not run, and not run later; a backfill does that."""
        note = data.note if data and data.note else f"Paused by client:{access.client_id}"
        async with answered():
            await services.schedules.pause(access.tenant, known(name), note)
        return ScheduleSteered(name=name, message="The schedule is paused: jobs under way go on")

    @post(
        "/{name:str}/resume",
        operation_id="resumeSchedule",
        summary="Go on with a paused schedule",
        status_code=HTTP_202_ACCEPTED,
        opt=MANAGE,
    )
    async def resume(
        self,
        name: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        data: JSONBody[NoteBody | None] = None,
    ) -> ScheduleSteered:
        """From its next time on."""
        note = data.note if data and data.note else f"Resumed by client:{access.client_id}"
        async with answered():
            await services.schedules.resume(access.tenant, known(name), note)
        return ScheduleSteered(name=name, message="The schedule goes on")

    @post(
        "/{name:str}/trigger",
        operation_id="triggerSchedule",
        summary="Begin a schedule's job now",
        status_code=HTTP_202_ACCEPTED,
        opt=MANAGE,
    )
    async def trigger(
        self,
        name: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        data: JSONBody[TriggerBody | None] = None,
    ) -> ScheduleSteered:
        """Asked for this moment; paused or not."""
        overlap = overlap_policy(data.overlap) if data and data.overlap else None
        async with answered():
            await services.schedules.trigger(access.tenant, known(name), overlap)
        return ScheduleSteered(name=name, message="The schedule's job is being begun")

    @post(
        "/{name:str}/backfill",
        operation_id="backfillSchedule",
        summary="Run times of a schedule that are past",
        status_code=HTTP_202_ACCEPTED,
        opt=MANAGE,
    )
    async def backfill(
        self,
        name: FromPath[str],
        data: JSONBody[BackfillBody],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> ScheduleSteered:
        """Each for the orders of its own time; a time that has had its job has no second one."""
        data.check(datetime.now(UTC))
        overlap = overlap_policy(data.overlap)
        async with answered():
            await services.schedules.backfill(access.tenant, known(name), data.from_, data.to, overlap)
        return ScheduleSteered(name=name, message="The schedule's times are being run")

    @delete("/{name:str}", operation_id="deleteSchedule", summary="Delete a schedule", opt=MANAGE)
    async def remove(
        self, name: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> None:
        """Jobs that it has begun go on, and stay."""
        async with answered():
            await services.schedules.delete(access.tenant, known(name))


async def list_schedules(gate: ScheduleGate, tenant: str) -> ScheduleList:
    """The tenant's schedules by name."""
    found = [shown_in_list(tenant, listed) for listed in await gate.list(tenant)]
    return ScheduleList(schedules=[summary for summary in found if summary])


async def read_schedule(gate: ScheduleGate, session: AsyncSession, tenant: str, name: str) -> ScheduleAnswer:
    """One schedule, its runs with their jobs."""
    described = await gate.describe(tenant, name)
    return shown(tenant, name, described, await jobs_by_key(session, tenant, run_keys(described)))


def known(name: str) -> str:
    """The name, if a schedule can have it."""
    try:
        return NAME.validate_python(name)
    except ValidationError:
        raise NoSuchSchedule from None


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """What Temporal answers as answers of the API.

    Raises:
        ApiError: 400 with the member at fault, 404, 409, or 503 where Temporal is away.
    """
    try:
        yield
    except NoSuchSchedule:
        raise ApiError(404, "The schedule does not exist", field="name") from None
    except ScheduleExists:
        raise ApiError(409, "There is a schedule of this name", field="name") from None
    except SpecRefused as error:
        raise ApiError(400, REFUSAL, details=[Detail(str(error), _field_of(str(error)))]) from error
    except TemporalAway as error:
        raise temporal_is_away() from error


def _field_of(sentence: str) -> str:
    said = sentence.lower()
    return next((field for word, field in FIELDS if word in said), "body")
