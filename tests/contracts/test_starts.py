"""Workflows of the outbox: which they are, by which id, and that a second start is no second run."""

from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from contracts import starts
from contracts.sales_invoice import CreditNoteRef, DeliveryRequest, InvoiceRef, RecurringRef
from contracts.starts import Start

INVOICE = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
MAIL = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
REF = InvoiceRef(tenant="acme", invoice_id=INVOICE, number="R1")


@pytest.mark.parametrize(
    ("start", "workflow", "workflow_id"),
    [
        (starts.document_of(REF), "InvoiceDelivery", f"document/acme/{INVOICE}"),
        (starts.delivery(DeliveryRequest(invoice=REF, mail_id=MAIL)), "InvoiceDelivery", f"mail/acme/{MAIL}"),
        (starts.credit_note(CreditNoteRef(credit_note=REF)), "CreditNoteSettlement", f"credit-note/acme/{INVOICE}"),
        (
            starts.recurrence(RecurringRef(tenant="acme", sales_invoice_id=7)),
            "RecurringInvoice",
            "recurring/acme/7",
        ),
    ],
)
def test_each_is_named_by_what_it_works_on(start: Start, workflow: str, workflow_id: str) -> None:
    assert (start.workflow, start.workflow_id, start.tenant) == (workflow, workflow_id, "acme")


def test_a_recurrence_hears_of_every_change_and_may_begin_anew() -> None:
    start = starts.recurrence(RecurringRef(tenant="acme", sales_invoice_id=7))
    assert (start.signal, start.repeatable) == ("schedule_changed", True)
    assert not starts.credit_note(CreditNoteRef(credit_note=REF)).repeatable


async def test_a_second_start_meets_the_first_run(temporal_client: Client) -> None:
    """On a queue that nobody works: the run stays open."""
    ref = InvoiceRef(tenant="acme", invoice_id=uuid4(), number="R1")
    start = starts.credit_note(CreditNoteRef(credit_note=ref))
    handle = temporal_client.get_workflow_handle(start.workflow_id)
    await starts.start(temporal_client, start)
    first = (await handle.describe()).run_id
    await starts.start(temporal_client, start)
    assert (await handle.describe()).run_id == first
    await handle.terminate()
    await starts.start(temporal_client, start)
    assert (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED


async def test_what_is_repeatable_begins_anew_after_its_end(temporal_client: Client) -> None:
    start = starts.recurrence(RecurringRef(tenant=f"t{uuid4().hex[:8]}", sales_invoice_id=1))
    handle = temporal_client.get_workflow_handle(start.workflow_id)
    await starts.start(temporal_client, start)
    await handle.terminate()
    await starts.start(temporal_client, start)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await handle.terminate()
