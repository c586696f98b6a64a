"""What an order's invoice is made from: the order as read and priced, and what its own round has come to."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import orders
from database.orders_to_issue import NumberedInvoice, OrderToIssue, find_order_to_issue
from database.tables import Effect
from tests.database.rows import another_tenant, issue

Sessions = async_sessionmaker[AsyncSession]


async def find(sessions: Sessions, tenant: str) -> OrderToIssue | None:
    async with sessions() as session:
        return await find_order_to_issue(session, tenant, "EON1")


async def read(sessions: Sessions, tenant: str, order_round: int = 0) -> None:
    async with sessions.begin() as session:
        await orders.save_order(session, tenant, "EON1", '{"id":"EON1"}', order_round)


async def add_effect(sessions: Sessions, tenant: str, **members: Any) -> None:
    usual = {"kind": "CAPTURE", "order_id": "EON1", "state": "DONE", "amount": Decimal("288.95"), "requested_by": "r/1"}
    async with sessions.begin() as session:
        session.add(Effect(tenant=tenant, **{**usual, **members}))


async def test_an_order_that_was_never_read_is_not_found(sessions: Sessions, tenant: str) -> None:
    await issue(sessions, tenant, "EON1")
    assert await find(sessions, tenant) is None


async def test_an_order_that_was_only_read_has_no_prices(sessions: Sessions, tenant: str) -> None:
    await read(sessions, tenant)
    found = await find(sessions, tenant)
    assert found == OrderToIssue('{"id":"EON1"}', priced=None, order_round=0, invoice=None, captured=None)
    assert found.recalculation is None


async def test_another_tenants_order_is_not_found(sessions: Sessions, tenant: str) -> None:
    await read(sessions, tenant)
    assert await find(sessions, await another_tenant(sessions)) is None


async def test_the_invoice_of_another_round_is_none(sessions: Sessions, tenant: str) -> None:
    await issue(sessions, tenant, "EON2", number="RE-2")
    invoice = await issue(sessions, tenant, "EON1", number="RE-1")
    for order_round, expected in ((0, NumberedInvoice(invoice.id, "RE-1")), (1, None)):
        await read(sessions, tenant, order_round)
        found = await find(sessions, tenant)
        assert found is not None
        assert (found.order_round, found.invoice) == (order_round, expected)


async def test_only_the_last_capture_of_the_round_counts_and_only_when_it_is_done(
    sessions: Sessions, tenant: str
) -> None:
    await read(sessions, tenant, 1)
    await add_effect(sessions, tenant, key="K0", order_round=0)
    await add_effect(sessions, tenant, key="K1:refund", order_round=1, kind="REFUND")
    assert await captured(sessions, tenant) is None
    noon, later = datetime(2026, 11, 2, 12, tzinfo=UTC), datetime(2026, 11, 2, 13, tzinfo=UTC)
    await add_effect(sessions, tenant, key="K1", order_round=1, state="REFUSED", created_at=noon)
    await add_effect(sessions, tenant, key="K1:2", order_round=1, amount=Decimal("17.50"), created_at=later)
    assert await captured(sessions, tenant) == Decimal("17.50")
    for state in ("STARTED", "REFUSED"):
        async with sessions.begin() as session:
            await session.execute(
                update(Effect).where(Effect.tenant == tenant, Effect.key == "K1:2").values(state=state)
            )
        assert await captured(sessions, tenant) is None


async def captured(sessions: Sessions, tenant: str) -> Decimal | None:
    found = await find(sessions, tenant)
    assert found is not None
    return found.captured
