"""Jobs and their items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database.invoices import PDF
from database.tables import NOW, InvoiceDocument, IssuedInvoice, Job, JobItem

PENDING = "PENDING"
HELD = "HELD"
SUCCESS = "SUCCESS"
FAILURE = "FAILURE"


class IdempotencyConflict(Exception):
    """The key was used before with another body."""


@dataclass(frozen=True)
class NewJob:
    """What a client asked for; `order_ids` may repeat, the items will not."""

    tenant: str
    job_type: str
    order_ids: Sequence[str] = ()
    idempotency_key: str | None = None
    request_hash: str = ""


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
class ItemView:
    """One order of a job with what became of it."""

    item: JobItem
    invoice_number: str | None
    total: Decimal | None
    """With tax, after rounding: what is paid or due."""
    currency: str | None
    has_document: bool


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


async def add_items(session: AsyncSession, tenant: str, job_id: UUID, order_ids: Sequence[str]) -> None:
    """Append orders that the job does not have yet; positions count from 1."""
    if not order_ids:
        return
    last = select(func.coalesce(func.max(JobItem.position), 0)).where(
        JobItem.tenant == tenant, JobItem.job_id == job_id
    )
    start = await session.scalar(last) or 0
    fresh = list(dict.fromkeys(order_ids))
    listed = text("SELECT unnest(CAST(:ids AS text[])) AS order_id, generate_series(1, :count) AS place")
    rows = listed.bindparams(bindparam("ids", fresh), bindparam("count", len(fresh))).columns(
        literal_column("order_id"), literal_column("place")
    )
    source = rows.subquery()
    await session.execute(
        upsert(JobItem)
        .from_select(
            ["tenant", "job_id", "position", "order_id"],
            select(bindparam("tenant", tenant), bindparam("job", job_id), start + source.c.place, source.c.order_id),
        )
        .on_conflict_do_nothing(index_elements=["tenant", "job_id", "order_id"])
    )


async def get_job(session: AsyncSession, tenant: str, job_id: UUID) -> JobView | None:
    """The job, or None where the tenant has no such job."""
    job = await session.scalar(select(Job).where(Job.tenant == tenant, Job.id == job_id))
    return JobView(job, (await _counts(session, tenant, [job_id])).get(job_id, {})) if job else None


async def load_job(session: AsyncSession, tenant: str, job_id: UUID) -> Job:
    """The job.

    Raises:
        sqlalchemy.exc.NoResultFound: the tenant has no such job.
    """
    return (await session.scalars(select(Job).where(Job.tenant == tenant, Job.id == job_id))).one()


async def list_jobs(session: AsyncSession, tenant: str, *, limit: int, offset: int) -> tuple[list[JobView], int]:
    """Jobs, the newest first, and how many there are."""
    total = await session.scalar(select(func.count()).select_from(Job).where(Job.tenant == tenant)) or 0
    jobs = list(
        await session.scalars(
            select(Job).where(Job.tenant == tenant).order_by(Job.created_at.desc(), Job.id).limit(limit).offset(offset)
        )
    )
    counts = await _counts(session, tenant, [job.id for job in jobs])
    return [JobView(job, counts.get(job.id, {})) for job in jobs], total


async def _counts(session: AsyncSession, tenant: str, job_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    rows = await session.execute(
        select(JobItem.job_id, JobItem.state, func.count())
        .where(JobItem.tenant == tenant, JobItem.job_id.in_(job_ids))
        .group_by(JobItem.job_id, JobItem.state)
    )
    counts: dict[UUID, dict[str, int]] = {}
    for job_id, state, count in rows:
        counts.setdefault(job_id, {})[state] = count
    return counts


async def list_items(
    session: AsyncSession, tenant: str, job_id: UUID, *, limit: int | None = None, offset: int = 0
) -> list[ItemView]:
    """Items in the order they were given."""
    rows = await session.execute(
        select(JobItem, IssuedInvoice.number, IssuedInvoice.total, IssuedInvoice.currency, InvoiceDocument.key)
        .outerjoin(IssuedInvoice, (IssuedInvoice.id == JobItem.invoice_id) & (IssuedInvoice.tenant == tenant))
        .outerjoin(
            InvoiceDocument, (InvoiceDocument.invoice_id == IssuedInvoice.id) & (InvoiceDocument.media_type == PDF)
        )
        .where(JobItem.tenant == tenant, JobItem.job_id == job_id)
        .order_by(JobItem.position)
        .limit(limit)
        .offset(offset)
    )
    return [ItemView(item, number, total, currency, key is not None) for item, number, total, currency, key in rows]


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
    """Note the end, once."""
    await session.execute(
        update(Job).where(Job.tenant == tenant, Job.id == job_id, Job.finished_at.is_(None)).values(finished_at=NOW)
    )


async def explain_job(session: AsyncSession, tenant: str, job_id: UUID, message: str) -> None:
    """Say on the job what a person should know."""
    await session.execute(update(Job).where(Job.tenant == tenant, Job.id == job_id).values(message=message))


async def next_items(
    session: AsyncSession, tenant: str, job_id: UUID, *, after_position: int, limit: int
) -> list[JobItem]:
    """The next items in order of position, whatever their state."""
    return list(
        await session.scalars(
            select(JobItem)
            .where(JobItem.tenant == tenant, JobItem.job_id == job_id, JobItem.position > after_position)
            .order_by(JobItem.position)
            .limit(limit)
        )
    )


async def record_outcome(session: AsyncSession, tenant: str, job_id: UUID, order_id: str, outcome: ItemOutcome) -> None:
    """Write the outcome on the order's item of this job, and on items of other jobs that hold the order.

    What has succeeded stays so: a later run of the same order for the same job takes nothing back.
    """
    await session.execute(
        update(JobItem)
        .where(
            JobItem.tenant == tenant,
            JobItem.order_id == order_id,
            (JobItem.job_id == job_id) | (JobItem.state == HELD),
            JobItem.state != SUCCESS,
        )
        .values(**_values(outcome))
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
    """End a job before its orders do: the orders of which nothing is known yet fail for the same reason."""
    rest = ItemOutcome(state=FAILURE, step=None, reason=reason, message=message, invoice_id=None)
    await close_pending_items(session, tenant, job_id, rest)
    await explain_job(session, tenant, job_id, message)
    await finish_job(session, tenant, job_id)


async def close_pending_items(session: AsyncSession, tenant: str, job_id: UUID, outcome: ItemOutcome) -> None:
    """Write the outcome on every item of which nothing is known yet."""
    await session.execute(
        update(JobItem)
        .where(JobItem.tenant == tenant, JobItem.job_id == job_id, JobItem.state == PENDING)
        .values(**_values(outcome))
    )


def _values(outcome: ItemOutcome) -> dict[str, object]:
    return {
        "state": outcome.state,
        "step": outcome.step,
        "reason": outcome.reason,
        "message": outcome.message,
        "invoice_id": outcome.invoice_id,
        "updated_at": NOW,
    }
