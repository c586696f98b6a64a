"""Crediting an order's invoice on real servers: the money goes back once, and then the order may be invoiced again.

What moved is read in the gateway's own books. Figures are those of the reference's EON9001: 288.95 EUR, captured.
"""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
)

from contracts.credit_note import CreditNoteStep
from contracts.failures import Reason
from contracts.ids import credit_note_workflow_id
from contracts.order_invoice import OrderState, Retry
from database.tables import AuditEvent, MailRequest
from tests.credit_desk import ORDER, Desk
from tests.waiting import eventually
from tests.workflows.histories import replayed, texts_of

TOTAL = Decimal("288.95")
REFUND = "POST /payment-gateway/.*refund"


async def test_a_captured_order_that_is_credited_in_full_gets_its_money_back_once(desk: Desk) -> None:
    number = await desk.invoice()
    made = await desk.credit(reason="Everything came back")
    assert (made["number"], made["total"], made["currency"]) == ("CN-0000001", "288.95", "EUR")
    assert made["refund"] == {"amount": "288.95", "status": "PENDING", "message": None}
    assert (made["invoiceNumber"], made["orderId"], made["reason"]) == (number, ORDER, "Everything came back")
    outcome = await desk.settled(made)
    assert (outcome.state, outcome.message) == (OrderState.SUCCESS, "Credit note settled")
    assert desk.refunds == [(TOTAL, "EUR")]
    assert (await desk.read(made))["refund"]["status"] == "REFUNDED"
    invoice = (await desk.client.get(f"/v1/invoices/sales/{number}")).json()
    assert (invoice["status"], invoice["dueAmount"]) == ("CLOSED", 0)


async def test_the_buyer_gets_the_credit_note_by_mail_and_the_books_say_who_did_what(desk: Desk) -> None:
    number = await desk.invoice()
    made = await desk.credit()
    await desk.settled(made)
    mail = desk.service.mail_sink.mails()[-1]
    assert (mail.recipients, mail.attachments) == (("ada@example.com",), ("CN-0000001.pdf",))
    (asked,) = await desk.rows(select(MailRequest).where(MailRequest.tenant == desk.service.tenant))
    assert asked.state == "SENT"
    pdf = await desk.client.get("/v1/credit-notes/CN-0000001/pdf")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert (await desk.client.get(made["downloadLink"].partition("8000")[2])).content == pdf.content
    events = await desk.rows(select(AuditEvent).where(AuditEvent.tenant == desk.service.tenant).order_by(AuditEvent.id))
    deeds = [(event.action, event.document, event.actor.partition(":")[0]) for event in events]
    assert deeds == [
        ("issue", f"sales-invoice/{number}", "job"),
        ("issue", "credit-note/CN-0000001", "client"),
        ("credit", f"sales-invoice/{number}", "client"),
        ("refund", "credit-note/CN-0000001", "credit-note"),
    ]
    assert events[2].detail == {
        "creditNote": "CN-0000001",
        "total": "288.95",
        "currency": "EUR",
        "refund": "288.95",
    }


async def test_the_history_replays_is_small_and_holds_nothing_personal(desk: Desk) -> None:
    await desk.invoice()
    made = await desk.credit(reason="Ada did not like it")
    await desk.settled(made)
    history = await replayed(desk.workflow(made))
    texts = texts_of(history)
    for kept_out in ("ada@example.com", "Ada", "288.95", "Safety shoe"):
        assert kept_out not in texts
    assert len(history.events) <= 30


async def test_ten_at_once_make_one_credit_note_and_one_refund(desk: Desk) -> None:
    await desk.invoice()
    answers = await asyncio.gather(*(desk.client.post(desk.path(), json={"lines": "all"}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    await desk.settled(made)
    (note,) = (await desk.client.get(desk.path())).json()["creditNotes"]
    assert (note["number"], note["total"]) == (made["number"], "288.95")
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_the_same_key_credits_once(desk: Desk) -> None:
    await desk.invoice()
    headers = {"Idempotency-Key": "return-77"}
    body = {"lines": [{"position": 1, "quantity": 1}]}
    answers = [await desk.client.post(desk.path(), json=body, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert {answer.json()["number"] for answer in answers} == {"CN-0000001"}
    other = await desk.client.post(desk.path(), json={"lines": "all"}, headers=headers)
    assert other.status_code == 409
    await desk.settled(answers[0].json())
    assert len(desk.refunds) == 1


async def test_part_and_part_and_the_rest_sum_to_the_invoice(desk: Desk) -> None:
    await desk.invoice()
    made = [
        await desk.credit([{"position": 1, "quantity": 1}]),
        await desk.credit([{"position": 1, "quantity": 1}]),
        await desk.credit("all"),
    ]
    for one in made:
        await desk.settled(one)
    assert sum(Decimal(one["total"]) for one in made) == TOTAL
    assert [amount for amount, _ in desk.refunds] != []
    assert sum(amount for amount, _ in desk.refunds) == TOTAL
    assert sorted(amount for amount, _ in desk.refunds) == sorted(Decimal(one["total"]) for one in made)
    again = await desk.client.post(desk.path(), json={"lines": "all"})
    assert (again.status_code, again.json()["message"]) == (409, "The invoice is credited in full")


async def test_two_refunds_of_equal_amount_are_told_apart_when_an_answer_is_lost(desk: Desk) -> None:
    """Both give back one of two equal pieces; the second one's answer is lost, and the first must not pass for it."""
    await desk.invoice()
    first = await desk.credit([{"position": 1, "amount": "10.00"}])
    await desk.settled(first)
    desk.service.shop.fault(REFUND, "cut_before")
    second = await desk.credit([{"position": 1, "amount": "10.00"}])
    await desk.settled(second)
    assert first["total"] == second["total"]
    assert [amount for amount, _ in desk.refunds] == [Decimal(first["total"])] * 2


@pytest.mark.parametrize("kind", ["cut_after", "garbage", "status"])
async def test_a_lost_answer_never_gives_back_twice(desk: Desk, kind: Any) -> None:
    await desk.invoice()
    desk.service.shop.fault(REFUND, kind, effect=True)
    outcome = await desk.settled(await desk.credit())
    assert outcome.state is OrderState.SUCCESS
    assert desk.refunds == [(TOTAL, "EUR")]
    assert len(desk.refund_requests) == 1  # the second attempt asks, and is shown what was done


async def test_where_the_gateway_cannot_show_it_the_same_key_is_sent_again(desk: Desk) -> None:
    await desk.invoice()
    desk.service.shop.fault(REFUND, "cut_after")
    desk.service.shop.fault("GET /payment-gateway/.*transactions", "status", status=404)
    await desk.settled(await desk.credit())
    assert len(desk.refund_requests) == 2
    assert desk.refunds == [(TOTAL, "EUR")]


@pytest.mark.parametrize("kind", ["cut_before", "status", "garbage"])
async def test_a_gateway_that_is_away_is_waited_for(desk: Desk, kind: Any) -> None:
    await desk.invoice()
    desk.service.shop.fault("/payment-gateway/.*", kind, times=2)
    await desk.settled(await desk.credit())
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_a_refused_refund_waits_for_a_person_who_has_it_tried_again(desk: Desk) -> None:
    await desk.invoice()
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction, "Account of Ada E. closed")
    made = await desk.credit()
    held = await desk.held(made)
    assert (held.state, held.step, held.reason) == (OrderState.HELD, CreditNoteStep.REFUND, Reason.REFUND_REFUSED)
    assert held.message == "the payment gateway refused to give back 288.95 EUR"
    assert (await desk.read(made))["refund"] == {
        "amount": "288.95",
        "status": "REFUSED",
        "message": "Account of Ada E. closed",
    }
    assert "Ada E." not in texts_of(await desk.workflow(made).fetch_history())
    desk.service.shop.accept(transaction)
    answer = await desk.client.post("/v1/credit-notes/CN-0000001/retry")
    assert answer.status_code == 202
    assert (await desk.settled(made)).state is OrderState.SUCCESS
    assert desk.refunds == [(TOTAL, "EUR")]
    base = f"{credit_note_workflow_id(desk.service.tenant, made['creditNoteId'])}:refund"
    assert [(effect.key, effect.state) for effect in await desk.refund_effects()] == [
        (base, "REFUSED"),
        (f"{base}:2", "DONE"),
    ]
    await replayed(desk.workflow(made))
    settled = await desk.client.post("/v1/credit-notes/CN-0000001/retry")
    assert (settled.status_code, settled.json()["errorMessage"]) == (409, "The credit note is not on hold")


async def test_a_refund_that_was_made_outside_is_recorded_and_the_rest_goes_on(desk: Desk) -> None:
    await desk.invoice()
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction, "already refunded")
    made = await desk.credit()
    await desk.held(made)
    given = {"reference": "re_4711", "note": "In the gateway's back office"}
    answer = await desk.client.post("/v1/credit-notes/CN-0000001/refund", json=given)
    assert answer.status_code == 200, answer.text
    assert answer.json()["refund"] == {
        "amount": 288.95,
        "status": "REFUNDED",
        "message": "In the gateway's back office",
    }
    assert (await desk.settled(made)).state is OrderState.SUCCESS
    assert desk.refunds == []
    assert len(desk.refund_requests) == 1
    assert [mail.attachments for mail in desk.service.mail_sink.mails()][-1] == ("CN-0000001.pdf",)
    (event,) = await desk.rows(
        select(AuditEvent).where(AuditEvent.tenant == desk.service.tenant, AuditEvent.action == "refund")
    )
    assert event.actor.startswith("client:")
    assert (event.document, event.detail["refund"], event.detail["outside"]) == (
        "credit-note/CN-0000001",
        "re_4711",
        True,
    )
    await replayed(desk.workflow(made))
    again = await desk.client.post("/v1/credit-notes/CN-0000001/refund", json=given)
    assert (again.status_code, again.json()["errorMessage"]) == (
        409,
        "The refund is REFUNDED; only a REFUSED one can be recorded as given back outside",
    )
    desk.service.shop.authorise_again(ORDER, "second-transaction")
    assert (await desk.service.run(ORDER))[ORDER].item.state == "SUCCESS"


async def test_while_the_outcome_is_unknown_nobody_records_a_refund(desk: Desk) -> None:
    await desk.invoice()
    desk.service.shop.fault("/payment-gateway/.*", "status", times=None)
    made = await desk.credit()

    async def asked() -> bool:
        return bool(desk.refund_requests)

    await eventually(asked, what="the refund")
    answer = await desk.client.post("/v1/credit-notes/CN-0000001/refund", json={"reference": "re_4711"})
    assert (answer.status_code, answer.json()["errorMessage"][:21]) == (409, "The refund is PENDING")
    desk.service.shop.clear_faults()
    await desk.settled(made)
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_the_retry_signal_does_the_same_as_the_update(desk: Desk) -> None:
    await desk.invoice()
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction)
    made = await desk.credit()
    await desk.held(made)
    desk.service.shop.accept(transaction)
    await desk.workflow(made).signal("retry", Retry())
    await desk.settled(made)
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_one_that_is_not_held_refuses_to_be_retried(desk: Desk) -> None:
    await desk.invoice()
    desk.service.shop.fault("/payment-gateway/.*", "status", times=None)
    made = await desk.credit()
    with pytest.raises(WorkflowUpdateFailedError):
        await desk.workflow(made).execute_update("retry", Retry())
    desk.service.shop.clear_faults()
    await desk.settled(made)


async def test_a_cancel_is_not_heard_while_money_may_be_on_its_way(desk: Desk) -> None:
    await desk.invoice()
    desk.service.shop.fault(REFUND, "delay", seconds=1.0)
    made = await desk.credit()

    async def refunding() -> bool:
        return bool(desk.refund_requests)

    await eventually(refunding, what="the refund")
    await desk.workflow(made).cancel()
    assert (await desk.settled(made)).state is OrderState.SUCCESS
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_a_refused_one_may_be_cancelled_and_is_started_anew_when_wanted(desk: Desk) -> None:
    await desk.invoice()
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction)
    made = await desk.credit()
    await desk.held(made)
    await desk.workflow(made).cancel()
    with pytest.raises(WorkflowFailureError):
        await desk.settled(made)
    assert (await desk.workflow(made).describe()).status is WorkflowExecutionStatus.CANCELED
    desk.service.shop.accept(transaction)
    assert (await desk.client.post("/v1/credit-notes/CN-0000001/retry")).status_code == 202
    await desk.settled(made)
    assert desk.refunds == [(TOTAL, "EUR")]


async def test_one_that_was_terminated_is_finished_without_a_second_refund(desk: Desk) -> None:
    await desk.invoice()
    desk.service.mail_sink.refuse(".*", 451, times=None)
    made = await desk.credit()

    async def refunded() -> bool:
        return bool(desk.refunds)

    await eventually(refunded, what="the refund")
    await desk.workflow(made).terminate("an operator's mistake")
    desk.service.mail_sink.clear_faults()
    assert (await desk.client.post("/v1/credit-notes/CN-0000001/retry")).status_code == 202
    await desk.settled(made)
    assert desk.refunds == [(TOTAL, "EUR")]
    assert [mail.attachments for mail in desk.service.mail_sink.mails()][-1] == ("CN-0000001.pdf",)


async def test_a_refused_mail_holds_nothing(desk: Desk) -> None:
    await desk.invoice()
    desk.service.mail_sink.refuse("ada@example.com", 550, times=None)
    outcome = await desk.settled(await desk.credit())
    assert (outcome.state, outcome.message) == (OrderState.SUCCESS, "Credit note settled; its mail was refused")


async def test_on_account_nothing_is_refunded(desk: Desk) -> None:
    number = await desk.invoice("EON9004")
    made = await desk.credit(order_id="EON9004")
    assert (made["total"], made["refund"]["amount"], made["refund"]["status"]) == ("442.87", "0.00", "NONE")
    await desk.settled(made)
    assert await desk.refund_effects() == []
    invoice = (await desk.client.get(f"/v1/invoices/sales/{number}")).json()
    assert (invoice["status"], invoice["dueAmount"]) == ("CLOSED", 0)


class TestAgain:
    """After a full credit whose money is back, a job may name the order again."""

    async def test_it_is_captured_on_another_authorisation_and_never_again_on_the_refunded_one(
        self, desk: Desk
    ) -> None:
        first = await desk.invoice()
        old = desk.service.shop.transaction_of(ORDER)
        await desk.settled(await desk.credit())
        desk.service.shop.authorise_again(ORDER, "second-transaction")
        view = (await desk.service.run(ORDER))[ORDER]
        assert view.item.state == "SUCCESS"
        assert view.invoice_number not in {None, first}
        captures = [(one.transaction_id, one.amount) for one in desk.service.shop.books().captures]
        assert captures == [(old, TOTAL), ("second-transaction", TOTAL)]
        assert desk.refunds == [(TOTAL, "EUR")]
        assert desk.service.shop.order(ORDER)["mixins"]["invoice"]["invoiceNo"] == view.invoice_number
        rounds = [(row.order_round, row.kind) for row in await desk.service.invoices()]
        assert sorted(rounds, key=str) == [(0, "INVOICE"), (1, "INVOICE"), (None, "CREDIT_NOTE")]

    async def test_the_second_invoice_can_be_credited_too(self, desk: Desk) -> None:
        await desk.invoice()
        await desk.settled(await desk.credit())
        desk.service.shop.authorise_again(ORDER, "second-transaction")
        await desk.service.run(ORDER)
        await desk.settled(await desk.credit())
        refunds = [(one.transaction_id, one.amount) for one in desk.service.shop.books().refunds]
        assert [amount for _, amount in refunds] == [TOTAL, TOTAL]
        assert len({transaction for transaction, _ in refunds}) == 2
        listed = (await desk.client.get(desk.path())).json()
        assert [note["number"] for note in listed["creditNotes"]] == ["CN-0000001", "CN-0000002"]

    async def test_without_another_authorisation_it_is_held_and_nothing_is_charged(self, desk: Desk) -> None:
        await desk.invoice()
        await desk.settled(await desk.credit())
        view = (await desk.service.run(ORDER))[ORDER]
        assert (view.item.state, view.item.reason) == ("HELD", Reason.NOT_AUTHORISED)
        assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR")]

    async def test_while_the_refund_is_open_it_waits(self, desk: Desk) -> None:
        await desk.invoice()
        transaction = desk.service.shop.transaction_of(ORDER)
        desk.service.shop.decline(transaction)
        made = await desk.credit()
        await desk.held(made)
        desk.service.shop.authorise_again(ORDER, "second-transaction")
        job = await desk.service.start(ORDER)
        await desk.service.job(job).result()
        view = (await desk.service.items(job))[ORDER]
        assert (view.item.state, view.item.reason) == ("HELD", Reason.REFUND_PENDING)
        assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR")]
        desk.service.shop.accept(transaction)
        await desk.workflow(made).execute_update("retry", Retry())
        await desk.settled(made)
        await desk.service.order(ORDER).execute_update("retry", Retry())
        await desk.service.order(ORDER).result()
        assert (await desk.service.items(job))[ORDER].item.state == "SUCCESS"
        assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR"), (TOTAL, "EUR")]

    async def test_after_a_part_it_is_still_invoiced(self, desk: Desk) -> None:
        number = await desk.invoice()
        await desk.settled(await desk.credit([{"position": 1, "quantity": 1}]))
        view = (await desk.service.run(ORDER))[ORDER]
        assert (view.item.state, view.item.reason) == ("FAILURE", Reason.ALREADY_INVOICED)
        assert view.item.message == f"already invoiced: {number}"

    async def test_a_foreign_number_on_the_order_still_refuses_it(self, desk: Desk) -> None:
        await desk.invoice()
        await desk.settled(await desk.credit())
        order = desk.service.shop.order(ORDER)
        order["mixins"]["invoice"]["invoiceNo"] = "OTHER-7"
        desk.service.shop.replace_order(order)
        view = (await desk.service.run(ORDER))[ORDER]
        assert (view.item.state, view.item.reason) == ("FAILURE", Reason.ALREADY_INVOICED)
