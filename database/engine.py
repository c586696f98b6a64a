"""Connections to PostgreSQL."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT = "30s"
TRUSTED_SECONDS = 1.0
"""A connection that was in use so recently is taken to be alive: asking costs as much as a small query."""
USED_AT = "used_at"


def driver_url(database_url: str) -> str:
    """The URL with our driver (psycopg 3) named, whatever the caller wrote before the colon."""
    return make_url(database_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def create_engine(database_url: str, pool_size: int) -> AsyncEngine:
    """An engine whose connections are checked after a rest: a restarted server costs a reconnect, not an error."""
    engine = create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c timezone=UTC",
        },
    )
    _check_after_rest(engine)
    return engine


def _check_after_rest(engine: AsyncEngine) -> None:
    """What SQLAlchemy's own check before every use does, for connections that have rested."""
    pool, dialect = engine.sync_engine.pool, engine.sync_engine.dialect

    @event.listens_for(pool, "checkin")
    def note_use(_connection: Any, record: Any) -> None:  # noqa: ANN401 -- the event's signature
        record.info[USED_AT] = time.monotonic()

    @event.listens_for(pool, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:  # noqa: ANN401
        rested = time.monotonic() - record.info.get(USED_AT, time.monotonic())
        if rested <= TRUSTED_SECONDS:
            return
        try:
            alive = dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the connection did not outlive its rest") from error
        if not alive:
            raise DisconnectionError("the connection did not outlive its rest")


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions as every repository takes them: `async with sessions.begin() as session` is one transaction."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def statements(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """A session in which every statement is a transaction of its own, committed when it returns.

    For work that is one statement: BEGIN and COMMIT would cost as much as the statement itself, each.
    """
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session
