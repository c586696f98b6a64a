"""The request's transaction: committed before the answer leaves, or the answer is no success."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.testing import AsyncTestClient
from litestar.types import Message, Receive, Scope, Send
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.app import create_app
from api.errors.api_error import ApiError
from api.services import ApiServices
from tests.api_fixtures import ApiClientFactory, LogLines

Sessions = async_sessionmaker[AsyncSession]


class Nodes(Controller):
    """A table whose constraints are looked at only when the transaction commits."""

    path = "/site/nodes"
    opt = {"public": True}  # noqa: RUF012

    @post("/good/{node:uuid}")
    async def good(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> dict[str, str]:
        await insert(session, node)
        return {"node": str(node)}

    @post("/orphan/{node:uuid}")
    async def orphan(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> dict[str, str]:
        await insert(session, node, parent=uuid4())
        return {"node": str(node)}

    @post("/twin/{node:uuid}")
    async def twin(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> Response[dict[str, str]]:
        await insert(session, node)
        await insert(session, node)
        return Response({"node": str(node)}, status_code=201)

    @post("/refused/{node:uuid}")
    async def refused(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> None:
        await insert(session, node)
        raise ApiError(409, "No")

    @post("/unserialisable/{node:uuid}")
    async def unserialisable(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> object:
        await insert(session, node)
        return object()

    @post("/early/{node:uuid}")
    async def early(self, node: FromPath[UUID], session: NamedDependency[AsyncSession]) -> dict[str, str]:
        await insert(session, node)
        await session.commit()
        with pytest.raises(InvalidRequestError):
            await session.execute(text("SELECT 1"))
        return {"node": str(node)}


async def insert(session: AsyncSession, node: object, parent: object = None) -> None:
    await session.execute(text("INSERT INTO api_test_nodes VALUES (:id, :parent)"), {"id": node, "parent": parent})


@pytest.fixture(scope="module", autouse=True)
async def nodes(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE api_test_parents (id uuid PRIMARY KEY)"))
        await connection.execute(
            text(
                "CREATE TABLE api_test_nodes ("
                " id uuid UNIQUE DEFERRABLE INITIALLY DEFERRED,"
                " parent uuid REFERENCES api_test_parents DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    yield
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE api_test_nodes, api_test_parents"))


async def is_kept(sessions: Sessions, node: str) -> bool:
    async with sessions() as session:
        found = await session.execute(text("SELECT 1 FROM api_test_nodes WHERE id = CAST(:id AS uuid)"), {"id": node})
        return found.first() is not None


async def test_the_row_is_there_before_the_first_byte_of_the_answer(
    api_services: ApiServices, sessions: Sessions
) -> None:
    app = create_app(api_services, [Nodes])
    node = str(uuid4())
    kept_when_answered: list[bool] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept_when_answered.append(await is_kept(sessions, node))
            await send(message)

        await app(scope, receive, watch)

    async with AsyncTestClient(watched) as client:
        answer = await client.post(f"/site/nodes/good/{node}")
    assert answer.status_code == 201
    assert kept_when_answered == [True]


@pytest.mark.parametrize(("route", "status"), [("orphan", 500), ("twin", 409)])
async def test_a_commit_that_fails_is_never_answered_with_success(
    api_client: ApiClientFactory, sessions: Sessions, route: str, status: int, log_lines: LogLines
) -> None:
    node = str(uuid4())
    async with api_client(controllers=[Nodes]) as client:
        answer = await client.post(f"/site/nodes/{route}/{node}")
    assert answer.status_code == status
    assert not await is_kept(sessions, node)
    assert node not in answer.text
    assert node not in log_lines.text


@pytest.mark.parametrize(("route", "status"), [("refused", 409), ("unserialisable", 500)])
async def test_what_a_handler_raises_rolls_back(
    api_client: ApiClientFactory, sessions: Sessions, route: str, status: int
) -> None:
    node = str(uuid4())
    async with api_client(controllers=[Nodes]) as client:
        answer = await client.post(f"/site/nodes/{route}/{node}")
    assert answer.status_code == status
    assert not await is_kept(sessions, node)


async def test_a_handler_may_commit_early_and_then_has_no_session_any_more(
    api_client: ApiClientFactory, sessions: Sessions
) -> None:
    node = str(uuid4())
    async with api_client(controllers=[Nodes]) as client:
        answer = await client.post(f"/site/nodes/early/{node}")
    assert answer.status_code == 201
    assert await is_kept(sessions, node)


async def test_no_request_keeps_a_connection(api_client: ApiClientFactory, engine: AsyncEngine) -> None:
    async with api_client(controllers=[Nodes]) as client:
        for route in ("good", "orphan", "twin", "refused", "early", "unserialisable"):
            await client.post(f"/site/nodes/{route}/{uuid4()}")
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
