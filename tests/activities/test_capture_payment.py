"""At most one capture, of exactly the invoiced amount, wherever the worker dies (figures: the reference's EON9001)."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from contracts.failures import Reason
from contracts.order_invoice import Captured, CaptureRequest, OrderRef
from database.tables import Effect
from integrations.faults import PermanentFault, TransientFault
from integrations.payment_gateway import CaptureResult, OutcomeUnknown
from tests.activities.conftest import ON_ACCOUNT, Bring
from tests.activities.fakes import GatewayFake, Killed

Sessions = async_sessionmaker[AsyncSession]
TOTAL = Decimal("288.95")


async def capture(sessions: Sessions, gateway: GatewayFake, order: OrderRef, requested_by: str = "run/1") -> Captured:
    request = CaptureRequest(order=order, requested_by=requested_by)
    return await CaptureActivities(sessions, gateway).capture_payment(request)


async def ledger(sessions: Sessions, order: OrderRef) -> list[tuple[str, str, str | None]]:
    """(key, state, reference), the oldest first."""
    rows = select(Effect).where(Effect.tenant == order.tenant).order_by(Effect.created_at)
    async with sessions() as session:
        return [(effect.key, effect.state, effect.reference) for effect in await session.scalars(rows)]


def key_of(order: OrderRef) -> str:
    return f"invoice/{order.tenant}/{order.order_id}:capture"


async def assert_captured_once(sessions: Sessions, gateway: GatewayFake, order: OrderRef) -> None:
    assert [(amount, currency) for _, amount, currency in gateway.charged] == [(TOTAL, "EUR")]
    assert await ledger(sessions, order) == [(key_of(order), "DONE", "C1")]


async def test_the_recalculated_total_is_captured_under_the_orders_key(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake()
    assert await capture(sessions, gateway, order) == Captured(effect_key=key_of(order))
    await assert_captured_once(sessions, gateway, order)
    assert gateway.keys == [key_of(order)]


async def test_killed_before_the_effect_it_is_made_by_the_next_attempt(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake(dies_at="before")
    with pytest.raises(Killed):
        await capture(sessions, gateway, order)
    assert await ledger(sessions, order) == [(key_of(order), "STARTED", None)]
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)


async def test_killed_after_the_effect_it_is_found_and_not_made_again(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake(dies_at="after")
    with pytest.raises(Killed):
        await capture(sessions, gateway, order)
    assert len(gateway.charged) == 1
    assert await ledger(sessions, order) == [(key_of(order), "STARTED", None)]
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)
    assert len(gateway.keys) == 1


async def test_an_effect_that_the_gateway_cannot_show_yet_is_repeated_under_its_own_key(
    sessions: Sessions, priced: Bring
) -> None:
    order, gateway = await priced(), GatewayFake(dies_at="after", forgets=True)
    with pytest.raises(Killed):
        await capture(sessions, gateway, order)
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)
    assert gateway.keys == [key_of(order)] * 2


async def test_killed_after_the_record_the_gateway_is_not_asked_again(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake()
    first = await capture(sessions, gateway, order)
    silent: Any = None  # whoever speaks to it fails
    assert await capture(sessions, silent, order) == first
    assert await capture(sessions, silent, order, requested_by="another run/1") == first
    await assert_captured_once(sessions, gateway, order)


async def test_a_lost_answer_is_an_unknown_outcome_and_no_refusal(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake(loses_answer=True)
    with pytest.raises(OutcomeUnknown):
        await capture(sessions, gateway, order)
    assert await ledger(sessions, order) == [(key_of(order), "STARTED", None)]
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)


async def test_a_gateway_that_cannot_say_what_it_knows_is_not_charged_blindly(
    sessions: Sessions, priced: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, gateway = await priced(), GatewayFake(dies_at="after")
    with pytest.raises(Killed):
        await capture(sessions, gateway, order)

    async def away(*_args: object) -> CaptureResult | None:
        raise TransientFault("the gateway does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "find_capture", away)
        with pytest.raises(TransientFault):
            await capture(sessions, gateway, order)
    assert len(gateway.keys) == 1
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)


async def test_attempts_that_overlap_capture_once(sessions: Sessions, priced: Bring) -> None:
    """A worker that lost its connection may still run the step that another has been given."""
    order, gateway = await priced(), GatewayFake()
    async with asyncio.timeout(30):
        await asyncio.gather(*(capture(sessions, gateway, order) for _ in range(8)))
    assert len(gateway.charged) == 1
    assert [state for _, state, _ in await ledger(sessions, order)] == ["DONE"]


async def test_a_decline_ends_the_step_and_a_repeated_attempt_does_not_ask_again(
    sessions: Sessions, priced: Bring
) -> None:
    order, gateway = await priced(), GatewayFake(declines=True)
    for _ in range(2):
        with pytest.raises(ApplicationError, match=r"refused to capture 288\.95 EUR") as refused:
            await capture(sessions, gateway, order)
        assert (refused.value.type, refused.value.non_retryable) == (Reason.PAYMENT_DECLINED, True)
        assert "Insufficient" not in str(refused.value)
    assert gateway.keys == [key_of(order)]
    assert await ledger(sessions, order) == [(key_of(order), "REFUSED", None)]


async def test_after_a_decline_a_persons_wish_is_a_new_try_under_a_new_key(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake(declines=True)
    for attempt in ("run/1", "run/2"):
        with pytest.raises(ApplicationError):
            await capture(sessions, gateway, order, attempt)
    gateway.declines = False
    done = await capture(sessions, gateway, order, "run/3")
    assert done.effect_key == f"{key_of(order)}:3"
    assert [(key.removeprefix(key_of(order)), state) for key, state, _ in await ledger(sessions, order)] == [
        ("", "REFUSED"),
        (":2", "REFUSED"),
        (":3", "DONE"),
    ]
    assert len(gateway.charged) == 1


async def test_a_refusal_of_what_was_captured_before_is_a_success(sessions: Sessions, priced: Bring) -> None:
    """A gateway may answer "already captured" as a failure."""
    order, gateway = await priced(), GatewayFake()
    await gateway.capture(order.tenant, "T", TOTAL, "EUR", "somebody else's key")
    gateway.declines = True
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)


async def test_a_capture_elsewhere_over_another_amount_needs_a_person(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake()
    await gateway.capture(order.tenant, "T", Decimal("10.00"), "EUR", "somebody else's key")
    gateway.declines = True
    with pytest.raises(
        ApplicationError, match=r"captured elsewhere over 10\.00 EUR, the invoice is over 288\.95 EUR"
    ) as it:
        await capture(sessions, gateway, order)
    assert (it.value.type, it.value.non_retryable) == (Reason.NOT_AUTHORISED, True)
    with pytest.raises(ApplicationError) as repeated:
        await capture(sessions, gateway, order)
    assert (repeated.value.type, repeated.value.non_retryable) == (Reason.PAYMENT_DECLINED, True)
    assert len(gateway.charged) == 1


async def test_before_a_second_key_is_used_the_gateway_is_asked(sessions: Sessions, priced: Bring) -> None:
    """What was said to be refused may have been captured all the same."""
    order, gateway = await priced(), GatewayFake(declines=True)
    with pytest.raises(ApplicationError):
        await capture(sessions, gateway, order)
    gateway.declines = False
    await gateway.capture(order.tenant, "T", TOTAL, "EUR", "the first one, late")
    await capture(sessions, gateway, order, "run/2")
    assert len(gateway.charged) == 1
    assert [(state, reference) for _, state, reference in await ledger(sessions, order)] == [
        ("REFUSED", None),
        ("DONE", "C1"),
    ]


async def test_on_account_nothing_is_captured_and_nothing_noted(sessions: Sessions, priced: Bring) -> None:
    order, silent = await priced(ON_ACCOUNT), None
    gateway: Any = silent
    assert await capture(sessions, gateway, order) == Captured(effect_key=None)
    assert await ledger(sessions, order) == []


async def test_an_order_without_prices_is_not_charged(sessions: Sessions, looked_up: Bring) -> None:
    order, gateway = await looked_up(), GatewayFake()
    with pytest.raises(ApplicationError, match="has not been recalculated") as refused:
        await capture(sessions, gateway, order)
    assert (refused.value.type, refused.value.non_retryable) == (Reason.INTERNAL_ERROR, True)
    assert gateway.charged == []


async def test_the_name_that_the_answer_left_out_is_read_in_the_transaction(sessions: Sessions, priced: Bring) -> None:
    order, gateway = await priced(), GatewayFake(gives_names=False)
    await capture(sessions, gateway, order)
    await assert_captured_once(sessions, gateway, order)


@pytest.mark.parametrize("fault", [TransientFault("away"), PermanentFault("not shown")])
async def test_a_capture_whose_name_nobody_tells_is_done_all_the_same(
    sessions: Sessions, priced: Bring, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    order, gateway = await priced(), GatewayFake(gives_names=False)

    async def silent(*_args: object) -> CaptureResult | None:
        raise fault

    monkeypatch.setattr(gateway, "find_capture", silent)
    await capture(sessions, gateway, order)
    assert await ledger(sessions, order) == [(key_of(order), "DONE", None)]


async def test_a_name_of_another_capture_is_not_taken(
    sessions: Sessions, priced: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, gateway = await priced(), GatewayFake(gives_names=False)

    async def another(*_args: object) -> CaptureResult:
        return CaptureResult(successful=True, capture_id="C9", amount=Decimal("5.00"), currency="EUR")

    monkeypatch.setattr(gateway, "find_capture", another)
    await capture(sessions, gateway, order)
    assert await ledger(sessions, order) == [(key_of(order), "DONE", None)]
