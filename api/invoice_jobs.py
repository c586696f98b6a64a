"""Jobs that make invoices of orders (Emporix A.1)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

import logs
from api.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.errors import ApiError, Detail
from api.request_bodies import refused
from api.services import ApiServices
from contracts.failures import Reason
from contracts.invoice_job import MAX_MANUAL_ORDERS, JobRun, JobType
from contracts.links import pdf_link
from contracts.order_invoice import OrderState, Step
from contracts.temporal_client import TemporalAway
from database import jobs
from database.jobs import IdempotencyConflict, ItemView, JobView, NewJob
from settings import Settings

MAX_PAGE_SIZE = 1000
REFUSAL = "The request is not valid"

log = logs.get_logger(__name__)


def _visible(order_id: str) -> str:
    if " " in order_id or not order_id.isprintable():
        raise refused("must hold no spaces and no characters that cannot be seen")
    return order_id


OrderId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_visible)]


class Body(BaseModel):
    """Bodies of this service: camelCase outside."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class JobRequest(Body):
    """What to invoice: the given orders, or those that the `invoiceSettings` configuration finds."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    job_type: JobType
    order_ids: Annotated[list[OrderId] | None, Field(max_length=MAX_MANUAL_ORDERS, fail_fast=True)] = None


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
    """The invoice's total with tax, decimal point, the currency's decimals."""
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
    status: str
    job_type: JobType
    counts: JobCounts
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    message: str | None = None


class JobAnswer(JobSummary):
    """A job with its orders."""

    orders: list[JobOrder]


class JobList(Body):
    """Jobs, the newest first."""

    jobs: list[JobSummary]
    total: int


@dataclass(frozen=True)
class Window:
    """A page of a list; `size` None is everything."""

    number: int
    size: int | None

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * (self.size or 0)


class InvoiceJobController(Controller):
    """The Invoice Service's jobs."""

    path = "/invoice/{tenant:str}/jobs/invoices"
    tags = ["Invoice jobs"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(operation_id="createInvoiceJob", summary="Start a job", opt={"scopes": [INVOICE_MANAGE]})
    async def create(
        self,
        data: JSONBody[JobRequest],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=255)
        ] = None,
    ) -> JobCreated:
        """Accept a job; the same `Idempotency-Key` and body gives the same job.

        The job is committed before Temporal hears of it. When Temporal is away, a worker starts it later.
        """
        try:
            job_id = await jobs.create_job(session, _new_job(access.tenant, data, idempotency_key))
        except IdempotencyConflict:
            raise ApiError(409, "The Idempotency-Key was used with another body", field="Idempotency-Key") from None
        await session.commit()
        await _start(services, access.tenant, job_id, data.job_type)
        return JobCreated(job_id=str(job_id))

    @get(operation_id="listInvoiceJobs", summary="List jobs", opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]})
    async def index(
        self,
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
        page_number: Annotated[int, QueryParameter(name="pageNumber", ge=1)] = 1,
        page_size: Annotated[int, QueryParameter(name="pageSize", ge=1, le=MAX_PAGE_SIZE)] = 20,
    ) -> Response[JobList]:
        """Jobs of the tenant, the newest first; `X-Total-Count` says how many there are."""
        views, total = await jobs.list_jobs(
            session, access.tenant, limit=page_size, offset=Window(page_number, page_size).offset
        )
        listed = JobList(jobs=[JobSummary.model_validate(_summary(view)) for view in views], total=total)
        return Response(listed, headers={"X-Total-Count": str(total)})

    @get(
        "/{job_id:str}",
        operation_id="getInvoiceJob",
        summary="Read a job",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def read(
        self,
        *,
        job_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        page_number: Annotated[int, QueryParameter(name="pageNumber", ge=1)] = 1,
        page_size: Annotated[int | None, QueryParameter(name="pageSize", ge=1, le=MAX_PAGE_SIZE)] = None,
    ) -> Response[JobAnswer]:
        """The job with its orders: all of them, or the asked page of them."""
        view = await _job(session, access.tenant, job_id)
        window = Window(page_number, page_size)
        items = await jobs.list_items(session, access.tenant, view.job.id, limit=window.size, offset=window.offset)
        orders = [_order(item, access.tenant, services.settings) for item in items]
        answer = JobAnswer.model_validate({**_summary(view), "orders": orders})
        return Response(answer, headers={"X-Total-Count": str(view.total)})


def _new_job(tenant: str, request: JobRequest, idempotency_key: str | None) -> NewJob:
    if request.job_type is JobType.MANUAL and not request.order_ids:
        raise ApiError(400, REFUSAL, details=[Detail("a MANUAL job needs at least one order id", "orderIds")])
    if request.job_type is JobType.AUTOMATIC and request.order_ids:
        raise ApiError(400, REFUSAL, details=[Detail("an AUTOMATIC job finds its orders itself", "orderIds")])
    canonical = json.dumps([request.job_type, request.order_ids], separators=(",", ":"))
    return NewJob(
        tenant=tenant,
        job_type=request.job_type,
        order_ids=request.order_ids or (),
        idempotency_key=idempotency_key,
        request_hash=hashlib.sha256(canonical.encode()).hexdigest(),
    )


async def _start(services: ApiServices, tenant: str, job_id: UUID, job_type: JobType) -> None:
    run = JobRun(
        tenant=tenant,
        job_id=job_id,
        job_type=job_type,
        page_size=services.settings.job_page_size,
        concurrency=services.settings.job_concurrency,
    )
    try:
        await services.temporal.start_job(run)
    except (TemporalAway, RPCError) as error:
        log.warning("job_not_started_yet", job_id=str(job_id), error=str(error))


async def _job(session: AsyncSession, tenant: str, job_id: str) -> JobView:
    try:
        view = await jobs.get_job(session, tenant, UUID(job_id))
    except ValueError:
        view = None
    if view is None:
        raise ApiError(404, "The job does not exist", field="jobId")
    return view


def _summary(view: JobView) -> dict[str, object]:
    status = "DONE" if view.job.finished_at else "IN_PROGRESS"
    return {
        "job_id": str(view.job.id),
        "job_status": status,
        "status": status,
        "job_type": view.job.job_type,
        "counts": JobCounts(
            total=view.total,
            success=view.counts.get(OrderState.SUCCESS, 0),
            failure=view.counts.get(OrderState.FAILURE, 0),
            held=view.counts.get(OrderState.HELD, 0),
            pending=view.counts.get(OrderState.PENDING, 0),
        ),
        "created_at": view.job.created_at,
        "started_at": view.job.started_at,
        "finished_at": view.job.finished_at,
        "message": view.job.message,
    }


def _order(view: ItemView, tenant: str, settings: Settings) -> JobOrder:
    item = view.item
    is_held = item.state == OrderState.HELD
    invoice_id = item.invoice_id if view.has_document else None
    return JobOrder(
        order_id=item.order_id,
        order_status=OrderState.FAILURE if is_held else item.state,
        message=item.message,
        download_link=pdf_link(settings.public_base_url, tenant, invoice_id) if invoice_id else None,
        invoice_number=view.invoice_number,
        total_amount=str(view.total) if view.total is not None else None,
        currency=view.currency,
        step=Step(item.step) if item.step else None,
        reason=Reason(item.reason) if item.reason else None,
        held=True if is_held else None,
    )
