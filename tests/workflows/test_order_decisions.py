"""A held order in the hands of a person: a total accepted, the order given up, cancelled, or nothing of the kind."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError

from contracts.failures import Reason
from contracts.ids import order_workflow_id
from contracts.order_invoice import Choice, OrderRef, Outcome, Release, Retry, Step
from contracts.queues import ORDERS
from database import audit
from database.tables import AuditEvent, JobItem, SequenceSchema
from demo.orders.manual import MANUAL
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed
from workflows.order_decisions import refusal_of_cancel, refusal_of_release

DIFFERS = "EON9006"
"""Its parts come to 178.50 EUR; it states 178.52, and as much is authorised."""


def held(reason: Reason, step: Step) -> Outcome:
    return Outcome.model_validate(
        {
            "order": {"tenant": "acme", "order_id": "1", "job_id": "00000000-0000-0000-0000-000000000000"},
            "state": "HELD",
            "reason": reason,
            "step": step,
            "message": "held",
        }
    )


DIFFERING = held(Reason.TOTALS_DIFFER, Step.RECALCULATE)
DECLINED = held(Reason.PAYMENT_DECLINED, Step.CAPTURE)
UNKNOWN_CAPTURE = held(Reason.INTERNAL_ERROR, Step.CAPTURE)
EXHAUSTED = held(Reason.SERIES_EXHAUSTED, Step.ISSUE)
NO_TEMPLATE = held(Reason.TEMPLATE_ERROR, Step.CREATE_PDF)
NO_ADDRESS = held(Reason.NO_MAIL_ADDRESS, Step.SEND_EMAIL)


@pytest.mark.parametrize(
    ("choice", "outcome", "may_be_charged", "sentence"),
    [
        (Choice.RETRY, None, False, "not on hold"),
        (Choice.RETRY, DECLINED, False, None),
        (Choice.RETRY, EXHAUSTED, True, None),
        (Choice.ACCEPT_OURS, DIFFERING, False, None),
        (Choice.ACCEPT_ORDERS, DIFFERING, False, None),
        (Choice.ACCEPT_OURS, DECLINED, False, "none to accept"),
        (Choice.ACCEPT_ORDERS, NO_ADDRESS, True, "none to accept"),
        (Choice.ABANDON, DIFFERING, False, None),
        (Choice.ABANDON, DECLINED, False, None),
        (Choice.ABANDON, UNKNOWN_CAPTURE, True, "only go forward"),
        (Choice.ABANDON, EXHAUSTED, True, "only go forward"),
        (Choice.ABANDON, NO_TEMPLATE, True, "only go forward"),
        (Choice.ABANDON, NO_ADDRESS, True, None),
    ],
)
def test_a_release_is_judged(
    choice: Choice, outcome: Outcome | None, may_be_charged: bool, sentence: str | None
) -> None:
    refusal = refusal_of_release(Release(choice=choice), outcome, may_be_charged=may_be_charged)
    assert refusal is None if sentence is None else sentence in str(refusal)


def test_a_cancel_is_heard_until_money_may_have_moved() -> None:
    assert refusal_of_cancel(may_be_charged=False) is None
    assert "only go forward" in str(refusal_of_cancel(may_be_charged=True))


async def hold(service: Service, order_id: str) -> None:
    service.shop.add_order(MANUAL[order_id](order_id))
    view = (await service.run(order_id))[order_id]
    assert view.item.state == "HELD", view.item.message


async def item(service: Service, order_id: str) -> tuple[str, str | None]:
    async with service.sessions.begin() as session:
        row = (
            await session.scalars(select(JobItem).where(JobItem.tenant == service.tenant, JobItem.order_id == order_id))
        ).one()
        return row.state, row.message


async def deeds(service: Service, order_id: str) -> list[AuditEvent]:
    async with service.sessions.begin() as session:
        return await audit.list_events(session, service.tenant, document=f"order/{order_id}", limit=10)


@pytest.mark.parametrize(
    ("choice", "total"), [(Choice.ACCEPT_OURS, Decimal("178.50")), (Choice.ACCEPT_ORDERS, Decimal("178.52"))]
)
async def test_an_accepted_total_is_invoiced_and_captured(service: Service, choice: Choice, total: Decimal) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).execute_update("release", Release(choice=choice, actor="client:ada"))
    await service.order(DIFFERS).result()
    (invoice,) = await service.invoices()
    assert invoice.total == total
    assert service.shop.captures(DIFFERS) == [(total, "EUR")]
    (deed,) = await deeds(service, DIFFERS)
    assert (deed.actor, deed.action) == ("client:ada", "accept-total")
    figures = [deed.detail[name] for name in ("ours", "stated", "invoiced", "currency")]
    assert figures == ["178.50", "178.52", str(total), "EUR"]
    await replayed(service.order(DIFFERS))


async def test_the_release_signal_does_the_same(service: Service) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).signal("release", Release(choice=Choice.ACCEPT_OURS))
    await service.order(DIFFERS).result()
    assert len(await service.invoices()) == 1


async def test_an_order_that_is_given_up_ends_without_a_trace_of_money(service: Service) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).execute_update("release", Release(choice=Choice.ABANDON, actor="client:ada"))
    with pytest.raises(WorkflowFailureError):
        await service.order(DIFFERS).result()
    assert await item(service, DIFFERS) == ("FAILURE", "given up by client:ada")
    assert (await service.order(DIFFERS).describe()).status is WorkflowExecutionStatus.FAILED
    assert service.shop.captures(DIFFERS) == []
    assert await service.invoices() == []
    await replayed(service.order(DIFFERS))


async def test_the_mail_of_an_invoiced_order_can_be_given_up(service: Service) -> None:
    service.mail_sink.refuse("ada@example.com", 550, times=None)
    await hold(service, "EON9001")
    await service.order("EON9001").execute_update("release", Release(choice=Choice.ABANDON, actor="client:ada"))
    await service.order("EON9001").result()
    assert await item(service, "EON9001") == (
        "SUCCESS",
        "Invoice created; its e-mail was given up by client:ada",
    )
    await replayed(service.order("EON9001"))


async def test_a_held_order_is_cancelled_before_its_capture(service: Service) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).execute_update("cancel")
    with pytest.raises(WorkflowFailureError):
        await service.order(DIFFERS).result()
    assert await item(service, DIFFERS) == ("FAILURE", "cancelled; this run captured no payment")
    assert (await service.order(DIFFERS).describe()).status is WorkflowExecutionStatus.FAILED
    await replayed(service.order(DIFFERS))


async def test_a_running_order_is_cancelled_before_its_capture(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    fault = service.shop.fault("GET /order-v2/.*EON9001", "status", times=None)
    job_id = await service.start("EON9001")

    async def looking() -> bool:
        return fault.struck >= 2

    await eventually(looking, what="two look-ups")
    await service.order("EON9001").execute_update("cancel")
    await service.job(job_id).result()
    assert (await item(service, "EON9001"))[0] == "FAILURE"
    assert service.shop.books().captures == ()


async def test_a_cancel_that_comes_with_the_start_is_heard_before_the_capture(idle_service: Service) -> None:
    """The handler runs before the order's first step does: nobody was there to be cancelled yet."""
    service = idle_service
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    job_id = await service.accept("EON9001")
    await service.temporal.start_workflow(
        "OrderInvoice",
        OrderRef(tenant=service.tenant, order_id="EON9001", job_id=job_id, local_first=True),
        id=order_workflow_id(service.tenant, "EON9001"),
        task_queue=ORDERS,
        start_signal="cancel",
    )
    async with service.working():
        with pytest.raises(WorkflowFailureError):
            await service.order("EON9001").result()
    assert await item(service, "EON9001") == ("FAILURE", "cancelled; this run captured no payment")
    assert service.shop.captures("EON9001") == []


async def test_an_order_on_account_can_be_given_up_until_it_is_invoiced(service: Service) -> None:
    """It has passed the capture, where there was nothing to capture; then its series is exhausted."""
    service.shop.add_order(MANUAL["EON9004"]("EON9004"))
    await limit_series(service, 1000)
    view = (await service.run("EON9004"))["EON9004"]
    assert view.item.reason == Reason.SERIES_EXHAUSTED
    await service.order("EON9004").execute_update("release", Release(choice=Choice.ABANDON, actor="client:ada"))
    with pytest.raises(WorkflowFailureError):
        await service.order("EON9004").result()
    assert await item(service, "EON9004") == ("FAILURE", "given up by client:ada")
    await limit_series(service, 9999)


async def limit_series(service: Service, largest: int) -> None:
    async with service.sessions.begin() as session:
        await session.execute(
            update(SequenceSchema).where(SequenceSchema.tenant == service.tenant).values(max_value=largest)
        )


async def test_once_the_capture_has_begun_a_cancel_is_refused(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    fault = service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    job_id = await service.start("EON9001")

    async def charging() -> bool:
        return fault.struck >= 2

    await eventually(charging, what="two captures")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await service.order("EON9001").execute_update("cancel")
    assert "only go forward" in str(caught.value.cause)
    await service.order("EON9001").signal("cancel")
    service.shop.clear_faults()
    await service.job(job_id).result()
    assert (await item(service, "EON9001"))[0] == "SUCCESS"
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_total_that_is_accepted_is_that_of_the_order_as_it_was_held(service: Service) -> None:
    """Somebody changes the order in the shop after it was held: what the person saw is what is invoiced."""
    await hold(service, DIFFERS)
    order = service.shop.order(DIFFERS)
    order["calculatedPrice"]["finalPrice"]["grossValue"] = 9_999
    service.shop.replace_order(order)
    await service.order(DIFFERS).execute_update("release", Release(choice=Choice.ACCEPT_ORDERS))
    await service.order(DIFFERS).result()
    (invoice,) = await service.invoices()
    assert invoice.total == Decimal("178.52")


async def test_an_order_that_is_not_held_for_its_total_accepts_none(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9005"]("EON9005"))
    service.shop.decline(service.shop.transaction_of("EON9005"))
    await service.run("EON9005")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await service.order("EON9005").execute_update("release", Release(choice=Choice.ACCEPT_OURS))
    assert "none to accept" in str(caught.value.cause)
    service.shop.accept(service.shop.transaction_of("EON9005"))
    await service.order("EON9005").execute_update("retry", Retry())
    await service.order("EON9005").result()
