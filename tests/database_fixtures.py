"""A migrated database for the whole test session; every test has a tenant of its own in it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from database.engine import create_engine, create_sessions
from database.migrate import migrate
from database.tables import Tenant
from demo.embedded.postgres import EmbeddedPostgres

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("service")
    migrate(postgres.url("service"))
    return postgres.url("service")


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, pool_size=20)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def sessions(engine: AsyncEngine) -> Sessions:
    return create_sessions(engine)


@pytest.fixture
async def tenant(sessions: Sessions) -> str:
    code = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=code))
    return code
