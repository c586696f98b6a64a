"""Fulfilment: how much of which item of a sales invoice has been sent or rendered, and what that makes of its status.

Only items of positive quantity ask for goods: what is taken back, and charges on the whole document, need none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from invoicing.frozen import Frozen
from invoicing.money import exact, plain
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.items import SalesItem


class FulfillmentStatus(StrEnum):
    """How far an invoice is fulfilled (Deskera B.5 FULFILLMENT_STATUS)."""

    UNFULFILLED = "UNFULFILLED"
    PARTIAL_FULFILLED = "PARTIAL_FULFILLED"
    FULLY_FULFILLED = "FULLY_FULFILLED"


class FulfillmentType(StrEnum):
    """How goods reach the buyer (Deskera B.5 FULFILLMENT_TYPE)."""

    NONE = "NONE"
    DEFAULT = "DEFAULT"
    PICK_PACK_SHIP = "PICK_PACK_SHIP"
    DROP_SHIP = "DROP_SHIP"
    """The supplier sends them straight to the buyer."""


class Wish(Frozen):
    """A quantity to fulfil, of the item with this code, or of whichever items are of this product."""

    item_code: str | None = None
    product_code: str | None = None
    quantity: Decimal
    warehouse_code: str | None = None
    day: date | None = None
    """None: the day of the whole fulfilment."""


class FulfilledPart(Frozen):
    """So much of one item was fulfilled."""

    item_code: str
    product_code: str
    quantity: Decimal
    required: Decimal
    """The item's whole quantity."""
    pending: Decimal
    """What was left of it afterwards."""
    warehouse_code: str | None = None
    day: date | None = None


class FulfilmentFault(Frozen):
    """Why a fulfilment is refused. `member` is Deskera's name (B.7), of the item at `position` or of the whole."""

    message: str
    member: str
    position: int | None = None


class FulfilmentRejected(ValueError):
    """Nothing is fulfilled; every fault is told."""

    def __init__(self, faults: Sequence[FulfilmentFault]) -> None:
        super().__init__("; ".join(f"{fault.member} {fault.message}" for fault in faults))
        self.faults = tuple(faults)


def require_fulfillable(status: InvoiceStatus, *, is_credited_in_full: bool) -> None:
    """Goods are sent for invoices that stand.

    Raises:
        FulfilmentRejected: a draft, or an invoice credited in full.
    """
    if status is InvoiceStatus.DRAFT:
        raise FulfilmentRejected([_invoice_fault("is a draft: it is fulfilled once it is issued")])
    if is_credited_in_full:
        raise FulfilmentRejected([_invoice_fault("is credited in full: nothing is fulfilled any more")])


def left_of(items: Iterable[SalesItem], fulfilled: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What is left to fulfil, by item code; items of which nothing is left are not in it."""
    with exact():
        left = {item.code: item.quantity - fulfilled.get(item.code, Decimal(0)) for item in items}
    return {code: quantity for code, quantity in left.items() if quantity > 0}


def status_of(items: Sequence[SalesItem], fulfilled: Mapping[str, Decimal]) -> FulfillmentStatus:
    """What the sums say. An invoice whose items need no goods is fulfilled as it stands."""
    if not left_of(items, fulfilled):
        return FulfillmentStatus.FULLY_FULFILLED
    some = any(fulfilled.get(item.code) for item in items)
    return FulfillmentStatus.PARTIAL_FULFILLED if some else FulfillmentStatus.UNFULFILLED


def parts_of(
    items: Sequence[SalesItem], fulfilled: Mapping[str, Decimal], wishes: Sequence[Wish]
) -> tuple[FulfilledPart, ...]:
    """The wishes, item by item. Of several items of one product the first is fulfilled first.

    Raises:
        FulfilmentRejected: no wish at all; a wish that names no item, or a quantity that is not above zero, or more
            than is left.
    """
    if not wishes:
        message = "is required unless autoFulfilled is true"
        raise FulfilmentRejected([FulfilmentFault(member="fulfillmentItems", message=message)])
    left = left_of(items, fulfilled)
    parts: list[FulfilledPart] = []
    faults: list[FulfilmentFault] = []
    with exact():
        for position, wish in enumerate(wishes):
            meant, fault = _items_of(wish, items, position)
            fault = fault or _quantity_fault(wish, meant, left, position)
            if fault:
                faults.append(fault)
            else:
                parts += _take(wish, meant, left)
    if faults:
        raise FulfilmentRejected(faults)
    return tuple(parts)


def all_parts(
    items: Sequence[SalesItem], fulfilled: Mapping[str, Decimal], wishes: Sequence[Wish] = ()
) -> tuple[FulfilledPart, ...]:
    """All that is left. Wishes that come with it say warehouse and day, and must leave nothing over.

    Raises:
        FulfilmentRejected: nothing is left; or as `parts_of`, or the wishes leave something over.
    """
    left = left_of(items, fulfilled)
    if not left:
        raise FulfilmentRejected([_invoice_fault("has nothing left to fulfil")])
    if not wishes:
        return parts_of(items, fulfilled, [Wish(item_code=code, quantity=quantity) for code, quantity in left.items()])
    parts = parts_of(items, fulfilled, wishes)
    for code, quantity in left_of(items, add_up(fulfilled, parts)).items():
        message = f"is true, but fulfillmentItems leave {plain(quantity):f} of {code}"
        raise FulfilmentRejected([FulfilmentFault(member="autoFulfilled", message=message)])
    return parts


def add_up(fulfilled: Mapping[str, Decimal], parts: Iterable[FulfilledPart]) -> dict[str, Decimal]:
    """What is fulfilled of each item once the parts are."""
    sums = dict(fulfilled)
    with exact():
        for part in parts:
            sums[part.item_code] = sums.get(part.item_code, Decimal(0)) + part.quantity
    return sums


def type_before(details: Mapping[str, Any]) -> FulfillmentType:
    """The type of an invoice that nothing was fulfilled of: DROP_SHIP of a drop-ship invoice, else NONE."""
    return FulfillmentType.DROP_SHIP if details.get("dropShip") else FulfillmentType.NONE


def type_of(details: Mapping[str, Any], wanted: FulfillmentType | None) -> FulfillmentType:
    """The type of a fulfilment of the invoice with these details; `wanted` None or NONE leaves it to the invoice.

    Raises:
        FulfilmentRejected: goods of a drop-ship invoice do not come from our own shelves.
    """
    is_open = wanted in {None, FulfillmentType.NONE}
    if not details.get("dropShip"):
        return FulfillmentType.DEFAULT if wanted is None or is_open else wanted
    if not is_open and wanted is not FulfillmentType.DROP_SHIP:
        fault = FulfilmentFault(member="fulfillmentType", message="must be DROP_SHIP: the invoice is a drop shipment")
        raise FulfilmentRejected([fault])
    return FulfillmentType.DROP_SHIP


def waits_for_goods(details: Mapping[str, Any]) -> bool:
    """Whether the invoice is a back order: its goods are yet to come, so nothing is fulfilled when it is issued."""
    return bool(details.get("backOrder"))


def _invoice_fault(message: str) -> FulfilmentFault:
    return FulfilmentFault(member="documentCode", message=message)


def _items_of(wish: Wish, items: Sequence[SalesItem], position: int) -> tuple[list[SalesItem], FulfilmentFault | None]:
    """The items that a wish means, or why it means none."""
    if wish.item_code is None and wish.product_code is None:
        return [], FulfilmentFault(position=position, member="documentItemCode", message="or productCode is required")
    meant = [item for item in items if wish.item_code in {None, item.code}]
    if not meant:
        message = f"names no item of the invoice: {wish.item_code}"
        return [], FulfilmentFault(position=position, member="documentItemCode", message=message)
    meant = [item for item in meant if wish.product_code in {None, item.product_code}]
    if not meant:
        place = f"item {wish.item_code}" if wish.item_code else "the invoice"
        message = f"names no product of {place}: {wish.product_code}"
        return [], FulfilmentFault(position=position, member="productCode", message=message)
    return meant, None


def _quantity_fault(
    wish: Wish, meant: Sequence[SalesItem], left: Mapping[str, Decimal], position: int
) -> FulfilmentFault | None:
    if wish.quantity <= 0:
        return FulfilmentFault(position=position, member="fulfilledQuantity", message="must be above 0")
    rest = sum((left.get(item.code, Decimal(0)) for item in meant), Decimal(0))
    if wish.quantity <= rest:
        return None
    message = f"is {plain(wish.quantity):f}, but only {plain(rest):f} is left to fulfil"
    return FulfilmentFault(position=position, member="fulfilledQuantity", message=message)


def _take(wish: Wish, meant: Sequence[SalesItem], left: dict[str, Decimal]) -> list[FulfilledPart]:
    """The wish's quantity off what is left of the items."""
    parts, wanted = [], wish.quantity
    for item in meant:
        taken = min(wanted, left.get(item.code, Decimal(0)))
        if taken <= 0:
            continue
        left[item.code] -= taken
        wanted -= taken
        parts.append(
            FulfilledPart(
                item_code=item.code,
                product_code=item.product_code,
                quantity=taken,
                required=item.quantity,
                pending=left[item.code],
                warehouse_code=wish.warehouse_code,
                day=wish.day,
            )
        )
    return parts
