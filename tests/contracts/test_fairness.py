"""What each workflow is started with: its tenant, and how urgent it is."""

from uuid import uuid4

import pytest
from temporalio.common import Priority

from contracts import starts
from contracts.fairness import Urgency, share, urgency_of_job
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.order_invoice import OrderRef
from contracts.sales_invoice import CreditNoteRef, DeliveryRequest, InvoiceRef, RecurringRef
from contracts.starts import Start

JOB_ID = uuid4()
INVOICE = InvoiceRef(tenant="acme", invoice_id=uuid4(), number="R1")


def job_of(orders: int | None) -> JobRun:
    return JobRun(tenant="acme", job_id=JOB_ID, job_type=JobType.MANUAL, total=orders)


@pytest.mark.parametrize(
    ("orders", "urgency"), [(1, Urgency.FEW), (50, Urgency.FEW), (51, Urgency.MANY), (None, Urgency.MANY)]
)
def test_a_small_job_goes_before_a_large_one_and_one_of_unknown_size(orders: int | None, urgency: Urgency) -> None:
    assert urgency_of_job(orders) is urgency


def test_temporal_is_told_by_numbers_of_which_the_lowest_goes_first_and_by_the_tenant() -> None:
    assert share("acme", Urgency.AWAITED) == Priority(priority_key=1, fairness_key="acme")
    assert list(Urgency) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("start", "urgency"),
    [
        (starts.document_of(INVOICE), Urgency.AWAITED),
        (starts.delivery(DeliveryRequest(invoice=INVOICE, mail_id=uuid4())), Urgency.AWAITED),
        (starts.credit_note(CreditNoteRef(credit_note=INVOICE)), Urgency.AWAITED),
        (starts.order_again(OrderRef(tenant="acme", order_id="EON1", job_id=JOB_ID)), Urgency.AWAITED),
        (starts.recurrence(RecurringRef(tenant="acme", sales_invoice_id=7)), Urgency.USUAL),
        (starts.failed_orders_again(job_of(3), RetryFailed()), Urgency.FEW),
        (starts.cancelled_job(job_of(100_000)), Urgency.MANY),
    ],
)
def test_what_somebody_waits_for_goes_first(start: Start, urgency: Urgency) -> None:
    assert start.urgency is urgency


def test_a_row_of_the_outbox_from_before_there_were_urgencies_is_read() -> None:
    row = starts.document_of(INVOICE).model_dump(mode="json")
    del row["urgency"], row["order_id"]
    assert Start.model_validate(row).urgency is Urgency.USUAL
