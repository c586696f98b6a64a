"""The job's own books: begun, pages of orders, ended."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from contracts.invoice_job import JobEnd, JobNote, JobRef, Page, PageRequest, Reopening
from database import jobs


@dataclass(frozen=True)
class JobActivities:
    sessions: async_sessionmaker[AsyncSession]

    @activity.defn
    async def begin_job(self, job: JobRef) -> None:
        """Note that Temporal runs the job."""
        async with self.sessions.begin() as session:
            await jobs.begin_job(session, job.tenant, job.job_id)

    @activity.defn
    async def next_page(self, request: PageRequest) -> Page:
        """The next orders that still wait, in the job's order."""
        async with self.sessions.begin() as session:
            items = await jobs.next_items(
                session,
                request.tenant,
                request.job_id,
                after_position=request.after_position,
                limit=request.limit,
            )
            is_first = request.after_position == 0
            total = await jobs.count_items(session, request.tenant, request.job_id) if is_first else None
            job = await jobs.load_job(session, request.tenant, request.job_id)
        return Page(
            order_ids=tuple(item.order_id for item in items),
            last_position=items[-1].position if items else None,
            total=total,
            dry_run=job.dry_run,
        )

    @activity.defn
    async def finish_job(self, job: JobRef) -> None:
        """Note the end."""
        async with self.sessions.begin() as session:
            await jobs.finish_job(session, job.tenant, job.job_id)

    @activity.defn
    async def close_job(self, end: JobEnd) -> None:
        """Close the orders of which nothing is known, and the job, with the reason on both."""
        async with self.sessions.begin() as session:
            await jobs.close_job(session, end.job.tenant, end.job.job_id, end.reason, end.message)

    @activity.defn
    async def reopen_job(self, reopening: Reopening) -> None:
        """Let the job's failed orders wait again."""
        job = reopening.job
        async with self.sessions.begin() as session:
            await jobs.reopen(session, job.tenant, job.job_id, held=reopening.held)

    @activity.defn
    async def note_standing(self, note: JobNote) -> None:
        """Note that the job was paused, resumed or cancelled."""
        async with self.sessions.begin() as session:
            await jobs.note_standing(session, note.job.tenant, note.job.job_id, note.standing.value)
