"""The refund side of the ledger: one refund a credit note, begun once, open until the gateway says that it is done."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, effects, refunds
from database.effects import EffectKind, EffectState, NewEffect
from database.refunds import GivenOutside, NotRefused
from database.tables import Effect
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


GIVEN = GivenOutside("client:c", "R:outside", "re_4711", "by hand")


async def settle(sessions: Sessions, tenant: str, note: UUID) -> Effect:
    async with sessions.begin() as session:
        return await refunds.settle_outside(session, tenant, note, "CN-1", GIVEN)


async def test_what_was_given_back_outside_is_a_row_of_its_own_and_in_the_audit_trail(
    sessions: Sessions, tenant: str, note: UUID
) -> None:
    await write(sessions, refund(tenant, note))
    await complete(sessions, tenant, "R", EffectState.REFUSED)
    row = await settle(sessions, tenant, note)
    assert (row.key, row.state, row.reference, row.message) == ("R:outside", "DONE", "re_4711", "by hand")
    assert (row.amount, row.currency, row.transaction_id, row.requested_by) == (
        Decimal("10.00"), "EUR", "T1", "client:c",
    )  # fmt: skip
    assert await latest(sessions, tenant, note) == ("R:outside", "DONE")
    assert await open_refunds(sessions, tenant) == []
    async with sessions() as session:
        (event,) = await audit.list_events(session, tenant, document="credit-note/CN-1", limit=10)
        assert (await effects.get_effect(session, tenant, "R")).state == EffectState.REFUSED
    assert (event.actor, event.action) == ("client:c", "refund")
    assert event.detail == {
        "amount": "10.00",
        "currency": "EUR",
        "order": "EON1",
        "refund": "re_4711",
        "outside": True,
    }


@pytest.mark.parametrize("state", [EffectState.WANTED, EffectState.STARTED, EffectState.DONE])
async def test_only_a_refused_refund_is_settled_outside(
    sessions: Sessions, tenant: str, note: UUID, state: EffectState
) -> None:
    """Whose outcome is not known may have been made."""
    await write(sessions, refund(tenant, note), state)
    with pytest.raises(NotRefused) as caught:
        await settle(sessions, tenant, note)
    assert caught.value.state is state
    assert await latest(sessions, tenant, note) == ("R", state)


async def test_where_nothing_goes_back_nothing_is_settled(sessions: Sessions, tenant: str, note: UUID) -> None:
    with pytest.raises(NotRefused, match="is not there") as caught:
        await settle(sessions, tenant, note)
    assert caught.value.state is None


async def test_a_refusal_is_settled_once_and_not_beside_a_retry(sessions: Sessions, tenant: str, note: UUID) -> None:
    await write(sessions, refund(tenant, note))
    await complete(sessions, tenant, "R", EffectState.REFUSED)
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(settle(sessions, tenant, note) for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Effect"] + ["NotRefused"] * 4
    other = (await issue(sessions, tenant, "EON2")).id
    await write(sessions, refund(tenant, other, "S"))
    await complete(sessions, tenant, "S", EffectState.REFUSED)
    await write(sessions, refund(tenant, other, "S:2"), EffectState.STARTED)
    with pytest.raises(NotRefused):
        await settle(sessions, tenant, other)


async def test_refunds_that_were_made_are_those_of_the_same_amount_and_transaction(
    sessions: Sessions, tenant: str, note: UUID
) -> None:
    wanted = refund(tenant, note)
    for key, changes, state in (
        ("A", {}, EffectState.DONE),
        ("B", {"amount": Decimal("10.01")}, EffectState.DONE),
        ("C", {"transaction_id": "T2"}, EffectState.DONE),
        ("D", {"currency": "USD"}, EffectState.DONE),
        ("E", {}, EffectState.REFUSED),
        ("F", {"kind": EffectKind.CAPTURE, "credit_note_id": None}, EffectState.DONE),
    ):
        await write(sessions, NewEffect(**{**vars(wanted), **changes, "key": key}))
        async with sessions.begin() as session:
            await effects.complete_effect(session, tenant, key, state, reference=f"re-{key}", message=None)
    await write(sessions, wanted)
    async with sessions() as session:
        assert await refunds.made_refunds(session, await effects.get_effect(session, tenant, "R")) == ["re-A"]
