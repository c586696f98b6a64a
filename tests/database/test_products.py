"""Products: the names that lines may leave out."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import products
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


async def add(sessions: Sessions, tenant: str, name: str, *, active: bool = True) -> str:
    async with sessions.begin() as session:
        return (await products.add(session, tenant, name=name, active=active, body={})).code


async def test_codes_have_names_within_their_tenant(sessions: Sessions, tenant: str) -> None:
    drill = await add(sessions, tenant, "Drill")
    retired = await add(sessions, tenant, "Hand drill", active=False)
    other = await another_tenant(sessions)
    async with sessions() as session:
        named = await products.names(session, tenant, [drill, retired, "P-9999999"])
        assert named == {"P-0000001": "Drill", "P-0000002": "Hand drill"}
        assert await products.names(session, other, [drill]) == {}
        assert await products.names(session, tenant, []) == {}


async def test_a_product_is_another_tenant_s_secret(sessions: Sessions, tenant: str) -> None:
    code = await add(sessions, tenant, "Drill")
    other = await another_tenant(sessions)
    async with sessions() as session:
        row = await products.find(session, tenant, code)
        assert row is not None
        assert await products.find(session, other, code) is None
        assert await products.get(session, other, row.id) is None
        assert await products.lock(session, other, row.id) is None


async def test_who_changes_a_product_keeps_others_waiting(sessions: Sessions, tenant: str) -> None:
    code = await add(sessions, tenant, "Drill")
    async with sessions.begin() as first, sessions() as second:
        found = await products.find(first, tenant, code)
        assert found is not None
        await products.lock(first, tenant, found.id)
        await second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            await products.lock(second, tenant, found.id)
