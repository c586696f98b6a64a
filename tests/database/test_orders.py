"""Orders as read and as priced, digit for digit."""

import asyncio
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import orders
from database.orders import Recalculation, Snapshot
from invoicing.orders.payment import plan_payment
from invoicing.orders.pricing import price_order
from tests.database.rows import another_tenant
from tests.invoicing.orders.samples import entry, order_json, price, read

Sessions = async_sessionmaker[AsyncSession]
RAW = '{ "id":"O1",\n "entries":[{"amount":1.10000000000000000001, "price": 1E2}], "name":"Größe 漢字 \\u0000" }'


def recalculation(net: str = "10.00", gross: str = "11.90") -> Recalculation:
    order = read(order_json(entry("1", price(net, gross, "19")), gross=gross))
    priced = price_order(order, tax_inclusive=False, language="de", tolerance_minor=1)
    return Recalculation(priced=priced, payment=plan_payment(order, priced.totals, priced.rounding_margin))


async def save(sessions: Sessions, tenant: str, raw: str = RAW, order_id: str = "O1") -> None:
    async with sessions.begin() as session:
        await orders.save_order(session, tenant, order_id, raw, 0)


async def price_it(sessions: Sessions, tenant: str, prices: Recalculation) -> None:
    async with sessions.begin() as session:
        await orders.save_recalculation(session, tenant, "O1", prices)


async def get(sessions: Sessions, tenant: str, order_id: str = "O1") -> Snapshot | None:
    async with sessions() as session:
        return await orders.get_order(session, tenant, order_id)


async def test_an_order_is_kept_to_the_letter(sessions: Sessions, tenant: str) -> None:
    await save(sessions, tenant)
    assert await get(sessions, tenant) == Snapshot(RAW, None)
    assert await get(sessions, tenant, "O2") is None


async def test_prices_are_kept_beside_it_to_the_cent(sessions: Sessions, tenant: str) -> None:
    await save(sessions, tenant)
    prices = recalculation()
    await price_it(sessions, tenant, prices)
    snapshot = await get(sessions, tenant)
    assert snapshot == Snapshot(RAW, prices)
    assert snapshot.recalculation is not None
    assert snapshot.recalculation.priced.totals.gross == Decimal("11.90")
    assert str(snapshot.recalculation.priced.totals.gross) == "11.90"


async def test_reading_an_order_again_forgets_its_prices(sessions: Sessions, tenant: str) -> None:
    await save(sessions, tenant)
    await price_it(sessions, tenant, recalculation())
    await save(sessions, tenant, '{"id":"O1"}')
    assert await get(sessions, tenant) == Snapshot('{"id":"O1"}', None)


async def test_who_locks_an_order_waits_for_who_did_before(sessions: Sessions, tenant: str) -> None:
    other, told = await another_tenant(sessions), []

    async def lock(who: str, order_tenant: str, order_id: str) -> None:
        async with sessions.begin() as session:
            await orders.lock_order(session, order_tenant, order_id)
            told.append(who)

    async with asyncio.timeout(30), sessions() as first:
        await orders.lock_order(first, tenant, "O1")
        late = asyncio.create_task(lock("the same order", tenant, "O1"))
        await lock("another order", tenant, "O2")
        await lock("another tenant", other, "O1")
        told.append("done")
        assert not late.done()
        await first.rollback()
        await late
    assert told == ["another order", "another tenant", "done", "the same order"]


async def test_another_tenants_order_of_the_same_id_is_another_order(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    await save(sessions, tenant)
    assert await get(sessions, other) is None
    await price_it(sessions, other, recalculation())
    assert await get(sessions, tenant) == Snapshot(RAW, None)
    await save(sessions, other, "{}")
    assert await get(sessions, tenant) == Snapshot(RAW, None)
