"""Bodies of jobs (Emporix A.1): what clients send, and what they are shown. Members that are ours are marked so."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.requests.request_bodies import Body, Flag, WholeNumber, refused
from contracts.failures import Reason
from contracts.invoice_job import MAX_CONCURRENCY, MAX_MANUAL_ORDERS, JobType
from contracts.links import pdf_link
from contracts.order_invoice import OrderState, Step
from database.job_lists import ItemView
from database.jobs import JobView
from settings import Settings


def _visible(order_id: str) -> str:
    if " " in order_id or not order_id.isprintable():
        raise refused("must hold no spaces and no characters that cannot be seen")
    return order_id


OrderId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_visible)]
AtOnce = Annotated[WholeNumber, Field(ge=1, le=MAX_CONCURRENCY)]
"""Orders that a job runs at once."""


class JobRequest(Body):
    """What to invoice: the given orders, or those that the `invoiceSettings` configuration finds."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    job_type: JobType
    order_ids: Annotated[list[OrderId] | None, Field(max_length=MAX_MANUAL_ORDERS, fail_fast=True)] = None
    dry_run: Flag = False
    """Ours: only validate and recalculate; nothing is captured, issued or sent."""
    concurrency: AtOnce | None = None
    """Ours: orders to run at once, instead of as many as the installation usually does."""


class JobCreated(Body):
    """The new job."""

    job_id: str


class JobOrder(Body):
    """One order of a job. A held order reads FAILURE with its reason until it is released."""

    order_id: str
    order_status: str
    message: str | None = None
    download_link: str | None = None
    invoice_number: str | None = None
    total_amount: str | None = None
    """The invoice's total with tax, decimal point, the currency's decimals; of a dry run: what it would be."""
    currency: str | None = None
    step: Step | None = None
    reason: Reason | None = None
    held: bool | None = None


class JobCounts(Body):
    """Orders by state; they sum to `total`."""

    total: int
    success: int
    failure: int
    held: int
    pending: int


class JobSummary(Body):
    """A job without its orders. `status` repeats `jobStatus` for readers of the vendor's own example."""

    job_id: str
    job_status: str
    """`IN_PROGRESS`, also while the job is paused, or `DONE`, also after it was cancelled."""
    status: str
    job_type: JobType
    counts: JobCounts
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    message: str | None = None
    dry_run: bool | None = None
    """Ours, as all that follows: true or not there."""
    paused: bool | None = None
    cancelled: bool | None = None
    concurrency: int | None = None
    """What was asked for."""
    schedule: str | None = None
    """The schedule that began it."""
    query_time: datetime | None = None
    """The instant that an automatic job's query is asked for, where it is not `createdAt`."""


class JobAnswer(JobSummary):
    """A job with its orders."""

    orders: list[JobOrder]


class JobList(Body):
    """Jobs, the newest first."""

    jobs: list[JobSummary]
    total: int


def job_summary(view: JobView) -> JobSummary:
    """The job as it is shown, without its orders."""
    return JobSummary.model_validate(_summary(view))


def job_answer(view: JobView, orders: list[JobOrder]) -> JobAnswer:
    """The job with these of its orders."""
    return JobAnswer.model_validate({**_summary(view), "orders": orders})


def _summary(view: JobView) -> dict[str, object]:
    job = view.job
    status = "DONE" if job.finished_at else "IN_PROGRESS"
    return {
        "job_id": str(job.id),
        "job_status": status,
        "status": status,
        "job_type": job.job_type,
        "counts": JobCounts(
            total=view.total,
            success=view.counts.get(OrderState.SUCCESS, 0),
            failure=view.counts.get(OrderState.FAILURE, 0),
            held=view.counts.get(OrderState.HELD, 0),
            pending=view.counts.get(OrderState.PENDING, 0),
        ),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "message": job.message,
        "dry_run": job.dry_run or None,
        "paused": (job.paused_at is not None and job.finished_at is None) or None,
        "cancelled": job.cancelled_at is not None or None,
        "concurrency": job.concurrency,
        "schedule": job.schedule,
        "query_time": job.query_time,
    }


def job_order(view: ItemView, tenant: str, settings: Settings) -> JobOrder:
    """One order of a job as it is shown."""
    item = view.item
    is_held = item.state == OrderState.HELD
    invoice_id = item.invoice_id if view.has_document else None
    total = item.total if view.total is None else view.total
    return JobOrder(
        order_id=item.order_id,
        order_status=OrderState.FAILURE if is_held else item.state,
        message=item.message,
        download_link=pdf_link(settings.public_base_url, tenant, invoice_id) if invoice_id else None,
        invoice_number=view.invoice_number,
        total_amount=str(total) if total is not None else None,
        currency=view.currency or item.currency,
        step=Step(item.step) if item.step else None,
        reason=Reason(item.reason) if item.reason else None,
        held=True if is_held else None,
    )
