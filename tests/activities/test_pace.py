"""Limits on calls: exact over all processes, none where none is wanted, and nobody kept waiting inside the worker."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import NoReturn

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.capture_payment import CaptureActivities
from activities.pace import DatabasePace
from contracts.order_invoice import CaptureRequest, OrderRef
from database.engine import create_engine, create_sessions
from demo.shop.running import RunningShop
from integrations.commerce_token import CommerceTokens
from integrations.order_service import HttpOrderService
from integrations.pace import UNPACED, Downstream, HeldBack
from settings import CommerceCredentials, RateLimit
from tests.activities.conftest import ON_ACCOUNT, Bring
from tests.activities.fakes import GatewayFake
from tests.activities.test_capture_payment import ledger

Sessions = async_sessionmaker[AsyncSession]
GATEWAY, ORDERS, MAIL = Downstream.PAYMENT_GATEWAY, Downstream.ORDER_SERVICE, Downstream.MAIL_SERVER
SLOW = 0.1
"""A turn in ten seconds: none of these tests waits for the second one."""


@pytest.fixture(autouse=True)
async def _nobody_has_called(sessions: Sessions) -> None:
    """Limits on all tenants together are shared by all tests."""
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM rate_slots"))


def pace(sessions: Sessions, **limits: float) -> DatabasePace:
    """Each tenant may call the gateway as slowly as it goes, unless `limits` say something else."""
    return DatabasePace(sessions, {GATEWAY: RateLimit.model_validate(limits or {"tenant": SLOW})})


async def as_activity(step: Callable[[], Awaitable[None]], *, attempt: int = 1, is_local: bool = False) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt, is_local=is_local)

    async def run() -> None:
        await step()

    await environment.run(run)


async def held_back(step: Callable[[], Awaitable[None]], **how: bool) -> HeldBack:
    with pytest.raises(HeldBack) as held:
        await as_activity(step, **how)
    return held.value


def no_sessions() -> NoReturn:
    raise AssertionError("a statement was sent")


@pytest.mark.parametrize(
    "limit", [None, RateLimit(), RateLimit(tenant=SLOW, tenants={"acme": 0}), RateLimit(tenants={"globex": SLOW})]
)
async def test_without_a_limit_no_statement_is_sent(limit: RateLimit | None) -> None:
    unlimited = DatabasePace(no_sessions, {} if limit is None else {GATEWAY: limit})  # type: ignore[arg-type]
    assert not unlimited.is_limited(GATEWAY, "acme")
    for _ in range(3):
        await unlimited.wait(GATEWAY, "acme")
        await unlimited.wait(ORDERS, "globex")
        await unlimited.take_ahead(MAIL, "acme")


async def test_without_limits_at_all_there_is_nothing_to_wait_for() -> None:
    assert not UNPACED.is_limited(GATEWAY, "acme")
    await UNPACED.take_ahead(GATEWAY, "acme")
    await UNPACED.wait(GATEWAY, "acme")


async def test_a_turn_that_is_too_far_off_is_a_fault_that_says_when_to_come_back(
    sessions: Sessions, tenant: str
) -> None:
    limited = pace(sessions)
    await as_activity(lambda: limited.wait(GATEWAY, tenant))
    held = await held_back(lambda: limited.wait(GATEWAY, tenant))
    assert str(held) == "The payment gateway is called as often as INVOICES_RATE_LIMITS allows."
    assert held.retry_after_seconds == pytest.approx(10, abs=2)


async def test_a_local_activity_is_not_told_to_come_back_for_a_regular_one_follows_at_once(
    sessions: Sessions, tenant: str
) -> None:
    limited = pace(sessions)
    await as_activity(lambda: limited.wait(GATEWAY, tenant), is_local=True)
    for _ in range(3):
        assert (await held_back(lambda: limited.wait(GATEWAY, tenant), is_local=True)).retry_after_seconds is None
    held = await held_back(lambda: limited.wait(GATEWAY, tenant))
    assert held.retry_after_seconds == pytest.approx(10, abs=2)


async def test_a_later_attempt_goes_before_a_first_one(sessions: Sessions, tenant: str) -> None:
    limited = pace(sessions)
    for _ in range(2):
        await asyncio.gather(as_activity(lambda: limited.wait(GATEWAY, tenant)), return_exceptions=True)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE rate_slots SET free_at = clock_timestamp()"))
    await held_back(lambda: limited.wait(GATEWAY, tenant))
    await as_activity(lambda: limited.wait(GATEWAY, tenant), attempt=2)


async def test_a_tenants_own_limit_takes_the_place_of_the_one_for_each(sessions: Sessions, tenant: str) -> None:
    limit = RateLimit(tenant=SLOW, tenants={tenant: 1_000})
    limited = DatabasePace(sessions, {GATEWAY: limit})
    for _ in range(20):
        await as_activity(lambda: limited.wait(GATEWAY, tenant))
    await as_activity(lambda: limited.wait(GATEWAY, "another"))
    await held_back(lambda: limited.wait(GATEWAY, "another"))


async def test_one_tenants_limit_slows_no_other(sessions: Sessions, tenant: str) -> None:
    limited = pace(sessions)
    await as_activity(lambda: limited.wait(GATEWAY, tenant))
    await held_back(lambda: limited.wait(GATEWAY, tenant))
    await as_activity(lambda: limited.wait(GATEWAY, "another"))


async def test_a_limit_on_all_together_slows_everybody(sessions: Sessions, tenant: str) -> None:
    limited = pace(sessions, total=SLOW)
    await as_activity(lambda: limited.wait(GATEWAY, tenant))
    await held_back(lambda: limited.wait(GATEWAY, "another"))


async def test_one_service_is_limited_and_the_others_are_not(sessions: Sessions, tenant: str) -> None:
    limited = pace(sessions)
    for _ in range(3):
        await as_activity(lambda: limited.wait(ORDERS, tenant))
    await as_activity(lambda: limited.wait(GATEWAY, tenant))
    await held_back(lambda: limited.wait(GATEWAY, tenant))


async def test_a_turn_taken_ahead_is_the_next_calls_and_no_other(sessions: Sessions, tenant: str) -> None:
    limited = pace(sessions)

    async def call_twice() -> None:
        await limited.take_ahead(GATEWAY, tenant)
        await limited.wait(GATEWAY, tenant)
        await limited.wait(GATEWAY, tenant)

    await held_back(call_twice)
    await held_back(lambda: limited.wait(GATEWAY, tenant))


class TestCapture:
    async def capture(self, sessions: Sessions, order: OrderRef, gateway: GatewayFake, limited: DatabasePace) -> None:
        request = CaptureRequest(order=order, requested_by="run/1")
        await CaptureActivities(sessions, gateway, limited).capture_payment(request)

    async def test_a_capture_that_is_held_back_leaves_no_trace_on_the_ledger(
        self, sessions: Sessions, priced: Bring
    ) -> None:
        """So that its next attempt needs not ask the gateway what became of it."""
        first, second = await priced(order_id="EON1"), await priced(order_id="EON2")
        gateway, limited = GatewayFake(), pace(sessions)
        await as_activity(lambda: self.capture(sessions, first, gateway, limited))
        await held_back(lambda: self.capture(sessions, second, gateway, limited))
        assert [state for _, state, _ in await ledger(sessions, first)] == ["DONE"]
        assert gateway.questions == 0

    async def test_an_order_with_nothing_to_capture_takes_no_turn(self, sessions: Sessions, priced: Bring) -> None:
        limited, gateway = pace(sessions), GatewayFake()
        for _ in range(3):
            order = await priced(ON_ACCOUNT)
            await as_activity(partial(self.capture, sessions, order, gateway, limited))
        await as_activity(lambda: limited.wait(GATEWAY, order.tenant))


@pytest.fixture
async def tokens(shop: RunningShop) -> AsyncIterator[CommerceTokens]:
    client = CommerceCredentials(client_id=shop.client.client_id, client_secret=shop.client.secret)
    tokens = CommerceTokens(shop.token_url, {shop.tenant: client}, timeout_seconds=10)
    yield tokens
    await tokens.aclose()


async def test_two_processes_share_one_limit_exactly(
    database_url: str, shop: RunningShop, tokens: CommerceTokens, tenant: str
) -> None:
    """60 calls at 20 a second: 20 at once, and no later one before its time."""
    rate, calls = 20, 60
    engines = [create_engine(database_url, pool_size=5) for _ in range(2)]
    limits = {ORDERS: RateLimit(total=rate)}
    shops = [
        HttpOrderService(shop.url, tokens, 10, DatabasePace(create_sessions(engine), limits)) for engine in engines
    ]
    shop.add_order('{"id": "EON1"}', "EON1")
    answered: list[float] = []

    async def call(orders: HttpOrderService) -> None:
        await orders.get(tenant, "EON1")
        answered.append(time.monotonic())

    start = time.monotonic()
    asking = (as_activity(partial(call, one)) for one in shops * (calls // 2))
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    for one, engine in zip(shops, engines, strict=True):
        await one.aclose()
        await engine.dispose()
    asked = shop.requests.count(f"GET /order-v2/{tenant}/salesorders/EON1")
    assert asked == len(answered) == outcomes.count(None) > rate
    assert all(isinstance(outcome, HeldBack) for outcome in outcomes if outcome is not None)
    too_early = [place for place, at in enumerate(sorted(answered)) if at - start < (place - rate + 1) / rate]
    assert too_early == []
