"""Workflows that a change in the database makes necessary: what the outbox keeps of them, and how they are started."""

from contextlib import suppress

from pydantic import JsonValue
from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.ids import credit_note_workflow_id, document_workflow_id, mail_workflow_id, recurring_workflow_id
from contracts.queues import ORDERS
from contracts.sales_invoice import CreditNoteRef, DeliveryRequest, InvoiceRef, RecurringRef
from contracts.search_attributes import INVOICE_STATUS, TENANT
from contracts.temporal_client import RPC_TIMEOUT, away_is_said
from invoicing.frozen import Frozen

SCHEDULE_CHANGED = "schedule_changed"


class Start(Frozen):
    """A workflow to start, or to signal if it runs."""

    workflow: str
    workflow_id: str
    tenant: str
    input: dict[str, JsonValue]
    """The workflow's only argument, as JSON: ids, nothing personal."""
    signal: str | None = None
    """Sent with the start, so that a running workflow hears of the change too."""
    repeatable: bool = False
    """Whether an id that has run before may run again."""


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
    )


def document_of(invoice: InvoiceRef) -> Start:
    """Make the document's PDF, without a mail."""
    return delivery(DeliveryRequest(invoice=invoice))


def credit_note(credit_note: CreditNoteRef) -> Start:
    """Give the money back, if any was captured, and make the credit note's PDF and mail."""
    return Start(
        workflow="CreditNoteSettlement",
        workflow_id=credit_note_workflow_id(credit_note.credit_note.tenant, credit_note.credit_note.invoice_id),
        tenant=credit_note.credit_note.tenant,
        input=credit_note.model_dump(mode="json"),
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
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(TENANT, wanted.tenant), SearchAttributePair(INVOICE_STATUS, "RUNNING")]
                ),
                rpc_timeout=RPC_TIMEOUT,
            )
