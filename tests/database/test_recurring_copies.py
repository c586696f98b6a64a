"""A copy on the books: number, document, sales invoice, mail and audit event, all or none."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, fulfillments, mail_requests, recurrences, sales_invoices, sequence_schemas
from database.issuing import SALES_SERIES
from database.recurring_copies import TO_THE_BUYER, Copied, MailPlan, make_copy
from database.sequence_schemas import NewSchema
from database.tables import IssuedInvoice, SalesInvoice, SequenceSchema
from invoicing.numbering import SeriesExhausted
from tests.database.sales import stated_item
from tests.documents.sales_invoices import COMPANY
from tests.recurring_invoices import copies_of, drawn, every, issue_parent, wish

Sessions = async_sessionmaker[AsyncSession]
START = date(2035, 1, 31)
FIRST, SECOND = date(2035, 2, 28), date(2035, 3, 31)
ACTOR = "recurrence:0000001"


@pytest.fixture
async def parent(sessions: Sessions, tenant: str) -> SalesInvoice:
    row = await issue_parent(sessions, tenant, START, memo="Rent", details=DETAILS)
    await wish(sessions, row, every())
    return row


DETAILS: dict[str, Any] = {
    "salesInvoiceDate": "31-01-2035",
    "recurring": True,
    "journalEntryCode": "JE-0000001",
    "salesInvoiceItems": [{**stated_item("SII-0000001", "P-0000001", "1"), "id": 1}],
}


async def copy(sessions: Sessions, parent: SalesInvoice, day: date = FIRST, mail: MailPlan = TO_THE_BUYER) -> Copied:
    async with sessions.begin() as session:
        row = await sales_invoices.lock(session, parent.tenant, parent.id)
        assert row is not None
        found = await recurrences.view_of(session, row)
        assert found is not None
        return await make_copy(session, found, day, ACTOR, mail)


async def test_a_copy_is_an_invoice_with_the_next_number_of_its_parents_series(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    made = await copy(sessions, parent)
    assert (made.invoice.number, made.invoice.issue_date, made.invoice.due_date) == (
        "0000002",
        FIRST,
        date(2035, 3, 30),
    )
    row = made.row
    assert (row.code, row.parent_id, row.occurrence, row.status) == ("0000002", parent.id, 1, "OPEN")
    assert (row.recurring, row.recurring_activated, row.memo, row.contact_code) == (False, False, "Rent", "C-0000012")
    assert (row.total, row.due) == (parent.total, parent.total)
    assert await drawn(sessions, parent.tenant) == [1, 2]
    async with sessions() as session:
        assert await sales_invoices.document_of(session, row) == made.invoice


async def test_a_series_of_the_tenants_own_goes_on(sessions: Sessions, tenant: str) -> None:
    new = NewSchema("rent", "rentSequence", "R-", "", 100, 999, 3, {})
    async with sessions.begin() as session:
        schema = await sequence_schemas.create_schema(session, tenant, new)
        await sequence_schemas.set_active(session, tenant, schema)
    parent = await issue_parent(sessions, tenant, START, series="rentSequence")
    await wish(sessions, parent, every())
    assert (parent.code, (await copy(sessions, parent)).invoice.number) == ("R-101", "R-102")


async def test_copies_are_counted_from_one(sessions: Sessions, parent: SalesInvoice) -> None:
    await copy(sessions, parent, FIRST)
    await copy(sessions, parent, SECOND)
    assert [(row.occurrence, row.invoice_date) for row in await copies_of(sessions, parent)] == [
        (1, FIRST),
        (2, SECOND),
    ]


async def test_items_and_journal_entry_have_codes_of_their_own(sessions: Sessions, parent: SalesInvoice) -> None:
    first, second = await copy(sessions, parent, FIRST), await copy(sessions, parent, SECOND)
    seen = [
        (made.row.details["salesInvoiceItems"][0]["salesInvoiceItemCode"], made.row.details["journalEntryCode"])
        for made in (first, second)
    ]
    assert len(set(seen)) == 2
    assert all(item.startswith("SII-") and entry.startswith("JE-") for item, entry in seen)
    assert first.row.details["salesInvoiceDate"] == "28-02-2035"


async def test_the_buyer_gets_a_mail(sessions: Sessions, parent: SalesInvoice) -> None:
    made = await copy(sessions, parent)
    async with sessions() as session:
        (mail,) = await mail_requests.list_of(session, parent.tenant, made.invoice.id)
    assert (mail.id, mail.recipients, mail.state) == (made.mail_id, ["rechnung@werkhof.example"], "REQUESTED")
    assert mail.requested_by == ACTOR


@pytest.mark.parametrize("address", [None, "nobody"])
async def test_a_buyer_without_an_address_gets_none(sessions: Sessions, tenant: str, address: str | None) -> None:
    parent = await issue_parent(sessions, tenant, START, buyer=COMPANY.model_copy(update={"email": address}))
    await wish(sessions, parent, every())
    assert (await copy(sessions, parent)).mail_id is None


async def test_a_caller_may_say_who_gets_which_mail(sessions: Sessions, parent: SalesInvoice) -> None:
    plan = MailPlan(recipients=("a@b.example",), subject="Rent", body="Here it is.")
    made = await copy(sessions, parent, FIRST, plan)
    async with sessions() as session:
        (mail,) = await mail_requests.list_of(session, parent.tenant, made.invoice.id)
    assert (mail.recipients, mail.subject, mail.body) == (["a@b.example"], "Rent", "Here it is.")
    assert (await copy(sessions, parent, SECOND, MailPlan(is_wanted=False))).mail_id is None


async def test_who_made_the_copy_is_written_down(sessions: Sessions, parent: SalesInvoice) -> None:
    await copy(sessions, parent)
    async with sessions() as session:
        (event,) = await audit.list_events(session, parent.tenant, document="sales-invoice/0000002", limit=5)
    assert (event.actor, event.action) == (ACTOR, "issue")


async def test_what_is_fulfilled_when_it_is_issued_is_so_in_every_copy(sessions: Sessions, tenant: str) -> None:
    parent = await issue_parent(sessions, tenant, START, details={**DETAILS, "fulfillmentComplete": True})
    await wish(sessions, parent, every())
    made = await copy(sessions, parent)
    assert made.row.fulfillment_status == "FULLY_FULFILLED"
    async with sessions() as session:
        (code,) = await fulfillments.fulfilled_of(session, made.row)
    assert code == made.row.details["salesInvoiceItems"][0]["salesInvoiceItemCode"]


async def test_a_copy_that_gets_no_number_leaves_nothing_behind(sessions: Sessions, parent: SalesInvoice) -> None:
    async with sessions.begin() as session:
        last = update(SequenceSchema).where(SequenceSchema.tenant == parent.tenant).values(max_value=1)
        await session.execute(last)
    with pytest.raises(SeriesExhausted):
        await copy(sessions, parent)
    assert await copies_of(sessions, parent) == []
    assert await drawn(sessions, parent.tenant) == [1]


async def test_a_made_copy_takes_the_problem_away(sessions: Sessions, parent: SalesInvoice) -> None:
    async with sessions.begin() as session:
        await recurrences.note_problem(session, parent.tenant, parent.id, "no series")
    await copy(sessions, parent)
    async with sessions() as session:
        row = await recurrences.find(session, parent.tenant, parent.id)
    assert row is not None
    assert row.problem is None


async def test_who_forgets_the_lock_still_makes_no_copy_twice(sessions: Sessions, parent: SalesInvoice) -> None:
    """Ten at once, all of which saw the same books: the database lets one through."""

    async def unlocked() -> None:
        async with sessions.begin() as session:
            row = await sales_invoices.get(session, parent.tenant, parent.id)
            found = await recurrences.view_of(session, row) if row else None
            assert found is not None
            if not found.standing.made:
                await make_copy(session, found, FIRST, ACTOR)

    results = await asyncio.gather(*(unlocked() for _ in range(10)), return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), IntegrityError}
    assert [row.code for row in await copies_of(sessions, parent)] == ["0000002"]
    assert await drawn(sessions, parent.tenant) == [1, 2]


async def test_a_copy_of_an_opening_invoice_is_numbered_from_the_usual_series(sessions: Sessions, tenant: str) -> None:
    parent = await issue_parent(sessions, tenant, START, opening="OLD-7", is_opening=True)
    await wish(sessions, parent, every())
    made = await copy(sessions, parent)
    async with sessions() as session:
        schema = await session.scalar(
            select(SequenceSchema.schema_type)
            .join(IssuedInvoice, IssuedInvoice.schema_id == SequenceSchema.id)
            .where(IssuedInvoice.id == made.invoice.id)
        )
    assert (made.invoice.number, schema) == ("0000001", SALES_SERIES)
