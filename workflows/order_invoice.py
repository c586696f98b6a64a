"""One order's way to its invoice: prepare, capture, issue, PDF, e-mail, conclude.

Once the money is captured the story always goes forward: nothing is taken back, and what fails is tried again or waits
for a person. A step that needs a person puts the order on hold; the workflow stays, and its job does not wait for it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception
from temporalio.types import MethodAsyncSingleParam
from temporalio.workflow import ActivityConfig

from workflows.local_first import application_error, local_first
from workflows.steered_order import SteeredOrder

with workflow.unsafe.imports_passed_through():
    from activities.capture_payment import CaptureActivities
    from activities.conclude_order import ConcludeActivities
    from activities.create_pdf import PdfActivities
    from activities.issue_invoice import IssueActivities
    from activities.look_up_order import LookUpActivities
    from activities.prepare_order import PrepareActivities
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
        Choice,
        Conclusion,
        Delivery,
        InvoiceRef,
        OrderRef,
        OrderState,
        Outcome,
        Preparation,
        Step,
    )
    from contracts.search_attributes import INVOICE_STATUS, JOB_ID
    from workflows.order_decisions import Decision

ORDER_SETTLED = "order_settled"
ASKS_WHETHER_INVOICE_STANDS = "ask-after-hold-whether-invoice-stands"
"""Patch: runs from before it finish their invoice after a hold, whatever became of it."""
NOTHING_CAPTURED = frozenset({Reason.PAYMENT_DECLINED, Reason.NOT_AUTHORISED})
"""After these the gateway has said for certain that it took nothing for us."""
Argument = TypeVar("Argument")
Ended = TypeVar("Ended")


@workflow.defn
class OrderInvoice(SteeredOrder):
    """Id `invoice/{tenant}/{order_id}`: at most one is open per order."""

    @workflow.init
    def __init__(self, order: OrderRef) -> None:
        """Everything that handlers read is here before the first of them runs."""
        super().__init__(order)
        self._was_credited = False
        self._captured: Captured | None = None
        self._invoice: InvoiceRef | None = None

    @workflow.run
    async def run(self, _order: OrderRef) -> Outcome:
        """Go the whole way; after a hold, go on from the step that failed."""
        self._course = asyncio.ensure_future(self._go())
        try:
            return await self._course
        except (asyncio.CancelledError, FailureError) as error:
            if not is_cancelled_exception(error):
                raise
            outcome = await self._cancelled()
            if workflow.cancellation_reason() is not None:
                raise
            raise _ended(outcome) from None

    async def _go(self) -> Outcome:
        while True:
            try:
                return await self._advance()
            except FailureError as error:
                await self._stop(error)
            if self._decision and self._decision.choice is Choice.ABANDON:
                return await self._undisturbed(self._abandon(self._decision))

    async def _advance(self) -> Outcome:
        if self._invoice is not None and workflow.patched(ASKS_WHETHER_INVOICE_STANDS):
            await self._begin_anew_if_credited(self._invoice)
        if self._invoice is None:
            self._invoice = await self._prepare()
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
        return await local_first(LookUpActivities.invoice_stands, invoice, steps.SEE_WHETHER_IT_STANDS)

    async def _prepare(self) -> InvoiceRef | None:
        """The invoice of an earlier run that did not finish it, or None; nothing to do once the money is captured."""
        if self._captured is not None:
            return None
        self._enter(Step.LOOK_UP)
        accepted = self._accepted()
        if not (self._order.local_first or accepted):
            return await self._prepare_as_before()
        wanted = Preparation(
            order=self._order, accepted=accepted, actor=self._decision.actor if self._decision else None
        )
        return (await local_first(PrepareActivities.prepare_order, wanted, steps.PREPARE)).unfinished

    def _accepted(self) -> Literal[Choice.ACCEPT_OURS, Choice.ACCEPT_ORDERS] | None:
        """The total that a person has just accepted."""
        choice = self._decision.choice if self._decision else None
        return choice if choice is Choice.ACCEPT_OURS or choice is Choice.ACCEPT_ORDERS else None

    async def _prepare_as_before(self) -> InvoiceRef | None:
        found = await workflow.execute_activity_method(LookUpActivities.look_up_order, self._order, **steps.LOOK_UP)
        if found.unfinished is None:
            self._enter(Step.RECALCULATE)
            await local_first(RecalculateActivities.recalculate, self._order, steps.RECALCULATE)
        return found.unfinished

    async def _charge_and_issue(self) -> InvoiceRef:
        if self._captured is None:
            self._heed_cancel()
            self._captured = await self._undisturbed(self._capture())
            self._is_committed = self._captured.effect_key is not None
        return await self._undisturbed(self._issue())

    def _heed_cancel(self) -> None:
        """The last moment to hear of a cancel, which may have come before the first step or with its result.

        Not of one that came in a hold after a capture of unknown outcome: that order can only go forward.
        """
        if not self._is_committed and (self._cancel_wanted or workflow.cancellation_reason() is not None):
            raise asyncio.CancelledError

    async def _capture(self) -> Captured:
        self._enter(Step.CAPTURE)
        self._is_committed = True
        requested_by = f"{workflow.info().run_id}/{self._tries}"
        request = CaptureRequest(order=self._order, requested_by=requested_by)
        return await self._run_step(CaptureActivities.capture_payment, request, steps.CAPTURE)

    async def _issue(self) -> InvoiceRef:
        self._enter(Step.ISSUE)
        return await local_first(IssueActivities.issue_invoice, self._order, steps.ISSUE)

    async def _deliver(self, delivery: Delivery) -> Outcome:
        self._enter(Step.CREATE_PDF)
        await workflow.execute_activity_method(PdfActivities.create_pdf, delivery, **steps.CREATE_PDF)
        await self._send(delivery)
        self._enter(Step.REPORT)
        outcome = self._success(delivery.invoice, "Invoice created")
        if self._order.local_first and await self._conclude(delivery, outcome):
            return await self._show(outcome)
        if not self._order.local_first and await self._report(delivery):
            return await self._settle(outcome)
        return await self._settle(self._success(delivery.invoice, "Invoice created; the order could not be told of it"))

    async def _send(self, delivery: Delivery) -> None:
        """Mail the invoice; where that waits for a person, the shop learns of the invoice all the same."""
        self._enter(Step.SEND_EMAIL)
        try:
            await self._run_step(EmailActivities.send_email, delivery, steps.SEND_EMAIL)
        except FailureError as error:
            if not is_cancelled_exception(error):
                await self._report(delivery)
            raise

    async def _report(self, delivery: Delivery) -> bool:
        """Tell the order. That the shop cannot be told is worth a word, but it is no fault of the invoice."""
        try:
            await self._run_step(ReportActivities.report_to_order, delivery, steps.REPORT)
        except FailureError as error:
            workflow.logger.warning("the order could not be told of its invoice: %s", error.cause or error)
            return False
        return True

    async def _conclude(self, delivery: Delivery, outcome: Outcome) -> bool:
        """Tell the order and record the success, in one step; False when the order could not be told."""
        conclusion = Conclusion(delivery=delivery, outcome=outcome)
        try:
            await local_first(ConcludeActivities.conclude_order, conclusion, steps.CONCLUDE)
        except FailureError as error:
            workflow.logger.warning("the order could not be told of its invoice: %s", error.cause or error)
            return False
        return True

    async def _abandon(self, decision: Decision) -> Outcome:
        """A person gives up: what is not invoiced ends here, what is invoiced is finished without its e-mail."""
        if self._invoice is None or not await self._stands(self._invoice):
            outcome = self._outcome(OrderState.FAILURE, Reason.ABANDONED, f"given up by {decision.actor}")
            await self._settle(outcome)
            raise _ended(outcome)
        return await self._settle(
            self._success(self._invoice, f"Invoice created; its e-mail was given up by {decision.actor}")
        )

    async def _run_step(
        self, step: MethodAsyncSingleParam[Any, Argument, Ended], argument: Argument, options: ActivityConfig
    ) -> Ended:
        if self._order.local_first:
            return await local_first(step, argument, options)
        return await workflow.execute_activity_method(step, argument, **options)

    async def _stop(self, error: FailureError) -> None:
        """End the order for a reason that is final, or hold it until a person wants it tried again."""
        outcome = self._outcome_of(error)
        if outcome.reason in NOTHING_CAPTURED:
            self._is_committed = False
        if is_cancelled_exception(error) or (self._cancel_wanted and not self._is_committed):
            raise asyncio.CancelledError from error
        if outcome.reason in FINAL:
            await self._settle(outcome)
            raise _ended(outcome)
        await self._hold(outcome)

    async def _hold(self, outcome: Outcome) -> None:
        self._held, self._decision = outcome, None
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
        """Until somebody decides. Once money may have moved, a cancel is not heard: the story goes forward."""
        try:
            await workflow.wait_condition(lambda: self._decision is not None)
        except asyncio.CancelledError:
            if not self._is_committed:
                raise
            await workflow.wait_condition(lambda: self._decision is not None)

    def _outcome_of(self, error: FailureError) -> Outcome:
        reason, message, step = Reason.INTERNAL_ERROR, f"{self._step} did not end in time", self._step
        if cause := application_error(error):
            message = cause.message
            if cause.type in set(Reason):
                reason = Reason(cause.type)
            if cause.details and cause.details[0] in set(Step):
                step = Step(cause.details[0])
        self._step = step
        return self._outcome(OrderState.FAILURE if reason in FINAL else OrderState.HELD, reason, message)

    async def _cancelled(self) -> Outcome:
        words = "its invoice has been credited" if self._was_credited else "this run captured no payment"
        return await self._settle(self._outcome(OrderState.FAILURE, Reason.CANCELLED, f"cancelled; {words}"))

    def _success(self, invoice: InvoiceRef, message: str) -> Outcome:
        return Outcome(order=self._order, state=OrderState.SUCCESS, message=message, invoice_id=invoice.invoice_id)

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
        await local_first(OutcomeActivities.record_outcome, outcome, steps.RECORD)
        return await self._show(outcome)

    async def _show(self, outcome: Outcome) -> Outcome:
        """Tell of an outcome that is recorded. Success needs no search attribute: such a workflow has completed."""
        if not self._order.local_first or self._tries > 1 or outcome.state is not OrderState.SUCCESS:
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


def _ended(outcome: Outcome) -> ApplicationError:
    return ApplicationError(outcome.message, type=outcome.reason, non_retryable=True)


def _details(outcome: Outcome) -> str:
    reason = f"\n\n- step: `{outcome.step}`\n- reason: `{outcome.reason}`" if outcome.reason else ""
    return f"**{outcome.state}**: {outcome.message}{reason}"
