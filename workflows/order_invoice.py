"""One order's way to its invoice: look up, recalculate, capture, issue, PDF, e-mail, report.

Once the money is captured the story always goes forward: nothing is taken back, and what fails is tried again or waits
for a person. A step that needs a person puts the order on hold; the workflow stays, and its job does not wait for it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.capture_payment import CaptureActivities
    from activities.create_pdf import PdfActivities
    from activities.issue_invoice import IssueActivities
    from activities.look_up_order import LookUpActivities
    from activities.recalculate import RecalculateActivities
    from activities.record_outcome import OutcomeActivities
    from activities.report_to_order import ReportActivities
    from activities.send_email import EmailActivities
    from contracts import steps
    from contracts.failures import FINAL, Reason
    from contracts.ids import job_workflow_id
    from contracts.invoice_job import OrderSettled
    from contracts.order_invoice import (
        Captured,
        CaptureRequest,
        Delivery,
        InvoiceRef,
        OrderRef,
        OrderState,
        Outcome,
        Retry,
        Standing,
        Step,
    )
    from contracts.search_attributes import INVOICE_STATUS, JOB_ID

ORDER_SETTLED = "order_settled"
ASKS_WHETHER_INVOICE_STANDS = "ask-after-hold-whether-invoice-stands"
"""Patch: runs from before it finish their invoice after a hold, whatever became of it."""
NOTHING_CAPTURED = frozenset({Reason.PAYMENT_DECLINED, Reason.NOT_AUTHORISED})
"""After these the gateway has said for certain that it took nothing for us."""
Ended = TypeVar("Ended")


@workflow.defn
class OrderInvoice:
    """Id `invoice/{tenant}/{order_id}`: at most one is open per order."""

    @workflow.init
    def __init__(self, order: OrderRef) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._order = order
        self._step = Step.LOOK_UP
        self._held: Outcome | None = None
        self._tries = 1
        self._retry_wanted = False
        self._cancel_wanted = False
        self._is_adopted = False
        self._is_committed = False
        self._was_credited = False
        self._captured: Captured | None = None
        self._invoice: InvoiceRef | None = None

    @workflow.run
    async def run(self, _order: OrderRef) -> Outcome:
        """Go the whole way; after a hold, go on from the step that failed."""
        try:
            while True:
                try:
                    return await self._advance()
                except FailureError as error:
                    await self._stop(error)
        except (asyncio.CancelledError, FailureError) as error:
            if is_cancelled_exception(error):
                await self._cancelled()
            raise

    async def _advance(self) -> Outcome:
        if self._invoice is not None and workflow.patched(ASKS_WHETHER_INVOICE_STANDS):
            await self._begin_anew_if_credited(self._invoice)
        if self._invoice is None:
            self._invoice = await self._look_up()
        if self._invoice is None:
            self._invoice = await self._charge_and_issue()
        self._is_committed = True
        delivery = Delivery(order=self._order, invoice=self._invoice, after_hold=self._tries > 1)
        return await self._undisturbed(self._deliver(delivery))

    async def _begin_anew_if_credited(self, invoice: InvoiceRef) -> None:
        """An invoice that was credited in full during a hold is over: the order is looked up as at first.

        Nothing of the new round is captured yet, so a cancel that came too late for the old one is heard now. Temporal
        delivers no second one.
        """
        self._enter(Step.LOOK_UP)
        if await self._undisturbed(self._stands(invoice)):
            return
        self._captured, self._invoice = None, None
        self._is_committed, self._was_credited = False, True
        if workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError

    async def _stands(self, invoice: InvoiceRef) -> bool:
        return await workflow.execute_local_activity_method(
            LookUpActivities.invoice_stands, invoice, **steps.SEE_WHETHER_IT_STANDS
        )

    async def _look_up(self) -> InvoiceRef | None:
        """The invoice of an earlier run that did not finish it, or None; no look-up once the money is captured."""
        if self._captured is not None:
            return None
        self._enter(Step.LOOK_UP)
        found = await workflow.execute_activity_method(LookUpActivities.look_up_order, self._order, **steps.LOOK_UP)
        return found.unfinished

    async def _charge_and_issue(self) -> InvoiceRef:
        if self._captured is None:
            self._enter(Step.RECALCULATE)
            await workflow.execute_local_activity_method(
                RecalculateActivities.recalculate, self._order, **steps.RECALCULATE
            )
            self._captured = await self._undisturbed(self._capture())
        return await self._undisturbed(self._issue())

    async def _capture(self) -> Captured:
        self._enter(Step.CAPTURE)
        self._is_committed = True
        requested_by = f"{workflow.info().run_id}/{self._tries}"
        return await workflow.execute_activity_method(
            CaptureActivities.capture_payment,
            CaptureRequest(order=self._order, requested_by=requested_by),
            **steps.CAPTURE,
        )

    async def _issue(self) -> InvoiceRef:
        self._enter(Step.ISSUE)
        return await workflow.execute_local_activity_method(IssueActivities.issue_invoice, self._order, **steps.ISSUE)

    async def _deliver(self, delivery: Delivery) -> Outcome:
        self._enter(Step.CREATE_PDF)
        await workflow.execute_activity_method(PdfActivities.create_pdf, delivery, **steps.CREATE_PDF)
        await self._send(delivery)
        self._enter(Step.REPORT)
        message = "Invoice created" + await self._report(delivery)
        return await self._settle(
            Outcome(
                order=self._order,
                state=OrderState.SUCCESS,
                message=message,
                invoice_id=delivery.invoice.invoice_id,
            )
        )

    async def _send(self, delivery: Delivery) -> None:
        """Mail the invoice; where that waits for a person, the shop learns of the invoice all the same."""
        self._enter(Step.SEND_EMAIL)
        try:
            await workflow.execute_activity_method(EmailActivities.send_email, delivery, **steps.SEND_EMAIL)
        except ActivityError:
            await self._report(delivery)
            raise

    async def _report(self, delivery: Delivery) -> str:
        """Tell the order. That the shop cannot be told is worth a word, but it is no fault of the invoice."""
        try:
            await workflow.execute_activity_method(ReportActivities.report_to_order, delivery, **steps.REPORT)
        except ActivityError as error:
            workflow.logger.warning("the order could not be told of its invoice: %s", error.cause)
            return "; the order could not be told of it"
        return ""

    async def _stop(self, error: FailureError) -> None:
        """End the order for a reason that is final, or hold it until a person wants it tried again."""
        outcome = self._outcome_of(error)
        if outcome.reason in NOTHING_CAPTURED:
            self._is_committed = False
        if is_cancelled_exception(error) or (self._cancel_wanted and not self._is_committed):
            raise asyncio.CancelledError from error
        if outcome.reason in FINAL:
            await self._settle(outcome)
            raise ApplicationError(outcome.message, type=outcome.reason, non_retryable=True)
        await self._hold(outcome)

    async def _hold(self, outcome: Outcome) -> None:
        self._held, self._retry_wanted = outcome, False
        await self._undisturbed(self._announce_hold(outcome))
        if self._cancel_wanted and not self._is_committed:
            raise asyncio.CancelledError
        await self._wait_for_a_person()
        self._held, self._tries = None, self._tries + 1
        workflow.upsert_search_attributes(
            [INVOICE_STATUS.value_set("RUNNING"), JOB_ID.value_set(str(self._order.job_id))]
        )

    async def _announce_hold(self, outcome: Outcome) -> None:
        await self._settle(outcome)
        await self._tell_job(outcome)

    async def _wait_for_a_person(self) -> None:
        """Until a retry is wanted. Once money may have moved, a cancel is not heard: the story goes forward."""
        try:
            await workflow.wait_condition(lambda: self._retry_wanted)
        except asyncio.CancelledError:
            if not self._is_committed:
                raise
            await workflow.wait_condition(lambda: self._retry_wanted)

    def _outcome_of(self, error: FailureError) -> Outcome:
        """A regular activity's failure comes wrapped, a local one's as it is."""
        cause = error.cause if isinstance(error, ActivityError) else error
        reason, message = Reason.INTERNAL_ERROR, f"{self._step} did not end in time"
        if isinstance(cause, ApplicationError):
            message = cause.message
            if cause.type in set(Reason):
                reason = Reason(cause.type)
        return self._outcome(OrderState.FAILURE if reason in FINAL else OrderState.HELD, reason, message)

    async def _cancelled(self) -> None:
        words = "its invoice has been credited" if self._was_credited else "this run captured no payment"
        await self._settle(self._outcome(OrderState.FAILURE, Reason.CANCELLED, f"cancelled; {words}"))

    def _outcome(self, state: OrderState, reason: Reason, message: str) -> Outcome:
        return Outcome(
            order=self._order,
            state=state,
            step=self._step,
            reason=reason,
            message=message,
            invoice_id=self._invoice.invoice_id if self._invoice else None,
        )

    async def _settle(self, outcome: Outcome) -> Outcome:
        """Write the outcome where the API reads it, and where the Temporal Web UI shows it."""
        await workflow.execute_local_activity_method(OutcomeActivities.record_outcome, outcome, **steps.RECORD)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set(outcome.state)])
        workflow.set_current_details(_details(outcome))
        if outcome.state is not OrderState.HELD and self._is_adopted:
            await self._tell_job(outcome)
        return outcome

    async def _tell_job(self, outcome: Outcome) -> None:
        """Signal the job of the outcome, which a later job may have relieved; one that has ended needs no word."""
        order = outcome.order
        job = workflow.get_external_workflow_handle(job_workflow_id(order.tenant, order.job_id))
        try:
            await job.signal(ORDER_SETTLED, OrderSettled(order_id=order.order_id, state=outcome.state))
        except ApplicationError as error:
            if error.type != "ExternalWorkflowExecutionNotFound":
                raise

    async def _undisturbed(self, step: Coroutine[Any, Any, Ended]) -> Ended:
        """Let a step with an effect end, whoever cancels meanwhile: money half captured is worse than a late cancel."""
        task = asyncio.ensure_future(step)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._cancel_wanted = True
            return await task

    def _enter(self, step: Step) -> None:
        self._step = step
        workflow.set_current_details(f"**{step}**")

    @workflow.query
    def standing(self) -> Standing:
        """Where the order is."""
        return Standing(step=self._step, tries=self._tries, held=self._held)

    @workflow.update(name="retry")
    async def retry(self, wish: Retry) -> None:
        """Try a held order again; with a job id, for that job."""
        self._take(wish)

    @retry.validator
    def _only_when_held(self, wish: Retry) -> None:  # noqa: ARG002 -- the update's signature
        if self._held is None or self._retry_wanted:
            raise ApplicationError("the order is not on hold", type="NotHeld", non_retryable=True)

    @workflow.signal(name="retry")
    async def retry_signal(self, wish: Retry) -> None:
        """The same for `temporal workflow signal`; an order that is not on hold takes no notice."""
        if self._held is not None and not self._retry_wanted:
            self._take(wish)

    def _take(self, wish: Retry) -> None:
        if wish.job_id is not None and wish.job_id != self._order.job_id:
            self._order = self._order.model_copy(update={"job_id": wish.job_id})
            self._is_adopted = True
        self._retry_wanted = True


def _details(outcome: Outcome) -> str:
    reason = f"\n\n- step: `{outcome.step}`\n- reason: `{outcome.reason}`" if outcome.reason else ""
    return f"**{outcome.state}**: {outcome.message}{reason}"
