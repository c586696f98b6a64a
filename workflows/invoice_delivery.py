"""An issued document on its way: its PDF, then the mail that somebody asked for, if any.

Nothing waits here for a person: what cannot be done ends the workflow as failed, and whoever wants it asks again.
"""

import asyncio
from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from workflows.local_first import local_first

with workflow.unsafe.imports_passed_through():
    from activities.create_pdf import PdfActivities
    from activities.send_requested_mail import MailActivities
    from contracts import steps
    from contracts.failures import Reason
    from contracts.sales_invoice import DeliveryRequest, UnsentMail
    from contracts.search_attributes import INVOICE_STATUS


@workflow.defn
class InvoiceDelivery:
    """Id `document/{tenant}/{invoice id}`, or `mail/{tenant}/{mail id}` with a mail."""

    @workflow.run
    async def run(self, request: DeliveryRequest) -> None:
        """Make the PDF, send the mail."""
        try:
            await self._deliver(request)
        except (asyncio.CancelledError, FailureError) as error:
            await self._fail(request, error)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("SUCCESS")])
        workflow.set_current_details("**SUCCESS**")

    async def _deliver(self, request: DeliveryRequest) -> None:
        workflow.set_current_details("**create_pdf**")
        await workflow.execute_activity_method(PdfActivities.create_pdf, request, **steps.CREATE_PDF)
        if request.mail_id is None:
            return
        workflow.set_current_details("**send_requested_mail**")
        await workflow.execute_activity_method(MailActivities.send_requested_mail, request, **steps.SEND_REQUESTED_MAIL)

    async def _fail(self, request: DeliveryRequest, error: BaseException) -> NoReturn:
        """End as failed, with the reason where the API and the Temporal Web UI show it."""
        failure = _failure_of(error)
        if request.mail_id is not None:
            unsent = UnsentMail(tenant=request.invoice.tenant, mail_id=request.mail_id, message=failure.message)
            await local_first(MailActivities.give_up_mail, unsent, steps.RECORD)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("FAILURE")])
        workflow.set_current_details(f"**FAILURE**: {failure.message}\n\n- reason: `{failure.type}`")
        if is_cancelled_exception(error):
            raise error
        raise failure


def _failure_of(error: BaseException) -> ApplicationError:
    """The step's failure as the workflow's own; its type is one of the reasons."""
    cause = error.cause if isinstance(error, ActivityError) else error
    if is_cancelled_exception(error):
        return ApplicationError("cancelled", type=Reason.CANCELLED, non_retryable=True)
    if isinstance(cause, ApplicationError) and cause.type in set(Reason):
        return ApplicationError(cause.message, type=cause.type, non_retryable=True)
    return ApplicationError("a step did not end in time", type=Reason.INTERNAL_ERROR, non_retryable=True)
