"""What follows a credit note: the captured payment goes back, the PDF is made, the buyer gets it by mail.

The credit note is issued already, so the story always goes forward: what fails is tried again or waits for a person. A
cancel is heard only while it waits because the gateway has definitely refused: then no money is on its way.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.create_pdf import PdfActivities
    from activities.refund_payment import RefundActivities
    from activities.send_requested_mail import MailActivities
    from contracts import steps
    from contracts.credit_note import CreditNoteOutcome, CreditNoteStanding, CreditNoteStep, RefundRequest
    from contracts.failures import Reason
    from contracts.order_invoice import OrderState, Retry
    from contracts.sales_invoice import CreditNoteRef, DeliveryRequest
    from contracts.search_attributes import INVOICE_STATUS

Ended = TypeVar("Ended")


@workflow.defn
class CreditNoteSettlement:
    """Id `credit-note/{tenant}/{credit note id}`."""

    @workflow.init
    def __init__(self, request: CreditNoteRef) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._request = request
        self._step = CreditNoteStep.REFUND
        self._held: CreditNoteOutcome | None = None
        self._tries = 1
        self._retry_wanted = False
        self._cancel_wanted = False
        self._money_may_move = True
        self._is_refunded = False

    @workflow.run
    async def run(self, _request: CreditNoteRef) -> CreditNoteOutcome:
        """Go the whole way; after a hold, go on from the step that failed."""
        while True:
            try:
                return await self._undisturbed(self._advance())
            except FailureError as error:
                await self._hold(self._outcome_of(error))

    async def _advance(self) -> CreditNoteOutcome:
        if not self._is_refunded:
            await self._refund()
        delivery = DeliveryRequest(invoice=self._request.credit_note, mail_id=self._request.mail_id)
        self._enter(CreditNoteStep.CREATE_PDF)
        await workflow.execute_activity_method(PdfActivities.create_pdf, delivery, **steps.CREATE_PDF)
        message = "Credit note settled" + await self._send(delivery)
        return self._show(
            CreditNoteOutcome(credit_note=self._request.credit_note, state=OrderState.SUCCESS, message=message)
        )

    async def _refund(self) -> None:
        self._enter(CreditNoteStep.REFUND)
        self._money_may_move = True
        request = RefundRequest(
            invoice=self._request.credit_note, requested_by=f"{workflow.info().run_id}/{self._tries}"
        )
        await workflow.execute_activity_method(RefundActivities.refund_payment, request, **steps.REFUND)
        self._is_refunded = True

    async def _send(self, delivery: DeliveryRequest) -> str:
        """Mail it. A refused mail is worth a word and no hold: whoever wants it sent asks for another."""
        if delivery.mail_id is None:
            return ""
        self._enter(CreditNoteStep.SEND_EMAIL)
        try:
            await workflow.execute_activity_method(
                MailActivities.send_requested_mail, delivery, **steps.SEND_REQUESTED_MAIL
            )
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == Reason.MAIL_REFUSED:
                return "; its mail was refused"
            raise
        return ""

    async def _hold(self, outcome: CreditNoteOutcome) -> None:
        """Wait for a person. Once money may have moved, a cancel is not heard: the story goes forward."""
        self._held, self._retry_wanted = outcome, False
        self._show(outcome)
        if outcome.reason is Reason.REFUND_REFUSED:
            self._money_may_move = False
        if self._cancel_wanted and not self._money_may_move:
            self._cancelled()
        try:
            await workflow.wait_condition(lambda: self._retry_wanted)
        except asyncio.CancelledError:
            if not self._money_may_move:
                self._cancelled()
            await workflow.wait_condition(lambda: self._retry_wanted)
        self._held, self._tries = None, self._tries + 1
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("RUNNING")])

    def _cancelled(self) -> None:
        self._show(self._outcome(OrderState.FAILURE, Reason.CANCELLED, "cancelled; the ledger knows of no refund"))
        raise asyncio.CancelledError

    def _outcome_of(self, error: FailureError) -> CreditNoteOutcome:
        cause = error.cause if isinstance(error, ActivityError) else error
        reason, message = Reason.INTERNAL_ERROR, f"{self._step} did not end in time"
        if isinstance(cause, ApplicationError):
            message = cause.message
            if cause.type in set(Reason):
                reason = Reason(cause.type)
        return self._outcome(OrderState.HELD, reason, message)

    def _outcome(self, state: OrderState, reason: Reason, message: str) -> CreditNoteOutcome:
        return CreditNoteOutcome(
            credit_note=self._request.credit_note, state=state, step=self._step, reason=reason, message=message
        )

    def _show(self, outcome: CreditNoteOutcome) -> CreditNoteOutcome:
        """Where the Temporal Web UI shows it; the API reads the ledger."""
        reason = f"\n\n- step: `{outcome.step}`\n- reason: `{outcome.reason}`" if outcome.reason else ""
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set(outcome.state)])
        workflow.set_current_details(f"**{outcome.state}**: {outcome.message}{reason}")
        return outcome

    async def _undisturbed(self, story: Coroutine[Any, Any, Ended]) -> Ended:
        """Let the steps end, whoever cancels meanwhile: money half given back is worse than a late cancel."""
        task = asyncio.ensure_future(story)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._cancel_wanted = True
            return await task

    def _enter(self, step: CreditNoteStep) -> None:
        self._step = step
        workflow.set_current_details(f"**{step}**")

    @workflow.query
    def standing(self) -> CreditNoteStanding:
        """Where the credit note is."""
        return CreditNoteStanding(step=self._step, tries=self._tries, held=self._held)

    @workflow.update(name="retry")
    async def retry(self, _wish: Retry) -> None:
        """Try a held credit note again."""
        self._retry_wanted = True

    @retry.validator
    def _only_when_held(self, _wish: Retry) -> None:
        if self._held is None or self._retry_wanted:
            raise ApplicationError("the credit note is not on hold", type="NotHeld", non_retryable=True)

    @workflow.signal(name="retry")
    async def retry_signal(self, _wish: Retry) -> None:
        """The same for `temporal workflow signal`; a credit note that is not on hold takes no notice."""
        if self._held is not None:
            self._retry_wanted = True
