"""Steering jobs, for the API and the command line: the workflow is told, or the books where there is none to tell.

A cancel and the wish to run failed orders again hold whatever happens: they go through the outbox where they do not
reach a workflow. The others ask for a workflow that runs, and say so when there is none.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from api.jobs.control_gate import ControlGate, Declined, NotOpen
from api.outbox import Noted, Starting, noted, noted_before, start_noted
from contracts import starts
from contracts.failures import Reason
from contracts.ids import job_workflow_id
from contracts.invoice_job import Concurrency, JobProgress, JobRun, JobType, RetryFailed
from contracts.order_invoice import OrderState
from contracts.temporal_client import TemporalAway
from database import jobs
from database.jobs import JobView
from database.tables import Job
from settings import Settings

PAUSE, RESUME, SET_CONCURRENCY = "pause", "resume", "set_concurrency"
HAS_ENDED = "the job has ended"
WITHOUT_WORKFLOW = "the job's workflow was ended from outside: cancel the job, or have its failed orders tried again"
CANCELLED_BY_A_PERSON = "the job was cancelled before this order was started"


class NoSuchJob(Exception):
    """The tenant has no job of this id."""


class Steering(Starting, Protocol):
    """What steering takes; `ApiServices` is one."""

    @property
    def settings(self) -> Settings:
        """How jobs run."""
        ...

    @property
    def control(self) -> ControlGate:
        """Who tells workflows."""
        ...


@dataclass(frozen=True)
class JobStanding:
    """How a job stands in the books, and where its workflow says that it is; None where nobody could say."""

    view: JobView
    progress: JobProgress | None


async def pause(steering: Steering, tenant: str, job_id: UUID) -> str:
    """Hand out no more orders; those under way are finished. Answers with a sentence, as all commands do.

    Raises:
        NoSuchJob: the tenant has none of this id.
        Declined: the job cannot be steered like that; the message says why.
        contracts.temporal_client.TemporalAway: no answer in time; it may still happen.
    """
    await _tell(steering, tenant, job_id, PAUSE)
    return "The job is paused: orders under way are finished, no more are begun"


async def resume(steering: Steering, tenant: str, job_id: UUID) -> str:
    """Hand out orders again; raises as `pause`."""
    await _tell(steering, tenant, job_id, RESUME)
    return "The job goes on"


async def set_concurrency(steering: Steering, tenant: str, job_id: UUID, concurrency: int) -> str:
    """Run so many orders at once from now on; raises as `pause`."""
    await _tell(steering, tenant, job_id, SET_CONCURRENCY, Concurrency(concurrency=concurrency))
    return f"The job runs {concurrency} orders at once from now on"


async def cancel(steering: Steering, tenant: str, job_id: UUID) -> str:
    """End the job: orders under way finish what must not be torn, the others are not begun. Needs no Temporal.

    Raises:
        NoSuchJob: the tenant has none of this id.
        Declined: it has ended, or is being cancelled.
    """
    job = (await _view(steering, tenant, job_id)).job
    try:
        await _tell_workflow(steering, tenant, job_id, starts.CANCEL)
    except NotOpen:
        return await _cancel_in_the_books(steering, job, has_no_workflow=True)
    except TemporalAway:
        return await _cancel_in_the_books(steering, job, has_no_workflow=False)
    return "The job is being cancelled: orders under way finish what must not be torn, no more are begun"


async def retry_failed(steering: Steering, tenant: str, job_id: UUID, wish: RetryFailed) -> str:
    """Run the failed orders once more under the same job, whether it runs or has ended.

    Raises:
        NoSuchJob: the tenant has none of this id.
        Declined: no order of it has failed, or it has not begun.
        contracts.temporal_client.TemporalAway: the job runs, and did not answer in time; it may still do it.
    """
    job = (await _view(steering, tenant, job_id)).job
    if job.finished_at is None:
        if job.started_at is None:
            raise Declined("the job has not begun")
        try:
            await steering.control.tell_job(tenant, job_id, starts.RETRY_FAILED, wish)
        except NotOpen:
            pass  # it ended a moment ago, or was ended from outside: it begins again
        else:
            return f"The {_which(wish)} are being tried again"
    count, begun = await _reopen(steering, job, wish)
    await start_noted(steering, begun)
    if count == 0:
        return "The job goes on with the orders that wait"
    return f"{count} {_which(wish, count)} {'is' if count == 1 else 'are'} being tried again"


async def standing(steering: Steering, tenant: str, job_id: UUID) -> JobStanding:
    """How the job stands; its workflow is asked only while it runs.

    Raises:
        NoSuchJob: the tenant has none of this id.
    """
    view = await _view(steering, tenant, job_id)
    if view.job.finished_at is not None or view.job.started_at is None:
        return JobStanding(view, None)
    try:
        return JobStanding(view, await steering.control.progress(tenant, job_id))
    except (NotOpen, TemporalAway):
        return JobStanding(view, None)


def run_of(job: Job, settings: Settings, orders: int) -> JobRun:
    """The input of the workflow of a job that begins; an automatic one has no orders yet."""
    return JobRun(
        tenant=job.tenant,
        job_id=job.id,
        job_type=JobType(job.job_type),
        page_size=settings.job_page_size,
        concurrency=job.concurrency or settings.job_concurrency,
        dry_run=job.dry_run,
        total=orders or None,
    )


async def _view(steering: Steering, tenant: str, job_id: UUID) -> JobView:
    async with steering.sessions.begin() as session:
        view = await jobs.get_job(session, tenant, job_id)
    if view is None:
        raise NoSuchJob
    return view


async def _tell(steering: Steering, tenant: str, job_id: UUID, command: str, wish: Concurrency | None = None) -> None:
    """Tell the job's workflow, which is started where Temporal has not heard of the job yet."""
    view = await _view(steering, tenant, job_id)
    try:
        await _tell_workflow(steering, tenant, job_id, command, wish)
    except NotOpen:
        _require_not_begun(view.job)
    else:
        return
    await steering.temporal.start_job(run_of(view.job, steering.settings, view.total))
    try:
        await steering.control.tell_job(tenant, job_id, command, wish)
    except NotOpen:
        raise Declined(HAS_ENDED) from None


async def _tell_workflow(
    steering: Steering, tenant: str, job_id: UUID, command: str, wish: Concurrency | None = None
) -> None:
    """Tell a workflow that runs, or that the outbox is about to begin again: then it begins now.

    Raises:
        NotOpen: there is none.
    """
    try:
        await steering.control.tell_job(tenant, job_id, command, wish)
    except NotOpen:
        async with steering.sessions.begin() as session:
            waiting = await noted_before(session, tenant, job_workflow_id(tenant, job_id))
        if not waiting:
            raise
        await start_noted(steering, *waiting)
        await steering.control.tell_job(tenant, job_id, command, wish)


def _require_not_begun(job: Job) -> None:
    if job.finished_at is not None:
        raise Declined(HAS_ENDED)
    if job.started_at is not None:
        raise Declined(WITHOUT_WORKFLOW)


async def _cancel_in_the_books(steering: Steering, job: Job, *, has_no_workflow: bool) -> str:
    """End at once what no workflow works on; leave word in the outbox for one that may."""
    if job.finished_at is not None:
        raise Declined(HAS_ENDED)
    async with steering.sessions.begin() as session:
        run = run_of(job, steering.settings, await jobs.count_items(session, job.tenant, job.id))
        ended = await jobs.cancel_before_begin(session, job.tenant, job.id, Reason.CANCELLED, CANCELLED_BY_A_PERSON)
        if not ended and has_no_workflow and job.started_at is not None:
            if not await jobs.lock_forsaken(session, job.tenant, job.id):
                raise Declined(HAS_ENDED)
            await jobs.close_job(session, job.tenant, job.id, Reason.CANCELLED, CANCELLED_BY_A_PERSON)
            return "The job is cancelled: its workflow had been ended from outside"
        begun = None if has_no_workflow and ended else await noted(session, job.tenant, starts.cancelled_job(run))
    if begun is not None:
        await start_noted(steering, begun)
    return "The job is cancelled before it began" if ended else "The job is cancelled as soon as Temporal answers"


async def _reopen(steering: Steering, job: Job, wish: RetryFailed) -> tuple[int, Noted]:
    """Open the failed orders in the books and leave word for the workflow, in one transaction.

    So the job reads as running from the answer on, even where Temporal is away.
    """
    async with steering.sessions.begin() as session:
        run = run_of(job, steering.settings, await jobs.count_items(session, job.tenant, job.id))
        count = await jobs.reopen(session, job.tenant, job.id, held=wish.held)
        waiting = (await jobs.counts(session, job.tenant, job.id)).get(OrderState.PENDING, 0)
        if not count and not waiting:
            raise Declined(f"the job has no {_which(wish)}")
        again = starts.failed_orders_again(run, wish, found=job.searched_at is not None)
        return count, await noted(session, job.tenant, again)


def _which(wish: RetryFailed, count: int = 2) -> str:
    noun = "order" if count == 1 else "orders"
    return f"failed or held {noun}" if wish.held else f"failed {noun}"
