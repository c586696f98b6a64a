"""The API over the test database, spoken to without a socket; and tokens that open it."""

import io
import json
import logging
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import httpx
import pytest
import structlog
from litestar import Controller
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

import logs
from api.app import CONTROLLERS, Api, create_app
from api.jobs.control_gate import NotOpen
from api.schedules.gate import ScheduleGate
from api.security.access import SCOPES
from api.services import ApiServices
from api.temporal_gate import RetryAnswer
from contracts.invoice_job import JobProgress, JobRun
from contracts.message import Message
from contracts.order_invoice import Standing
from contracts.starts import Start
from contracts.temporal_client import TemporalAway
from database.access import issue_token
from database.client_secrets import hash_secret
from database.tables import ApiClient
from integrations.document_store import ObjectDocumentStore
from settings import Settings

Sessions = async_sessionmaker[AsyncSession]
Client = AsyncTestClient[Api]
Answer = TypeVar("Answer", bound=Message)


@dataclass
class TemporalGateFake:
    """Remembers what it was asked to start. Only for tests of HTTP: flows are tested against a real Temporal."""

    is_ready: bool = True
    started: list[JobRun] = field(default_factory=list)
    retried: list[tuple[str, str]] = field(default_factory=list)
    retry_answer: RetryAnswer = RetryAnswer.ACCEPTED
    outbox: list[Start] = field(default_factory=list)
    is_away: bool = False
    waited_for: list[str] = field(default_factory=list)
    on_wait: Callable[[str], Awaitable[bool]] | None = None
    """What happens while somebody waits for a workflow's end; without it, it ends at once."""

    async def ready(self) -> bool:
        return self.is_ready

    async def start_job(self, run: JobRun) -> None:
        self.started.append(run)

    async def start(self, wanted: Start) -> None:
        if self.is_away:
            raise TemporalAway("no answer in time")
        self.outbox.append(wanted)

    async def has_ended(self, workflow_id: str, within_seconds: float) -> bool:
        self.waited_for.append(workflow_id)
        return await self.on_wait(workflow_id) if self.on_wait else True

    async def retry_credit_note(self, tenant: str, credit_note_id: UUID) -> RetryAnswer:
        self.retried.append((tenant, str(credit_note_id)))
        return self.retry_answer


@dataclass
class ControlGateFake:
    """Remembers what it was asked to tell; the test says what the workflows answer."""

    told: list[tuple[str, str, str, Message | None]] = field(default_factory=list)
    """(tenant, job or order id, command, wish), in the order in which they came."""
    refusal: Exception | None = None
    """What every command meets."""
    asked: JobProgress | Standing | Exception = field(default_factory=lambda: NotOpen("no such workflow"))
    """What every question meets."""

    async def tell_job(self, tenant: str, job_id: UUID, command: str, wish: Message | None = None) -> None:
        await self.tell_order(tenant, str(job_id), command, wish)

    async def tell_order(self, tenant: str, order_id: str, command: str, wish: Message | None = None) -> None:
        self.told.append((tenant, order_id, command, wish))
        if self.refusal is not None:
            raise self.refusal

    async def progress(self, tenant: str, job_id: UUID) -> JobProgress:
        return self._answer(JobProgress)

    async def standing(self, tenant: str, order_id: str) -> Standing:
        return self._answer(Standing)

    def _answer(self, kind: type[Answer]) -> Answer:
        if isinstance(self.asked, Exception):
            raise self.asked
        assert isinstance(self.asked, kind)
        return self.asked


class _NoSchedules:
    def __getattr__(self, _name: str) -> Callable[..., Awaitable[None]]:
        async def away(*_arguments: object) -> None:
            raise TemporalAway("no answer in time")

        return away


def no_schedules() -> ScheduleGate:
    """A gate behind which nobody answers: schedules are tested against a real Temporal."""
    return cast("ScheduleGate", _NoSchedules())


class ApiClientFactory(Protocol):
    """`async with api_client() as client` (or with other controllers, services, a header for every request)."""

    def __call__(
        self,
        *,
        token: str | None = None,
        services: ApiServices | None = None,
        controllers: Sequence[type[Controller]] = CONTROLLERS,
    ) -> AbstractAsyncContextManager[Client]: ...


CrowdFactory = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]
"""`async with crowd(token) as client`: its requests really run at the same time."""

TokenMaker = Callable[..., Awaitable[str]]

NO_SECRET = hash_secret(token_urlsafe())


@pytest.fixture
def temporal_gate() -> TemporalGateFake:
    return TemporalGateFake()


@pytest.fixture
def control_gate() -> ControlGateFake:
    return ControlGateFake()


@pytest.fixture
def api_services(
    sessions: Sessions, temporal_gate: TemporalGateFake, control_gate: ControlGateFake, tmp_path: Path
) -> ApiServices:
    store = ObjectDocumentStore(f"file://{tmp_path}")
    return ApiServices(
        settings=Settings(),
        sessions=sessions,
        documents=store,
        temporal=temporal_gate,
        control=control_gate,
        schedules=no_schedules(),
    )


IDLE_APPS: defaultdict[tuple[type[Controller], ...], list[Api]] = defaultdict(list)
"""Applications that no test uses just now. Building one takes far longer than a request does."""


@contextmanager
def lent_app(services: ApiServices, controllers: Sequence[type[Controller]]) -> Iterator[Api]:
    """An application over these services; two at the same time are never the same one."""
    idle = IDLE_APPS[tuple(controllers)]
    app = idle.pop() if idle else create_app(services, controllers)
    app.state.services = services
    yield app
    idle.append(app)


@pytest.fixture
def api_client(api_services: ApiServices) -> ApiClientFactory:
    """Builds a client over `api_services`; with `token`, every request carries it."""

    @asynccontextmanager
    async def build(
        *,
        token: str | None = None,
        services: ApiServices | None = None,
        controllers: Sequence[type[Controller]] = CONTROLLERS,
    ) -> AsyncIterator[Client]:
        with lent_app(services or api_services, controllers) as app:
            async with AsyncTestClient(app, raise_server_exceptions=False) as client:
                if token is not None:
                    client.headers["authorization"] = f"Bearer {token}"
                yield client

    return build


@pytest.fixture
def crowd(api_services: ApiServices) -> CrowdFactory:
    """For tests of what happens at once: Litestar's `AsyncTestClient` answers one request after the other."""

    @asynccontextmanager
    async def build(token: str) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"authorization": f"Bearer {token}"}
        with lent_app(api_services, CONTROLLERS) as app:
            transport = httpx.ASGITransport(cast("Any", app))
            async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
                yield client

    return build


@pytest.fixture
def token(sessions: Sessions) -> TokenMaker:
    """`await token(tenant, scopes)`: a token of a new client of the tenant; without `scopes`, of all of them."""

    async def make(tenant: str, scopes: Sequence[str] = SCOPES, lifetime_seconds: float = 3_600) -> str:
        return await new_token(sessions, tenant, scopes, lifetime_seconds)

    return make


async def new_token(
    sessions: Sessions, tenant: str, scopes: Sequence[str] = SCOPES, lifetime_seconds: float = 3_600
) -> str:
    """For fixtures that outlive a test. Its client has no secret: to hash one takes longer than most tests."""
    client = ApiClient(client_id=token_hex(16), tenant=tenant, secret_hash=NO_SECRET, scopes=sorted(set(scopes)))
    async with sessions.begin() as session:
        session.add(client)
        await session.flush()
        return (await issue_token(session, client, scopes, lifetime_seconds)).secret


class LogLines:
    """What was logged so far."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def named(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == event]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """Logs go here, in JSON from DEBUG up, while the test runs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure_logging("DEBUG", "json", stream)
    yield LogLines(stream)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port of this machine that nobody listens on while the test runs: it is bound, so nobody else gets it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
