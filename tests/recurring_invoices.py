"""Invoices that recur, and what has come of them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import recurrences, sales_invoices
from database.issuing import SALES_SERIES, Issue, issue, issue_opening
from database.recurrences import RecurrenceView, Wish
from database.sales_invoices import Entry
from database.tables import DrawnNumber, SalesInvoice
from invoicing.invoice import Invoice
from invoicing.sales.recurrence import Frequency, Schedule
from tests.documents.sales_invoices import sales_invoice

Sessions = async_sessionmaker[AsyncSession]
ACTOR = "client:test"
FAR = date(2999, 12, 31)


def every(number: int = 1, frequency: str = "MONTH", *, copies: int = 14, until: date = FAR) -> Schedule:
    return Schedule(every=number, frequency=Frequency(frequency), count=copies, end_date=until)


async def issue_parent(
    sessions: Sessions,
    tenant: str,
    day: date,
    *,
    days_to_pay: int = 30,
    details: dict[str, Any] | None = None,
    series: str = SALES_SERIES,
    opening: str | None = None,
    **changes: Any,
) -> SalesInvoice:
    """An issued invoice that does not recur yet; `opening` is the number that it had in other books."""
    fields: dict[str, Any] = {
        "issue_date": day,
        "due_date": day + timedelta(days=days_to_pay),
        "site_code": "main",
    } | changes

    def make(invoice_id: UUID, number: str) -> Invoice:
        return sales_invoice(tenant=tenant, id=invoice_id, number=number, **fields)

    entry = Entry(actor=ACTOR, contact_code="C-0000012", memo=fields.get("memo"), details=details or {})
    wanted = Issue(tenant=tenant, site={"code": "main"}, issue_date=day, entry=entry, schema_type=series)
    async with sessions.begin() as session:
        invoice = await (issue_opening(session, wanted, make, opening) if opening else issue(session, wanted, make))
        row = await sales_invoices.find(session, tenant, invoice.number)
    assert row is not None
    return row


async def wish(
    sessions: Sessions,
    parent: SalesInvoice,
    schedule: Schedule | None = None,
    *,
    recurring: bool = True,
    activated: bool = True,
    now: datetime | None = None,
) -> None:
    """What `set-recurring` does, at this instant."""
    async with sessions.begin() as session:
        held = await sales_invoices.lock(session, parent.tenant, parent.id)
        assert held is not None
        await recurrences.change(session, held, Wish(recurring, activated, schedule), ACTOR, now)


async def view(sessions: Sessions, parent: SalesInvoice) -> RecurrenceView:
    async with sessions() as session:
        row = await sales_invoices.get(session, parent.tenant, parent.id)
        assert row is not None
        found = await recurrences.view_of(session, row)
    assert found is not None
    return found


async def copies_of(sessions: Sessions, parent: SalesInvoice) -> list[SalesInvoice]:
    async with sessions() as session:
        return await recurrences.copies_of(session, parent, limit=1_000)


async def dates_of(sessions: Sessions, parent: SalesInvoice) -> list[str]:
    return [copy.invoice_date.isoformat() for copy in await copies_of(sessions, parent)]


async def drawn(sessions: Sessions, tenant: str) -> list[int]:
    async with sessions() as session:
        rows = select(DrawnNumber.counter).where(DrawnNumber.tenant == tenant).order_by(DrawnNumber.counter)
        return list(await session.scalars(rows))
