"""What the commands `invoices job` and `invoices order` steer with, and the refusals that they share."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs.control_gate import ClientControlGate, Declined
from api.jobs.job_control import NoSuchJob
from api.temporal_gate import ClientGate
from commands.running import Refused
from contracts.temporal_client import connect
from database.engine import create_engine, create_sessions
from settings import Settings
from worker import temporal_target


@dataclass(frozen=True)
class Desk:
    """A connection of the command's own to the database, and to Temporal as soon as it is needed."""

    settings: Settings
    sessions: async_sessionmaker[AsyncSession]
    temporal: ClientGate
    control: ClientControlGate


@asynccontextmanager
async def steering(settings: Settings) -> AsyncIterator[Desk]:
    """Inside, jobs and orders can be steered; needs no Temporal to enter."""
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        client = await connect(temporal_target(settings), lazy=True)
        yield Desk(settings, create_sessions(engine), ClientGate(client), ClientControlGate(client))
    finally:
        await engine.dispose()


async def accepted(command: Awaitable[str], tenant: str) -> str:
    """The sentence of a job that has taken the command.

    Raises:
        Refused: there is no such job, or it cannot be steered like that.
    """
    try:
        return await command
    except NoSuchJob:
        raise no_such_job(tenant) from None
    except Declined as error:
        raise Refused(str(error)) from None


def no_such_job(tenant: str) -> Refused:
    """Of a job id that the tenant does not have."""
    return Refused(f"tenant {tenant} has no such job: see `invoices job list --tenant {tenant}`")
