"""Workflows that a change in the database makes necessary: what the outbox keeps of them, and how they are started."""

from contextlib import suppress
from uuid import UUID

from pydantic import JsonValue
from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.fairness import Urgency, share, urgency_of_job
from contracts.ids import (
    credit_note_workflow_id,
    document_workflow_id,
    form_workflow_id,
    job_workflow_id,
    mail_workflow_id,
    order_workflow_id,
    preview_workflow_id,
    recurring_workflow_id,
)
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.order_invoice import OrderRef
from contracts.preview import PreviewRef
from contracts.queues import ORDERS
from contracts.sales_invoice import CreditNoteRef, DeliveryRequest, InvoiceRef, RecurringRef
from contracts.search_attributes import INVOICE_STATUS, JOB_ID, ORDER_ID, TENANT
from contracts.temporal_client import JOB_WORKFLOW, RPC_TIMEOUT, away_is_said
from invoicing.document_forms import DocumentForm
from invoicing.frozen import Frozen

SCHEDULE_CHANGED = "schedule_changed"
CANCEL = "cancel"
RETRY_FAILED = "retry_failed"


class Start(Frozen):
    """A workflow to start, or to signal if it runs."""

    workflow: str
    workflow_id: str
    tenant: str
    input: dict[str, JsonValue]
    """The workflow's only argument, as JSON: ids, nothing personal."""
    signal: str | None = None
    """Sent with the start, so that a running workflow hears of the change too."""
    signal_input: JsonValue = None
    """The signal's only argument, as JSON; None: it has none."""
    repeatable: bool = False
    """Whether an id that has run before may run again."""
    job_id: UUID | None = None
    """The job that it is or belongs to, for the search attribute; so is the order's id."""
    order_id: str | None = None
    urgency: Urgency = Urgency.USUAL


def delivery(request: DeliveryRequest) -> Start:
    """Make the document's PDF, and send the mail that was asked for."""
    invoice = request.invoice
    workflow_id = (
        mail_workflow_id(invoice.tenant, request.mail_id)
        if request.mail_id
        else document_workflow_id(invoice.tenant, invoice.invoice_id)
    )
    return Start(
        workflow="InvoiceDelivery",
        workflow_id=workflow_id,
        tenant=invoice.tenant,
        input=request.model_dump(mode="json"),
        repeatable=request.mail_id is None,
        urgency=Urgency.AWAITED,
    )


def document_of(invoice: InvoiceRef) -> Start:
    """Make the document's PDF, without a mail."""
    return delivery(DeliveryRequest(invoice=invoice))


def form_of(invoice: InvoiceRef, form: DocumentForm) -> Start:
    """Make the document in one form, which somebody asks for."""
    wanted = delivery(DeliveryRequest(invoice=invoice, forms=(form,)))
    return wanted.model_copy(update={"workflow_id": form_workflow_id(invoice.tenant, invoice.invoice_id, form)})


def preview(preview: PreviewRef) -> Start:
    """Make what somebody waits to look at."""
    return Start(
        workflow="DocumentPreview",
        workflow_id=preview_workflow_id(preview.tenant, preview.preview_id),
        tenant=preview.tenant,
        input=preview.model_dump(mode="json"),
        urgency=Urgency.AWAITED,
    )


def credit_note(credit_note: CreditNoteRef) -> Start:
    """Give the money back, if any was captured, and make the credit note's PDF and mail."""
    return Start(
        workflow="CreditNoteSettlement",
        workflow_id=credit_note_workflow_id(credit_note.credit_note.tenant, credit_note.credit_note.invoice_id),
        tenant=credit_note.credit_note.tenant,
        input=credit_note.model_dump(mode="json"),
        urgency=Urgency.AWAITED,
    )


def recurrence(recurring: RecurringRef) -> Start:
    """Make the copies of a sales invoice on their days; a running workflow reads its schedule anew."""
    return Start(
        workflow="RecurringInvoice",
        workflow_id=recurring_workflow_id(recurring.tenant, recurring.sales_invoice_id),
        tenant=recurring.tenant,
        input=recurring.model_dump(mode="json"),
        signal=SCHEDULE_CHANGED,
        repeatable=True,
    )


def failed_orders_again(run: JobRun, wish: RetryFailed, *, found: bool = True) -> Start:
    """Run the failed orders of a job once more, whether it has ended or runs again already.

    `found`: all orders of an automatic job are; otherwise it searches on first.
    """
    is_found = found or run.job_type is JobType.MANUAL
    again = run.model_copy(update={"found": is_found, "after_position": 0})
    return _job(again, RETRY_FAILED, wish.model_dump(mode="json")).model_copy(update={"repeatable": True})


def order_again(order: OrderRef) -> Start:
    """Go on with an order that is on hold for a job, and whose workflow is gone."""
    return Start(
        workflow="OrderInvoice",
        workflow_id=order_workflow_id(order.tenant, order.order_id),
        tenant=order.tenant,
        input=order.model_dump(mode="json"),
        repeatable=True,
        job_id=order.job_id,
        order_id=order.order_id,
        urgency=Urgency.AWAITED,
    )


def cancelled_job(run: JobRun) -> Start:
    """Cancel a job of which Temporal may not have heard yet. One that has ended is left as it is."""
    return _job(run, CANCEL)


def _job(run: JobRun, signal: str, signal_input: JsonValue = None) -> Start:
    return Start(
        workflow=JOB_WORKFLOW,
        workflow_id=job_workflow_id(run.tenant, run.job_id),
        tenant=run.tenant,
        input=run.model_dump(mode="json"),
        signal=signal,
        signal_input=signal_input,
        job_id=run.job_id,
        urgency=urgency_of_job(run.total),
    )


async def start(client: Client, wanted: Start) -> None:
    """Start the workflow, or signal the one that runs. One that has run and is not repeatable is left as it is.

    Raises:
        contracts.temporal_client.TemporalAway: it stays in the outbox and is started later.
    """
    reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if wanted.repeatable else WorkflowIDReusePolicy.REJECT_DUPLICATE
    with suppress(WorkflowAlreadyStartedError):
        async with away_is_said():
            await client.start_workflow(
                wanted.workflow,
                wanted.input,
                id=wanted.workflow_id,
                task_queue=ORDERS,
                id_reuse_policy=reuse,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=wanted.signal,
                start_signal_args=[] if wanted.signal_input is None else [wanted.signal_input],
                search_attributes=_search_attributes(wanted),
                priority=share(wanted.tenant, wanted.urgency),
                rpc_timeout=RPC_TIMEOUT,
            )


def _search_attributes(wanted: Start) -> TypedSearchAttributes:
    pairs = [SearchAttributePair(TENANT, wanted.tenant), SearchAttributePair(INVOICE_STATUS, "RUNNING")]
    if wanted.job_id is not None:
        pairs.append(SearchAttributePair(JOB_ID, str(wanted.job_id)))
    if wanted.order_id is not None:
        pairs.append(SearchAttributePair(ORDER_ID, wanted.order_id))
    return TypedSearchAttributes(pairs)
