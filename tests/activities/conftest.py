"""A configured tenant over a real PostgreSQL, and an order of it brought as far as a test wants."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.capture_payment import CaptureActivities
from activities.look_up_order import LookUpActivities
from activities.recalculate import RecalculateActivities
from contracts.order_invoice import CaptureRequest, OrderRef
from demo.orders.exact_json import dump
from demo.orders.manual import MANUAL
from tests.activities.fakes import GatewayFake, ShopFake
from tests.service_fixtures import configure

Sessions = async_sessionmaker[AsyncSession]
CARD, ON_ACCOUNT = "EON9001", "EON9004"
"""The kinds of order that are brought here: paid by card, and with nothing to capture."""

Bring = Callable[..., Awaitable[OrderRef]]


@pytest.fixture
async def configured(sessions: Sessions, tenant: str) -> str:
    """The tenant with its sites, its series (first number 1001) and its settings."""
    await configure(sessions, tenant, "http://shop.invalid")
    return tenant


@pytest.fixture
def looked_up(sessions: Sessions, configured: str) -> Bring:
    """`await looked_up(CARD, "EON7", siteCode="moon")`: an order on the books, not priced yet."""

    async def bring(kind: str = CARD, order_id: str | None = None, **changes: Any) -> OrderRef:
        ref = OrderRef(tenant=configured, order_id=order_id or kind, job_id=uuid4())
        text = dump(MANUAL[kind](ref.order_id) | changes)
        await LookUpActivities(sessions, ShopFake({ref.order_id: text})).look_up_order(ref)
        return ref

    return bring


@pytest.fixture
def priced(sessions: Sessions, looked_up: Bring) -> Bring:
    """The same, recalculated."""

    async def bring(kind: str = CARD, order_id: str | None = None, **changes: Any) -> OrderRef:
        ref = await looked_up(kind, order_id, **changes)
        await RecalculateActivities(sessions, 1).recalculate(ref)
        return ref

    return bring


@pytest.fixture
def captured(sessions: Sessions, priced: Bring) -> Bring:
    """The same, with the money taken."""

    async def bring(kind: str = CARD, order_id: str | None = None, **changes: Any) -> OrderRef:
        ref = await priced(kind, order_id, **changes)
        request = CaptureRequest(order=ref, requested_by="run/1")
        await CaptureActivities(sessions, GatewayFake()).capture_payment(request)
        return ref

    return bring


async def all_of(bring: Bring, kind: str, count: int) -> list[OrderRef]:
    """`count` orders of a kind, each with an id of its own."""
    return list(await asyncio.gather(*(bring(kind, f"EON{number}") for number in range(count))))
