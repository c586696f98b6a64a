"""The audit trail: who did what when to which document. Written in the transaction of the deed, never changed."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import AuditEvent, JsonObject


@dataclass(frozen=True)
class Deed:
    """One thing done."""

    actor: str
    """`client:{client id}`, `job:{job id}`, `recurrence:{invoice code}` or `command line`."""
    action: str
    """`create`, `change`, `issue`, `delete`, `pay`, `credit`, `refund`, `send`, ..."""
    document: str
    """`{kind}/{code}`: `sales-invoice/INV1`, `credit-note/CN-0000001`, `contact/C-0000001`."""


EVENT = insert(AuditEvent.metadata.tables[AuditEvent.__tablename__]).inline()


async def record(
    session: AsyncSession, tenant: str, deed: Deed, **detail: str | int | bool | list[JsonObject] | None
) -> None:
    """Write down what was done, once it is: what the session still keeps to itself is written first.

    `detail` holds amounts as text and nothing personal.
    """
    await session.flush()
    event = {"tenant": tenant, "actor": deed.actor, "action": deed.action, "document": deed.document, "detail": detail}
    await session.execute(EVENT, event)


async def list_events(
    session: AsyncSession, tenant: str, *, document: str | None, limit: int, before: int | None = None
) -> list[AuditEvent]:
    """The newest first; of one document where given; `before` is the id of the last event of the page before."""
    query = select(AuditEvent).where(AuditEvent.tenant == tenant)
    if document is not None:
        query = query.where(AuditEvent.document == document)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return list(await session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)))


async def count_events(session: AsyncSession, tenant: str, *, document: str | None) -> int:
    """How many events `list_events` would page over."""
    query = select(func.count()).select_from(AuditEvent).where(AuditEvent.tenant == tenant)
    if document is not None:
        query = query.where(AuditEvent.document == document)
    return await session.scalar(query) or 0
