from decimal import Decimal
from typing import Any

import pytest

from invoicing.orders.order import OrderRejected, parse_order
from tests.invoicing.orders.samples import SAMPLE, entry, order_json, price, read, sample


def test_numbers_keep_every_digit() -> None:
    text = SAMPLE.read_text().replace('"currency"', '"totalPrice": 0.1000000000010, "currency"', 1)
    assert parse_order(text).total_price == Decimal("0.1000000000010")


def test_the_sample_order_is_read_whole() -> None:
    order = parse_order(SAMPLE.read_text())
    assert [e.product.sku for e in order.entries if e.product] == ["8033546091234", "9783000000001"]
    assert order.mixins is not None
    assert order.mixins.general_attributes is not None
    assert order.mixins.general_attributes.extended_order_status == "70"


def broken(path: str, value: Any) -> dict[str, Any]:
    order = sample()
    *parents, last = path.split(".")
    target: Any = order
    for part in parents:
        target = target[int(part)] if part.isdigit() else target[part]
    target[last] = value
    return order


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("entries.0.amount", Decimal(-1), "entries[0].amount"),
        ("entries.0.amount", True, "entries[0].amount"),
        ("entries.0.amount", "many", "entries[0].amount"),
        ("entries.1.calculatedPrice.price.netValue", Decimal(-5), "entries[1].calculatedPrice.price.netValue"),
        ("entries.0.calculatedPrice.price.netValue", Decimal("1e15"), "entries[0].calculatedPrice.price.netValue"),
        ("entries.0.calculatedPrice.price.taxRate", Decimal(400), "entries[0].calculatedPrice.price.taxRate"),
        ("payments.0.authorizedAmount", Decimal("-0.01"), "payments[0].authorizedAmount"),
        ("entries", {"a": 1}, "entries"),
        ("currency", None, "currency"),
        ("id", "", "id"),
        ("deliveryWindow.deliveryDate", "soon", "deliveryWindow.deliveryDate"),
        ("deliveryWindow.deliveryDate", "9999-12-31", "deliveryWindow.deliveryDate"),
        ("created", "0001-01-01T00:00:00Z", "created"),
        ("customer.name", "Ada\x00", "customer.name"),
        ("billingAddress.street", "\ud800", "billingAddress.street"),
    ],
)
def test_a_bad_member_is_named(path: str, value: Any, field: str) -> None:
    with pytest.raises(OrderRejected) as rejection:
        read(broken(path, value))
    assert rejection.value.field == field


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(constant: str) -> None:
    text = SAMPLE.read_text().replace('"grossValue": 119.0', f'"grossValue": {constant}')
    with pytest.raises(OrderRejected, match=constant):
        parse_order(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"EON9001"', "12", "[" * 5000, "\x00"])
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(OrderRejected):
        parse_order(text)


def test_a_rejection_quotes_nothing_of_the_order() -> None:
    order = order_json(entry("1", price("1", "1.19", "19")))
    order["customer"] = {"email": ["ada@example.com"]}
    with pytest.raises(OrderRejected) as rejection:
        read(order)
    assert "ada@example.com" not in str(rejection.value)


@pytest.mark.parametrize("member", ["customer", "billingAddress", "shippingAddress", "payments", "mixins", "shipping"])
def test_members_that_real_orders_lack_may_be_missing_or_null(member: str) -> None:
    order = sample()
    order[member] = None
    read(order)
    del order[member]
    read(order)
