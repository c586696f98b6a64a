"""What the order in the shop is told of its invoice, and of which it is told nothing."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.report_to_order import ReportActivities
from contracts.order_invoice import Delivery
from demo.orders.exact_json import dump
from tests.activities.conftest import ON_ACCOUNT
from tests.activities.fakes import ShopFake
from tests.activities.test_rounds import Steps

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def steps(sessions: Sessions, configured: str) -> Steps:
    return Steps(sessions, configured, ON_ACCOUNT)


async def report(steps: Steps, delivery: Delivery, shop: ShopFake | None = None) -> list[tuple[str, str]]:
    shop = shop or ShopFake()
    await ReportActivities(steps.sessions, shop, "http://invoices.example").report_to_order(delivery)
    return shop.reported


async def test_the_order_learns_its_invoices_number(steps: Steps) -> None:
    delivery = Delivery(order=steps.order, invoice=await steps.invoice())
    assert await report(steps, delivery) == [(ON_ACCOUNT, delivery.invoice.number)]


async def test_the_order_as_it_was_read_spares_the_shop_to_show_it_again(steps: Steps) -> None:
    delivery, shop = Delivery(order=steps.order, invoice=await steps.invoice()), ShopFake()
    await report(steps, delivery, shop)
    assert shop.read_before == dump(steps.document)


async def test_a_late_report_of_a_credited_invoice_says_nothing(steps: Steps) -> None:
    first = Delivery(order=steps.order, invoice=await steps.invoice())
    await steps.credit()
    second = Delivery(order=steps.order, invoice=await steps.invoice())
    assert await report(steps, second) == [(ON_ACCOUNT, second.invoice.number)]
    assert await report(steps, first) == []
