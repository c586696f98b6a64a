"""The orders of automatic jobs, from the sample shop into the books."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities import order_search
from activities.find_orders import FindActivities
from contracts.invoice_job import JobRef
from database import job_lists, jobs
from database.jobs import NewJob
from database.secured_values import SecuredValues
from demo.orders.rounds import Round
from demo.shop.running import RunningShop
from integrations.commerce_token import CommerceTokens
from integrations.faults import TransientFault
from integrations.order_service import HttpOrderService, OrderPage, OrderService
from settings import CommerceCredentials
from tests.service_fixtures import SECRET

Sessions = async_sessionmaker[AsyncSession]
NOON = datetime(2026, 2, 7, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "PAGE_SIZE", 5)


@pytest.fixture
async def orders(shop: RunningShop, configured: str) -> AsyncIterator[HttpOrderService]:
    credentials = {configured: CommerceCredentials(client_id="invoice-service", client_secret=SECRET)}
    tokens = CommerceTokens(shop.token_url, credentials, timeout_seconds=10)
    orders = HttpOrderService(shop.url, tokens, timeout_seconds=10)
    yield orders
    await orders.aclose()
    await tokens.aclose()


def add_orders(shop: RunningShop, count: int, *, delivered: datetime | None = None) -> list[str]:
    """Orders that are due, each created a second after the other, the ids the other way round."""
    due = next(order for order in Round(1, 0).fixed(datetime.now(UTC)) if order["id"] == "EON9101")
    window = {} if delivered is None else {"deliveryWindow": {"deliveryDate": delivered.date().isoformat()}}
    ids = [f"EON{count - number:04d}" for number in range(count)]
    for number, order_id in enumerate(ids):
        created = (NOON + timedelta(seconds=number)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        shop.add_order(due | {"id": order_id, "created": created} | window)
    return ids


async def new_job(sessions: Sessions, tenant: str, query_time: datetime | None = None) -> JobRef:
    async with sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(tenant, "AUTOMATIC", query_time=query_time))
    return JobRef(tenant=tenant, job_id=job_id)


async def find(sessions: Sessions, shop: OrderService, job: JobRef) -> None:
    await FindActivities(sessions, shop, SecuredValues(None)).find_orders(job)


async def found(sessions: Sessions, tenant: str, job_id: UUID) -> list[str]:
    async with sessions() as session:
        return [view.item.order_id for view in await job_lists.list_items(session, tenant, job_id)]


class Watched:
    """The shop, with something that happens after each page, or instead of one."""

    def __init__(self, orders: HttpOrderService, *, fails_at: int | None = None) -> None:
        self.orders = orders
        self.fails_at = fails_at
        self.pages: list[OrderPage] = []
        self.asked = 0

    async def get(self, tenant: str, order_id: str) -> str:
        return await self.orders.get(tenant, order_id)

    async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
        self.asked += 1
        if self.asked == self.fails_at:
            raise TransientFault("The order service is away.")
        page = await self.orders.search(tenant, q, page_number=page_number, page_size=page_size)
        self.pages.append(page)
        await self.after(tenant, page)
        return page

    async def after(self, tenant: str, page: OrderPage) -> None:
        pass

    async def report_invoice(
        self, tenant: str, order_id: str, invoice_number: str, document_url: str, *, read_before: str | None = None
    ) -> None:
        await self.orders.report_invoice(tenant, order_id, invoice_number, document_url, read_before=read_before)


class Invoicing(Watched):
    """Orders that a page has shown get their invoices before the next page is asked for."""

    async def after(self, tenant: str, page: OrderPage) -> None:
        for order in page.orders[:3]:
            await self.orders.report_invoice(tenant, order.order_id, f"INV-{order.order_id}", "https://shop.example")


async def test_two_jobs_at_once_find_every_order_although_orders_are_invoiced_meanwhile(
    sessions: Sessions, configured: str, shop: RunningShop, orders: HttpOrderService
) -> None:
    ids = add_orders(shop, 34)
    first, second = await new_job(sessions, configured), await new_job(sessions, configured)
    await asyncio.gather(*(find(sessions, Invoicing(orders), job) for job in (first, second)))
    both = [await found(sessions, configured, job.job_id) for job in (first, second)]
    assert set(both[0]) | set(both[1]) == set(ids)
    left = {order_id for order_id in ids if "invoice" not in shop.order(order_id)["mixins"]}
    assert left
    for one in both:
        assert left <= set(one)
        assert one == [order_id for order_id in ids if order_id in one]  # in the order of their creation


async def test_a_second_attempt_asks_only_for_the_rest(
    sessions: Sessions, configured: str, shop: RunningShop, orders: HttpOrderService
) -> None:
    ids = add_orders(shop, 18)
    job = await new_job(sessions, configured)
    with pytest.raises(TransientFault):
        await find(sessions, Watched(orders, fails_at=4), job)
    # Pages of 5 that overlap by one order: 1 to 5, 5 to 9, 9 to 13.
    assert await found(sessions, configured, job.job_id) == ids[:13]
    again = Watched(orders)
    await find(sessions, again, job)
    assert await found(sessions, configured, job.job_id) == ids
    assert [[order.order_id for order in page.orders] for page in again.pages] == [ids[12:17], ids[16:], []]


async def test_a_late_run_finds_what_one_in_time_would_have_found(
    sessions: Sessions, configured: str, shop: RunningShop, orders: HttpOrderService
) -> None:
    """The sample settings invoice orders 24 hours after their delivery at the earliest."""
    delivered = datetime.now(UTC) - timedelta(days=3)
    ids = add_orders(shop, 2, delivered=delivered)
    late = await new_job(sessions, configured, query_time=datetime.now(UTC))
    early = await new_job(sessions, configured, query_time=delivered + timedelta(hours=1))
    for job in (late, early):
        await find(sessions, orders, job)
    assert await found(sessions, configured, late.job_id) == ids
    assert await found(sessions, configured, early.job_id) == []
