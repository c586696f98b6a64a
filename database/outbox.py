"""The outbox: workflows to start, written in the transaction that made them necessary.

Who wrote a row starts the workflow right after its commit and marks the row; the worker's sweep starts what was left.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, JsonObject, WorkflowStart

KEEP_STARTED = timedelta(days=7)
"""How long it can be seen what was started when."""


@dataclass(frozen=True)
class PendingStart:
    """A row of the outbox; `body` is a `contracts.starts.Start` as JSON."""

    id: UUID
    body: JsonObject


async def add_start(session: AsyncSession, tenant: str, body: JsonObject) -> UUID:
    """Write down that a workflow is to be started or signalled."""
    start_id = uuid4()
    session.add(WorkflowStart(id=start_id, tenant=tenant, body=body))
    await session.flush()
    return start_id


async def pending_starts(session: AsyncSession, *, older_than: timedelta, limit: int) -> list[PendingStart]:
    """What nobody has started yet, the oldest first; what was tried in vain goes behind."""
    rows = await session.scalars(
        select(WorkflowStart)
        .where(WorkflowStart.started_at.is_(None), WorkflowStart.created_at < func.now() - older_than)
        .order_by(func.coalesce(WorkflowStart.tried_at, WorkflowStart.created_at))
        .limit(limit)
    )
    return [PendingStart(row.id, row.body) for row in rows]


async def pending_starts_of(session: AsyncSession, tenant: str, workflow_id: str) -> list[PendingStart]:
    """What nobody has started yet of one workflow, the oldest first."""
    rows = await session.scalars(
        select(WorkflowStart)
        .where(
            WorkflowStart.tenant == tenant,
            WorkflowStart.started_at.is_(None),
            WorkflowStart.body["workflow_id"].astext == workflow_id,
        )
        .order_by(WorkflowStart.created_at)
    )
    return [PendingStart(row.id, row.body) for row in rows]


async def mark_started(session: AsyncSession, start_id: UUID) -> None:
    """It is Temporal's now."""
    await session.execute(update(WorkflowStart).where(WorkflowStart.id == start_id).values(started_at=NOW))


async def mark_tried(session: AsyncSession, start_id: UUID) -> None:
    """It could not be started: the next ones have their turn before it is tried again."""
    await session.execute(update(WorkflowStart).where(WorkflowStart.id == start_id).values(tried_at=NOW))


async def forget_started(session: AsyncSession, limit: int) -> int:
    """Delete up to `limit` rows that were started more than `KEEP_STARTED` ago; how many they were."""
    old = (
        select(WorkflowStart.id)
        .where(WorkflowStart.started_at < func.now() - KEEP_STARTED)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = await session.scalars(delete(WorkflowStart).where(WorkflowStart.id.in_(old)).returning(WorkflowStart.id))
    return len(deleted.all())
