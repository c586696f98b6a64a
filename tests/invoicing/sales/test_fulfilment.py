"""Fulfilment: quantities come off items, and the status follows from the sums."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.fulfilment import (
    FulfillmentStatus,
    FulfillmentType,
    FulfilmentFault,
    FulfilmentRejected,
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
from invoicing.sales.items import SalesItem

NOTHING: dict[str, Decimal] = {}


def item(code: str, product: str, quantity: str) -> SalesItem:
    return SalesItem(code=code, product_code=product, quantity=Decimal(quantity))


BOOKS = item("SII-1", "P-BOOK", "10")
WIRE = item("SII-2", "P-WIRE", "2.5")
MORE_BOOKS = item("SII-3", "P-BOOK", "3")
RETURNED = item("SII-4", "P-LAMP", "-1")
ITEMS = (BOOKS, WIRE, MORE_BOOKS, RETURNED)


def wish(quantity: str, item_code: str | None = None, product: str | None = None) -> Wish:
    return Wish(item_code=item_code, product_code=product, quantity=Decimal(quantity))


def fault(*wishes: Wish, fulfilled: dict[str, Decimal] = NOTHING) -> FulfilmentFault:
    """The only fault."""
    with pytest.raises(FulfilmentRejected) as rejected:
        parts_of(ITEMS, fulfilled, wishes)
    (found,) = rejected.value.faults
    return found


def taken(*wishes: Wish, fulfilled: dict[str, Decimal] = NOTHING) -> list[tuple[str, str, str]]:
    """(item, quantity, what is left of it afterwards)"""
    parts = parts_of(ITEMS, fulfilled, wishes)
    return [(part.item_code, f"{part.quantity:f}", f"{part.pending:f}") for part in parts]


def test_a_wish_finds_its_item_by_code() -> None:
    assert taken(wish("1.25", "SII-2")) == [("SII-2", "1.25", "1.25")]


def test_a_wish_finds_its_item_by_product() -> None:
    assert taken(wish("2.5", product="P-WIRE")) == [("SII-2", "2.5", "0.0")]


def test_of_several_items_of_a_product_the_first_is_fulfilled_first() -> None:
    assert taken(wish("11", product="P-BOOK")) == [("SII-1", "10", "0"), ("SII-3", "1", "2")]
    assert taken(wish("3", product="P-BOOK"), fulfilled={"SII-1": Decimal(8)}) == [
        ("SII-1", "2", "0"),
        ("SII-3", "1", "2"),
    ]


def test_item_and_product_together_must_belong_together() -> None:
    assert taken(wish("1", "SII-3", "P-BOOK")) == [("SII-3", "1", "2")]
    found = fault(wish("1", "SII-3", "P-WIRE"))
    assert (found.position, found.member) == (0, "productCode")


@pytest.mark.parametrize(
    ("wanted", "member"),
    [
        (wish("1"), "documentItemCode"),
        (wish("1", "SII-9"), "documentItemCode"),
        (wish("1", product="P-9"), "productCode"),
        (wish("0", "SII-1"), "fulfilledQuantity"),
        (wish("-1", "SII-1"), "fulfilledQuantity"),
        (wish("10.000000000001", "SII-1"), "fulfilledQuantity"),
        (wish("13.5", product="P-BOOK"), "fulfilledQuantity"),
        (wish("1", "SII-4"), "fulfilledQuantity"),
    ],
)
def test_what_cannot_be_fulfilled_is_named(wanted: Wish, member: str) -> None:
    found = fault(wish("1", "SII-2"), wanted)
    assert (found.position, found.member) == (1, member)


def test_more_than_is_left_is_refused_with_both_figures() -> None:
    found = fault(wish("3", "SII-1"), fulfilled={"SII-1": Decimal("7.5")})
    assert found.message == "is 3, but only 2.5 is left to fulfil"


def test_wishes_for_one_item_count_together() -> None:
    found = fault(wish("6", "SII-1"), wish("5", "SII-1"))
    assert (found.position, found.message) == (1, "is 5, but only 4 is left to fulfil")


def test_without_a_wish_nothing_is_fulfilled() -> None:
    with pytest.raises(FulfilmentRejected, match="fulfillmentItems is required"):
        parts_of(ITEMS, NOTHING, ())


def test_all_that_is_left_leaves_out_what_needs_no_goods() -> None:
    parts = all_parts(ITEMS, {"SII-1": Decimal(4), "SII-3": Decimal(3)})
    assert [(part.item_code, part.quantity, part.pending) for part in parts] == [
        ("SII-1", Decimal(6), Decimal(0)),
        ("SII-2", Decimal("2.5"), Decimal(0)),
    ]


def test_wishes_beside_all_must_leave_nothing_over() -> None:
    done = {"SII-1": Decimal(10), "SII-3": Decimal(3)}
    assert len(all_parts(ITEMS, done, [wish("2", "SII-2"), wish("0.5", "SII-2")])) == 2
    with pytest.raises(FulfilmentRejected, match=r"autoFulfilled is true, but fulfillmentItems leave 0\.5 of SII-2"):
        all_parts(ITEMS, done, [wish("2", "SII-2")])


def test_all_of_nothing_is_refused() -> None:
    done = {"SII-1": Decimal(10), "SII-2": Decimal("2.5"), "SII-3": Decimal(3)}
    with pytest.raises(FulfilmentRejected, match="documentCode has nothing left to fulfil"):
        all_parts(ITEMS, done)


def test_an_invoice_that_needs_no_goods_is_fulfilled_as_it_stands() -> None:
    assert status_of([RETURNED], NOTHING) is FulfillmentStatus.FULLY_FULFILLED


def test_drafts_and_credited_invoices_are_not_fulfilled() -> None:
    require_fulfillable(InvoiceStatus.OPEN, is_credited_in_full=False)
    require_fulfillable(InvoiceStatus.CLOSED, is_credited_in_full=False)
    with pytest.raises(FulfilmentRejected, match="documentCode is a draft"):
        require_fulfillable(InvoiceStatus.DRAFT, is_credited_in_full=False)
    with pytest.raises(FulfilmentRejected, match="documentCode is credited in full"):
        require_fulfillable(InvoiceStatus.CLOSED, is_credited_in_full=True)


@pytest.mark.parametrize(
    ("details", "wanted", "kind"),
    [
        ({}, None, FulfillmentType.DEFAULT),
        ({"dropShip": None}, FulfillmentType.NONE, FulfillmentType.DEFAULT),
        ({"dropShip": False}, FulfillmentType.PICK_PACK_SHIP, FulfillmentType.PICK_PACK_SHIP),
        ({}, FulfillmentType.DROP_SHIP, FulfillmentType.DROP_SHIP),
        ({"dropShip": True}, None, FulfillmentType.DROP_SHIP),
        ({"dropShip": True}, FulfillmentType.DROP_SHIP, FulfillmentType.DROP_SHIP),
    ],
)
def test_the_type_is_the_invoice_s_unless_it_is_named(
    details: dict[str, object], wanted: FulfillmentType | None, kind: FulfillmentType
) -> None:
    assert type_of(details, wanted) is kind


def test_a_drop_shipment_is_not_sent_from_our_own_shelves() -> None:
    with pytest.raises(FulfilmentRejected, match="fulfillmentType must be DROP_SHIP"):
        type_of({"dropShip": True}, FulfillmentType.PICK_PACK_SHIP)


def test_before_any_fulfilment_only_a_drop_shipment_has_a_type() -> None:
    assert type_before({}) is FulfillmentType.NONE
    assert type_before({"dropShip": True}) is FulfillmentType.DROP_SHIP


def test_only_a_back_order_waits_for_its_goods() -> None:
    assert [waits_for_goods(details) for details in ({}, {"backOrder": None}, {"backOrder": True})] == [
        False,
        False,
        True,
    ]


quantities = st.decimals("-3", "12", places=2)
orders = st.lists(st.tuples(st.sampled_from(["P-1", "P-2"]), quantities), min_size=1, max_size=5)
moves = st.lists(st.tuples(st.booleans(), st.integers(0, 9), quantities), max_size=12)


@given(orders, moves)
def test_whatever_is_fulfilled_and_taken_back_the_status_follows_from_the_sums(
    order: list[tuple[str, Decimal]], sequence: list[tuple[bool, int, Decimal]]
) -> None:
    items = [SalesItem(code=f"I-{n}", product_code=product, quantity=qty) for n, (product, qty) in enumerate(order)]
    needed = sum(max(entry.quantity, Decimal(0)) for entry in items)
    made: list[dict[str, Decimal]] = []
    for takes_back, which, quantity in sequence:
        fulfilled = _sum(made)
        if takes_back and made:
            made.pop(which % len(made))
        else:
            target = items[which % len(items)]
            named = {"item_code": target.code} if which % 2 else {"product_code": target.product_code}
            try:
                parts = parts_of(items, fulfilled, [Wish(**named, quantity=quantity)])
            except FulfilmentRejected:
                continue
            assert sum(part.quantity for part in parts) == quantity
            made.append(add_up({}, parts))
        fulfilled = _sum(made)
        done = sum(fulfilled.values())
        expected = "FULLY_FULFILLED" if done == needed else "PARTIAL_FULFILLED" if done else "UNFULFILLED"
        assert status_of(items, fulfilled) == expected
        assert all(fulfilled.get(entry.code, 0) <= max(entry.quantity, Decimal(0)) for entry in items)
        assert sum(left_of(items, fulfilled).values()) == needed - done


def _sum(made: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in made:
        for code, quantity in entry.items():
            sums[code] = sums.get(code, Decimal(0)) + quantity
    return sums
