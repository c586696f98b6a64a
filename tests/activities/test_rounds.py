"""An order that is invoiced again after its credit note: what was before neither blocks the new invoice nor pays it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from activities.issue_invoice import IssueActivities
from activities.look_up_order import LookUpActivities
from activities.recalculate import RecalculateActivities
from activities.refund_payment import RefundActivities
from contracts.credit_note import RefundRequest
from contracts.failures import Reason
from contracts.ids import order_workflow_id, refund_key
from contracts.order_invoice import CaptureRequest, InvoiceRef, LookedUp, OrderRef
from database import credit_notes, invoices, orders, sales_invoices
from database.credit_notes import Crediting
from database.tables import Effect, IssuedInvoice
from demo.orders.exact_json import JsonObject, dump
from demo.orders.manual import MANUAL
from invoicing.credit.crediting import EVERYTHING, CreditWish, LineWish
from tests.activities.conftest import CARD, ON_ACCOUNT
from tests.activities.fakes import GatewayFake, ShopFake

Sessions = async_sessionmaker[AsyncSession]
TOTAL = Decimal("288.95")


class Steps:
    """The steps of one order, over a gateway and a shop of its own."""

    def __init__(self, sessions: Sessions, tenant: str, kind: str = CARD) -> None:
        self.sessions = sessions
        self.order = OrderRef(tenant=tenant, order_id=kind, job_id=uuid4())
        self.document: JsonObject = MANUAL[kind](kind)
        self.gateway = GatewayFake()

    async def look_up(self) -> LookedUp:
        shop = ShopFake({self.order.order_id: dump(self.document)})
        return await LookUpActivities(self.sessions, shop).look_up_order(self.order)

    async def recalculate(self) -> None:
        await RecalculateActivities(self.sessions, 1).recalculate(self.order)

    async def capture(self, requested_by: str = "run/1") -> str | None:
        request = CaptureRequest(order=self.order, requested_by=requested_by)
        return (await CaptureActivities(self.sessions, self.gateway).capture_payment(request)).effect_key

    async def issue(self) -> InvoiceRef:
        return await IssueActivities(self.sessions).issue_invoice(self.order)

    async def invoice(self, requested_by: str = "run/1") -> InvoiceRef:
        await self.look_up()
        await self.recalculate()
        await self.capture(requested_by)
        return await self.issue()

    async def credit(self, wish: CreditWish = EVERYTHING, *, refund: bool = True) -> InvoiceRef:
        tenant, order_id = self.order.tenant, self.order.order_id
        async with self.sessions.begin() as session:
            found = await credit_notes.latest_invoice_of_order(session, tenant, order_id)
            assert found is not None
            row = await sales_invoices.lock(session, tenant, found.id)
            assert row is not None
            wanted = Crediting("client:c", wish, lambda note_id: refund_key(tenant, note_id, 0))
            note = (await credit_notes.issue_credit_note(session, row, wanted)).credit_note
        ref = InvoiceRef(tenant=tenant, invoice_id=note.id, number=note.number)
        if refund:
            request = RefundRequest(invoice=ref, requested_by="run/1")
            await RefundActivities(self.sessions, self.gateway).refund_payment(request)
        return ref

    def pay_again(self, transaction: str = "T2") -> None:
        """The old payment stays on the order as if nothing had happened to it."""
        payment = {**self.document["payments"][0], "transactionId": transaction}
        self.document["payments"] = [*self.document["payments"], payment]

    async def captures(self) -> list[tuple[str, str, int]]:
        """(key without the workflow's id, state, round), the oldest first."""
        rows = select(Effect).where(Effect.tenant == self.order.tenant, Effect.kind == "CAPTURE")
        base = order_workflow_id(self.order.tenant, self.order.order_id)
        async with self.sessions() as session:
            found = await session.scalars(rows.order_by(Effect.created_at))
            return [(one.key.removeprefix(base), one.state, one.order_round) for one in found]

    async def issued(self) -> list[tuple[str, int | None]]:
        rows = select(IssuedInvoice).where(IssuedInvoice.tenant == self.order.tenant, IssuedInvoice.kind == "INVOICE")
        async with self.sessions() as session:
            found = await session.scalars(rows.order_by(IssuedInvoice.issued_at))
            return [(one.number, one.order_round) for one in found]


@pytest.fixture
def steps(sessions: Sessions, configured: str) -> Steps:
    return Steps(sessions, configured)


async def test_the_new_invoice_is_paid_by_a_capture_of_its_own(steps: Steps) -> None:
    first = await steps.invoice()
    await steps.credit()
    steps.pay_again()
    second = await steps.invoice("run/2")
    assert second.number != first.number
    assert await steps.captures() == [(":capture", "DONE", 0), (":capture:round2", "DONE", 1)]
    old = MANUAL[CARD](CARD)["payments"][0]["transactionId"]
    assert [(transaction, amount) for transaction, amount, _ in steps.gateway.charged] == [(old, TOTAL), ("T2", TOTAL)]
    assert await steps.issued() == [(first.number, 0), (second.number, 1)]


async def test_the_refunded_authorisation_is_over_whatever_the_order_says_of_it(steps: Steps) -> None:
    await steps.invoice()
    await steps.credit()
    for status in ("AUTHORIZATION_SUCCESS", "CAPTURE_SUCCESS", "SUCCESS"):
        steps.document["payments"][0]["status"] = status
        await steps.look_up()
        with pytest.raises(ApplicationError, match="beside the one that a credited invoice had") as refused:
            await steps.recalculate()
        assert refused.value.type == Reason.NOT_AUTHORISED
    assert len(steps.gateway.charged) == 1


@pytest.mark.parametrize("transactions", [["T1"], [None], ["T1", "T2"], ["T1", None]])
async def test_what_had_paid_the_credited_invoice_before_us_does_not_pay_the_next_one(
    steps: Steps, transactions: list[str | None]
) -> None:
    """Nothing of it is on our ledger: the credited invoice itself has to say what paid it."""
    (payment,) = steps.document["payments"]
    share = {"status": "CAPTURE_SUCCESS", "paidAmount": TOTAL / len(transactions)}
    steps.document["payments"] = [payment | share | {"transactionId": each} for each in transactions]
    await steps.invoice()
    await steps.credit()
    await steps.look_up()
    with pytest.raises(ApplicationError, match="beside the one that a credited invoice had") as refused:
        await steps.recalculate()
    assert refused.value.type == Reason.NOT_AUTHORISED
    steps.document["payments"] += [payment | {"status": "CAPTURE_SUCCESS", "paidAmount": TOTAL, "transactionId": "T9"}]
    await steps.invoice()
    assert [order_round for _, order_round in await steps.issued()] == [0, 1]
    assert steps.gateway.charged == []


async def test_an_invoice_that_nothing_had_paid_spends_no_payment(sessions: Sessions, configured: str) -> None:
    """On account at first; then the buyer pays, by a payment that the shop gives no transaction."""
    steps = Steps(sessions, configured, ON_ACCOUNT)
    await steps.invoice()
    await steps.credit()
    steps.document["payments"] = [{"status": "SUCCESS", "method": "transfer", "currency": "EUR"}]
    await steps.invoice()
    async with sessions() as session:
        row = await invoices.find_by_order(session, configured, ON_ACCOUNT)
    assert row is not None
    assert row.payable == 0


async def test_a_late_issuing_step_makes_no_second_invoice_of_what_was_credited(
    sessions: Sessions, configured: str
) -> None:
    """On account nothing has to be captured: only the round tells that this invoice was there already."""
    steps = Steps(sessions, configured, ON_ACCOUNT)
    first = await steps.invoice()
    await steps.credit()
    assert await steps.issue() == first
    assert len(await steps.issued()) == 1


async def test_a_late_capture_of_what_was_credited_charges_nothing(steps: Steps) -> None:
    await steps.invoice()
    await steps.credit()
    assert await steps.capture("run/9") is not None
    assert len(steps.gateway.charged) == 1
    assert await steps.captures() == [(":capture", "DONE", 0)]


async def test_while_the_refund_is_open_the_order_is_not_read(steps: Steps) -> None:
    await steps.invoice()
    note = await steps.credit(refund=False)
    steps.pay_again()
    with pytest.raises(ApplicationError, match="has not been refunded yet") as refused:
        await steps.look_up()
    assert (refused.value.type, refused.value.non_retryable) == (Reason.REFUND_PENDING, True)
    request = RefundRequest(invoice=note, requested_by="run/1")
    await RefundActivities(steps.sessions, steps.gateway).refund_payment(request)
    assert await steps.look_up() == LookedUp()


async def test_a_refused_refund_is_an_open_one(steps: Steps) -> None:
    await steps.invoice()
    steps.gateway.declines = True
    with pytest.raises(ApplicationError):
        await steps.credit()
    with pytest.raises(ApplicationError, match="has not been refunded yet"):
        await steps.look_up()


async def test_after_a_part_was_credited_the_invoice_still_stands(steps: Steps) -> None:
    first = await steps.invoice()
    await steps.credit(CreditWish(lines=(LineWish(position=1, quantity=Decimal(1)),)))
    found = await steps.look_up()
    assert found.unfinished is not None
    assert found.unfinished.number == first.number


async def test_the_number_of_the_credited_invoice_on_the_order_is_no_obstacle_another_is(steps: Steps) -> None:
    first = await steps.invoice()
    steps.document.setdefault("mixins", {})["invoice"] = {"invoiceNo": first.number}
    await steps.credit()
    assert await steps.look_up() == LookedUp()
    steps.document["mixins"]["invoice"] = {"invoiceNo": "OTHER-7"}
    with pytest.raises(ApplicationError, match="carries an invoice number"):
        await steps.look_up()


async def test_the_order_is_read_and_priced_anew(steps: Steps) -> None:
    await steps.invoice()
    await steps.credit()
    steps.pay_again()
    steps.document["customer"]["email"] = "new@example.com"
    await steps.look_up()
    async with steps.sessions() as session:
        snapshot = await orders.get_order(session, steps.order.tenant, steps.order.order_id)
    assert snapshot is not None
    assert (snapshot.recalculation, snapshot.order_round) == (None, 1)
    assert "new@example.com" in snapshot.raw


@pytest.mark.parametrize("has_name", [True, False])
async def test_a_capture_that_paid_the_credited_invoice_does_not_pay_the_new_one(
    steps: Steps, *, has_name: bool
) -> None:
    """A gateway that shows the old capture under the new transaction must not make us believe that we are paid."""
    await steps.invoice()
    await steps.credit()
    steps.pay_again(MANUAL[CARD](CARD)["payments"][0]["transactionId"] + "-2")
    await steps.look_up()
    await steps.recalculate()
    async with steps.sessions.begin() as session:
        for effect in await session.scalars(select(Effect).where(Effect.tenant == steps.order.tenant)):
            effect.transaction_id = steps.document["payments"][1]["transactionId"]
            effect.reference = effect.reference if has_name else None
    steps.gateway.declines = True
    with pytest.raises(ApplicationError) as refused:
        await steps.capture("run/2")
    assert refused.value.type == Reason.PAYMENT_DECLINED
    assert (await steps.captures())[-1] == (":capture:round2", "REFUSED", 1)


async def test_refusals_of_an_earlier_round_do_not_count(steps: Steps) -> None:
    await steps.look_up()
    await steps.recalculate()
    steps.gateway.declines = True
    with pytest.raises(ApplicationError):
        await steps.capture()
    steps.gateway.declines = False
    await steps.invoice("run/2")
    await steps.credit()
    steps.pay_again()
    await steps.invoice("run/3")
    assert await steps.captures() == [
        (":capture", "REFUSED", 0),
        (":capture:2", "DONE", 0),
        (":capture:round2", "DONE", 1),
    ]


async def test_an_automatic_job_does_not_find_what_was_credited(steps: Steps) -> None:
    """Goods that came back are not sold again by themselves: a person names the order."""
    await steps.invoice()
    await steps.credit()
    async with steps.sessions() as session:
        assert await invoices.find_by_order(session, steps.order.tenant, CARD) is None
        assert await invoices.invoiced_orders(session, steps.order.tenant, [CARD]) == {CARD}
