"""The refund side of the ledger: one refund a credit note, begun once, open until the gateway says that it is done."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import effects, refunds
from database.effects import EffectKind, EffectState, NewEffect
from tests.database.rows import another_tenant, issue

Sessions = async_sessionmaker[AsyncSession]


def refund(tenant: str, credit_note_id: UUID, key: str = "R", order_id: str = "EON1") -> NewEffect:
    return NewEffect(
        tenant=tenant,
        key=key,
        order_id=order_id,
        amount=Decimal("10.00"),
        currency="EUR",
        transaction_id="T1",
        requested_by="client:c",
        kind=EffectKind.REFUND,
        credit_note_id=credit_note_id,
    )


@pytest.fixture
async def note(sessions: Sessions, tenant: str) -> UUID:
    """The id of an issued document; which kind it is makes no difference here."""
    return (await issue(sessions, tenant)).id


async def write(sessions: Sessions, new: NewEffect, state: EffectState = EffectState.WANTED) -> None:
    async with sessions.begin() as session:
        await effects.start_effect(session, new, state)


async def complete(sessions: Sessions, tenant: str, key: str, state: EffectState) -> bool:
    async with sessions.begin() as session:
        return await effects.complete_effect(session, tenant, key, state, reference=None, message=None)


async def open_refunds(sessions: Sessions, tenant: str) -> list[UUID]:
    async with sessions() as session:
        return await refunds.open_refunds(session, tenant, "EON1")


async def latest(sessions: Sessions, tenant: str, note: UUID) -> tuple[str, str] | None:
    async with sessions() as session:
        found = await refunds.latest_refund(session, tenant, note)
    return (found.key, found.state) if found else None


async def test_a_refund_is_begun_by_one_of_those_who_try(sessions: Sessions, tenant: str, note: UUID) -> None:
    await write(sessions, refund(tenant, note))

    async def begin(number: int) -> bool:
        async with sessions.begin() as session:
            return await refunds.begin_refund(session, tenant, "R", f"run/{number}")

    async with asyncio.timeout(30):
        begun = await asyncio.gather(*map(begin, range(6)))
    assert sorted(begun) == [False] * 5 + [True]
    assert await latest(sessions, tenant, note) == ("R", "STARTED")


async def test_it_is_open_from_the_credit_note_until_it_is_done(sessions: Sessions, tenant: str, note: UUID) -> None:
    assert await open_refunds(sessions, tenant) == []
    await write(sessions, refund(tenant, note))
    assert await open_refunds(sessions, tenant) == [note]
    assert await complete(sessions, tenant, "R", EffectState.REFUSED)
    assert await open_refunds(sessions, tenant) == [note]
    await write(sessions, refund(tenant, note, "R:2"), EffectState.STARTED)
    assert await open_refunds(sessions, tenant) == [note]
    assert await complete(sessions, tenant, "R:2", EffectState.DONE)
    assert await open_refunds(sessions, tenant) == []


async def test_what_was_done_counts_whatever_is_tried_later(sessions: Sessions, tenant: str, note: UUID) -> None:
    await write(sessions, refund(tenant, note))
    assert await latest(sessions, tenant, note) == ("R", "WANTED")
    await complete(sessions, tenant, "R", EffectState.DONE)
    await write(sessions, refund(tenant, note, "R:2"), EffectState.STARTED)
    assert await latest(sessions, tenant, note) == ("R", "DONE")


async def test_done_is_news_once(sessions: Sessions, tenant: str, note: UUID) -> None:
    await write(sessions, refund(tenant, note))
    assert [await complete(sessions, tenant, "R", EffectState.DONE) for _ in range(2)] == [True, False]


async def test_refusals_and_keys_are_the_credit_notes_own(sessions: Sessions, tenant: str, note: UUID) -> None:
    other = (await issue(sessions, tenant, "EON2")).id
    for key, owner in (("R", note), ("R:2", note), ("S", other)):
        await write(sessions, refund(tenant, owner, key), EffectState.STARTED)
        await complete(sessions, tenant, key, EffectState.REFUSED)
    async with sessions() as session:
        assert await refunds.count_refused_refunds(session, tenant, note) == 2
        assert sorted(await refunds.refund_keys(session, tenant, note)) == ["R", "R:2"]
        found = await refunds.refunds_of(session, tenant, [note, other])
    assert {owner: effect.key for owner, effect in found.items()} == {note: "R:2", other: "S"}


async def test_another_tenant_has_none_of_them(sessions: Sessions, tenant: str, note: UUID) -> None:
    await write(sessions, refund(tenant, note))
    other = await another_tenant(sessions)
    async with sessions.begin() as session:
        assert await refunds.latest_refund(session, other, note) is None
        assert await refunds.lock_refund(session, other, note) is None
        assert await refunds.open_refunds(session, other, "EON1") == []
        assert not await refunds.begin_refund(session, other, "R", "run/1")
        assert await refunds.refund_keys(session, other, note) == []


async def test_a_capture_is_no_refund(sessions: Sessions, tenant: str, note: UUID) -> None:
    async with sessions.begin() as session:
        capture = refund(tenant, note, "C")
        await effects.start_effect(
            session, NewEffect(**{**vars(capture), "kind": EffectKind.CAPTURE, "credit_note_id": None})
        )
    assert await open_refunds(sessions, tenant) == []
    assert await latest(sessions, tenant, note) is None


async def test_captures_of_other_rounds_are_told_apart(sessions: Sessions, tenant: str, note: UUID) -> None:
    async with sessions.begin() as session:
        for number, state in ((0, EffectState.DONE), (1, EffectState.REFUSED), (2, EffectState.STARTED)):
            capture = {**vars(refund(tenant, note, f"C{number}")), "kind": EffectKind.CAPTURE, "credit_note_id": None}
            await effects.start_effect(session, NewEffect(**{**capture, "order_round": number}))
            if state is not EffectState.STARTED:
                await effects.complete_effect(session, tenant, f"C{number}", state, reference=None, message=None)
    async with sessions() as session:
        states = [await effects.latest_capture(session, tenant, "EON1", number) for number in range(4)]
        assert [effect and effect.state for effect in states] == ["DONE", "REFUSED", "STARTED", None]
        moved = [await effects.may_have_moved_money(session, tenant, "EON1", number) for number in range(4)]
        assert moved == [True, False, True, False]
        assert [await effects.count_refused_captures(session, tenant, "EON1", number) for number in range(3)] == [
            0, 1, 0,
        ]  # fmt: skip
        earlier = await effects.earlier_captures(session, tenant, "EON1", 2)
        assert [effect.key for effect in earlier] == ["C0"]
