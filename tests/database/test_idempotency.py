"""Idempotency keys: a repeat gets what the first request made, another request under the key is refused."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database.idempotency import KeyedRequest, KeyReused, made_before, remember
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


async def make(sessions: Sessions, request: KeyedRequest, subject: str) -> str:
    """Make something unless the request made it before; what it made."""
    async with sessions.begin() as session:
        before = await made_before(session, request)
        if before is None:
            await remember(session, request, subject)
        return before or subject


async def test_a_repeat_gets_what_the_first_one_made(sessions: Sessions, tenant: str) -> None:
    request = KeyedRequest(tenant, "create", "key-1", "hash")
    assert [await make(sessions, request, "first"), await make(sessions, request, "second")] == ["first", "first"]


async def test_of_equal_requests_at_once_one_makes_it(sessions: Sessions, tenant: str) -> None:
    request = KeyedRequest(tenant, "create", "key-1", "hash")
    made = await asyncio.gather(*(make(sessions, request, str(number)) for number in range(8)))
    assert len(set(made)) == 1


async def test_another_request_under_the_key_is_refused(sessions: Sessions, tenant: str) -> None:
    request = KeyedRequest(tenant, "create", "key-1", "hash")
    await make(sessions, request, "first")
    with pytest.raises(KeyReused, match="key-1"):
        await make(sessions, replace(request, request_hash="other"), "second")


async def test_keys_of_other_operations_and_tenants_are_other_keys(sessions: Sessions, tenant: str) -> None:
    request = KeyedRequest(tenant, "create", "key-1", "hash")
    others = [replace(request, operation="pay"), replace(request, tenant=await another_tenant(sessions))]
    made = [await make(sessions, each, str(number)) for number, each in enumerate([request, *others])]
    assert made == ["0", "1", "2"]
