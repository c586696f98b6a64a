"""The audit trail: in order, by document, and never changed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit
from database.audit import Deed
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


async def done(sessions: Sessions, tenant: str, action: str, document: str = "sales-invoice/1") -> None:
    async with sessions.begin() as session:
        await audit.record(session, tenant, Deed("client:ada", action, document), amount="1.00")


async def test_deeds_are_listed_newest_first_and_paged(sessions: Sessions, tenant: str) -> None:
    for action in ("create", "change", "issue"):
        await done(sessions, tenant, action)
    await done(sessions, tenant, "create", "contact/C-0000001")
    async with sessions() as session:
        everything = await audit.list_events(session, tenant, document=None, limit=3)
        older = await audit.list_events(session, tenant, document=None, limit=3, before=everything[-1].id)
        of_one = await audit.list_events(session, tenant, document="sales-invoice/1", limit=9)
        assert await audit.count_events(session, tenant, document=None) == 4
        assert await audit.count_events(session, tenant, document="sales-invoice/1") == 3
    assert [event.action for event in (*everything, *older)] == ["create", "issue", "change", "create"]
    assert [event.action for event in of_one] == ["issue", "change", "create"]
    assert (of_one[0].actor, of_one[0].detail) == ("client:ada", {"amount": "1.00"})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
async def test_the_trail_cannot_be_changed(sessions: Sessions, tenant: str, statement: str) -> None:
    await done(sessions, tenant, "create")
    async with sessions() as session:
        with pytest.raises(DBAPIError, match="rows of audit_events are never changed or deleted"):
            await session.execute(text(statement))


async def test_another_tenant_sees_none_of_it(sessions: Sessions, tenant: str) -> None:
    await done(sessions, tenant, "create")
    async with sessions() as session:
        assert await audit.list_events(session, await another_tenant(sessions), document=None, limit=9) == []
