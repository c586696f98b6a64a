"""Codes of contacts, taxes and the like: seven digits, unique also for those who ask at once."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database.codes import CONTACT, ITEM, next_code, next_codes
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


async def one(sessions: Sessions, tenant: str) -> str:
    async with sessions.begin() as session:
        return await next_code(session, tenant, CONTACT)


async def test_each_prefix_and_tenant_counts_for_itself(sessions: Sessions, tenant: str) -> None:
    assert [await one(sessions, tenant), await one(sessions, tenant)] == ["C-0000001", "C-0000002"]
    async with sessions.begin() as session:
        assert await next_codes(session, tenant, ITEM, 3) == ["SII-0000001", "SII-0000002", "SII-0000003"]
        assert await next_codes(session, tenant, ITEM, 1) == ["SII-0000004"]
    assert await one(sessions, await another_tenant(sessions)) == "C-0000001"


async def test_those_who_ask_at_once_get_different_codes(sessions: Sessions, tenant: str) -> None:
    codes = await asyncio.gather(*(one(sessions, tenant) for _ in range(12)))
    assert sorted(codes) == [f"C-{number:07d}" for number in range(1, 13)]
