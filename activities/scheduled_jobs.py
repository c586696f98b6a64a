"""The job of a schedule's occurrence: stored once, however often the occurrence is run."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from contracts.invoice_job import JobRef, JobRun, JobType
from contracts.scheduled_job import KEY_TAKEN, UNKNOWN_TENANT, Occurrence, ScheduledRun
from database import jobs
from database.jobs import IdempotencyConflict, NewJob
from database.tenants import tenant_exists

NEXT_LOOK = timedelta(seconds=15)
"""How long after its end a job that somebody else began is known to have ended, at most."""


@dataclass(frozen=True)
class ScheduledJobActivities:
    sessions: async_sessionmaker[AsyncSession]
    page_size: int
    concurrency: int

    @activity.defn
    async def accept_scheduled_job(self, occurrence: Occurrence) -> ScheduledRun:
        """Store the job unless it is stored.

        Raises:
            ApplicationError: `unknown_tenant`, or `key_taken` by a job that a client made; no repetition mends these.
        """
        async with self.sessions.begin() as session:
            if not await tenant_exists(session, occurrence.tenant):
                raise _ended(UNKNOWN_TENANT, f"there is no tenant {occurrence.tenant!r}")
            try:
                job_id = await jobs.create_job(session, _new_job(occurrence))
            except IdempotencyConflict:
                raise _ended(KEY_TAKEN, "a client has used this run's key as its own Idempotency-Key") from None
            job = await jobs.load_job(session, occurrence.tenant, job_id)
            return ScheduledRun(
                run=JobRun(
                    tenant=job.tenant,
                    job_id=job.id,
                    job_type=JobType(job.job_type),
                    page_size=self.page_size,
                    concurrency=job.concurrency or self.concurrency,
                    dry_run=job.dry_run,
                ),
                has_begun=job.started_at is not None,
                has_ended=job.finished_at is not None,
            )

    @activity.defn
    async def await_job_end(self, ref: JobRef) -> None:
        """Succeed once the job has ended. Until then it fails and is tried again, which leaves no trace in a history.

        Raises:
            ApplicationError: it has not ended yet.
        """
        async with self.sessions.begin() as session:
            job = await jobs.load_job(session, ref.tenant, ref.job_id)
        if job.finished_at is None:
            raise ApplicationError(
                "the job has not ended yet", next_retry_delay=NEXT_LOOK, category=ApplicationErrorCategory.BENIGN
            )


def _new_job(occurrence: Occurrence) -> NewJob:
    return NewJob(
        tenant=occurrence.tenant,
        job_type=JobType.AUTOMATIC,
        idempotency_key=occurrence.key,
        request_hash=f"schedule {occurrence.schedule}, dry run: {occurrence.dry_run}",
        dry_run=occurrence.dry_run,
        schedule=occurrence.schedule,
        query_time=occurrence.query_time,
    )


def _ended(kind: str, message: str) -> ApplicationError:
    return ApplicationError(message, type=kind, non_retryable=True)
