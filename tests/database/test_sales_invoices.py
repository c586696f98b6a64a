"""The mutable side of an invoice: what may change does, what was issued does not, whoever asks."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sales_invoices
from database.issuing import Issue, issue
from database.sales_invoices import DraftFigures, Entry
from database.tables import SalesInvoice
from invoicing.invoice import Invoice, Settlement, SettlementKind
from tests.database.rows import another_tenant
from tests.documents.invoices import make_invoice

Sessions = async_sessionmaker[AsyncSession]
ACTOR = "client:test"
FIGURES = DraftFigures(
    currency="EUR",
    invoice_date=date(2026, 11, 22),
    due_date=None,
    total=Decimal("11.90"),
    tax=Decimal("1.90"),
    total_in_base=None,
    prepaid=Decimal(0),
    withheld=Decimal(0),
)


def unpaid(invoice: Invoice) -> Invoice:
    """The invoice with everything still due."""
    totals = invoice.totals.model_copy(update={"paid": Decimal(0), "payable": invoice.totals.total})
    return invoice.model_copy(update={"totals": totals, "settlement": Settlement(kind=SettlementKind.ON_ACCOUNT)})


async def issued(sessions: Sessions, tenant: str, draft: int | None = None) -> SalesInvoice:
    """An invoice over 11.90, all of it due."""
    async with sessions.begin() as session:
        held = await sales_invoices.lock(session, tenant, draft) if draft else None
        wanted = Issue(
            tenant=tenant,
            site={"code": "main"},
            issue_date=date(2026, 11, 22),
            entry=Entry(actor=ACTOR, memo="first"),
            draft=held,
        )
        invoice = await issue(
            session,
            wanted,
            lambda id_, number: unpaid(make_invoice(tenant=tenant, id=id_, number=number, order_id=None)),
        )
        row = await sales_invoices.find(session, tenant, invoice.number)
    assert row is not None
    return row


async def settle(sessions: Sessions, row: SalesInvoice, **amounts: Decimal) -> SalesInvoice:
    async with sessions.begin() as session:
        held = await sales_invoices.lock(session, row.tenant, row.id)
        assert held is not None
        await sales_invoices.settle(session, held, ACTOR, **amounts)
    return held


async def test_an_issued_invoice_begins_open_and_due_in_full(sessions: Sessions, tenant: str) -> None:
    row = await issued(sessions, tenant)
    assert (row.code, row.status, row.payment_status) == ("0000001", "OPEN", "PENDING")
    assert (row.total, row.tax, row.due) == (Decimal("11.90"), Decimal("1.90"), Decimal("11.90"))
    assert (row.created_by, row.memo, row.closed_at) == (ACTOR, "first", None)


async def test_payments_bring_the_due_amount_down_until_it_is_closed(sessions: Sessions, tenant: str) -> None:
    row = await issued(sessions, tenant)
    row = await settle(sessions, row, received=Decimal("1.90"))
    assert (row.due, row.status, row.payment_status) == (Decimal("10.00"), "OPEN", "PARTIAL")
    row = await settle(sessions, row, received=Decimal("10.00"))
    assert (row.due, row.status, row.payment_status) == (Decimal("0.00"), "CLOSED", "RECEIVED")
    assert row.closed_at is not None
    assert not row.credited_in_full


async def test_an_invoice_credited_in_full_stands_no_more(sessions: Sessions, tenant: str) -> None:
    row = await issued(sessions, tenant)
    row = await settle(sessions, row, credited=Decimal("11.89"))
    assert (row.due, row.credited_in_full) == (Decimal("0.01"), False)
    row = await settle(sessions, row, credited=Decimal("0.01"))
    assert (row.due, row.credited_in_full, row.status) == (Decimal("0.00"), True, "CLOSED")


async def test_payments_at_once_are_all_counted(sessions: Sessions, tenant: str) -> None:
    row = await issued(sessions, tenant)
    await asyncio.gather(*(settle(sessions, row, received=Decimal("1.00")) for _ in range(8)))
    async with sessions() as session:
        found = await sales_invoices.get(session, tenant, row.id)
    assert found is not None
    assert (found.received, found.due) == (Decimal("8.00"), Decimal("3.90"))


async def test_a_draft_has_a_code_of_its_own_and_becomes_the_invoice(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        draft = await sales_invoices.add_draft(session, tenant, Entry(actor=ACTOR), FIGURES)
    assert (draft.code, draft.status, draft.invoice_id) == (f"DRAFT-{draft.id}", "DRAFT", None)
    row = await issued(sessions, tenant, draft.id)
    assert (row.id, row.code, row.status) == (draft.id, "0000001", "OPEN")
    async with sessions() as session:
        assert await sales_invoices.find(session, tenant, draft.code) is None


async def test_a_draft_may_be_deleted(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        draft = await sales_invoices.add_draft(session, tenant, Entry(actor=ACTOR), FIGURES)
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM sales_invoices WHERE id = :id"), {"id": draft.id})
        assert await sales_invoices.get(session, tenant, draft.id) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sales_invoices WHERE id = :id",
        "UPDATE sales_invoices SET total = total - 1 WHERE id = :id",
        "UPDATE sales_invoices SET tax = 0 WHERE id = :id",
        "UPDATE sales_invoices SET prepaid = 1 WHERE id = :id",
        "UPDATE sales_invoices SET withheld = 1 WHERE id = :id",
        "UPDATE sales_invoices SET code = 'X' WHERE id = :id",
        "UPDATE sales_invoices SET invoice_id = NULL, status = 'DRAFT' WHERE id = :id",
        "UPDATE sales_invoices SET invoice_date = invoice_date - 1 WHERE id = :id",
        "UPDATE sales_invoices SET due_date = '2026-12-24' WHERE id = :id",
        "UPDATE sales_invoices SET contact_code = 'C-9' WHERE id = :id",
        "UPDATE sales_invoices SET currency = 'USD' WHERE id = :id",
        "UPDATE sales_invoices SET total_in_base = 1 WHERE id = :id",
        "UPDATE sales_invoices SET received = received - 1 WHERE id = :id",
        "UPDATE sales_invoices SET credited = credited - 1 WHERE id = :id",
        "UPDATE sales_invoices SET occurrence = 7 WHERE id = :id",
        """UPDATE sales_invoices SET details = '{"salesInvoiceItems": []}' WHERE id = :id""",
        "UPDATE sales_invoices SET created_by = 'nobody' WHERE id = :id",
    ],
)
async def test_the_database_refuses_to_change_what_was_issued(sessions: Sessions, tenant: str, statement: str) -> None:
    row = await settle(sessions, await issued(sessions, tenant), received=Decimal(2), credited=Decimal(2))
    async with sessions() as session:
        with pytest.raises(DBAPIError, match="rows of sales_invoices are never changed or deleted"):
            await session.execute(text(statement), {"id": row.id})


@pytest.mark.parametrize("table", ["invoice_documents", "payments", "payment_items", "audit_events", "sales_invoices"])
async def test_the_database_refuses_to_empty_what_proves_something(sessions: Sessions, table: str) -> None:
    async with sessions() as session:
        with pytest.raises(DBAPIError, match=r"rows of \w+ are never changed or deleted"):
            await session.execute(text(f"TRUNCATE {table} CASCADE"))


async def test_another_tenant_finds_nothing(sessions: Sessions, tenant: str) -> None:
    row, other = await issued(sessions, tenant), await another_tenant(sessions)
    async with sessions() as session:
        assert await sales_invoices.find(session, other, row.code) is None
        assert await sales_invoices.get(session, other, row.id) is None
        assert await sales_invoices.lock(session, other, row.id) is None
        assert row.invoice_id is not None
        assert await sales_invoices.find_by_invoice(session, other, row.invoice_id) is None
