"""A person mends an order once, and what the shop was told since stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.orders.generator import Dice
from demo.shop.gateway import Gateway
from demo.shop.running import RunningShop, running_shop
from tests.chaos.mending import Mender
from tests.chaos.planned_orders import HELD_FOR, Kind, PlannedOrder, planned_orders

ORDERS = list(planned_orders(Dice("mending"), ["acme"], 200))


def of_kind(kind: Kind) -> PlannedOrder:
    return next(order for order in ORDERS if order.kind is kind)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(tmp_path) as running:
        yield running


def test_the_shop_has_what_it_knows_and_declines_what_it_must(shop: RunningShop) -> None:
    Mender(shop, ORDERS).fill_the_shop()
    assert shop.books().orders == sum(order.is_known for order in ORDERS)
    declined = of_kind(Kind.DECLINED)
    assert capture(shop.gateway, declined) is False
    assert capture(shop.gateway, of_kind(Kind.WRONG_TOTAL)) is True


@pytest.mark.parametrize("kind", [Kind.WRONG_TOTAL, Kind.NO_ADDRESS])
def test_a_mended_order_is_as_it_ought_to_be_and_keeps_what_it_is_told_later(shop: RunningShop, kind: Kind) -> None:
    mender, order = Mender(shop, ORDERS), of_kind(kind)
    mender.fill_the_shop()
    mender.mend("acme", order.order_id, HELD_FOR[kind])
    assert shop.order(order.order_id) == order.mended()
    shop.shelf.patch("acme", order.order_id, {"mixins": {"invoice": {"invoiceNo": "INV261001"}}})
    mender.mend("acme", order.order_id, HELD_FOR[kind])
    assert shop.order(order.order_id)["mixins"]["invoice"]["invoiceNo"] == "INV261001"


def test_a_card_that_was_declined_is_accepted_once_mended(shop: RunningShop) -> None:
    mender, order = Mender(shop, ORDERS), of_kind(Kind.DECLINED)
    mender.fill_the_shop()
    mender.mend("acme", order.order_id, "mail_refused")
    assert capture(shop.gateway, order) is False
    mender.mend("acme", order.order_id, "payment_declined")
    assert capture(shop.gateway, order) is True


def capture(gateway: Gateway, order: PlannedOrder) -> bool:
    """Whether the gateway takes the order's total."""
    currency = order.mended()["currency"]
    body = f'{{"amount": {order.total}, "currency": "{currency}"}}'.encode()
    return bool(gateway.capture("acme", order.transaction, body, None)["successful"])
