"""The ledger of effects: what was begun is never forgotten, and what is done is never taken back."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import effects
from database.effects import EffectState, NewEffect
from database.tables import Effect
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


def capture(tenant: str, key: str = "K", amount: str = "288.95", order_id: str = "EON1") -> NewEffect:
    return NewEffect(
        tenant=tenant,
        key=key,
        order_id=order_id,
        amount=Decimal(amount),
        currency="EUR",
        transaction_id="T1",
        requested_by="run/1",
    )


async def start(sessions: Sessions, new: NewEffect) -> None:
    async with sessions.begin() as session:
        await effects.start_effect(session, new)


async def complete(sessions: Sessions, tenant: str, key: str, state: EffectState, reference: str | None = None) -> None:
    async with sessions.begin() as session:
        await effects.complete_effect(session, tenant, key, state, reference=reference, message=f"says {state}")


async def get(sessions: Sessions, tenant: str, key: str = "K") -> Effect:
    async with sessions() as session:
        return await effects.get_effect(session, tenant, key)


async def test_what_is_begun_is_unknown_until_it_is_completed(sessions: Sessions, tenant: str) -> None:
    await start(sessions, capture(tenant))
    begun = await get(sessions, tenant)
    assert (begun.kind, begun.state, begun.reference, begun.message) == ("CAPTURE", "STARTED", None, None)
    assert (begun.amount, begun.currency, begun.transaction_id, begun.requested_by) == (
        Decimal("288.95"), "EUR", "T1", "run/1",
    )  # fmt: skip
    await complete(sessions, tenant, "K", EffectState.DONE, "C1")
    done = await get(sessions, tenant)
    assert (done.state, done.reference, done.message) == ("DONE", "C1", "says DONE")
    assert done.updated_at > done.created_at


async def test_beginning_again_leaves_the_first_row_as_it_is(sessions: Sessions, tenant: str) -> None:
    async with asyncio.timeout(30):
        await asyncio.gather(*(start(sessions, capture(tenant)) for _ in range(5)))
    await complete(sessions, tenant, "K", EffectState.DONE, "C1")
    await start(sessions, capture(tenant, amount="1.00"))
    effect = await get(sessions, tenant)
    assert (effect.state, effect.amount) == ("DONE", Decimal("288.95"))


async def test_a_late_refusal_takes_nothing_back(sessions: Sessions, tenant: str) -> None:
    await start(sessions, capture(tenant))
    await complete(sessions, tenant, "K", EffectState.DONE, "C1")
    await complete(sessions, tenant, "K", EffectState.REFUSED)
    effect = await get(sessions, tenant)
    assert (effect.state, effect.reference, effect.message) == ("DONE", "C1", "says DONE")


async def test_a_refusal_that_turns_out_to_be_done_is_done(sessions: Sessions, tenant: str) -> None:
    await start(sessions, capture(tenant))
    await complete(sessions, tenant, "K", EffectState.REFUSED)
    await complete(sessions, tenant, "K", EffectState.DONE, "C1")
    assert (await get(sessions, tenant)).state == "DONE"


async def test_the_latest_capture_counts_and_refusals_are_counted(sessions: Sessions, tenant: str) -> None:
    async with sessions() as session:
        assert await effects.latest_capture(session, tenant, "EON1", 0) is None
    for number in range(1, 12):  # beyond nine, for keys sort as text
        await start(sessions, capture(tenant, f"K:{number}"))
        async with sessions() as session:
            assert await effects.count_refused_captures(session, tenant, "EON1", 0) == number - 1
            latest = await effects.latest_capture(session, tenant, "EON1", 0)
        assert latest is not None
        assert (latest.key, latest.state) == (f"K:{number}", "STARTED")
        await complete(sessions, tenant, f"K:{number}", EffectState.REFUSED)


async def test_money_may_have_moved_until_it_is_certain_that_it_has_not(sessions: Sessions, tenant: str) -> None:
    async def may_have_moved() -> bool:
        async with sessions() as session:
            return await effects.may_have_moved_money(session, tenant, "EON1", 0)

    assert not await may_have_moved()
    await start(sessions, capture(tenant))
    assert await may_have_moved()
    await complete(sessions, tenant, "K", EffectState.REFUSED)
    assert not await may_have_moved()
    await start(sessions, capture(tenant, "K:2"))
    assert await may_have_moved()
    await complete(sessions, tenant, "K:2", EffectState.DONE, "C1")
    assert await may_have_moved()


async def test_another_order_or_tenant_has_captures_of_its_own(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    await start(sessions, capture(tenant))
    await start(sessions, capture(other, amount="5.00"))  # the same key
    await complete(sessions, other, "K", EffectState.REFUSED)
    assert (await get(sessions, tenant)).state == "STARTED"
    assert (await get(sessions, other)).amount == Decimal("5.00")
    async with sessions() as session:
        assert await effects.count_refused_captures(session, tenant, "EON1", 0) == 0
        assert await effects.latest_capture(session, tenant, "EON2", 0) is None
        ours = await effects.latest_capture(session, tenant, "EON1", 0)
    assert ours is not None
    assert ours.tenant == tenant


async def test_what_was_never_begun_is_not_there(sessions: Sessions, tenant: str) -> None:
    await complete(sessions, tenant, "K", EffectState.DONE)
    with pytest.raises(NoResultFound):
        await get(sessions, tenant)
