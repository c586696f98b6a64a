"""Lists of jobs, and of the orders of a job, as people are shown them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from database.jobs import HELD, JobView, counts_of_jobs
from database.tables import InvoiceDocument, IssuedInvoice, Job, JobItem
from invoicing.document_forms import DocumentForm


class JobState(StrEnum):
    """How a job stands; it is in exactly one of these states."""

    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    """Whether its last orders have ended or not."""


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; None: whichever."""

    state: JobState | None = None
    job_type: str | None = None
    held: bool | None = None
    """Whether an order of the job waits for a person."""


EVERY_JOB = JobFilter()


class Item(NamedTuple):
    """What is listed of a `JobItem`. Thousands are read at a time; as entities they would take twice as long."""

    tenant: str
    job_id: UUID
    position: int
    order_id: str
    state: str
    step: str | None
    reason: str | None
    message: str | None
    invoice_id: UUID | None
    total: Decimal | None
    currency: str | None
    updated_at: datetime


class ItemView(NamedTuple):
    """One order of a job with what became of it."""

    item: Item
    invoice_number: str | None
    total: Decimal | None
    """With tax, after rounding: what is paid or due."""
    currency: str | None
    has_document: bool


async def list_jobs(
    session: AsyncSession, tenant: str, *, limit: int, offset: int, wanted: JobFilter = EVERY_JOB
) -> tuple[list[JobView], int]:
    """The wanted jobs, the newest first, and how many there are."""
    matches = _conditions(tenant, wanted)
    total = await session.scalar(select(func.count()).select_from(Job).where(*matches)) or 0
    newest = select(Job).where(*matches).order_by(Job.created_at.desc(), Job.id)
    jobs = list(await session.scalars(newest.limit(limit).offset(offset)))
    counted = await counts_of_jobs(session, tenant, [job.id for job in jobs])
    return [JobView(job, counted.get(job.id, {})) for job in jobs], total


def _conditions(tenant: str, wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions = [Job.tenant == tenant]
    if wanted.state is not None:
        conditions += _STANDING[wanted.state]
    if wanted.job_type is not None:
        conditions.append(Job.job_type == wanted.job_type)
    if wanted.held is not None:
        holding = select(JobItem.job_id).where(JobItem.tenant == tenant, JobItem.state == HELD)
        conditions.append(Job.id.in_(holding) if wanted.held else Job.id.not_in(holding))
    return conditions


_STANDING: dict[JobState, list[ColumnElement[bool]]] = {
    JobState.IN_PROGRESS: [Job.finished_at.is_(None), Job.cancelled_at.is_(None), Job.paused_at.is_(None)],
    JobState.PAUSED: [Job.finished_at.is_(None), Job.cancelled_at.is_(None), Job.paused_at.is_not(None)],
    JobState.DONE: [Job.finished_at.is_not(None), Job.cancelled_at.is_(None)],
    JobState.CANCELLED: [Job.cancelled_at.is_not(None)],
}


async def list_items(
    session: AsyncSession,
    tenant: str,
    job_id: UUID,
    *,
    state: str | None = None,
    after_position: int = 0,
    limit: int | None = None,
    offset: int = 0,
) -> list[ItemView]:
    """Items in the order they were given: all, or those in one state."""
    query = _items(tenant).where(JobItem.job_id == job_id, JobItem.position > after_position)
    if state is not None:
        query = query.where(JobItem.state == state)
    rows = await session.execute(query.order_by(JobItem.position).limit(limit).offset(offset))
    return [_view(row) for row in rows]


async def items_of_order(session: AsyncSession, tenant: str, order_id: str, *, limit: int) -> list[ItemView]:
    """What became of the order in each job that names it; the newest word first."""
    query = _items(tenant).where(JobItem.order_id == order_id).order_by(JobItem.updated_at.desc(), JobItem.job_id)
    return [_view(row) for row in await session.execute(query.limit(limit))]


_ITEM: tuple[InstrumentedAttribute[Any], ...] = tuple(getattr(JobItem, name) for name in Item._fields)


def _view(row: Row[Any]) -> ItemView:
    return ItemView(Item(*row[: len(_ITEM)]), *row[len(_ITEM) :])


def _items(tenant: str) -> Select[Any]:
    """Rows in the order of the fields of `Item` and, after it, of `ItemView`."""
    return (
        select(
            *_ITEM,
            IssuedInvoice.number,
            IssuedInvoice.total,
            IssuedInvoice.currency,
            InvoiceDocument.key.is_not(None),
        )
        .outerjoin(IssuedInvoice, (IssuedInvoice.id == JobItem.invoice_id) & (IssuedInvoice.tenant == tenant))
        .outerjoin(
            InvoiceDocument,
            (InvoiceDocument.invoice_id == IssuedInvoice.id) & (InvoiceDocument.form == DocumentForm.PDF),
        )
        .where(JobItem.tenant == tenant)
    )
