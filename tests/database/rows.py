"""Rows that a test needs to be there already."""

from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices
from database.invoices import SeriesPlace
from database.tables import InvoiceDocument, Tenant
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice
from tests.documents.invoices import make_invoice

Sessions = async_sessionmaker[AsyncSession]


async def another_tenant(sessions: Sessions) -> str:
    code = f"n{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=code))
    return code


def invoice_of(tenant: str, order_id: str, number: str) -> Invoice:
    return make_invoice(tenant=tenant, id=uuid4(), order_id=order_id, number=number)


async def issue(
    sessions: Sessions,
    tenant: str,
    order_id: str = "EON1",
    *,
    series: UUID | None = None,
    counter: int = 1001,
    number: str | None = None,
) -> Invoice:
    """An invoice on the books, without the series that it would be numbered from."""
    invoice = invoice_of(tenant, order_id, number or f"RE-{order_id}-{counter}")
    async with sessions.begin() as session:
        await invoices.add_invoice(session, invoice, SeriesPlace(series or uuid4(), counter), order_round=0)
    return invoice


def document_of(
    invoice: Invoice,
    *,
    key: str = "acme/00/00.pdf",
    sha256: str = "00",
    size: int = 4,
    form: DocumentForm = DocumentForm.PDF,
) -> InvoiceDocument:
    return InvoiceDocument(
        tenant=invoice.tenant,
        invoice_id=invoice.id,
        form=form,
        media_type=invoices.PDF,
        key=key,
        sha256=sha256,
        size_bytes=size,
        template_version="1",
    )
