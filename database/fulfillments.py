"""Fulfilments of sales invoices. Whoever adds one or takes one back locks the invoice's row first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, codes, sales_invoices
from database.audit import Deed
from database.tables import Fulfillment, FulfillmentItem, JsonObject, SalesInvoice
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.fulfilment import (
    FulfilledPart,
    FulfillmentType,
    Wish,
    add_up,
    all_parts,
    left_of,
    parts_of,
    require_fulfillable,
    status_of,
    type_before,
    type_of,
    waits_for_goods,
)
from invoicing.sales.items import SalesItem, sales_items

PARTS = "parts"
"""Member of a fulfilment's body that holds its `FulfilledPart`s; the others are the caller's."""


@dataclass(frozen=True)
class NewFulfillment:
    """What was sent of an invoice."""

    actor: str
    day: date
    wishes: Sequence[Wish] = ()
    is_auto: bool = False
    """All that is left; `wishes` may then be empty."""
    wanted_type: FulfillmentType | None = None
    """None leaves it to the invoice."""
    body: JsonObject = field(default_factory=dict)
    """What the caller sent beside the items."""


@dataclass(frozen=True)
class FulfillmentView:
    """A fulfilment and the code of its invoice."""

    fulfillment: Fulfillment
    invoice_code: str

    @property
    def parts(self) -> tuple[FulfilledPart, ...]:
        """In the order of the request."""
        return tuple(FulfilledPart.model_validate(part) for part in self.fulfillment.body[PARTS])


async def fulfil_all(session: AsyncSession, row: SalesInvoice, items: tuple[SalesItem, ...], actor: str) -> None:
    """Fulfil an invoice when it is issued (Deskera B.7 `fulfillmentComplete`), on the day of the invoice.

    A back order is left as it is: it is fulfilled when its goods have come. The caller holds the row's lock, or has
    just made it.
    """
    if waits_for_goods(row.details):
        return
    if left_of(items, await fulfilled_of(session, row)):
        await _fulfil(session, row, items, NewFulfillment(actor, row.invoice_date, is_auto=True))
    else:
        await _follow(session, row, items, actor)


async def fulfil(session: AsyncSession, tenant: str, invoice_code: str, new: NewFulfillment) -> FulfillmentView | None:
    """Enter a fulfilment; the invoice's status follows. None where the tenant has no such invoice.

    Raises:
        invoicing.sales.fulfilment.FulfilmentRejected: nothing is entered.
    """
    row = await _locked(session, tenant, invoice_code)
    if row is None:
        return None
    require_fulfillable(InvoiceStatus(row.status), is_credited_in_full=row.credited_in_full)
    return await _fulfil(session, row, await _items_of(session, row), new)


async def take_back(session: AsyncSession, tenant: str, invoice_code: str, code: str, actor: str) -> bool:
    """Delete a fulfilment, the invoice's status follows; False where there is no such fulfilment of the invoice."""
    row = await _locked(session, tenant, invoice_code)
    fulfillment = await session.scalar(_of_invoice(row).where(Fulfillment.code == code)) if row else None
    if row is None or fulfillment is None:
        return False
    await session.execute(delete(Fulfillment).where(Fulfillment.tenant == tenant, Fulfillment.id == fulfillment.id))
    last = await session.scalar(_of_invoice(row).order_by(Fulfillment.id.desc()).limit(1))
    kind = FulfillmentType(last.fulfillment_type) if last else type_before(row.details)
    await _follow(session, row, await _items_of(session, row), actor, kind)
    await _note(session, row, Deed(actor, "take-back", f"sales-invoice/{row.code}"), code)
    return True


async def find(session: AsyncSession, tenant: str, code: str) -> FulfillmentView | None:
    """By its code."""
    found = (await session.execute(_with_invoice(tenant).where(Fulfillment.code == code))).one_or_none()
    return FulfillmentView(*found) if found else None


async def list_fulfillments(
    session: AsyncSession, tenant: str, *, invoice_code: str | None, limit: int, offset: int
) -> tuple[list[FulfillmentView], int]:
    """A page, the newest first, and how many there are; of one sales invoice where given."""
    query = _with_invoice(tenant)
    if invoice_code is not None:
        query = query.where(SalesInvoice.code == invoice_code)
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = await session.scalar(counted) or 0
    page = await session.execute(query.order_by(Fulfillment.id.desc()).limit(limit).offset(offset))
    return [FulfillmentView(*found) for found in page], total


async def fulfilled_of(session: AsyncSession, row: SalesInvoice) -> dict[str, Decimal]:
    """How much of each item of the invoice is fulfilled, by item code."""
    return (await fulfilled_quantities(session, [row.id])).get(row.id, {})


async def fulfilled_quantities(
    session: AsyncSession, sales_invoice_ids: Collection[int]
) -> dict[int, dict[str, Decimal]]:
    """How much of each item of each of these sales invoices is fulfilled; one query for all of them."""
    if not sales_invoice_ids:
        return {}
    query = (
        select(Fulfillment.sales_invoice_id, FulfillmentItem.item_code, func.sum(FulfillmentItem.quantity))
        .join(FulfillmentItem, FulfillmentItem.fulfillment_id == Fulfillment.id)
        .where(Fulfillment.sales_invoice_id.in_(sales_invoice_ids))
        .group_by(Fulfillment.sales_invoice_id, FulfillmentItem.item_code)
    )
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for sales_invoice_id, item_code, quantity in await session.execute(query):
        found[sales_invoice_id][item_code] = quantity
    return dict(found)


async def _fulfil(
    session: AsyncSession, row: SalesInvoice, items: Sequence[SalesItem], new: NewFulfillment
) -> FulfillmentView:
    kind = type_of(row.details, new.wanted_type)
    parts = (all_parts if new.is_auto else parts_of)(items, await fulfilled_of(session, row), new.wishes)
    fulfillment = Fulfillment(
        tenant=row.tenant,
        code=await codes.next_code(session, row.tenant, codes.FULFILLMENT),
        sales_invoice_id=row.id,
        fulfillment_date=new.day,
        fulfillment_type=kind,
        body={**new.body, PARTS: [part.model_dump(mode="json") for part in parts]},
        created_by=new.actor,
    )
    session.add(fulfillment)
    await session.flush()
    session.add_all(
        FulfillmentItem(fulfillment_id=fulfillment.id, item_code=code, quantity=quantity)
        for code, quantity in add_up({}, parts).items()
    )
    await session.flush()
    await _follow(session, row, items, new.actor, kind)
    await _note(session, row, Deed(new.actor, "fulfil", f"sales-invoice/{row.code}"), fulfillment.code)
    return FulfillmentView(fulfillment, row.code)


async def _follow(
    session: AsyncSession,
    row: SalesInvoice,
    items: Sequence[SalesItem],
    actor: str,
    kind: FulfillmentType | None = None,
) -> None:
    """Bring the invoice's status to what the sums say."""
    row.fulfillment_status = status_of(items, await fulfilled_of(session, row))
    if kind is not None:
        row.fulfillment_type = kind
    await sales_invoices.touch(session, row, actor)


async def _note(session: AsyncSession, row: SalesInvoice, deed: Deed, code: str) -> None:
    await audit.record(session, row.tenant, deed, fulfillment=code, status=row.fulfillment_status)


async def _locked(session: AsyncSession, tenant: str, invoice_code: str) -> SalesInvoice | None:
    return next(iter(await sales_invoices.lock_all(session, tenant, [invoice_code])), None)


async def _items_of(session: AsyncSession, row: SalesInvoice) -> tuple[SalesItem, ...]:
    return sales_items(row.details, await sales_invoices.document_of(session, row))


def _of_invoice(row: SalesInvoice) -> Select[Fulfillment]:
    return select(Fulfillment).where(Fulfillment.tenant == row.tenant, Fulfillment.sales_invoice_id == row.id)


def _with_invoice(tenant: str) -> Select[Fulfillment, str]:
    return (
        select(Fulfillment, SalesInvoice.code)
        .join(SalesInvoice, SalesInvoice.id == Fulfillment.sales_invoice_id)
        .where(Fulfillment.tenant == tenant, SalesInvoice.tenant == tenant)
    )
