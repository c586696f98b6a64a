from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from invoicing.orders.delivery import delivered_at, delivery_date, is_due, is_invoiced
from invoicing.orders.order import Order
from tests.invoicing.orders.samples import order_json, read

BERLIN = ZoneInfo("Europe/Berlin")


def order(window: dict[str, Any] | None = None, stamp: str | None = None) -> Order:
    mixins = {} if stamp is None else {"deliveryTime": {"deliveryDate": stamp}}
    return read(order_json(deliveryWindow=window, mixins=mixins))


WINDOW = {"deliveryDate": "2026-02-05", "deliveryTimeRange": {"timeFrom": "10:00", "timeTo": "14:30"}}


@pytest.mark.parametrize(
    ("window", "stamp", "instant"),
    [
        (WINDOW, None, "2026-02-05T13:30:00+00:00"),  # 14:30 in Berlin
        (WINDOW, "2026-02-01T11:00:00.000Z", "2026-02-05T13:30:00+00:00"),  # the window wins
        ({"deliveryDate": "2026-02-05"}, None, "2026-02-05T22:59:59+00:00"),  # the end of the day
        ({"deliveryDate": "2026-02-05", "deliveryTimeRange": {"timeTo": "noon"}}, None, "2026-02-05T22:59:59+00:00"),
        (None, "2026-02-05T11:00:00.000Z", "2026-02-05T11:00:00+00:00"),
        (None, "2026-02-05T11:00:00", "2026-02-05T10:00:00+00:00"),  # no zone: the site's
        ({"id": "dw1"}, "2026-02-05T11:00:00Z", "2026-02-05T11:00:00+00:00"),
    ],
)
def test_delivery_is_when_the_window_closes_or_the_mixin_says(
    window: dict[str, Any] | None, stamp: str | None, instant: str
) -> None:
    found = delivered_at(order(window, stamp), BERLIN)
    assert found is not None
    assert found.astimezone(UTC).isoformat() == instant


def test_an_order_without_a_delivery_date_is_never_due() -> None:
    assert delivered_at(order(), BERLIN) is None
    assert not is_due(order(), BERLIN, threshold=timedelta(0), now=datetime(2100, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("now", "due"), [("2026-02-06T13:29:59+00:00", False), ("2026-02-06T13:30:00+00:00", True)])
def test_the_threshold_counts_from_delivery_to_the_second(now: str, due: bool) -> None:
    assert is_due(order(WINDOW), BERLIN, threshold=timedelta(hours=24), now=datetime.fromisoformat(now)) is due


def test_the_delivery_day_is_the_sites() -> None:
    assert delivery_date(order(None, "2026-02-05T23:30:00Z"), BERLIN) == date(2026, 2, 6)


def test_an_order_that_carries_a_number_is_invoiced() -> None:
    assert is_invoiced(read(order_json(mixins={"invoice": {"invoiceNo": "INV1"}})))
    assert not is_invoiced(read(order_json(mixins={"invoice": {"invoiceNo": ""}})))
    assert not is_invoiced(read(order_json()))
