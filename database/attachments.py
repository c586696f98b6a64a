"""Files kept with sales invoices: their rows. What is in them lies in the document store, under their hash.

A file is uploaded first and belongs to nothing; attaching it gives it to one sales invoice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import Attachment

LARGEST_ID = 2**63 - 1


class UnknownAttachment(Exception):
    """The tenant has no such attachment, or it cannot be given to this invoice."""

    def __init__(self, attachment_id: int, reason: str = "does not exist") -> None:
        super().__init__(f"attachment {attachment_id} {reason}")
        self.attachment_id = attachment_id


class AttachmentTaken(UnknownAttachment):
    """The attachment belongs to another invoice."""

    def __init__(self, attachment_id: int) -> None:
        super().__init__(attachment_id, "is attached to another invoice")


@dataclass(frozen=True)
class StoredFile:
    """A file that lies in the document store."""

    file_name: str
    media_type: str
    size_bytes: int
    key: str
    sha256: str


async def add(session: AsyncSession, tenant: str, actor: str, files: Iterable[StoredFile]) -> list[Attachment]:
    """Attachments that belong to no invoice yet, in the order of `files`."""
    rows = [Attachment(tenant=tenant, created_by=actor, **vars(file)) for file in files]
    for row in rows:
        session.add(row)
        await session.flush()
        await session.refresh(row)
    return rows


async def find(session: AsyncSession, tenant: str, attachment_id: int) -> Attachment | None:
    """By its id."""
    if attachment_id > LARGEST_ID:
        return None
    return await session.scalar(select(Attachment).where(Attachment.tenant == tenant, Attachment.id == attachment_id))


async def attach(session: AsyncSession, tenant: str, sales_invoice_id: int, ids: Collection[int]) -> None:
    """Give the attachments to the sales invoice; those that it has stay. The caller holds the invoice's lock.

    Raises:
        UnknownAttachment: one of them does not exist, or belongs to another invoice (`AttachmentTaken`).
    """
    if not ids:
        return
    owners = {row.id: row.sales_invoice_id for row in await _locked(session, tenant, ids)}
    for attachment_id in ids:
        if attachment_id not in owners:
            raise UnknownAttachment(attachment_id)
        if owners[attachment_id] not in {None, sales_invoice_id}:
            raise AttachmentTaken(attachment_id)
    await session.execute(
        update(Attachment)
        .where(Attachment.tenant == tenant, Attachment.id.in_(owners))
        .values(sales_invoice_id=sales_invoice_id)
    )


async def detach(session: AsyncSession, tenant: str, sales_invoice_id: int, ids: Collection[int]) -> None:
    """Take attachments off the sales invoice: they belong to nothing again."""
    await session.execute(
        update(Attachment)
        .where(
            Attachment.tenant == tenant,
            Attachment.sales_invoice_id == sales_invoice_id,
            Attachment.id.in_(ids),
        )
        .values(sales_invoice_id=None)
    )


async def of_invoices(session: AsyncSession, tenant: str, ids: Collection[int]) -> dict[int, list[Attachment]]:
    """The attachments of each of these sales invoices, oldest first; those without any are left out."""
    found: dict[int, list[Attachment]] = {}
    if not ids:
        return found
    rows = select(Attachment).where(Attachment.tenant == tenant, Attachment.sales_invoice_id.in_(ids))
    for row in await session.scalars(rows.order_by(Attachment.id)):
        found.setdefault(row.sales_invoice_id or 0, []).append(row)
    return found


async def delete(session: AsyncSession, row: Attachment) -> bool:
    """Delete the row; its content stays in the store, where others may have the same.

    False: it was deleted or given to another invoice at the same moment.
    """
    deleted = (
        delete_rows(Attachment)
        .where(
            Attachment.tenant == row.tenant,
            Attachment.id == row.id,
            Attachment.sales_invoice_id.is_not_distinct_from(row.sales_invoice_id),
        )
        .returning(Attachment.id)
    )
    return await session.scalar(deleted) is not None


async def _locked(session: AsyncSession, tenant: str, ids: Collection[int]) -> list[Attachment]:
    """The rows in order of their ids, so that two requests over the same files take turns."""
    known = [attachment_id for attachment_id in set(ids) if attachment_id <= LARGEST_ID]
    rows = (
        select(Attachment)
        .where(Attachment.tenant == tenant, Attachment.id.in_(known))
        .order_by(Attachment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(rows))
