"""Jobs and their items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database.order_intake import add_items
from database.tables import NOW, Job, JobItem, WorkflowStart

PENDING = "PENDING"
HELD = "HELD"
SUCCESS = "SUCCESS"
FAILURE = "FAILURE"
CANCELLED = "cancelled"
"""The reason (`contracts.failures.Reason`) that makes a job a cancelled one."""


class IdempotencyConflict(Exception):
    """The key was used before with another body."""


@dataclass(frozen=True)
class NewJob:
    """What a client asked for; `order_ids` may repeat, the items will not, and may be an iterator over a million."""

    tenant: str
    job_type: str
    order_ids: Iterable[str] = ()
    idempotency_key: str | None = None
    request_hash: str = ""
    dry_run: bool = False
    concurrency: int | None = None
    """Orders to run at once; None: as the settings say."""
    schedule: str | None = None
    """The schedule that begins it."""
    query_time: datetime | None = None
    """The instant an automatic job's query is asked for; None: when the job is stored."""


@dataclass(frozen=True)
class JobView:
    """A job with its items counted by state."""

    job: Job
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many orders the job has."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class ItemOutcome:
    """What to write on an item."""

    state: str
    step: str | None
    reason: str | None
    message: str
    invoice_id: UUID | None


async def create_job(session: AsyncSession, new: NewJob) -> UUID:
    """Store the job with its items, each order once; the same idempotency key and body gives the same job.

    Raises:
        IdempotencyConflict: the key belongs to a job with another body.
    """
    job_id: UUID | None = await session.scalar(
        upsert(Job)
        .values(
            id=uuid4(),
            tenant=new.tenant,
            job_type=new.job_type,
            idempotency_key=new.idempotency_key,
            request_hash=new.request_hash,
            dry_run=new.dry_run,
            concurrency=new.concurrency,
            schedule=new.schedule,
            query_time=new.query_time,
        )
        .on_conflict_do_nothing(index_elements=["tenant", "idempotency_key"])
        .returning(Job.id)
    )
    if job_id is None:
        return await _replayed(session, new)
    await add_items(session, new.tenant, job_id, new.order_ids)
    return job_id


async def _replayed(session: AsyncSession, new: NewJob) -> UUID:
    job = (
        await session.scalars(select(Job).where(Job.tenant == new.tenant, Job.idempotency_key == new.idempotency_key))
    ).one()
    if job.request_hash != new.request_hash:
        raise IdempotencyConflict
    return job.id


async def get_job(session: AsyncSession, tenant: str, job_id: UUID) -> JobView | None:
    """The job, or None where the tenant has no such job."""
    job = await session.scalar(select(Job).where(Job.tenant == tenant, Job.id == job_id))
    return JobView(job, await counts(session, tenant, job_id)) if job else None


async def load_job(session: AsyncSession, tenant: str, job_id: UUID) -> Job:
    """The job.

    Raises:
        sqlalchemy.exc.NoResultFound: the tenant has no such job.
    """
    return (await session.scalars(select(Job).where(Job.tenant == tenant, Job.id == job_id))).one()


async def counts(session: AsyncSession, tenant: str, job_id: UUID) -> dict[str, int]:
    """How many items the job has in each state; states without items are left out."""
    return (await counts_of_jobs(session, tenant, [job_id])).get(job_id, {})


async def count_items(session: AsyncSession, tenant: str, job_id: UUID) -> int:
    """How many orders the job has: positions count from 1 without gaps, so the last one says it."""
    last = select(func.max(JobItem.position)).where(JobItem.tenant == tenant, JobItem.job_id == job_id)
    return await session.scalar(last) or 0


async def counts_of_jobs(session: AsyncSession, tenant: str, job_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """`counts` of several jobs; those without items are left out."""
    rows = await session.execute(
        select(JobItem.job_id, JobItem.state, func.count())
        .where(JobItem.tenant == tenant, JobItem.job_id.in_(job_ids))
        .group_by(JobItem.job_id, JobItem.state)
    )
    counted: dict[UUID, dict[str, int]] = {}
    for job_id, state, count in rows:
        counted.setdefault(job_id, {})[state] = count
    return counted


async def jobs_not_begun(session: AsyncSession, *, older_than: timedelta, limit: int) -> list[Job]:
    """Jobs that were accepted and that Temporal has not begun: a crash lay between the two."""
    return list(
        await session.scalars(
            select(Job)
            .where(Job.started_at.is_(None), Job.created_at < func.now() - older_than)
            .order_by(Job.created_at)
            .limit(limit)
        )
    )


async def begin_job(session: AsyncSession, tenant: str, job_id: UUID) -> datetime:
    """Note that the workflow runs; returns when the job was accepted, which is also its query's time."""
    await session.execute(
        update(Job).where(Job.tenant == tenant, Job.id == job_id, Job.started_at.is_(None)).values(started_at=NOW)
    )
    return (await session.scalars(select(Job.created_at).where(Job.tenant == tenant, Job.id == job_id))).one()


async def finish_job(session: AsyncSession, tenant: str, job_id: UUID) -> None:
    """Note the end, once; a job of which nothing was said yet says how many of its orders wait for a person."""
    held = (await counts(session, tenant, job_id)).get(HELD, 0)
    await session.execute(
        update(Job)
        .where(Job.tenant == tenant, Job.id == job_id, Job.finished_at.is_(None))
        .values(finished_at=NOW, paused_at=None, message=func.coalesce(Job.message, _held_words(held)))
    )


def _held_words(held: int) -> str | None:
    if not held:
        return None
    return "one order was on hold when the job ended" if held == 1 else f"{held} orders were on hold when the job ended"


async def reopen(session: AsyncSession, tenant: str, job_id: UUID, *, held: bool) -> int:
    """Let the failed orders, and with `held` those that wait for a person, run again; how many they are.

    A job without such orders stays as it is.
    """
    reopened = await _let_wait(
        session, tenant, job_id, FAILURE, {"step": None, "reason": None, "message": None, "invoice_id": None}
    )
    if held:
        # They keep what is known of them: until they are handed out, their workflows are on hold as before.
        reopened += await _let_wait(session, tenant, job_id, HELD, {})
    if reopened:
        await session.execute(
            update(Job)
            .where(Job.tenant == tenant, Job.id == job_id)
            .values(finished_at=None, cancelled_at=None, message=None)
        )
    return reopened


async def _let_wait(session: AsyncSession, tenant: str, job_id: UUID, state: str, forgotten: Mapping[str, None]) -> int:
    changed = (
        update(JobItem)
        .where(JobItem.tenant == tenant, JobItem.job_id == job_id, JobItem.state == state)
        .values(state=PENDING, updated_at=NOW, **forgotten)
        .returning(JobItem.position)
        .cte()
    )
    return await session.scalar(select(func.count()).select_from(changed)) or 0


async def note_standing(
    session: AsyncSession, tenant: str, job_id: UUID, standing: Literal["paused", "resumed", "cancelled"]
) -> None:
    """Note since when the job is paused or cancelled, or that it goes on. A repeat keeps the first instant."""
    noted: dict[str, dict[str, object]] = {
        "paused": {"paused_at": func.coalesce(Job.paused_at, NOW)},
        "resumed": {"paused_at": None},
        "cancelled": {"cancelled_at": func.coalesce(Job.cancelled_at, NOW)},
    }
    await session.execute(update(Job).where(Job.tenant == tenant, Job.id == job_id).values(noted[standing]))


async def open_jobs(
    session: AsyncSession, *, begun_before: datetime, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[Job]:
    """Jobs of all tenants that have begun and not ended, the longest running first, after (`started_at`, `id`)."""
    query = select(Job).where(Job.finished_at.is_(None), Job.started_at < begun_before)
    if after is not None:
        query = query.where(tuple_(Job.started_at, Job.id) > after)
    return list(await session.scalars(query.order_by(Job.started_at, Job.id).limit(limit)))


async def holding_job(session: AsyncSession, tenant: str, order_id: str) -> UUID | None:
    """The job for which the order was put on hold last; None: it is not on hold. A dry run holds nothing."""
    query = (
        select(JobItem.job_id)
        .join(Job, Job.id == JobItem.job_id)
        .where(JobItem.tenant == tenant, JobItem.order_id == order_id, JobItem.state == HELD, ~Job.dry_run)
        .order_by(JobItem.updated_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def lock_forsaken(session: AsyncSession, tenant: str, job_id: UUID) -> bool:
    """Lock a job that has not ended and that nothing in the outbox is about to begin again; False: it is none."""
    begins_again = exists().where(
        WorkflowStart.tenant == tenant,
        WorkflowStart.started_at.is_(None),
        WorkflowStart.body["job_id"].astext == str(job_id),
    )
    found = await session.scalar(
        select(Job.id)
        .where(Job.tenant == tenant, Job.id == job_id, Job.finished_at.is_(None), ~begins_again)
        .with_for_update()
    )
    return found is not None


async def note_search(session: AsyncSession, tenant: str, job_id: UUID, cursor: str) -> None:
    """Note where the search of an automatic job goes on, in the transaction that stores what it has found so far."""
    await session.execute(update(Job).where(Job.tenant == tenant, Job.id == job_id).values(search_cursor=cursor))


async def explain_job(session: AsyncSession, tenant: str, job_id: UUID, message: str) -> None:
    """Say on the job what a person should know."""
    await session.execute(update(Job).where(Job.tenant == tenant, Job.id == job_id).values(message=message))


class WaitingItem(NamedTuple):
    """An order of which nothing is known yet, and its place in the job."""

    position: int
    order_id: str


NEXT_ITEMS = text(
    """
    SELECT position, order_id FROM job_items
    WHERE tenant = :tenant AND job_id = :job_id AND state = 'PENDING' AND position > :after_position
    ORDER BY position LIMIT :limit
    """
)
RECORD_OUTCOME = text(
    """
    UPDATE job_items SET state = :state, step = :step, reason = :reason, message = :message, invoice_id = :invoice_id,
        updated_at = now()
    WHERE tenant = :tenant AND order_id = :order_id AND state <> 'SUCCESS' AND (
        job_id = :job_id
        OR state = 'HELD' AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = job_items.job_id AND jobs.dry_run)
    )
    """
)


async def next_items(
    session: AsyncSession, tenant: str, job_id: UUID, *, after_position: int, limit: int
) -> list[WaitingItem]:
    """The next items of which nothing is known yet, in order of position."""
    page = {"tenant": tenant, "job_id": job_id, "after_position": after_position, "limit": limit}
    return [WaitingItem(*row) for row in await session.execute(NEXT_ITEMS, page)]


async def record_outcome(session: AsyncSession, tenant: str, job_id: UUID, order_id: str, outcome: ItemOutcome) -> None:
    """Write the outcome on the order's item of this job, and on items of other jobs that hold the order.

    What has succeeded stays so: a later run of the same order for the same job takes nothing back. A dry run's report
    stays as it was.
    """
    await session.execute(RECORD_OUTCOME, {"tenant": tenant, "job_id": job_id, "order_id": order_id, **vars(outcome)})


async def record_preview(
    session: AsyncSession,
    tenant: str,
    job_id: UUID,
    order_id: str,
    *,
    state: str,
    step: str | None,
    reason: str | None,
    message: str,
    total: Decimal | None,
    currency: str | None,
) -> None:
    """Write on the item of a dry run what would become of the order; no other job hears of it."""
    found = ItemOutcome(state=state, step=step, reason=reason, message=message, invoice_id=None)
    await session.execute(
        update(JobItem)
        .where(JobItem.tenant == tenant, JobItem.job_id == job_id, JobItem.order_id == order_id)
        .values(**_values(found), total=total, currency=currency)
    )


async def close_pending_item(
    session: AsyncSession, tenant: str, job_id: UUID, order_id: str, outcome: ItemOutcome
) -> None:
    """Write the outcome on the item only if nothing is known of it yet."""
    await session.execute(
        update(JobItem)
        .where(
            JobItem.tenant == tenant,
            JobItem.job_id == job_id,
            JobItem.order_id == order_id,
            JobItem.state == PENDING,
        )
        .values(**_values(outcome))
    )


async def close_job(session: AsyncSession, tenant: str, job_id: UUID, reason: str, message: str) -> None:
    """End a job before its orders do: the orders of which nothing is known yet fail for the same reason.

    The job's row is locked first: a search that is still storing pages waits, and then stores no more.
    """
    await session.execute(select(Job.id).where(Job.tenant == tenant, Job.id == job_id).with_for_update())
    if reason == CANCELLED:
        await note_standing(session, tenant, job_id, "cancelled")
    rest = ItemOutcome(state=FAILURE, step=None, reason=reason, message=message, invoice_id=None)
    await close_pending_items(session, tenant, job_id, rest)
    await explain_job(session, tenant, job_id, message)
    await finish_job(session, tenant, job_id)


async def claim_unbegun(session: AsyncSession, tenant: str, job_id: UUID) -> bool:
    """Begin a job that no workflow has begun; False when somebody has begun it meanwhile."""
    claimed = await session.scalar(
        update(Job)
        .where(Job.tenant == tenant, Job.id == job_id, Job.started_at.is_(None))
        .values(started_at=NOW)
        .returning(Job.id)
    )
    return claimed is not None


async def lock_searching(session: AsyncSession, tenant: str, job_id: UUID) -> bool:
    """Lock a job that has not ended, so that orders can be added to it; False: it takes no more."""
    found = await session.scalar(
        select(Job.id).where(Job.tenant == tenant, Job.id == job_id, Job.finished_at.is_(None)).with_for_update()
    )
    return found is not None


async def note_searched(session: AsyncSession, tenant: str, job_id: UUID) -> None:
    """Note that all orders of an automatic job are found."""
    await session.execute(update(Job).where(Job.tenant == tenant, Job.id == job_id).values(searched_at=NOW))


async def cancel_before_begin(session: AsyncSession, tenant: str, job_id: UUID, reason: str, message: str) -> bool:
    """End a job that no workflow has begun; False, and nothing is changed, when one has begun it meanwhile."""
    if not await claim_unbegun(session, tenant, job_id):
        return False
    await close_job(session, tenant, job_id, reason, message)
    return True


async def close_pending_items(session: AsyncSession, tenant: str, job_id: UUID, outcome: ItemOutcome) -> None:
    """Write the outcome on every item of which nothing is known yet; what was on hold before is on hold again."""
    waiting = (JobItem.tenant == tenant, JobItem.job_id == job_id, JobItem.state == PENDING)
    await session.execute(
        update(JobItem).where(*waiting, JobItem.reason.is_not(None)).values(state=HELD, updated_at=NOW)
    )
    await session.execute(update(JobItem).where(*waiting).values(**_values(outcome)))


def _values(outcome: ItemOutcome) -> dict[str, object]:
    return {
        "state": outcome.state,
        "step": outcome.step,
        "reason": outcome.reason,
        "message": outcome.message,
        "invoice_id": outcome.invoice_id,
        "updated_at": NOW,
    }
