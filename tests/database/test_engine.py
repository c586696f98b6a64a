"""Connections: one that rested is checked before it is used again, one in steady use is not."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from database import engine as database_engine
from database.engine import create_engine, create_sessions, statements


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """One connection at most: every session gets the same."""
    engine = create_engine(database_url, pool_size=1)
    yield engine
    await engine.dispose()


async def backend(engine: AsyncEngine) -> int:
    async with create_sessions(engine).begin() as session:
        return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)


async def end(database_url: str, pid: int) -> None:
    """End a backend as a restart of the server would."""
    other = create_engine(database_url, pool_size=1)
    async with create_sessions(other).begin() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await other.dispose()


async def test_a_connection_that_died_while_it_rested_costs_nobody_an_error(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await backend(engine)
    await end(database_url, first)
    monkeypatch.setattr(database_engine, "TRUSTED_SECONDS", 0.0)
    assert await backend(engine) != first


async def test_a_connection_that_was_just_in_use_is_not_asked_and_is_replaced_after_its_error(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_engine, "TRUSTED_SECONDS", 60.0)
    first = await backend(engine)
    await end(database_url, first)
    with pytest.raises(OperationalError):
        await backend(engine)
    assert await backend(engine) != first


async def test_a_statement_of_its_own_is_committed_when_it_returns(engine: AsyncEngine, database_url: str) -> None:
    insert = text("INSERT INTO tenants (code) VALUES (:code)")
    code = f"s{uuid4().hex[:8]}"
    other = create_engine(database_url, pool_size=1)
    async with statements(create_sessions(engine)) as session:
        await session.execute(insert, {"code": code})
        async with create_sessions(other)() as reader:
            assert await reader.scalar(text("SELECT code FROM tenants WHERE code = :code"), {"code": code}) == code
    await other.dispose()


async def test_whoever_gets_the_connection_next_has_transactions_again(engine: AsyncEngine) -> None:
    sessions = create_sessions(engine)
    async with statements(sessions) as session:
        await session.execute(text("SELECT 1"))
    async with sessions() as session:
        times = [await session.scalar(text("SELECT now()")) for _ in range(2)]
    assert times[0] == times[1]
