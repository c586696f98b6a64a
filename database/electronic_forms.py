"""What was decided about the electronic forms of documents when they were issued."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import IssuedInvoice
from invoicing.document_forms import Electronic


async def electronic_of(session: AsyncSession, tenant: str, ids: Collection[UUID]) -> dict[UUID, Electronic]:
    """By the invoices' ids; those that were issued before there were electronic forms are left out."""
    if not ids:
        return {}
    decided = IssuedInvoice.document["electronic"]
    rows = await session.execute(
        select(IssuedInvoice.id, decided).where(IssuedInvoice.tenant == tenant, IssuedInvoice.id.in_(ids))
    )
    return {invoice_id: Electronic.model_validate(found) for invoice_id, found in rows if found is not None}
