"""At most one refund a credit note, wherever the worker dies (figures: the reference's EON9001, 288.95 EUR)."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from activities.issue_invoice import IssueActivities
from activities.refund_payment import RefundActivities
from contracts.credit_note import Refunded, RefundRequest
from contracts.failures import Reason
from contracts.ids import outside_refund_key, refund_key
from contracts.order_invoice import CaptureRequest, InvoiceRef, OrderRef
from database import audit, credit_notes, refunds, sales_invoices
from database.credit_notes import Crediting
from database.refunds import GivenOutside
from database.tables import Effect
from integrations.faults import TransientFault
from integrations.payment_gateway import OutcomeUnknown, Refund, RefundResult, ShownRefund
from invoicing.credit.crediting import EVERYTHING, CreditWish, LineWish
from tests.activities.conftest import ON_ACCOUNT, Bring
from tests.activities.fakes import GatewayFake, Killed

Sessions = async_sessionmaker[AsyncSession]
TOTAL = Decimal("288.95")
Credit = Callable[..., Awaitable[InvoiceRef]]


async def credit_of(sessions: Sessions, order: OrderRef, wish: CreditWish = EVERYTHING) -> InvoiceRef:
    async with sessions.begin() as session:
        found = await credit_notes.latest_invoice_of_order(session, order.tenant, order.order_id)
        assert found is not None
        row = await sales_invoices.lock(session, order.tenant, found.id)
        assert row is not None
        wanted = Crediting("client:c", wish, lambda note_id: refund_key(order.tenant, note_id, 0))
        note = (await credit_notes.issue_credit_note(session, row, wanted)).credit_note
    return InvoiceRef(tenant=order.tenant, invoice_id=note.id, number=note.number)


@pytest.fixture
def credited(sessions: Sessions, priced: Bring) -> Credit:
    """`await credited()`: an invoice whose money was captured as C1, credited in full and not refunded yet."""

    async def bring(kind: str = "EON9001", wish: CreditWish = EVERYTHING) -> InvoiceRef:
        order = await priced(kind)
        capture = CaptureActivities(sessions, GatewayFake())
        await capture.capture_payment(CaptureRequest(order=order, requested_by="run/1"))
        await IssueActivities(sessions).issue_invoice(order)
        return await credit_of(sessions, order, wish)

    return bring


async def refund(sessions: Sessions, gateway: Any, note: InvoiceRef, requested_by: str = "run/1") -> Refunded:
    request = RefundRequest(invoice=note, requested_by=requested_by)
    return await RefundActivities(sessions, gateway).refund_payment(request)


async def ledger(sessions: Sessions, note: InvoiceRef) -> list[tuple[str, str, str | None]]:
    """(key without its base, state, reference) of the refunds, the oldest first."""
    rows = select(Effect).where(Effect.tenant == note.tenant, Effect.kind == "REFUND").order_by(Effect.created_at)
    base = refund_key(note.tenant, note.invoice_id, 0)
    async with sessions() as session:
        return [(one.key.removeprefix(base), one.state, one.reference) for one in await session.scalars(rows)]


async def assert_refunded_once(sessions: Sessions, gateway: GatewayFake, note: InvoiceRef) -> None:
    assert [(one.capture_id, one.amount, one.currency) for one in gateway.refunded] == [("C1", TOTAL, "EUR")]
    assert await ledger(sessions, note) == [("", "DONE", "R1")]


async def test_what_was_captured_goes_back_under_the_credit_notes_key(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake()
    assert await ledger(sessions, note) == [("", "WANTED", None)]
    key = refund_key(note.tenant, note.invoice_id, 0)
    assert await refund(sessions, gateway, note) == Refunded(effect_key=key)
    await assert_refunded_once(sessions, gateway, note)
    assert (gateway.keys, gateway.questions) == ([key], 0)


async def test_it_is_written_into_the_audit_trail_once(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake(loses_answer=True)
    with pytest.raises(OutcomeUnknown):
        await refund(sessions, gateway, note)
    for _ in range(2):
        await refund(sessions, gateway, note)
    async with sessions() as session:
        events = await audit.list_events(session, note.tenant, document=f"credit-note/{note.number}", limit=10)
    (event,) = [event for event in events if event.action == "refund"]
    assert event.detail == {"amount": "288.95", "currency": "EUR", "order": "EON9001", "refund": "R1"}


async def test_killed_before_the_effect_it_is_made_by_the_next_attempt(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake(dies_at="before")
    with pytest.raises(Killed):
        await refund(sessions, gateway, note)
    assert await ledger(sessions, note) == [("", "STARTED", None)]
    await refund(sessions, gateway, note)
    await assert_refunded_once(sessions, gateway, note)
    assert gateway.questions == 1


async def test_killed_after_the_effect_it_is_found_and_not_made_again(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake(dies_at="after")
    with pytest.raises(Killed):
        await refund(sessions, gateway, note)
    assert len(gateway.refunded) == 1
    await refund(sessions, gateway, note)
    await assert_refunded_once(sessions, gateway, note)
    assert len(gateway.keys) == 1


async def test_a_refund_that_the_gateway_cannot_show_is_repeated_under_its_own_key(
    sessions: Sessions, credited: Credit
) -> None:
    note, gateway = await credited(), GatewayFake(dies_at="after", forgets=True)
    with pytest.raises(Killed):
        await refund(sessions, gateway, note)
    await refund(sessions, gateway, note)
    await assert_refunded_once(sessions, gateway, note)
    assert gateway.keys == [refund_key(note.tenant, note.invoice_id, 0)] * 2


async def test_killed_after_the_record_the_gateway_is_not_asked_again(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake()
    first = await refund(sessions, gateway, note)
    silent: Any = None  # whoever speaks to it fails
    assert await refund(sessions, silent, note) == first
    assert await refund(sessions, silent, note, "another run/1") == first


async def test_a_gateway_that_cannot_say_what_it_knows_is_not_asked_to_pay_blindly(
    sessions: Sessions, credited: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, gateway = await credited(), GatewayFake(dies_at="after")
    with pytest.raises(Killed):
        await refund(sessions, gateway, note)

    async def away(*_args: object) -> RefundResult | None:
        raise TransientFault("the gateway does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "find_refund", away)
        with pytest.raises(TransientFault):
            await refund(sessions, gateway, note)
    assert len(gateway.keys) == 1


async def test_attempts_that_overlap_refund_once(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake()
    async with asyncio.timeout(30):
        await asyncio.gather(*(refund(sessions, gateway, note) for _ in range(8)))
    await assert_refunded_once(sessions, gateway, note)


async def test_a_refusal_ends_the_step_and_a_repeated_attempt_does_not_ask_again(
    sessions: Sessions, credited: Credit
) -> None:
    note, gateway = await credited(), GatewayFake(declines=True)
    for _ in range(2):
        with pytest.raises(ApplicationError, match=r"refused to give back 288\.95 EUR") as refused:
            await refund(sessions, gateway, note)
        assert (refused.value.type, refused.value.non_retryable) == (Reason.REFUND_REFUSED, True)
        assert "Account" not in str(refused.value)
    assert len(gateway.keys) == 1
    assert await ledger(sessions, note) == [("", "REFUSED", None)]


async def test_after_a_refusal_a_persons_wish_is_a_new_try_under_a_new_key(
    sessions: Sessions, credited: Credit
) -> None:
    note, gateway = await credited(), GatewayFake(declines=True)
    for attempt in ("run/1", "run/2"):
        with pytest.raises(ApplicationError):
            await refund(sessions, gateway, note, attempt)
    gateway.declines = False
    await refund(sessions, gateway, note, "run/3")
    assert await ledger(sessions, note) == [("", "REFUSED", None), (":2", "REFUSED", None), (":3", "DONE", "R1")]
    assert len(gateway.refunded) == 1


async def test_before_a_second_key_is_used_the_first_one_is_looked_up(sessions: Sessions, credited: Credit) -> None:
    """What was said to be refused may have been done all the same."""
    note, gateway = await credited(), GatewayFake(declines=True)
    with pytest.raises(ApplicationError):
        await refund(sessions, gateway, note)
    late = GatewayFake()
    first = refund_key(note.tenant, note.invoice_id, 0)
    await late.refund(note.tenant, Refund("T", "C1", TOTAL, "EUR"), first)
    await refund(sessions, late, note, "run/2")
    assert late.keys == [first]
    assert await ledger(sessions, note) == [("", "REFUSED", None), (":2", "DONE", "R1")]


async def test_a_capture_without_a_name_is_looked_up_at_the_gateway(sessions: Sessions, credited: Credit) -> None:
    note = await credited()
    await forget_the_captures_name(sessions, note)
    gateway = GatewayFake()
    await gateway.capture(note.tenant, "T", TOTAL, "EUR", "the capture")
    await refund(sessions, gateway, note)
    assert [one.capture_id for one in gateway.refunded] == ["C1"]


async def forget_the_captures_name(sessions: Sessions, note: InvoiceRef) -> None:
    async with sessions.begin() as session:
        captures = select(Effect).where(Effect.tenant == note.tenant, Effect.kind == "CAPTURE")
        for capture in await session.scalars(captures):
            capture.reference = None


async def test_a_nameless_capture_is_known_by_its_amount_and_not_by_being_the_last(
    sessions: Sessions, credited: Credit
) -> None:
    note, gateway = await credited(), GatewayFake()
    await forget_the_captures_name(sessions, note)
    await gateway.capture(note.tenant, "T", TOTAL, "EUR", "the capture")
    await gateway.capture(note.tenant, "T", Decimal("5.00"), "EUR", "another of the shop's, later")
    await refund(sessions, gateway, note)
    assert [one.capture_id for one in gateway.refunded] == ["C1"]


@pytest.mark.parametrize(
    "captures",
    [
        [],
        [("5.00", "EUR")],
        [("288.95", "USD")],
        [("288.95", "EUR"), ("288.95", "EUR")],
    ],
)
async def test_where_the_gateway_does_not_show_which_capture_was_ours_it_waits_for_a_person(
    sessions: Sessions, credited: Credit, captures: list[tuple[str, str]]
) -> None:
    note, gateway = await credited(), GatewayFake()
    await forget_the_captures_name(sessions, note)
    for n, (amount, currency) in enumerate(captures):
        await gateway.capture(note.tenant, "T", Decimal(amount), currency, f"capture {n}")
    with pytest.raises(ApplicationError) as held:
        await refund(sessions, gateway, note)
    assert held.value.type == Reason.REFUND_REFUSED
    assert gateway.refunded == []
    assert await ledger(sessions, note) == [("", "REFUSED", None)]


async def refused_after_a_lost_answer(sessions: Sessions, gateway: GatewayFake, note: InvoiceRef) -> None:
    """The money is back, the gateway shows no keys and answers the repeat with a refusal."""
    with pytest.raises(OutcomeUnknown):
        await refund(sessions, gateway, note)
    gateway.declines = True
    with pytest.raises(ApplicationError, match="refused to give back"):
        await refund(sessions, gateway, note)
    gateway.declines = False


async def test_what_may_be_back_already_is_not_asked_for_under_a_new_key(sessions: Sessions, credited: Credit) -> None:
    part = CreditWish(lines=(LineWish(position=1, amount=Decimal("10.00")),))
    note = await credited("EON9001", part)
    gateway = GatewayFake(loses_answer=True, shows_keys=False, forgets_keys=True)
    await refused_after_a_lost_answer(sessions, gateway, note)
    for attempt in ("run/2", "run/3"):
        with pytest.raises(ApplicationError, match=r"shows a refund of 11\.90 EUR that may be this one") as held:
            await refund(sessions, gateway, note, attempt)
        assert (held.value.type, held.value.non_retryable) == (Reason.REFUND_REFUSED, True)
    assert len(gateway.refunded) == 1
    assert await ledger(sessions, note) == [("", "REFUSED", None)]
    async with sessions.begin() as session:
        shown = await refunds.latest_refund(session, note.tenant, note.invoice_id)
        assert shown is not None
        assert "may be this one" in str(shown.message)
        given = GivenOutside("command line", outside_refund_key(note.tenant, note.invoice_id), "R1")
        await refunds.settle_outside(session, note.tenant, note.invoice_id, note.number, given)
    silent: Any = None  # whoever speaks to it fails
    assert await refund(sessions, silent, note, "run/4") == Refunded(effect_key=given.key)


async def test_a_refund_that_shows_our_key_is_ours_and_nobody_is_asked(sessions: Sessions, credited: Credit) -> None:
    note, gateway = await credited(), GatewayFake(loses_answer=True, shows_keys=False, forgets_keys=True)
    await refused_after_a_lost_answer(sessions, gateway, note)
    gateway.shows_keys = True
    await refund(sessions, gateway, note, "run/2")
    assert len(gateway.refunded) == 1
    assert await ledger(sessions, note) == [("", "REFUSED", None), (":2", "DONE", "R1")]


async def test_refunds_that_the_ledger_accounts_for_hold_nothing(sessions: Sessions, credited: Credit) -> None:
    """Two parts of equal amount: the first is back, the second was refused."""
    part = CreditWish(lines=(LineWish(position=1, amount=Decimal("10.00")),))
    first, gateway = await credited("EON9001", part), GatewayFake(shows_keys=False)
    await refund(sessions, gateway, first)
    second = await credit_of(sessions, OrderRef(tenant=first.tenant, order_id="EON9001", job_id=first.invoice_id), part)
    gateway.declines = True
    with pytest.raises(ApplicationError):
        await refund(sessions, gateway, second)
    gateway.declines = False
    gateway.made_elsewhere = [ShownRefund("goodwill", Decimal("5.00"), "EUR")]
    await refund(sessions, gateway, second, "run/2")
    assert [one.amount for one in gateway.refunded] == [Decimal("11.90")] * 2


async def test_on_account_there_is_nothing_to_give_back(sessions: Sessions, credited: Credit) -> None:
    note, silent = await credited(ON_ACCOUNT), None
    gateway: Any = silent
    assert await refund(sessions, gateway, note) == Refunded(effect_key=None)
    assert await ledger(sessions, note) == []


async def test_parts_give_back_what_they_come_to_and_no_more_than_was_captured(
    sessions: Sessions, credited: Credit
) -> None:
    part = CreditWish(lines=(LineWish(position=1, amount=Decimal("10.00")),))
    first, gateway = await credited("EON9001", part), GatewayFake()
    await refund(sessions, gateway, first)
    order = OrderRef(tenant=first.tenant, order_id="EON9001", job_id=first.invoice_id)
    rest = await credit_of(sessions, order)
    await refund(sessions, gateway, rest)
    # 10.00 off a line at 19 %: 11.90; the rest of 288.95 is 277.05
    assert [one.amount for one in gateway.refunded] == [Decimal("11.90"), Decimal("277.05")]
