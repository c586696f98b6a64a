from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database.tables import Tenant
from database.tenants import InvalidTenantCode, ensure_tenant

Sessions = async_sessionmaker[AsyncSession]


async def test_a_tenant_is_made_once(sessions: Sessions) -> None:
    code = f"t{uuid4().hex[:12]}"
    for _ in range(2):
        async with sessions.begin() as session:
            await ensure_tenant(session, code)
    async with sessions() as session:
        assert await session.get(Tenant, code) is not None


@pytest.mark.parametrize("code", ["", "ab", "Acme", "1acme", "ac-me", "acme\n", "a" * 17, "äcme"])
async def test_a_code_that_no_path_could_carry_is_refused(sessions: Sessions, code: str) -> None:
    async with sessions() as session:
        with pytest.raises(InvalidTenantCode):
            await ensure_tenant(session, code)


@pytest.mark.parametrize("code", ["abc", "a" * 16, "a1b2"])
async def test_the_shortest_and_the_longest_code_are_fine(sessions: Sessions, code: str) -> None:
    async with sessions() as session:
        await ensure_tenant(session, code)
        assert await session.get(Tenant, code) is not None
