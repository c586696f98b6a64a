"""Documents that somebody wants to look at before they exist. The caller owns the transaction.

A preview holds personal data, in the database only, and not for long: the sweep removes it within two hours.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import DocumentPreview, JsonObject

KEPT = timedelta(hours=1)
"""Longer than anybody waits for one."""
WAITED_FOR = timedelta(minutes=1)
"""A row that is older was left behind by an API that died."""


@dataclass(frozen=True)
class Made:
    """What has become of a preview: a document, or the reason why there is none."""

    content: bytes | None = None
    media_type: str | None = None
    fault: str | None = None
    """A sentence for a person, or JSON of several."""


async def add(session: AsyncSession, tenant: str, request: JsonObject) -> UUID:
    """Store what is wanted; its id."""
    preview_id = uuid4()
    session.add(DocumentPreview(id=preview_id, tenant=tenant, request=request))
    await session.flush()
    return preview_id


async def count_open(session: AsyncSession, tenant: str) -> int:
    """How many previews somebody waits for just now."""
    waiting = select(func.count()).where(
        DocumentPreview.tenant == tenant, DocumentPreview.created_at > func.now() - WAITED_FOR
    )
    return await session.scalar(waiting) or 0


async def find_request(session: AsyncSession, tenant: str, preview_id: UUID) -> JsonObject | None:
    """What is wanted; None: nobody wants it any more, or it is made."""
    is_open = (DocumentPreview.content.is_(None), DocumentPreview.fault.is_(None))
    row = await session.scalar(select(DocumentPreview).where(*_is(tenant, preview_id), *is_open))
    return row.request if row else None


async def complete(session: AsyncSession, tenant: str, preview_id: UUID, made: Made) -> None:
    """Write down what has become of it; a row that is gone stays gone."""
    columns = {"content": made.content, "media_type": made.media_type, "fault": made.fault}
    await session.execute(update(DocumentPreview).where(*_is(tenant, preview_id)).values(**columns))


async def take(session: AsyncSession, tenant: str, preview_id: UUID) -> Made:
    """What has become of it, once: the row is removed, whatever it holds."""
    columns = (DocumentPreview.content, DocumentPreview.media_type, DocumentPreview.fault)
    taken = (await session.execute(delete(DocumentPreview).where(*_is(tenant, preview_id)).returning(*columns))).first()
    return Made(*taken) if taken else Made()


async def forget_old(session: AsyncSession, limit: int) -> int:
    """Remove up to `limit` previews that nobody waits for any more; how many there were."""
    old = (
        select(DocumentPreview.id)
        .where(DocumentPreview.created_at < func.now() - KEPT)
        .order_by(DocumentPreview.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    removed = await session.scalars(
        delete(DocumentPreview).where(DocumentPreview.id.in_(old)).returning(DocumentPreview.id)
    )
    return len(removed.all())


def _is(tenant: str, preview_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DocumentPreview.tenant == tenant, DocumentPreview.id == preview_id
