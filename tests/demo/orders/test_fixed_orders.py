"""The fixed orders are what `expected_ends.json` says of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo.orders.arithmetic import Rate, Till
from demo.orders.basket import Basket, Discount, Fee, Line, Product, Shipping, price_basket
from demo.orders.ends import ExpectedEnd, fixed_ends
from demo.orders.exact_json import dump, parse_object
from demo.orders.price_json import order_price_json
from demo.orders.rounds import Round

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CENT = Decimal("0.01")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = {"main": BERLIN, "outlet": BERLIN, "us": ZoneInfo("America/New_York")}
FOLDER = Path(__file__).parents[3] / "demo" / "orders"


@cache
def orders(number: int = 1) -> dict[str, dict[str, Any]]:
    return {order["id"]: parse_object(dump(order)) for order in Round(number, 0).fixed(NOW)}


def ends() -> list[ExpectedEnd]:
    return [*fixed_ends().manual, *fixed_ends().automatic]


def members(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from members(member)
    elif isinstance(value, list):
        for element in value:
            yield from members(element)


def parts(order: dict[str, Any]) -> Iterator[dict[str, Decimal]]:
    """Everything that counts into the final price."""
    for entry in order["entries"]:
        price = entry["calculatedPrice"]
        yield price.get("discountedPrice", price["price"])
        yield from (fee["price"] for fee in price.get("fees", []))
    whole = order["calculatedPrice"]
    yield from (fee["price"] for fee in whole.get("paymentFees", []))
    if "totalShipping" in whole:
        yield whole["totalShipping"]


def total_from_parts(order: dict[str, Any], *, inclusive: bool) -> Decimal:
    """Gross of the whole order, its tax computed anew for each rate."""
    sums: dict[Decimal, Decimal] = {}
    for part in parts(order):
        sums[part["taxRate"]] = sums.get(part["taxRate"], Decimal(0)) + part["grossValue" if inclusive else "netValue"]
    if inclusive:
        return sum(sums.values(), Decimal(0))
    return sum((net + (net * rate / 100).quantize(CENT, ROUND_HALF_UP) for rate, net in sums.items()), Decimal(0))


def test_the_shops_arithmetic_gives_the_figures_of_the_reference_order() -> None:
    standard, reduced = Rate("STANDARD", Decimal("19.0")), Rate("REDUCED", Decimal("7.0"))
    coupon = Discount("WELCOME10", percent=Decimal(10))
    wrap = Fee("f1", {"en": "Gift wrap", "de": "Geschenkpapier"}, reduced, amount=Decimal("2.00"))
    basket = Basket(
        Till("EUR", inclusive=False),
        (
            Line(Product("SHOE-43", {}), Decimal(2), Decimal("100.00"), standard, coupon),
            Line(Product("BOOK-1", {}), Decimal(3), Decimal("20.00"), reduced, coupon, (wrap,)),
        ),
        Shipping("dhl", "DHL", Decimal("10.00"), standard),
        Fee("pf1", {"en": "Card fee"}, standard, percent=Decimal(1)),
    )
    assert order_price_json(price_basket(basket)) == orders()["EON9001"]["calculatedPrice"]


def test_the_reference_order_is_passed_on_to_the_letter() -> None:
    reference = parse_object((FOLDER / "eon9001.json").read_bytes())
    assert orders()["EON9001"] == reference
    assert reference["payments"][0]["transactionId"] == "d8abfb12-0266-43dc-905e-415158029d45"


@pytest.mark.parametrize("end", [end for end in ends() if end.total], ids=lambda end: end.order_id)
def test_an_order_comes_to_the_expected_total(end: ExpectedEnd) -> None:
    order = orders()[end.order_id]
    assert order["currency"] == end.currency
    if end.order_id == "EON9011":
        assert order["totalPrice"] == end.total
    else:
        assert order["calculatedPrice"]["finalPrice"]["grossValue"] == end.total
        assert total_from_parts(order, inclusive=order["siteCode"] == "outlet") == end.total


@pytest.mark.parametrize("end", ends(), ids=lambda end: end.order_id)
def test_an_order_is_captured_as_it_is_authorised(end: ExpectedEnd) -> None:
    order = orders().get(end.order_id)
    authorised = order["payments"][0].get("authorizedAmount") if order else None
    if end.captured is not None:
        assert authorised == end.captured == end.total
    elif end.status == "SUCCESS":
        assert order
        assert order["payments"] == [
            {"status": "PENDING", "method": "invoice", "provider": "INVOICE", "paidAmount": 0, "currency": "EUR"}
        ]
        assert order["mixins"]["payment"]["paymentType"] == "invoice"


def test_one_order_is_known_to_nobody() -> None:
    assert {end.order_id for end in ends()} - set(orders()) == {"EON9404"}


def test_one_order_claims_two_cents_more_than_its_parts() -> None:
    order = orders()["EON9006"]
    assert order["calculatedPrice"]["finalPrice"]["grossValue"] - total_from_parts(order, inclusive=False) == 2 * CENT
    assert order["payments"][0]["authorizedAmount"] == order["calculatedPrice"]["finalPrice"]["grossValue"]


def test_one_order_has_deprecated_members_only() -> None:
    order = orders()["EON9011"]
    assert not [name for name in members(order) if name.startswith("calculated")]
    assert {"unitPrice", "totalPrice", "tax"} <= set(order["entries"][0])
    assert {"subTotalPrice", "totalPrice", "tax", "shipping"} <= set(order)


def test_one_order_is_discounted_after_tax() -> None:
    order = orders()["EON9002"]
    (discount,) = order["discounts"]
    assert (discount["calculationType"], discount["amount"]) == ("ApplyDiscountAfterTax", Decimal("10.00"))
    assert order["calculatedPrice"]["finalPrice"]["taxValue"] == Decimal("21.46")  # 123.95 * 19/119 + 25.47 * 7/107


def test_one_order_is_zero_rated_and_leaves_the_country() -> None:
    order = orders()["EON9003"]
    (group,) = order["calculatedPrice"]["finalPrice"]["taxAggregate"]["lines"]
    assert (group["taxCode"], group["taxRate"], group["taxValue"]) == ("ZERO", 0, 0)
    assert order["shippingAddress"]["country"] == "CH"


def test_one_order_is_american() -> None:
    order = orders()["EON9010"]
    assert (order["siteCode"], order["currency"]) == ("us", "USD")
    assert (order["customer"]["preferredLanguage"], order["billingAddress"]["country"]) == ("en", "US")
    assert {line["calculatedPrice"]["finalPrice"]["taxRate"] for line in order["entries"]} == {Decimal("8.25")}


def test_the_long_order_follows_its_rule() -> None:
    order = orders()["EON9012"]
    nets = {19: Fraction(89), 7: Fraction(0), 0: Fraction(0)}
    for position in range(1, 61):
        quantity = Fraction(3, 2) if position % 9 == 0 else Fraction(position % 4 + 1)
        cents = quantity * (315 + position * 137)
        rate = 0 if position % 11 == 0 else 7 if position % 5 == 0 else 19
        nets[rate] += Fraction(int(cents + Fraction(1, 2)), 100)
    taxes = [Fraction(int(net * rate + Fraction(1, 2)), 100) for rate, net in nets.items()]
    assert len(order["entries"]) == 60
    assert max(len(entry["product"]["localizedName"]["de"]) for entry in order["entries"]) > 90
    assert Fraction(order["calculatedPrice"]["finalPrice"]["grossValue"]) == sum(nets.values()) + sum(taxes)


def test_mails_go_to_nobody_real() -> None:
    assert {order["customer"]["email"].rpartition("@")[2] for order in orders().values()} == {"example.com"}


def test_only_the_reference_order_of_the_manual_ones_may_be_found_by_an_automatic_job() -> None:
    states = {
        end.order_id: orders()[end.order_id]["mixins"]["generalAttributes"]["extendedOrderStatus"]
        for end in fixed_ends().manual
        if end.order_id in orders()
    }
    assert states.pop("EON9001") == "70"
    assert set(states.values()) == {"50"}


def delivered_at(order: dict[str, Any]) -> datetime | None:
    """End of the delivery by the window (in the site's time zone), else by the mixin."""
    if "deliveryWindow" in order:
        window = order["deliveryWindow"]
        moment = f"{window['deliveryDate']}T{window['deliveryTimeRange']['timeTo']}"
        return datetime.fromisoformat(moment).replace(tzinfo=ZONES[order["siteCode"]])
    if "deliveryTime" in order["mixins"]:
        return datetime.fromisoformat(order["mixins"]["deliveryTime"]["deliveryDate"])
    return None


def test_the_eligible_orders_are_those_an_automatic_job_must_find() -> None:
    eligible = [
        order["id"]
        for order in orders().values()
        if order["status"] in {"CREATED", "CONFIRMED"}
        and order["mixins"]["generalAttributes"]["extendedOrderStatus"] in {"70", "75", "76"}
        and "invoice" not in order["mixins"]
        and (delivered_at(order) or NOW) <= NOW - timedelta(hours=24)
    ]
    assert eligible == ["EON9001", *(end.order_id for end in fixed_ends().automatic)]


def test_the_others_miss_one_condition_each() -> None:
    found = orders()
    assert found["EON9111"]["status"] == "SHIPPED"
    assert found["EON9112"]["mixins"]["generalAttributes"]["extendedOrderStatus"] == "10"
    assert delivered_at(found["EON9113"]) == NOW - timedelta(hours=2)
    assert delivered_at(found["EON9114"]) is None
    assert found["EON9115"]["mixins"]["invoice"]["invoiceNo"]
    assert "deliveryTime" not in found["EON9102"]["mixins"]
    assert "deliveryWindow" not in found["EON9103"]


@pytest.mark.parametrize("minutes", [0, 59, 119, 121, 24 * 60 - 1])
def test_a_recent_delivery_is_recent_at_any_hour(minutes: int) -> None:
    now = NOW.replace(hour=0, minute=0) + timedelta(minutes=minutes)
    order = next(order for order in Round(1, 0).fixed(now) if order["id"] == "EON9113")
    window = order["deliveryWindow"]["deliveryTimeRange"]
    assert window["timeFrom"] <= window["timeTo"]
    assert delivered_at(order) == now - timedelta(hours=2)


def test_rounds_differ_in_ids_and_transactions_only() -> None:
    def stripped(order: dict[str, Any]) -> str:
        kept = order | {"id": "", "cartId": "", "payments": [p | {"transactionId": ""} for p in order["payments"]]}
        return json.dumps(kept, default=str).replace("-r2", "")

    first, second = orders(1), orders(2)
    assert [order_id + "-r2" for order_id in first] == list(second)
    for before, after in zip(first.values(), second.values(), strict=True):
        assert stripped(before) == stripped(after)
    ids = [p["transactionId"] for order in [*first.values(), *second.values()] for p in order["payments"] if len(p) > 5]
    assert len(ids) == len(set(ids))
