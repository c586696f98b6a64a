"""What every worker looks after beside its tasks, so that nothing waits for a process that has died.

Jobs and workflows that were accepted and never started, jobs whose workflow is gone, mails that have come back, rows
that nobody needs any more.
All of it may be done by several workers at once, and by none for a while.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

import logs
from contracts.failures import Reason
from contracts.ids import job_workflow_id
from contracts.invoice_job import JobRun, JobType
from contracts.starts import Start, start
from contracts.temporal_client import RPC_TIMEOUT, away_is_said, start_job
from database import access, bounces, document_previews, idempotency, jobs, outbox
from database.tables import Job
from integrations.bounce_maildir import BounceMaildir
from integrations.bounce_report import LARGEST_BOUNCE_BYTES, NotABounce, read_bounce
from settings import Settings

LOOK_SECONDS = 3.0
MISSED_AGE = timedelta(seconds=5)
"""What was accepted so long ago and is not started has been missed."""
MISSED_AT_ONCE = 100

FORSAKEN_LOOK = timedelta(seconds=30)
FORSAKEN_AGE = timedelta(minutes=1)
FORSAKEN_AT_ONCE = 100
"""Jobs that are asked after at a time; the next ones have their turn the next time."""
ENDED_BEFORE = "the job was ended before it began"
GONE = "the job's workflow was ended from outside, or Temporal has lost it"

BOUNCE_LOOK = timedelta(seconds=15)
BOUNCES_AT_ONCE = 200

RETENTION_LOOK = timedelta(hours=1)
ROWS_AT_ONCE, MOST_ROWS = 1_000, 100_000
"""So many rows go in a transaction, and in one look at a table."""
FORGOTTEN: Mapping[str, Callable[[AsyncSession, int], Awaitable[int]]] = {
    "workflow_starts": outbox.forget_started,
    "idempotent_requests": idempotency.forget_old,
    "access_tokens": access.delete_expired,
    "document_previews": document_previews.forget_old,
}

log = logs.get_logger(__name__)
Sessions = async_sessionmaker[AsyncSession]


@dataclass
class Duty:
    """Something to do every now and then."""

    name: str
    do: Callable[[], Awaitable[None]]
    pause: timedelta = timedelta(0)
    next_at: float = field(default_factory=time.monotonic)

    async def do_if_due(self) -> None:
        """A fault is logged and no more: the next time may go better."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + self.pause.total_seconds()
        try:
            await self.do()
        except Exception as error:  # noqa: BLE001 -- whatever it is, sweeping must not end before the worker does
            log.warning("not_swept", duty=self.name, error=type(error).__name__)


@dataclass
class Sweep:
    """The duties of one worker."""

    settings: Settings
    sessions: Sessions
    client: Client
    _asked_up_to: tuple[datetime, UUID] | None = None

    async def run(self) -> None:
        """Sweep until cancelled."""
        duties = (
            Duty("missed jobs", self.start_missed_jobs),
            Duty("missed workflows", self.start_missed_workflows),
            Duty("forsaken jobs", self.close_forsaken_jobs, FORSAKEN_LOOK),
            Duty("bounces", self.take_in_bounces, BOUNCE_LOOK),
            Duty("old rows", self.forget_old_rows, RETENTION_LOOK),
        )
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for duty in duties:
                await duty.do_if_due()

    async def start_missed_jobs(self) -> None:
        """Start the jobs that were accepted while Temporal was away, or by an API that died in between."""
        async with self.sessions.begin() as session:
            missed = await jobs.jobs_not_begun(session, older_than=MISSED_AGE, limit=MISSED_AT_ONCE)
            sizes = [await jobs.count_items(session, job.tenant, job.id) for job in missed]
        for job, orders in zip(missed, sizes, strict=True):
            if not await start_job(self.client, self._run_of(job, orders)):
                await self._close_ended(job)

    def _run_of(self, job: Job, orders: int) -> JobRun:
        return JobRun(
            tenant=job.tenant,
            job_id=job.id,
            job_type=JobType(job.job_type),
            page_size=self.settings.job_page_size,
            concurrency=job.concurrency or self.settings.job_concurrency,
            dry_run=job.dry_run,
            total=orders or None,
        )

    async def _close_ended(self, job: Job) -> None:
        """Somebody ended the job's workflow before its first step: every job ends, this one now."""
        async with self.sessions.begin() as session:
            if not await jobs.claim_unbegun(session, job.tenant, job.id):
                return  # it began and ended since we looked
            await jobs.close_job(session, job.tenant, job.id, Reason.INTERNAL_ERROR, ENDED_BEFORE)

    async def start_missed_workflows(self) -> None:
        """Start what the outbox holds and nobody started. One that cannot be started holds up no other.

        Raises:
            TemporalAway: then none of them can be started now.
        """
        async with self.sessions.begin() as session:
            missed = await outbox.pending_starts(session, older_than=MISSED_AGE, limit=MISSED_AT_ONCE)
        for pending in missed:
            try:
                await start(self.client, Start.model_validate(pending.body))
            except (ValidationError, RPCError) as error:
                log.warning("workflow_not_started", start=str(pending.id), error=type(error).__name__)
                async with self.sessions.begin() as session:
                    await outbox.mark_tried(session, pending.id)
                continue
            async with self.sessions.begin() as session:
                await outbox.mark_started(session, pending.id)

    async def close_forsaken_jobs(self) -> None:
        """End in the books the jobs whose workflow was terminated, or that Temporal knows no more. Slow ones go on."""
        async with self.sessions.begin() as session:
            asked = await jobs.open_jobs(
                session,
                begun_before=datetime.now(UTC) - FORSAKEN_AGE,
                after=self._asked_up_to,
                limit=FORSAKEN_AT_ONCE,
            )
        for job in asked:
            if not await self._goes_on(job):
                await self._close_forsaken(job)
        last = asked[-1] if len(asked) == FORSAKEN_AT_ONCE else None
        self._asked_up_to = (last.started_at, last.id) if last and last.started_at else None

    async def _close_forsaken(self, job: Job) -> None:
        """Asked once more while the job is locked: it may just have been begun again."""
        async with self.sessions.begin() as session:
            if not await jobs.lock_forsaken(session, job.tenant, job.id) or await self._goes_on(job):
                return
            await jobs.close_job(session, job.tenant, job.id, Reason.INTERNAL_ERROR, GONE)
        log.warning("forsaken_job_closed", tenant=job.tenant, job_id=str(job.id))

    async def _goes_on(self, job: Job) -> bool:
        """Whether the latest run of the job's workflow is open.

        Raises:
            TemporalAway: nobody knows.
            RPCError: nor here; the namespace is not there, for one.
        """
        handle = self.client.get_workflow_handle(job_workflow_id(job.tenant, job.id))
        try:
            async with away_is_said():
                description = await handle.describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if _knows_no_such_workflow(error):
                return False
            raise
        return description.status is WorkflowExecutionStatus.RUNNING

    async def take_in_bounces(self) -> None:
        """Read the mails that have come back, one worker at a time; one that cannot be read holds up no other."""
        if self.settings.bounce_maildir is None:
            return
        maildir = BounceMaildir(self.settings.bounce_maildir)
        async with self.sessions.begin() as lock:
            if not await bounces.is_only_reader(lock):
                return
            for name in await asyncio.to_thread(maildir.waiting, BOUNCES_AT_ONCE):
                try:
                    await self._take_in_bounce(maildir, name)
                except Exception as error:  # noqa: BLE001 -- the next one may go better
                    log.warning("bounce_not_taken_in", error=type(error).__name__)

    async def _take_in_bounce(self, maildir: BounceMaildir, name: str) -> None:
        raw = await asyncio.to_thread(maildir.read, name, LARGEST_BOUNCE_BYTES + 1)
        if raw is None:
            return
        try:
            bounce = await asyncio.to_thread(read_bounce, raw)
        except NotABounce:
            recorded = None
        else:
            async with self.sessions.begin() as session:
                recorded = await bounces.record(session, bounce, tenant=None)
        if recorded is None:
            log.warning("bounce_set_aside")
            await asyncio.to_thread(maildir.set_aside, name)
            return
        log.info("bounce_taken_in", tenant=recorded.tenant, recipients=len(recorded.recipients))
        await asyncio.to_thread(maildir.put_away, name)

    async def forget_old_rows(self) -> None:
        """Delete what has served: started workflows of the outbox, keys of old requests, expired tokens."""
        for name, forget in FORGOTTEN.items():
            forgotten = 0
            while forgotten < MOST_ROWS:
                async with self.sessions.begin() as session:
                    count = await forget(session, ROWS_AT_ONCE)
                forgotten += count
                if count < ROWS_AT_ONCE:
                    break
            if forgotten:
                log.info("rows_forgotten", table=name, count=forgotten)


def _knows_no_such_workflow(error: RPCError) -> bool:
    """Told apart from a namespace that is not there: then no job may be taken for lost."""
    return error.status is RPCStatusCode.NOT_FOUND and any(
        detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )
