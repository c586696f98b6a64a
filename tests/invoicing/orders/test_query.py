"""The search of an automatic job, held against the sample shop's own reading of the query language."""

from typing import Any

import pytest

from demo.shop.query import parse_query
from invoicing.configuration.invoice_settings import parse_invoice_settings
from invoicing.orders.query import WITHOUT_CREATION, created_since, order_query


def query(status: Any = "CREATED, CONFIRMED", extended: Any = "70,75", threshold: Any = "96h") -> str:
    return order_query(
        parse_invoice_settings({"threshold": threshold, "status": status, "extendedOrderStatus": extended})
    )


def order(status: str = "CREATED", extended: Any = "70", **mixins: Any) -> dict[str, Any]:
    return {
        "id": "EON1",
        "status": status,
        "mixins": {"generalAttributes": {"extendedOrderStatus": extended}, **mixins},
    }


@pytest.mark.parametrize(
    "wanted",
    [
        order(),
        order("CONFIRMED", "75"),
        order(extended=75),
        order(invoice={}),
        order(invoice={"invoiceDocument": "https://shop.example/1.pdf"}),
        {**order(), "deliveryWindow": None},  # time is judged by us, not by the query
    ],
)
def test_orders_of_a_wanted_status_without_an_invoice_number_are_found(wanted: dict[str, Any]) -> None:
    assert parse_query(query()).matches(wanted)


@pytest.mark.parametrize(
    "unwanted",
    [
        order("SHIPPED"),
        order("created"),
        order(extended="7"),
        order(extended="7075"),
        order(extended=None),
        order(invoice={"invoiceNo": "INV261001"}),
        {"id": "EON1", "status": "CREATED"},
    ],
)
def test_other_orders_are_passed_over(unwanted: dict[str, Any]) -> None:
    assert not parse_query(query()).matches(unwanted)


def test_the_query_is_one_line_of_three_terms() -> None:
    assert query() == (
        "status:(CREATED,CONFIRMED)"
        " mixins.generalAttributes.extendedOrderStatus:(70,75)"
        " mixins.invoice.invoiceNo:missing"
    )


def test_orders_can_be_asked_for_by_their_creation() -> None:
    settings = parse_invoice_settings({"threshold": "96h", "status": "CREATED", "extendedOrderStatus": "70"})
    later = parse_query(order_query(settings, created_since("2026-02-07T11:00:00.406Z")))
    without = parse_query(order_query(settings, WITHOUT_CREATION))
    for created, is_later in (
        ("2026-02-07T11:00:00.405Z", False),
        ("2026-02-07T11:00:00.406Z", True),
        ("2026-02-07T12:00:00.406+01:00", True),
        ("2026-02-08", True),
    ):
        assert later.matches(order() | {"created": created}) == is_later
        assert not without.matches(order() | {"created": created})
    assert not later.matches(order())
    assert without.matches(order())
    assert not without.matches(order("SHIPPED"))


@pytest.mark.parametrize(
    ("status", "extended"),
    [
        ("CREATED", "70"),
        (["SHIPPED"], [70]),
        ("IN_CHECKOUT,CREATED,CONFIRMED,DECLINED,SHIPPED,COMPLETED", [str(code) for code in range(200)]),
        ("CREATED", ["ready-to_bill", "a.b", "X" * 32]),
        ("CREATED", ["null", "exists", "missing", "true", "AND"]),
    ],
)
def test_whatever_the_settings_allow_is_a_query_that_finds_it(status: Any, extended: Any) -> None:
    parsed = parse_query(query(status, extended))
    last = extended[-1] if isinstance(extended, list) else extended
    first_status = status[0] if isinstance(status, list) else status.split(",")[0]
    assert parsed.matches(order(first_status, str(last)))
    assert parsed.wanted("status") == frozenset(status if isinstance(status, list) else status.split(","))
