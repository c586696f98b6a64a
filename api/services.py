"""What controllers work with, and the two dependencies that hand it to them.

    @post("/{tenant:str}/things", operation_id="createThing", opt={"scopes": [THING_MANAGE]})
    async def create(
        self,
        tenant: FromPath[str],
        data: JSONBody[Thing],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> Thing: ...

A handler that names `session` gets one transaction for its request. It is committed when the handler has returned and
its response is rendered, BEFORE any byte of the response is sent: a commit that fails answers an error, never a 201.
Whatever the handler raises rolls it back, so refuse by raising `ApiError`, not by returning a response.
A handler that must act after its data is safe says `await session.commit()` and touches the session no more.
Bodies are pydantic models, of arrays and unions `RootModel`s: then an error names the member, place in the array
included. Members that are None are left out of answers.

`session` must stay the only dependency that is a generator: Litestar cleans up several at the same time.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs.control_gate import ControlGate
from api.schedules.gate import ScheduleGate
from api.security.failed_logins import FailedLogins
from api.temporal_gate import TemporalGate
from integrations.document_store import DocumentStore
from settings import Settings


@dataclass(frozen=True)
class ApiServices:
    """The outside of the API, made by its composition root."""

    settings: Settings
    sessions: async_sessionmaker[AsyncSession]
    documents: DocumentStore
    temporal: TemporalGate
    control: ControlGate
    schedules: ScheduleGate
    failed_logins: FailedLogins = field(default_factory=FailedLogins)


Connection = ASGIConnection[object, object, object, State]


def services_of(connection: Connection) -> ApiServices:
    """The services of the application that serves `connection`."""
    services: ApiServices = connection.app.state.services
    return services


async def provide_session(state: State) -> AsyncIterator[AsyncSession]:
    """Dependency `session`: the request's transaction."""
    services: ApiServices = state.services
    async with services.sessions.begin() as session:
        yield session


async def provide_services(state: State) -> ApiServices:
    """Dependency `services`."""
    services: ApiServices = state.services
    return services
