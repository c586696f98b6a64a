"""Jobs that make invoices of orders (Emporix A.1)."""

import hashlib
import json
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError, Detail
from api.jobs.answers import whole_job
from api.jobs.bodies import JobAnswer, JobCreated, JobList, JobRequest, job_answer, job_order, job_summary
from api.jobs.starting import REFUSAL, accept_job
from api.requests.idempotency import IdempotencyKey
from api.requests.pages import MAX_PAGE_SIZE, PageNumber, PageSize, Window
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from contracts.invoice_job import JobType
from contracts.order_invoice import OrderState
from database import job_lists, jobs
from database.job_lists import JobFilter, JobState
from database.jobs import JobView, NewJob


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
        idempotency_key: IdempotencyKey = None,
    ) -> JobCreated:
        """Accept a job; the same `Idempotency-Key` and body gives the same job.

        `dryRun` only validates and recalculates: every order then says what would be invoiced.
        """
        return await accept_job(session, services, _new_job(access.tenant, data, idempotency_key))

    @get(operation_id="listInvoiceJobs", summary="List jobs", opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]})
    async def index(
        self,
        *,
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
        state_: Annotated[JobState | None, QueryParameter(name="state")] = None,
        job_type: Annotated[JobType | None, QueryParameter(name="jobType")] = None,
        held: FromQuery[bool | None] = None,
        page_number: PageNumber = 1,
        page_size: PageSize = 20,
    ) -> Response[JobList]:
        """Jobs of the tenant, the newest first; `X-Total-Count` says how many there are.

        `state` is IN_PROGRESS, PAUSED, DONE or CANCELLED, each job being in one of them; `held` tells jobs with orders
        that wait for a person from those without.
        """
        views, total = await job_lists.list_jobs(
            session,
            access.tenant,
            limit=page_size,
            offset=Window(page_number, page_size).offset,
            wanted=JobFilter(state_, job_type, held),
        )
        listed = JobList(jobs=[job_summary(view) for view in views], total=total)
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
        order_status: Annotated[OrderState | None, QueryParameter(name="orderStatus")] = None,
        page_number: PageNumber = 1,
        page_size: Annotated[int | None, QueryParameter(name="pageSize", ge=1, le=MAX_PAGE_SIZE)] = None,
    ) -> Response[JobAnswer]:
        """The job with its orders: all of them, or the asked page of them; `X-Total-Count` says how many there are.

        `orderStatus` leaves only those in one state, as `counts` tells them apart: FAILURE without the held ones, which
        are HELD.
        """
        view = await _job(session, access.tenant, job_id)
        if page_size is None:
            await session.commit()  # its connection goes back before another is asked for
            answer = await whole_job(services, view, order_status)
        else:
            window = Window(page_number, page_size)
            items = await job_lists.list_items(
                session, access.tenant, view.job.id, state=order_status, limit=window.size, offset=window.offset
            )
            answer = Response(job_answer(view, [job_order(item, access.tenant, services.settings) for item in items]))
        total = view.total if order_status is None else view.counts.get(order_status, 0)
        answer.set_header("X-Total-Count", str(total))
        return answer


def _new_job(tenant: str, request: JobRequest, idempotency_key: str | None) -> NewJob:
    if request.job_type is JobType.MANUAL and not request.order_ids:
        raise ApiError(400, REFUSAL, details=[Detail("a MANUAL job needs at least one order id", "orderIds")])
    if request.job_type is JobType.AUTOMATIC and request.order_ids:
        raise ApiError(400, REFUSAL, details=[Detail("an AUTOMATIC job finds its orders itself", "orderIds")])
    return NewJob(
        tenant=tenant,
        job_type=request.job_type,
        order_ids=request.order_ids or (),
        idempotency_key=idempotency_key,
        request_hash=_hash(request),
        dry_run=request.dry_run,
        concurrency=request.concurrency,
    )


def _hash(request: JobRequest) -> str:
    """Members that came later count only where they are set: a key stays good across an upgrade."""
    later = [request.dry_run, request.concurrency] if request.dry_run or request.concurrency else []
    canonical = json.dumps([request.job_type, request.order_ids, *later], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def _job(session: AsyncSession, tenant: str, job_id: str) -> JobView:
    try:
        view = await jobs.get_job(session, tenant, UUID(job_id))
    except ValueError:
        view = None
    if view is None:
        raise ApiError(404, "The job does not exist", field="jobId")
    return view
