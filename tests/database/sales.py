"""Sales invoices on the books, to be paid and fulfilled."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sales_invoices
from database.issuing import CREDIT_NOTE_SERIES, SALES_SERIES, Issue, issue
from database.sales_invoices import DraftFigures, Entry
from database.tables import SalesInvoice
from invoicing.invoice import Exchange, Invoice, InvoiceKind, Preceding, SettlementKind
from tests.documents.invoices import Item, make_invoice

Sessions = async_sessionmaker[AsyncSession]
ACTOR = "client:test"
DAY = date(2026, 11, 22)


def stated_item(code: str, product: str, quantity: str) -> dict[str, str]:
    """An item as `details` keep it."""
    return {"salesInvoiceItemCode": code, "productCode": product, "productQuantity": quantity}


async def issue_sales_invoice(
    sessions: Sessions,
    tenant: str,
    *,
    total: str = "100.00",
    currency: str = "EUR",
    details: dict[str, Any] | None = None,
    rate: str | None = None,
    contact_code: str | None = None,
) -> SalesInvoice:
    """An open invoice over `total`, without tax; with `rate`, its exchange rate to SGD."""

    def make(id_: Any, number: str) -> Invoice:
        exchange = rate and Exchange(
            base_currency="SGD",
            rate=Decimal(rate),
            rate_date=DAY,
            tax=Decimal("0.00"),
            total=(Decimal(total) * Decimal(rate)).quantize(Decimal("0.01")),
        )
        return _sale(tenant, id_, number, total, currency, exchange=exchange or None)

    async with sessions.begin() as session:
        invoice = await issue(session, _wanted(tenant, details, contact_code=contact_code), make)
        row = await sales_invoices.find(session, tenant, invoice.number)
    assert row is not None
    return row


async def credit(sessions: Sessions, row: SalesInvoice, total: str) -> str:
    """A credit note over `total`; its number."""
    async with sessions.begin() as session:
        held = await sales_invoices.lock(session, row.tenant, row.id)
        assert held is not None
        assert held.invoice_id is not None
        preceding = Preceding(invoice_id=held.invoice_id, number=held.code, issue_date=held.invoice_date)
        note = await issue(
            session,
            _wanted(row.tenant, None, CREDIT_NOTE_SERIES),
            lambda id_, number: _sale(
                row.tenant, id_, number, total, row.currency, kind_=InvoiceKind.CREDIT_NOTE, preceding=preceding
            ),
        )
        await sales_invoices.settle(session, held, ACTOR, credited=Decimal(total))
    return note.number


async def add_draft(sessions: Sessions, tenant: str, details: dict[str, Any] | None = None) -> SalesInvoice:
    figures = DraftFigures(
        currency="EUR",
        invoice_date=DAY,
        due_date=None,
        total=Decimal("100.00"),
        tax=Decimal(0),
        total_in_base=None,
        prepaid=Decimal(0),
        withheld=Decimal(0),
    )
    async with sessions.begin() as session:
        return await sales_invoices.add_draft(session, tenant, Entry(actor=ACTOR, details=details or {}), figures)


async def as_it_is(sessions: Sessions, row: SalesInvoice) -> SalesInvoice:
    async with sessions() as session:
        found = await sales_invoices.get(session, row.tenant, row.id)
    assert found is not None
    return found


def _wanted(
    tenant: str, details: dict[str, Any] | None, series: str = SALES_SERIES, contact_code: str | None = None
) -> Issue:
    entry = Entry(actor=ACTOR, details=details or {}, contact_code=contact_code)
    return Issue(tenant=tenant, site={"code": "main"}, issue_date=DAY, entry=entry, schema_type=series)


def _sale(
    tenant: str,
    id_: Any,
    number: str,
    total: str,
    currency: str,
    *,
    kind_: InvoiceKind = InvoiceKind.INVOICE,
    **changes: Any,
) -> Invoice:
    made = make_invoice(
        [Item(price=total, rate="0")],
        currency=currency,
        kind=SettlementKind.ON_ACCOUNT,
        tenant=tenant,
        id=id_,
        number=number,
        order_id=None,
        issue_date=DAY,
        **changes,
    )
    return made.model_copy(update={"kind": kind_})
