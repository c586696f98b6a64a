"""One time of a schedule: store its job, run it as a child, and end when it has ended.

It lives exactly as long as its job, so that a schedule's overlap policy means jobs. The job's query is asked for the
schedule's nominal time: a late run and a backfill find the orders that a run in time would have found.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ParentClosePolicy

from workflows.invoice_job import InvoiceJob
from workflows.local_first import local_first

with workflow.unsafe.imports_passed_through():
    from activities.scheduled_jobs import ScheduledJobActivities
    from contracts import steps
    from contracts.fairness import share, urgency_of_job
    from contracts.ids import job_workflow_id, occurrence_key, schedule_name
    from contracts.invoice_job import JobRef, JobRun
    from contracts.queues import ORDERS
    from contracts.scheduled_job import (
        AHEAD_OF_TIME,
        NOT_ITS_SCHEDULE,
        Occurrence,
        ScheduledEnd,
        ScheduledRun,
        ScheduledWish,
    )
    from contracts.search_attributes import INVOICE_STATUS, JOB_ID, TENANT

SCHEDULED_BY = SearchAttributeKey.for_keyword("TemporalScheduledById")
NOMINAL_TIME = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
CLOCKS_DIFFER = timedelta(minutes=1)


@workflow.defn(failure_exception_types=[ValidationError])
class ScheduledJob:
    """Id `scheduled-job/{tenant}/{schedule}-{nominal time}`.

    An input that cannot be read fails the run: it may come from a command line, and no deployment mends it.
    """

    @workflow.run
    async def run(self, wish: ScheduledWish) -> ScheduledEnd:
        """Run the job of this occurrence."""
        occurrence = _occurrence(wish)
        accepted = await local_first(ScheduledJobActivities.accept_scheduled_job, occurrence, steps.RECORD)
        job = JobRef(tenant=wish.tenant, job_id=accepted.run.job_id)
        workflow.upsert_search_attributes([TENANT.value_set(job.tenant), JOB_ID.value_set(str(job.job_id))])
        workflow.set_current_details(f"job **{job.job_id}**, orders due at {occurrence.query_time.isoformat()}")
        await _run_to_its_end(accepted, job)
        return ScheduledEnd(job_id=job.job_id)


async def _run_to_its_end(accepted: ScheduledRun, job: JobRef) -> None:
    """One that somebody else has started is waited for; one that has ended is not run again."""
    if accepted.has_ended:
        return
    if accepted.has_begun:
        await _follow(job)
        return
    try:
        child = await workflow.start_child_workflow(
            InvoiceJob.run,
            accepted.run,
            id=job_workflow_id(job.tenant, job.job_id),
            task_queue=ORDERS,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
            search_attributes=_search_attributes(job),
            static_summary=_summary(accepted.run),
            priority=share(job.tenant, urgency_of_job(accepted.run.total)),
        )
    except WorkflowAlreadyStartedError:
        await _follow(job)
        return
    await child


async def _follow(job: JobRef) -> None:
    """Wait for a job that is no child of ours; a cancel is passed on, and its end awaited all the same."""
    try:
        await _end_of(job)
    except ActivityError as error:
        if is_cancelled_exception(error):
            with suppress(ApplicationError):  # it has just ended
                await workflow.get_external_workflow_handle(job_workflow_id(job.tenant, job.job_id)).cancel()
            await _end_of(job)
        raise


async def _end_of(job: JobRef) -> None:
    await workflow.execute_activity_method(ScheduledJobActivities.await_job_end, job, **steps.AWAIT_JOB_END)


def _occurrence(wish: ScheduledWish) -> Occurrence:
    """Which one this is, by what Temporal says; started by hand it is one of its own, now.

    Raises:
        ApplicationError: the schedule is another tenant's, or a backfill reaches ahead of time. Orders would be taken
            for due that are not, and the run of the time itself would find its job done.
    """
    info = workflow.info()
    nominal_time = info.typed_search_attributes.get(NOMINAL_TIME)
    schedule_id = info.typed_search_attributes.get(SCHEDULED_BY)
    if nominal_time is not None and nominal_time > info.start_time + CLOCKS_DIFFER:
        raise _final(AHEAD_OF_TIME, f"{_text(nominal_time)} lies ahead: a schedule can be run for times past only")
    name = schedule_name(wish.tenant, schedule_id) if schedule_id else wish.schedule
    if name is None and schedule_id and schedule_id.startswith("jobs/"):
        raise _final(NOT_ITS_SCHEDULE, f"{schedule_id} is no schedule of tenant {wish.tenant!r}")
    started_by_hand = nominal_time is None
    return Occurrence(
        tenant=wish.tenant,
        schedule=name,
        dry_run=wish.dry_run,
        key=occurrence_key(
            info.workflow_id, info.first_execution_run_id if started_by_hand else None, dry_run=wish.dry_run
        ),
        query_time=info.start_time if nominal_time is None else nominal_time,
    )


def _final(kind: str, message: str) -> ApplicationError:
    return ApplicationError(message, type=kind, non_retryable=True)


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def _summary(run: JobRun) -> str:
    return f"{run.job_type} invoice job of {run.tenant}"


def _search_attributes(job: JobRef) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, job.tenant),
            SearchAttributePair(JOB_ID, str(job.job_id)),
            SearchAttributePair(INVOICE_STATUS, "RUNNING"),
        ]
    )
