"""Received payments, and what has been knocked off sales invoices. A payment is never changed: it can only be added."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ColumnElement, Numeric, Select, cast, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, codes, sales_invoices
from database.audit import Deed
from database.tables import IssuedInvoice, JsonObject, PaymentItem, ReceivedPayment, SalesInvoice
from invoicing.invoice import InvoiceKind
from invoicing.money import exact
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.knock_off import CREDIT_NOTE, RECEIVE_PAYMENT, KnockOff, PaidItem, Payable, knock_off


class UnknownInvoices(LookupError):
    """The tenant has no sales invoices with these codes."""

    def __init__(self, unknown: Collection[str]) -> None:
        super().__init__(f"no such sales invoices: {', '.join(sorted(unknown))}")
        self.codes = frozenset(unknown)


_Rows = Select[int, str, str, date, Decimal, Decimal, str, datetime, int]


@dataclass(frozen=True)
class NewPayment:
    """Money that came in, and what it is for."""

    tenant: str
    actor: str
    document_date: date
    currency: str
    amount: Decimal | None
    """None: what its items come to."""
    items: tuple[PaidItem, ...]
    body: JsonObject
    """What the caller sent, decimals as strings."""


@dataclass(frozen=True)
class PaymentView:
    """A payment with its items in the order of the request; `codes` are their invoices'."""

    payment: ReceivedPayment
    items: tuple[PaymentItem, ...]


async def receive(session: AsyncSession, new: NewPayment) -> PaymentView:
    """Enter the payment and settle its invoices, whose rows stay locked until the transaction ends.

    Raises:
        UnknownInvoices: an item names none of the tenant's.
        invoicing.sales.knock_off.PaymentRejected: nothing is entered.
    """
    wanted = {item.invoice_code for item in new.items}
    rows = {row.code: row for row in await sales_invoices.lock_all(session, new.tenant, wanted)}
    if wanted - rows.keys():
        raise UnknownInvoices(wanted - rows.keys())
    settled = knock_off(new.items, {code: _payable(row) for code, row in rows.items()}, new.currency, new.amount)
    view = await _enter(session, new, rows, settled)
    for row in rows.values():
        balance = await sales_invoices.settle(session, row, new.actor, received=settled[row.code])
        await audit.record(
            session,
            new.tenant,
            Deed(new.actor, "pay", f"sales-invoice/{row.code}"),
            payment=view.payment.code,
            amount=f"{settled[row.code]:f}",
            currency=new.currency,
            due=f"{balance.due:f}",
        )
    return view


async def find(session: AsyncSession, tenant: str, code: str) -> PaymentView | None:
    """By its code."""
    return await _find(session, tenant, ReceivedPayment.code == code)


async def get(session: AsyncSession, tenant: str, payment_id: int) -> PaymentView | None:
    """By its id."""
    return await _find(session, tenant, ReceivedPayment.id == payment_id)


async def list_payments(
    session: AsyncSession, tenant: str, *, invoice_code: str | None, limit: int, offset: int
) -> tuple[list[PaymentView], int]:
    """A page, the newest first, and how many there are; of one sales invoice where given."""
    query = _of_tenant(tenant)
    if invoice_code is not None:
        paid = select(PaymentItem.payment_id).join(SalesInvoice, SalesInvoice.id == PaymentItem.sales_invoice_id)
        query = query.where(
            ReceivedPayment.id.in_(paid.where(SalesInvoice.tenant == tenant, SalesInvoice.code == invoice_code))
        )
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = await session.scalars(query.order_by(ReceivedPayment.id.desc()).limit(limit).offset(offset))
    return await _views(session, tenant, list(page)), total


async def knock_offs(session: AsyncSession, sales_invoice_ids: Collection[int]) -> dict[int, list[KnockOff]]:
    """The payments and credit notes of each of these sales invoices, the first first; one query for all of them.

    Invoices without any are not in it.
    """
    if not sales_invoice_ids:
        return {}
    both = union_all(_payments_of(sales_invoice_ids), _credit_notes_of(sales_invoice_ids)).subquery()
    in_time = select(both).order_by(both.c.sales_invoice_id, both.c.at, both.c.code, both.c.position)
    found: dict[int, list[KnockOff]] = defaultdict(list)
    for row in await session.execute(in_time):
        entries = found[row.sales_invoice_id]
        entries.append(
            KnockOff(
                order=len(entries) + 1,
                document_type=row.kind,
                document_code=row.code,
                document_date=row.day,
                amount=row.amount,
                exchange_rate=row.rate,
                currency=row.currency,
            )
        )
    return dict(found)


async def _enter(
    session: AsyncSession, new: NewPayment, rows: Mapping[str, SalesInvoice], settled: Mapping[str, Decimal]
) -> PaymentView:
    # Drawn under the invoices' locks: whoever waits for one holds up no other payment of the tenant.
    code = await codes.next_code(session, new.tenant, codes.PAYMENT)
    rates = await _own_rates(session, rows)
    with exact():
        amount = sum(settled.values(), Decimal(0))
    payment = ReceivedPayment(
        tenant=new.tenant,
        code=code,
        document_date=new.document_date,
        currency=new.currency,
        amount=amount,
        body=new.body,
        created_by=new.actor,
    )
    session.add(payment)
    await session.flush()
    items = tuple(
        PaymentItem(
            payment_id=payment.id,
            position=position,
            tenant=new.tenant,
            sales_invoice_id=rows[item.invoice_code].id,
            amount=item.amount,
            exchange_rate=rates[item.invoice_code] if item.exchange_rate is None else item.exchange_rate,
        )
        for position, item in enumerate(new.items)
    )
    session.add_all(items)
    await session.flush()
    return PaymentView(payment, items)


async def _own_rates(session: AsyncSession, rows: Mapping[str, SalesInvoice]) -> dict[str, Decimal]:
    """The rate at which each invoice was issued, 1 where it is in the base currency."""
    query = select(SalesInvoice.code, _RATE).join(IssuedInvoice, IssuedInvoice.id == SalesInvoice.invoice_id)
    found = await session.execute(query.where(SalesInvoice.id.in_([row.id for row in rows.values()])))
    return dict(found.all())


async def _find(session: AsyncSession, tenant: str, condition: ColumnElement[bool]) -> PaymentView | None:
    views = await _views(session, tenant, list(await session.scalars(_of_tenant(tenant).where(condition))))
    return views[0] if views else None


async def _views(session: AsyncSession, tenant: str, payments: Sequence[ReceivedPayment]) -> list[PaymentView]:
    items: dict[int, list[PaymentItem]] = defaultdict(list)
    query = select(PaymentItem).where(
        PaymentItem.tenant == tenant, PaymentItem.payment_id.in_([payment.id for payment in payments])
    )
    for item in await session.scalars(query.order_by(PaymentItem.payment_id, PaymentItem.position)):
        items[item.payment_id].append(item)
    return [PaymentView(payment, tuple(items[payment.id])) for payment in payments]


def _of_tenant(tenant: str) -> Select[ReceivedPayment]:
    return select(ReceivedPayment).where(ReceivedPayment.tenant == tenant)


def _payable(row: SalesInvoice) -> Payable:
    return Payable(currency=row.currency, status=InvoiceStatus(row.status), due=row.due)


def _payments_of(ids: Collection[int]) -> _Rows:
    return (
        select(
            PaymentItem.sales_invoice_id.label("sales_invoice_id"),
            literal(RECEIVE_PAYMENT).label("kind"),
            ReceivedPayment.code.label("code"),
            ReceivedPayment.document_date.label("day"),
            PaymentItem.amount.label("amount"),
            PaymentItem.exchange_rate.label("rate"),
            ReceivedPayment.currency.label("currency"),
            ReceivedPayment.created_at.label("at"),
            PaymentItem.position.label("position"),
        )
        .join(ReceivedPayment, ReceivedPayment.id == PaymentItem.payment_id)
        .where(PaymentItem.sales_invoice_id.in_(ids))
    )


def _credit_notes_of(ids: Collection[int]) -> _Rows:
    return (
        select(
            SalesInvoice.id.label("sales_invoice_id"),
            literal(CREDIT_NOTE).label("kind"),
            IssuedInvoice.number.label("code"),
            IssuedInvoice.issue_date.label("day"),
            IssuedInvoice.total.label("amount"),
            _RATE.label("rate"),
            IssuedInvoice.currency.label("currency"),
            IssuedInvoice.issued_at.label("at"),
            literal(0, BigInteger()).label("position"),
        )
        .join(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.corrects)
        .where(SalesInvoice.id.in_(ids), IssuedInvoice.kind == InvoiceKind.CREDIT_NOTE)
    )


_RATE = cast(func.coalesce(IssuedInvoice.document["exchange"]["rate"].astext, "1"), Numeric)
