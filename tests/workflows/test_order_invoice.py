"""The story of one order on a real Temporal, PostgreSQL, SMTP server and shop, with faults in it."""

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError

from activities.capture_payment import CaptureActivities
from contracts.failures import NOT_RETRIED, Reason
from contracts.ids import order_workflow_id
from contracts.order_invoice import CaptureRequest, OrderRef, Retry, Step
from database import invoices, sites
from database.job_lists import ItemView
from database.tables import SequenceSchema
from demo.orders.exact_json import JsonObject
from demo.orders.manual import MANUAL
from documents.failures import RendererDied
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed, texts_of


def fixed(order_id: str) -> JsonObject:
    return MANUAL[order_id](order_id)


async def run_one(service: Service, order: JsonObject) -> ItemView:
    order_id = service.shop.add_order(order)
    return (await service.run(order_id))[order_id]


async def test_an_order_becomes_a_captured_numbered_printed_and_mailed_invoice(service: Service) -> None:
    view = await run_one(service, fixed("EON9001"))
    assert (view.item.state, view.item.message) == ("SUCCESS", "Invoice created")
    assert view.invoice_number is not None
    assert view.invoice_number.startswith("INV")
    assert view.invoice_number.endswith("1001")
    assert (view.total, view.currency) == (Decimal("288.95"), "EUR")
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]
    (mail,) = service.mail_sink.mails()
    assert mail.recipients == ("ada@example.com",)
    assert mail.attachments == (f"{view.invoice_number}.pdf",)
    report = service.shop.order("EON9001")["mixins"]["invoice"]
    assert report["invoiceNo"] == view.invoice_number
    assert report["invoiceDocument"].endswith(f"/invoice/{service.tenant}/invoices/{view.item.invoice_id}/pdf")


async def test_the_history_replays_is_small_and_holds_nothing_personal(service: Service) -> None:
    order = fixed("EON9001")
    await run_one(service, order)
    history = await replayed(service.order("EON9001"))
    texts = texts_of(history)
    customer, address = order["customer"], order["billingAddress"]
    for personal in (
        customer["email"],
        customer["lastName"],
        customer["firstName"],
        address["street"],
        address["zipCode"],
    ):
        assert personal not in texts
    for amount in ("288.95", "248.46", "Safety shoe", "WELCOME10"):
        assert amount not in texts
    assert len(history.events) <= 45
    assert len(history.to_json()) < 40_000


async def test_a_failed_history_holds_nothing_personal_either(service: Service) -> None:
    order = fixed("EON9001")
    order["customer"]["email"] = "no address"
    await run_one(service, order)
    texts = texts_of(await service.order("EON9001").fetch_history())
    assert "no address" not in texts
    assert "Ada" not in texts


async def test_on_account_nothing_is_captured(service: Service) -> None:
    view = await run_one(service, fixed("EON9004"))
    assert view.item.state == "SUCCESS"
    assert service.shop.books().captures == ()
    assert await service.effects() == []
    (invoice,) = await service.invoices()
    assert invoice.payable == invoice.total > 0


@pytest.mark.parametrize(
    ("order_id", "reason", "step"),
    [
        ("EON9005", Reason.PAYMENT_DECLINED, Step.CAPTURE),
        ("EON9006", Reason.TOTALS_DIFFER, Step.RECALCULATE),
    ],
)
async def test_what_needs_a_person_is_held_and_the_job_ends(
    service: Service, order_id: str, reason: Reason, step: Step
) -> None:
    order = fixed(order_id)
    service.shop.add_order(order)
    service.shop.decline(order["payments"][0]["transactionId"]) if reason is Reason.PAYMENT_DECLINED else None
    view = (await service.run(order_id))[order_id]
    assert (view.item.state, view.item.reason, view.item.step) == ("HELD", reason, step)
    assert service.shop.books().captures == ()
    assert await service.invoices() == []
    assert await service.drawn_numbers() == []
    standing = await service.standing(order_id)
    assert standing.held is not None
    assert standing.held.reason is reason


async def test_the_gateways_words_reach_the_person_but_not_temporal(service: Service) -> None:
    service.shop.add_order(fixed("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"), "Card of Ada E. has expired")
    view = (await service.run("EON9001"))["EON9001"]
    assert view.item.message == "the payment gateway refused to capture 288.95 EUR (Card of Ada E. has expired)"
    assert "Ada E." not in texts_of(await service.order("EON9001").fetch_history())


async def test_a_declined_order_goes_on_when_a_person_wants_it(service: Service) -> None:
    service.shop.add_order(fixed("EON9001"))
    transaction = service.shop.transaction_of("EON9001")
    service.shop.decline(transaction)
    job_id = await service.start("EON9001")
    await service.job(job_id).result()
    service.shop.accept(transaction)
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert (await service.items(job_id))["EON9001"].item.state == "SUCCESS"
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]
    keys = [(effect.key, effect.state) for effect in await service.effects()]
    base = f"{order_workflow_id(service.tenant, 'EON9001')}:capture"
    assert keys == [(base, "REFUSED"), (f"{base}:2", "DONE")]
    await replayed(service.order("EON9001"))


async def test_the_retry_signal_does_the_same_as_the_update(service: Service) -> None:
    order = fixed("EON9006")
    service.shop.add_order(order)
    job_id = await service.start("EON9006")
    await service.job(job_id).result()
    repaired = fixed("EON9006")
    repaired["calculatedPrice"]["finalPrice"]["grossValue"] -= Decimal("0.02")
    service.shop.replace_order(repaired)
    await service.order("EON9006").signal("retry", Retry())
    await service.order("EON9006").result()
    assert (await service.items(job_id))["EON9006"].item.state == "SUCCESS"


async def test_an_order_that_is_not_held_refuses_to_be_retried(service: Service) -> None:
    service.shop.add_order(fixed("EON9001"))
    service.shop.fault("GET /order-v2/.*EON9001", "status", times=None)
    await service.start("EON9001")

    async def runs() -> bool:
        return any("EON9001" in request for request in service.shop.requests)

    await eventually(runs, what="the look-up")
    with pytest.raises(WorkflowUpdateFailedError):
        await service.order("EON9001").execute_update("retry", Retry())
    service.shop.clear_faults()
    await service.order("EON9001").result()


async def test_a_refused_capture_that_the_server_repeats_is_not_sent_again(service: Service) -> None:
    """The worker may die after the refusal is on the books and before Temporal knows of it."""
    service.shop.add_order(fixed("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    job_id = await service.start("EON9001")
    await service.job(job_id).result()
    sent = [request for request in service.shop.requests if request.startswith("POST") and "capture" in request]
    (effect,) = await service.effects()
    order = OrderRef(tenant=service.tenant, order_id="EON9001", job_id=job_id)
    unreachable: Any = None
    with pytest.raises(Exception, match="refused to capture"):
        await CaptureActivities(service.sessions, unreachable).capture_payment(
            CaptureRequest(order=order, requested_by=effect.requested_by)
        )
    assert len(sent) == 1


@pytest.mark.parametrize("kind", ["cut_after", "garbage", "status"])
async def test_a_lost_answer_of_the_gateway_never_charges_twice(service: Service, kind: Any) -> None:
    service.shop.fault("POST /payment-gateway/.*capture", kind, effect=True)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]


@pytest.mark.parametrize("kind", ["cut_before", "status", "garbage"])
async def test_a_passing_fault_of_the_gateway_is_waited_out(service: Service, kind: Any) -> None:
    service.shop.fault("/payment-gateway/.*", kind, times=2)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]


async def test_what_a_person_captured_by_hand_is_not_captured_again(service: Service) -> None:
    """Declined at first; then finance captures in the gateway's own console, and has the order tried again."""
    service.shop.add_order(fixed("EON9001"))
    transaction = service.shop.transaction_of("EON9001")
    service.shop.decline(transaction)
    await service.run("EON9001")
    service.shop.accept(transaction)
    service.shop.gateway.capture(service.tenant, transaction, b'{"amount": 288.95, "currency": "EUR"}', None)
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]
    assert [request for request in service.shop.requests if "capture" in request][1:] == []


async def test_a_foreign_capture_is_settled_by_mending_the_order(service: Service) -> None:
    order = fixed("EON9001")
    service.shop.add_order(order)
    body = b'{"amount": 10.00, "currency": "EUR"}'
    service.shop.gateway.capture(service.tenant, service.shop.transaction_of("EON9001"), body, None)
    await service.run("EON9001")
    order["payments"][0] |= {"status": "CAPTURE_SUCCESS", "paidAmount": Decimal("288.95")}
    service.shop.replace_order(order)
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    (invoice,) = await service.invoices()
    assert (invoice.total, invoice.payable) == (Decimal("288.95"), Decimal(0))


@pytest.mark.parametrize("status", ["DECLINED", "IN_CHECKOUT"])
async def test_an_order_that_was_never_placed_is_not_charged(service: Service, status: str) -> None:
    view = await run_one(service, fixed("EON9001") | {"status": status})
    assert (view.item.state, view.item.reason) == ("FAILURE", Reason.NOT_INVOICEABLE)
    assert service.shop.books().captures == ()


async def test_a_corrected_address_gets_the_mail(service: Service) -> None:
    order = fixed("EON9001")
    order["customer"]["email"] = "nobody"
    view = await run_one(service, order)
    assert view.item.reason == Reason.NO_MAIL_ADDRESS
    assert service.shop.order("EON9001")["mixins"]["invoice"]["invoiceNo"] == view.invoice_number
    mended = service.shop.order("EON9001")
    mended["customer"]["email"] = "ada@example.org"
    service.shop.replace_order(mended)
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    (mail,) = service.mail_sink.mails()
    assert mail.recipients == ("ada@example.org",)


async def test_what_was_captured_elsewhere_over_another_amount_is_held(service: Service) -> None:
    service.shop.add_order(fixed("EON9001"))
    body = b'{"amount": 10.00, "currency": "EUR"}'
    service.shop.gateway.capture(service.tenant, service.shop.transaction_of("EON9001"), body, None)
    view = (await service.run("EON9001"))["EON9001"]
    assert (view.item.state, view.item.reason) == ("HELD", Reason.NOT_AUTHORISED)
    assert service.shop.captures("EON9001") == [(Decimal("10.00"), "EUR")]


async def test_an_unknown_order_ends_at_once(service: Service) -> None:
    view = (await service.run("EON9404"))["EON9404"]
    assert (view.item.state, view.item.reason) == ("FAILURE", Reason.UNKNOWN_ORDER)
    description = await service.order("EON9404").describe()
    assert description.status is WorkflowExecutionStatus.FAILED


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ('{"id":"X1","currency":"EUR","siteCode":"main","entries":[]}', Reason.NO_BILLABLE_LINES, "no line"),
        (
            '{"id":"X1","currency":"DOGE","siteCode":"main","entries":[{"amount":1}]}',
            Reason.UNSUPPORTED_CURRENCY,
            "DOGE",
        ),
        ('{"id":"X1","currency":"EUR","siteCode":"main","entries":[{"amount":1}]}', Reason.INVALID_ORDER, "entries[0]"),
        ('{"id":"X1","currency":"EUR","entries":[{"amount":-3}]}', Reason.INVALID_ORDER, "entries[0].amount"),
        ('{"id":"X1","currency":"EUR","entries":[{"amount":1e99}]}', Reason.INVALID_ORDER, "entries[0].amount"),
        ('{"id":"X2","currency":"EUR","entries":[]}', Reason.INVALID_ORDER, "id"),
    ],
)
async def test_an_order_that_cannot_be_invoiced_says_why(
    service: Service, text: str, reason: Reason, words: str
) -> None:
    service.shop.add_order(text, "X1")
    view = (await service.run("X1"))["X1"]
    assert (view.item.state, view.item.reason) == ("FAILURE", reason)
    assert words in (view.item.message or "")
    assert service.shop.books().captures == ()


async def test_an_order_of_an_unknown_site_is_held_before_any_money_moves(service: Service) -> None:
    order = fixed("EON9001") | {"siteCode": "moon"}
    view = await run_one(service, order)
    assert (view.item.state, view.item.reason) == ("HELD", Reason.UNKNOWN_SITE)
    assert service.shop.books().captures == ()


async def test_an_order_is_invoiced_once(service: Service) -> None:
    first = await run_one(service, fixed("EON9001"))
    second = (await service.run("EON9001"))["EON9001"]
    assert (second.item.state, second.item.reason) == ("FAILURE", Reason.ALREADY_INVOICED)
    assert second.invoice_number == first.invoice_number
    assert second.item.message == f"already invoiced: {first.invoice_number}"
    assert len(await service.invoices()) == 1
    assert len(service.shop.captures("EON9001")) == 1
    assert len(service.mail_sink.mails()) == 1


async def test_an_order_that_carries_a_foreign_number_is_refused(service: Service) -> None:
    order = fixed("EON9001")
    order["mixins"]["invoice"] = {"invoiceNo": "OLD-77"}
    view = await run_one(service, order)
    assert (view.item.state, view.item.reason) == ("FAILURE", Reason.ALREADY_INVOICED)


@pytest.mark.parametrize("address", [None, "", "nobody", "a@b@c"])
async def test_without_an_address_the_invoice_waits_for_one(service: Service, address: str | None) -> None:
    order = fixed("EON9001")
    order["customer"]["email"] = address
    view = await run_one(service, order)
    assert (view.item.state, view.item.reason) == ("HELD", Reason.NO_MAIL_ADDRESS)
    assert view.invoice_number is not None
    assert view.has_document


async def test_a_refused_mail_is_held_and_sent_when_wanted(service: Service) -> None:
    refusal = service.mail_sink.refuse("ada@example.com", 550, times=None)
    view = await run_one(service, fixed("EON9001"))
    assert (view.item.state, view.item.reason) == ("HELD", Reason.MAIL_REFUSED)
    assert refusal.struck == 1
    service.mail_sink.clear_faults()
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert len(service.mail_sink.mails()) == 1
    assert len(service.shop.captures("EON9001")) == 1
    assert await service.drawn_numbers() == [1001]


async def test_a_greylisted_mail_is_sent_later(service: Service) -> None:
    service.mail_sink.refuse("ada@example.com", 451, times=2)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    assert len(service.mail_sink.mails()) == 1


async def test_after_a_lost_smtp_answer_the_repeat_has_the_same_message_id(service: Service) -> None:
    service.mail_sink.drop_after_data()
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    mails = service.mail_sink.mails()
    assert len(mails) == 2
    assert len({mail.message_id for mail in mails}) == 1


@pytest.mark.parametrize("path", ["/assets/not-an-image.txt", "/assets/missing.png"])
async def test_an_unusable_logo_is_left_out(service: Service, path: str) -> None:
    async with service.sessions.begin() as session:
        logo: Any = {"logoUrl": service.shop.url + path}
        await sites.replace_mixin(session, service.tenant, "main", "generalShopSettings", logo)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    assert view.has_document


async def test_an_order_that_cannot_be_told_is_invoiced_all_the_same(service: Service) -> None:
    service.shop.fault("PATCH /order-v2/.*", "status", status=400, times=None)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.state == "SUCCESS"
    assert view.item.message == "Invoice created; the order could not be told of it"


async def test_an_exhausted_series_holds_the_order_and_burns_nothing(service: Service) -> None:
    async with service.sessions.begin() as session:
        last = (
            update(SequenceSchema).where(SequenceSchema.tenant == service.tenant).values(max_value=1001, counter=1001)
        )
        await session.execute(last)
    view = await run_one(service, fixed("EON9001"))
    assert (view.item.state, view.item.reason, view.item.step) == ("HELD", Reason.SERIES_EXHAUSTED, Step.ISSUE)
    async with service.sessions.begin() as session:
        await session.execute(
            update(SequenceSchema).where(SequenceSchema.tenant == service.tenant).values(max_value=9999)
        )
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert await service.drawn_numbers() == [1002]
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_cancelled_order_before_the_capture_costs_nothing(service: Service) -> None:
    service.shop.add_order(fixed("EON9001"))
    service.shop.fault("GET /order-v2/.*EON9001", "status", times=None)
    job_id = await service.start("EON9001")

    async def runs() -> bool:
        return any("EON9001" in request for request in service.shop.requests)

    await eventually(runs, what="the look-up")
    await service.order("EON9001").cancel()
    await service.job(job_id).result()
    view = (await service.items(job_id))["EON9001"]
    assert (view.item.state, view.item.reason) == ("FAILURE", Reason.CANCELLED)
    assert service.shop.books().captures == ()


async def test_a_cancel_during_the_capture_comes_too_late(service: Service) -> None:
    """Money that is moving is not abandoned: the order finishes forward."""
    service.shop.add_order(fixed("EON9001"))
    service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=1.0)
    job_id = await service.start("EON9001")

    async def charging() -> bool:
        return any("capture" in request for request in service.shop.requests)

    await eventually(charging, what="the capture")
    await service.order("EON9001").cancel()
    await service.job(job_id).result()
    assert (await service.items(job_id))["EON9001"].item.state == "SUCCESS"
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]


async def test_a_held_order_is_cancelled_only_before_the_capture(service: Service) -> None:
    declined = fixed("EON9002")
    service.shop.add_order(declined)
    service.shop.decline(service.shop.transaction_of("EON9002"))
    view = (await service.run("EON9002"))["EON9002"]
    assert view.item.reason == Reason.PAYMENT_DECLINED
    await service.order("EON9002").cancel()
    with pytest.raises(WorkflowFailureError):
        await service.order("EON9002").result()
    assert (await service.order("EON9002").describe()).status is WorkflowExecutionStatus.CANCELED


async def test_a_held_order_whose_money_is_captured_outlives_a_cancel(service: Service) -> None:
    service.mail_sink.refuse("ada@example.com", 550, times=None)
    view = await run_one(service, fixed("EON9001"))
    assert view.item.reason == Reason.MAIL_REFUSED
    await service.order("EON9001").cancel()
    assert (await service.standing("EON9001")).held is not None
    service.mail_sink.clear_faults()
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert len(service.mail_sink.mails()) == 1
    await replayed(service.order("EON9001"))


async def test_an_order_that_may_be_charged_outlives_a_cancel_and_is_invoiced(service: Service) -> None:
    """The gateway captured and answered nonsense; a cancel comes while a person is waited for, and then the person."""
    service.shop.fault("POST /payment-gateway/.*capture", "status", status=409, effect=True)
    view = await run_one(service, fixed("EON9001"))
    assert (view.item.state, view.item.reason) == ("HELD", Reason.INTERNAL_ERROR)
    assert len(service.shop.captures("EON9001")) == 1
    await service.order("EON9001").cancel()
    assert (await service.standing("EON9001")).held is not None
    await service.order("EON9001").execute_update("retry", Retry())
    await service.order("EON9001").result()
    assert len(await service.invoices()) == 1
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_terminated_run_is_finished_by_the_next_job_without_a_second_effect(service: Service) -> None:
    service.mail_sink.refuse(".*", 451, times=None)
    service.shop.add_order(fixed("EON9001"))
    first = await service.start("EON9001")

    async def issued() -> bool:
        return len(await service.invoices()) == 1

    await eventually(issued, what="the invoice")
    await service.order("EON9001").terminate("an operator's mistake")
    await service.job(first).result()
    ended = (await service.items(first))["EON9001"]
    assert (ended.item.state, ended.item.reason) == ("FAILURE", Reason.INTERNAL_ERROR)
    service.mail_sink.clear_faults()
    view = (await service.run("EON9001"))["EON9001"]
    assert view.item.state == "SUCCESS"
    assert await service.drawn_numbers() == [1001]
    assert len(service.shop.captures("EON9001")) == 1
    assert len(service.mail_sink.mails()) == 1


def test_a_dead_renderer_is_no_final_reason() -> None:
    assert RendererDied.__name__ not in NOT_RETRIED


async def test_the_pdf_lies_under_its_own_digest(service: Service, tmp_path: Path) -> None:
    view = await run_one(service, fixed("EON9001"))
    assert view.item.invoice_id is not None
    async with service.sessions.begin() as session:
        document = await invoices.find_pdf(session, service.tenant, view.item.invoice_id)
    assert document is not None
    content = (tmp_path / "documents" / document.key).read_bytes()
    assert content.startswith(b"%PDF-")
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (document.sha256, document.size_bytes)
