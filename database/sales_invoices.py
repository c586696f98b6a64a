"""Sales invoices: drafts, and what has become of issued invoices since. The issued documents are in `invoices`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, IssuedInvoice, JsonObject, SalesInvoice
from invoicing.invoice import Invoice
from invoicing.sales.balance import Balance, InvoiceStatus, PaymentStatus

UNFULFILLED = "UNFULFILLED"
NO_FULFILLMENT = "NONE"
LARGEST_ID = 2**63 - 1
"""What PostgreSQL can count to: nothing has a greater id."""


@dataclass(frozen=True)
class Entry:
    """What a sales invoice keeps beside its document."""

    actor: str
    contact_code: str | None = None
    memo: str | None = None
    fulfillment_status: str = UNFULFILLED
    fulfillment_type: str = NO_FULFILLMENT
    details: JsonObject = field(default_factory=dict)
    recurring: bool = False
    recurring_activated: bool = False
    parent_id: int | None = None
    occurrence: int | None = None


@dataclass(frozen=True)
class DraftFigures:
    """What a draft would come to if it were issued now."""

    currency: str
    invoice_date: date
    due_date: date | None
    total: Decimal
    tax: Decimal
    total_in_base: Decimal | None
    prepaid: Decimal
    withheld: Decimal


async def add_draft(session: AsyncSession, tenant: str, entry: Entry, figures: DraftFigures) -> SalesInvoice:
    """A draft under a code of its own; it has no number."""
    row = SalesInvoice(
        tenant=tenant,
        code=f"DRAFT-{uuid4()}",
        status=InvoiceStatus.DRAFT,
        payment_status=PaymentStatus.PENDING,
        created_by=entry.actor,
        updated_by=entry.actor,
        **vars(figures),
        **_kept(entry),
        **_searched(entry),
    )
    session.add(row)
    await session.flush()
    row.code = f"DRAFT-{row.id}"
    await session.flush()
    await session.refresh(row)
    return row


async def change_draft(session: AsyncSession, row: SalesInvoice, entry: Entry, figures: DraftFigures) -> None:
    """Replace a draft's content. The caller holds its lock."""
    for name, value in {**vars(figures), **_kept(entry), **_searched(entry)}.items():
        setattr(row, name, value)
    await touch(session, row, entry.actor)


ENTER = insert(SalesInvoice.metadata.tables[SalesInvoice.__tablename__]).inline()
ENTER_CLOSED = ENTER.values(closed_at=NOW)


async def enter_issued(
    session: AsyncSession, invoice: Invoice, entry: Entry, draft: SalesInvoice | None = None
) -> None:
    """The row of an invoice that has just been issued; a draft becomes it."""
    totals, exchange = invoice.totals, invoice.exchange
    balance = Balance(total=totals.total, prepaid=totals.paid, withheld=invoice.withheld)
    issued = {
        "code": invoice.number,
        "status": balance.status,
        "payment_status": balance.payment_status,
        "invoice_id": invoice.id,
        "contact_name": invoice.buyer.name,
        "purchase_order_reference": invoice.purchase_order_reference,
        "currency": invoice.currency,
        "invoice_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "total": totals.total,
        "tax": totals.tax,
        "total_in_base": exchange.total if exchange else None,
        "prepaid": totals.paid,
        "withheld": invoice.withheld,
    }
    is_closed = balance.status is InvoiceStatus.CLOSED
    if draft is not None:
        for name, value in {**issued, **_kept(entry), "closed_at": NOW if is_closed else None}.items():
            setattr(draft, name, value)
        await touch(session, draft, entry.actor)
        return
    row = {"tenant": invoice.tenant, "created_by": entry.actor, "updated_by": entry.actor, **issued, **_kept(entry)}
    await session.execute(ENTER_CLOSED if is_closed else ENTER, row)


async def find(session: AsyncSession, tenant: str, code: str) -> SalesInvoice | None:
    """By its code: the number of an issued one, `DRAFT-{id}` of a draft."""
    return await session.scalar(select(SalesInvoice).where(SalesInvoice.tenant == tenant, SalesInvoice.code == code))


async def get(session: AsyncSession, tenant: str, sales_invoice_id: int) -> SalesInvoice | None:
    """By its id."""
    if sales_invoice_id > LARGEST_ID:
        return None
    return await session.scalar(
        select(SalesInvoice).where(SalesInvoice.tenant == tenant, SalesInvoice.id == sales_invoice_id)
    )


async def find_all(session: AsyncSession, tenant: str, codes: Collection[str]) -> list[SalesInvoice]:
    """Those of these codes that there are, in no order."""
    rows = select(SalesInvoice).where(SalesInvoice.tenant == tenant, SalesInvoice.code.in_(codes))
    return list(await session.scalars(rows))


async def get_all(session: AsyncSession, tenant: str, ids: Sequence[int]) -> list[SalesInvoice]:
    """Those of these ids that there are, in the order of the ids."""
    rows = select(SalesInvoice).where(SalesInvoice.tenant == tenant, SalesInvoice.id.in_(ids))
    found = {row.id: row for row in await session.scalars(rows)}
    return [found[each] for each in ids if each in found]


async def find_by_invoice(session: AsyncSession, tenant: str, invoice_id: UUID) -> SalesInvoice | None:
    """The row of an issued invoice."""
    return await session.scalar(
        select(SalesInvoice).where(SalesInvoice.tenant == tenant, SalesInvoice.invoice_id == invoice_id)
    )


async def lock(session: AsyncSession, tenant: str, sales_invoice_id: int) -> SalesInvoice | None:
    """The row as it is now, held until the transaction ends: whoever pays, credits, edits or issues it takes turns."""
    if sales_invoice_id > LARGEST_ID:
        return None
    return await session.scalar(
        select(SalesInvoice)
        .where(SalesInvoice.tenant == tenant, SalesInvoice.id == sales_invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def lock_all(session: AsyncSession, tenant: str, codes: Collection[str]) -> list[SalesInvoice]:
    """The rows with these codes, as `lock`. In the order of their ids: two that want the same ones never deadlock."""
    rows = await session.scalars(
        select(SalesInvoice)
        .where(SalesInvoice.tenant == tenant, SalesInvoice.code.in_(codes))
        .order_by(SalesInvoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def document_of(session: AsyncSession, row: SalesInvoice) -> Invoice | None:
    """The issued document, None of a draft."""
    if row.invoice_id is None:
        return None
    stored = await session.scalars(select(IssuedInvoice.document).where(IssuedInvoice.id == row.invoice_id))
    return Invoice.model_validate(stored.one())


def balance_of(row: SalesInvoice) -> Balance:
    """What settles the invoice so far."""
    return Balance(
        total=row.total,
        prepaid=row.prepaid,
        received=row.received,
        credited=row.credited,
        withheld=row.withheld,
    )


async def delete_draft(session: AsyncSession, row: SalesInvoice) -> None:
    """Delete a draft; its attachments belong to nothing again. The caller holds its lock.

    The database refuses to delete an issued one.
    """
    await session.delete(row)
    await session.flush()


async def documents_of(session: AsyncSession, rows: Collection[SalesInvoice]) -> dict[int, Invoice]:
    """The issued documents of several rows by the rows' ids, in one query; drafts have none."""
    ids = {row.invoice_id: row.id for row in rows if row.invoice_id is not None}
    if not ids:
        return {}
    stored = select(IssuedInvoice.id, IssuedInvoice.document).where(IssuedInvoice.id.in_(ids))
    return {ids[found.id]: Invoice.model_validate(found.document) for found in await session.execute(stored)}


async def settle(
    session: AsyncSession,
    row: SalesInvoice,
    actor: str,
    *,
    received: Decimal = Decimal(0),
    credited: Decimal = Decimal(0),
) -> Balance:
    """Add a payment or a credit note to what settles the invoice. The caller holds its lock."""
    row.received += received
    row.credited += credited
    balance = balance_of(row)
    row.status, row.payment_status = balance.status, balance.payment_status
    if balance.status is InvoiceStatus.CLOSED and row.closed_at is None:
        row.closed_at = await _now(session)
    await touch(session, row, actor)
    return balance


async def touch(session: AsyncSession, row: SalesInvoice, actor: str) -> None:
    """Note who changed the row last, and write it."""
    row.updated_at, row.updated_by = await _now(session), actor
    row.version += 1
    await session.flush()
    await session.refresh(row)


async def order_round(session: AsyncSession, tenant: str, order_id: str) -> int:
    """How many invoices of the order have been credited in full: none of them stands any more."""
    statement = (
        select(func.count())
        .select_from(SalesInvoice)
        .join(IssuedInvoice, IssuedInvoice.id == SalesInvoice.invoice_id)
        .where(
            IssuedInvoice.tenant == tenant,
            IssuedInvoice.order_id == order_id,
            IssuedInvoice.kind == "INVOICE",
            SalesInvoice.credited_in_full,
        )
    )
    return await session.scalar(statement) or 0


def _kept(entry: Entry) -> JsonObject:
    return {name: value for name, value in vars(entry).items() if name != "actor"}


def _searched(entry: Entry) -> JsonObject:
    """What lists search a draft for; an issued invoice has it in its document."""
    contact = entry.details.get("contact")
    name = contact.get("name") if isinstance(contact, dict) else None
    return {"contact_name": name, "purchase_order_reference": entry.details.get("purchaseOrderRefNo")}


async def _now(session: AsyncSession) -> datetime:
    return (await session.scalars(select(func.now()))).one()
