"""Generated orders: their sums hold, they are the same everywhere, and they are as varied as promised."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.orders.arithmetic import TaxMethod
from demo.orders.ends import generated_end
from demo.orders.exact_json import dump, parse_object
from demo.orders.generator import expected_capture, generated, generated_order
from demo.orders.rounds import Round

SEEDS = range(1, 301)
FIGURES = ("netValue", "taxValue", "grossValue")
ROOT = Path(__file__).parents[3]

Order = dict[str, Any]


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    return [parse_object(dump(generated_order(index))) for index in SEEDS]


def scale(order: Order) -> Decimal:
    return Decimal(1) if order["currency"] == "JPY" else Decimal("0.01")


def rounded(amount: Decimal | int, order: Order) -> Decimal:
    return Decimal(amount).quantize(scale(order), ROUND_HALF_UP)


def authoritative(order: Order) -> str:
    return "grossValue" if order["siteCode"] == "outlet" else "netValue"


def tax(amount: Decimal, rate: Decimal, order: Order) -> Decimal:
    divisor = 100 + rate if order["siteCode"] == "outlet" else Decimal(100)
    return rounded(amount * rate / divisor, order)


def plus(*prices: dict[str, Any]) -> dict[str, Decimal]:
    return {figure: sum((price[figure] for price in prices), Decimal(0)) for figure in FIGURES}


def figures(price: dict[str, Any]) -> dict[str, Decimal]:
    return {figure: price[figure] for figure in FIGURES}


def rated_parts(order: Order) -> Iterator[dict[str, Any]]:
    for entry in order["entries"]:
        price = entry["calculatedPrice"]
        yield price.get("discountedPrice", price["price"])
        yield from (fee["price"] for fee in price.get("fees", []))
    whole = order["calculatedPrice"]
    yield from (fee["price"] for fee in whole.get("paymentFees", []))
    yield from ([whole["totalShipping"]] if "totalShipping" in whole else [])


def every_price(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "netValue" in value:
            yield value
        for member in value.values():
            yield from every_price(member)
    elif isinstance(value, list):
        for element in value:
            yield from every_price(element)


def test_every_price_is_net_plus_tax_at_the_currencys_scale(orders: list[Order]) -> None:
    for order in orders:
        for price in every_price(order):
            assert price["netValue"] + price["taxValue"] == price["grossValue"]
            assert all(price[figure] == rounded(price[figure], order) for figure in FIGURES)


def test_every_part_bears_the_tax_of_its_rate(orders: list[Order]) -> None:
    for order in orders:
        for part in rated_parts(order):
            assert part["taxValue"] == tax(part[authoritative(order)], part["taxRate"], order)


def test_a_line_is_quantity_times_unit_price_less_discount_plus_fees(orders: list[Order]) -> None:
    for order in orders:
        for entry in order["entries"]:
            price, unit = entry["calculatedPrice"], entry["calculatedUnitPrice"]
            kind = authoritative(order)
            assert price["price"][kind] == rounded(unit[kind] * entry["amount"], order) > 0
            goods = price.get("discountedPrice", price["price"])
            taken = price["totalDiscount"]["price"] if "totalDiscount" in price else dict.fromkeys(FIGURES, Decimal(0))
            assert plus(goods, taken) == figures(price["price"])
            assert figures(price["finalPrice"]) == plus(goods, *(fee["price"] for fee in price.get("fees", [])))


def test_an_order_is_the_sum_of_its_tax_groups(orders: list[Order]) -> None:
    for order in orders:
        final = order["calculatedPrice"]["finalPrice"]
        groups = final["taxAggregate"]["lines"]
        assert plus(*groups) == figures(final)
        assert len({(group["taxCode"], group["taxRate"]) for group in groups}) == len(groups)
        assert {(p["taxCode"], p["taxRate"]) for p in rated_parts(order)} == {
            (group["taxCode"], group["taxRate"]) for group in groups
        }


def test_tax_is_rounded_once_a_group_or_once_a_part() -> None:
    methods = Counter[TaxMethod]()
    for index in SEEDS:
        head, priced = generated(index, 1)
        order = parse_object(dump(generated_order(index)))
        methods[priced.basket.method] += 1
        for group in order["calculatedPrice"]["finalPrice"]["taxAggregate"]["lines"]:
            parts = [part for part in rated_parts(order) if part["taxRate"] == group["taxRate"]]
            kind = authoritative(order)
            assert group[kind] == plus(*parts)[kind], head.order_id
            if priced.basket.method is TaxMethod.PER_PART:
                assert figures(group) == plus(*parts), head.order_id
            else:
                assert group["taxValue"] == tax(group[kind], group["taxRate"], order), head.order_id
    assert 70 <= methods[TaxMethod.PER_PART] <= 130  # a third of 300


def test_cards_are_authorised_for_the_final_gross(orders: list[Order]) -> None:
    for order in orders:
        gross = order["calculatedPrice"]["finalPrice"]["grossValue"]
        (payment,) = order["payments"]
        assert gross > 0
        if expected_capture(order):
            assert payment["authorizedAmount"] == order["totalAuthorizedAmount"] == gross
            assert payment["transactionId"]
        else:
            assert payment["provider"] == "INVOICE"
            assert "transactionId" not in payment


def test_order_discounts_are_those_of_the_lines(orders: list[Order]) -> None:
    for order in orders:
        by_code = Counter[str]()
        for entry in order["entries"]:
            for applied in entry["calculatedPrice"].get("discountedPrice", {}).get("appliedDiscounts", []):
                by_code[applied["id"]] += applied["value"]
        assert {discount["code"]: discount["amount"] for discount in order["discounts"]} == dict(by_code)


def test_the_orders_are_as_varied_as_promised(orders: list[Order]) -> None:
    lines = [len(order["entries"]) for order in orders]
    assert min(lines) == 1
    assert 40 <= max(lines) <= 60
    assert 0.7 <= sum(count <= 8 for count in lines) / len(lines) <= 0.9
    assert {order["currency"] for order in orders} == {"EUR", "USD", "GBP", "CHF", "JPY"}
    assert {order["siteCode"] for order in orders} == {"main", "outlet", "us"}
    groups = {len(order["calculatedPrice"]["finalPrice"]["taxAggregate"]["lines"]) for order in orders}
    assert groups == {1, 2, 3}
    languages = {order["customer"].get("preferredLanguage") for order in orders}
    assert languages == {None, "de", "en", "fr"}
    on_account = sum(not expected_capture(order) for order in orders) / len(orders)
    assert 0.09 <= on_account <= 0.21
    entries = [entry for order in orders for entry in order["entries"]]
    assert any(entry["amount"] % 1 for entry in entries)
    kinds = {discount["discountType"] for order in orders for discount in order["discounts"]}
    assert kinds == {"PERCENT", "ABSOLUTE"}
    for member in ("totalFee", "totalShipping", "paymentFees", "totalDiscount"):
        with_it = sum(member in order["calculatedPrice"] for order in orders)
        assert 20 <= with_it < len(orders), member


def test_entries_and_transactions_have_ids_of_their_own(orders: list[Order]) -> None:
    for order in orders:
        ids = [entry["id"] for entry in order["entries"]]
        assert len(ids) == len(set(ids))
    transactions = [p["transactionId"] for order in orders for p in order["payments"] if "transactionId" in p]
    assert len(transactions) == len(set(transactions))
    assert len({order["customer"]["email"] for order in orders}) == len(orders)


def test_no_automatic_job_may_find_a_generated_order(orders: list[Order]) -> None:
    assert {order["mixins"]["generalAttributes"]["extendedOrderStatus"] for order in orders} == {"50"}


def test_another_round_has_the_same_figures() -> None:
    first, third = generated_order(17), generated_order(17, 3)
    assert (first["id"], third["id"]) == ("GEN-00017", "GEN-00017-r3")
    assert first["calculatedPrice"] == third["calculatedPrice"]
    assert first["customer"] == third["customer"]


def test_another_process_makes_the_same_orders() -> None:
    script = (
        "from demo.orders.exact_json import dump\n"
        "from demo.orders.generator import generated_order\n"
        "print(dump([generated_order(index) for index in (1, 2, 3, 40)]))"
    )
    made = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert made.stdout.strip() == dump([generated_order(index) for index in (1, 2, 3, 40)])


def test_generated_orders_are_expected_to_succeed_at_their_own_total() -> None:
    round_two = Round(2, 30)
    made = {order["id"]: order for order in round_two.generated()}
    ends = {end.order_id: end for end in round_two.generated_ends()}
    assert list(made) == list(ends) == round_two.generated_ids()
    for order_id, end in ends.items():
        gross = made[order_id]["calculatedPrice"]["finalPrice"]["grossValue"]
        assert (end.status, end.reason, end.total, end.mail) == ("SUCCESS", None, gross, True)
        assert end.captured == (gross if expected_capture(made[order_id]) else None)
        assert generated_end(made[order_id]) == end
