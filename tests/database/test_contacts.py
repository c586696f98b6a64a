"""Contacts: found by code, and what they owe."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import contacts
from tests.database.rows import another_tenant
from tests.database.sales import add_draft, as_it_is, credit, issue_sales_invoice

Sessions = async_sessionmaker[AsyncSession]

CODES = ["C-0000001", "C-0000002"]


async def add(sessions: Sessions, tenant: str, name: str = "Ada", **body: object) -> str:
    async with sessions.begin() as session:
        return (await contacts.add(session, tenant, name=name, status=contacts.ACTIVE, body=body)).code


async def owed(sessions: Sessions, tenant: str) -> dict[str, Decimal | None]:
    async with sessions() as session:
        return dict(await contacts.owed_by(session, tenant, CODES))


async def test_a_contact_is_found_by_its_code_within_its_tenant(sessions: Sessions, tenant: str) -> None:
    code = await add(sessions, tenant, "Ada", emailId="ada@example.com")
    other = await another_tenant(sessions)
    async with sessions() as session:
        found = await contacts.find(session, tenant, code)
        assert found is not None
        assert (found.name, found.body) == ("Ada", {"emailId": "ada@example.com"})
        assert await contacts.find(session, other, code) is None
        assert await contacts.get(session, other, found.id) is None
        assert await contacts.lock(session, other, found.id) is None


async def test_a_contact_owes_what_is_due_on_its_open_invoices(sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant, total="100.00", contact_code=CODES[0])
    await issue_sales_invoice(sessions, tenant, total="20.00", contact_code=CODES[0])
    await issue_sales_invoice(sessions, tenant, total="7.00", contact_code=CODES[1])
    await issue_sales_invoice(sessions, tenant, total="1000.00")
    await add_draft(sessions, tenant)
    await credit(sessions, row, "30.50")
    assert await owed(sessions, tenant) == {CODES[0]: Decimal("89.50"), CODES[1]: Decimal("7.00")}


async def test_who_has_paid_everything_owes_nothing(sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant, contact_code=CODES[0])
    await credit(sessions, row, "100.00")
    assert (await as_it_is(sessions, row)).status == "CLOSED"
    assert await owed(sessions, tenant) == {}


async def test_dues_are_added_up_in_the_base_currency_and_rounded_once(sessions: Sessions, tenant: str) -> None:
    for _ in range(2):  # 12.5125 SGD each
        await issue_sales_invoice(sessions, tenant, total="10.01", rate="1.25", contact_code=CODES[0])
    assert await owed(sessions, tenant) == {CODES[0]: Decimal("25.03")}


async def test_dues_in_two_base_currencies_have_no_sum(sessions: Sessions, tenant: str) -> None:
    for rate in ("1.5", None, None):
        await issue_sales_invoice(sessions, tenant, rate=rate, contact_code=CODES[0])
    assert await owed(sessions, tenant) == {CODES[0]: None}


async def test_another_tenant_s_invoices_are_not_owed_here(sessions: Sessions, tenant: str) -> None:
    await issue_sales_invoice(sessions, await another_tenant(sessions), contact_code=CODES[0])
    assert await owed(sessions, tenant) == {}


async def test_who_changes_a_contact_keeps_others_waiting(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant)
    async with sessions.begin() as first, sessions() as second:
        found = await contacts.find(first, tenant, CODES[0])
        assert found is not None
        await contacts.lock(first, tenant, found.id)
        await second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            await contacts.lock(second, tenant, found.id)


async def test_a_change_counts_as_a_version(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant)
    async with sessions.begin() as session:
        found = await contacts.find(session, tenant, CODES[0])
        assert found is not None
        row = await contacts.lock(session, tenant, found.id)
        assert row is not None
        await contacts.change(session, row, name="Grace", status=contacts.INACTIVE, body={})
        assert (row.name, row.status, row.version) == ("Grace", "INACTIVE", 2)
        assert row.updated_at >= row.created_at
