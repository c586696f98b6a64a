"""Workflows of the outbox: which they are, by which id, and that a second start is no second run."""

import json
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from contracts import starts
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.sales_invoice import CreditNoteRef, DeliveryRequest, InvoiceRef, RecurringRef
from contracts.search_attributes import JOB_ID
from contracts.starts import Start
from invoicing.document_forms import DocumentForm

INVOICE = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
MAIL = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
REF = InvoiceRef(tenant="acme", invoice_id=INVOICE, number="R1")


@pytest.mark.parametrize(
    ("start", "workflow", "workflow_id"),
    [
        (starts.document_of(REF), "InvoiceDelivery", f"document/acme/{INVOICE}"),
        (starts.form_of(REF, DocumentForm.UBL), "InvoiceDelivery", f"document/acme/{INVOICE}/ubl"),
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


RUN = JobRun(tenant="acme", job_id=INVOICE, job_type=JobType.AUTOMATIC, concurrency=7, dry_run=True, after_position=12)


def test_the_failed_orders_of_a_job_begin_again_at_its_first_order_without_another_search() -> None:
    start = starts.failed_orders_again(RUN, RetryFailed(held=True))
    assert (start.workflow, start.workflow_id, start.tenant) == ("InvoiceJob", f"job/acme/{INVOICE}", "acme")
    assert (start.signal, start.signal_input, start.repeatable) == ("retry_failed", {"held": True}, True)
    again = JobRun.model_validate(start.input)
    assert again == RUN.model_copy(update={"found": True, "after_position": 0})


def test_a_cancel_begins_no_job_anew() -> None:
    start = starts.cancelled_job(RUN)
    assert (start.workflow_id, start.signal, start.signal_input) == (f"job/acme/{INVOICE}", "cancel", None)
    assert not start.repeatable
    assert JobRun.model_validate(start.input) == RUN


async def test_a_job_is_started_with_its_signal_and_can_be_found_by_its_id(temporal_client: Client) -> None:
    """On a queue that nobody works: the run stays open, and a second word finds it."""
    run = JobRun(tenant=f"t{uuid4().hex[:8]}", job_id=uuid4(), job_type=JobType.MANUAL)
    start = starts.failed_orders_again(run, RetryFailed(held=True))
    handle = temporal_client.get_workflow_handle(start.workflow_id)
    await starts.start(temporal_client, start)
    description = await handle.describe()
    assert description.typed_search_attributes[JOB_ID] == str(run.job_id)
    await starts.start(temporal_client, starts.cancelled_job(run))
    signals = [
        (signal.signal_name, [json.loads(payload.data) for payload in signal.input.payloads])
        async for event in handle.fetch_history_events()
        if (signal := event.workflow_execution_signaled_event_attributes).signal_name
    ]
    assert signals == [("retry_failed", [{"held": True}]), ("cancel", [])]
    assert (await handle.describe()).run_id == description.run_id
    await handle.terminate()
    await starts.start(temporal_client, starts.cancelled_job(run))  # it has ended: left as it is
    assert (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    await starts.start(temporal_client, start)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await handle.terminate()
