"""Limits on calls through the worker, ours and those the shop asks for: nothing fails for them, it takes longer."""

import time

from demo.orders.manual import MANUAL
from settings import RateLimit
from tests.service_fixtures import Service

CARD = "EON9001"


def add_orders(service: Service, count: int) -> list[str]:
    order_ids = [f"EON{number}" for number in range(count)]
    for order_id in order_ids:
        service.shop.add_order(MANUAL[CARD](order_id))
    return order_ids


def limited(service: Service, **limits: RateLimit) -> Service:
    """The same service with limits on whom it calls."""
    named = {name.replace("_", "-"): limit for name, limit in limits.items()}
    service.settings = service.settings.model_copy(update={"rate_limits": named})
    return service


def calls_of(service: Service, method: str, path: str) -> int:
    """How often a path that holds these words was asked for."""
    return sum(request.startswith(f"{method} ") and path in request for request in service.shop.requests)


async def test_a_job_goes_as_fast_as_the_gateway_may_be_called(idle_service: Service) -> None:
    """Seven captures at one a second: the first at once, the last six seconds later; no other call to the gateway."""
    service = limited(idle_service, payment_gateway=RateLimit(tenant=1))
    order_ids = add_orders(service, 7)
    start = time.monotonic()
    async with service.working():
        items = await service.run(*order_ids)
    assert time.monotonic() - start >= 6
    assert {item.item.state for item in items.values()} == {"SUCCESS"}
    assert (calls_of(service, "POST", "/capture"), calls_of(service, "GET", "/payment-gateway/")) == (7, 0)


async def test_the_order_service_is_spared_too(idle_service: Service) -> None:
    """Three orders are read and written to: six calls, two of them at once and then two a second."""
    service = limited(idle_service, order_service=RateLimit(tenant=2))
    order_ids = add_orders(service, 3)
    start = time.monotonic()
    async with service.working():
        items = await service.run(*order_ids)
    assert time.monotonic() - start >= 2.0
    assert {item.item.state for item in items.values()} == {"SUCCESS"}
    assert sum("/salesorders/" in request for request in service.shop.requests) == 6


async def test_the_mail_server_is_spared_too(idle_service: Service) -> None:
    """Four mails at one a second."""
    service = limited(idle_service, mail_server=RateLimit(tenants={idle_service.tenant: 1}))
    order_ids = add_orders(service, 4)
    start = time.monotonic()
    async with service.working():
        items = await service.run(*order_ids)
    assert time.monotonic() - start >= 3
    assert {item.item.state for item in items.values()} == {"SUCCESS"}
    assert len(service.mail_sink.mails()) == 4


async def test_a_shop_that_asks_for_a_pause_gets_it(service: Service) -> None:
    (order_id,) = add_orders(service, 1)
    fault = service.shop.fault(f"GET .*{order_id}", "status", status=429, retry_after=3)
    start = time.monotonic()
    items = await service.run(order_id)
    assert fault.struck == 1
    assert time.monotonic() - start >= 3
    assert items[order_id].item.state == "SUCCESS"
