"""Issued invoices: the PDF behind a `downloadLink`, and the structured forms."""

from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.awaited_documents import awaited_form, awaited_ubl
from api.documents.stored_documents import document_answer
from api.errors.api_error import ApiError
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import invoices
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

VIEW = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}


class InvoiceController(Controller):
    """Invoices of a tenant."""

    path = "/invoice/{tenant:str}/invoices"
    tags = ["Invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(
        "/{invoice_id:uuid}/pdf",
        operation_id="downloadInvoicePdf",
        summary="Download an invoice",
        media_type=invoices.PDF,
        opt=VIEW,
    )
    async def pdf(
        self,
        invoice_id: FromPath[UUID],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Stream:
        """The PDF as it was stored; its digest is the `ETag`."""
        invoice = await invoices.find_by_id(session, access.tenant, invoice_id)
        document = await invoices.find_pdf(session, access.tenant, invoice_id)
        if invoice is None or document is None:
            raise ApiError(404, "The invoice does not exist or has no PDF yet", field="invoiceId")
        await session.commit()  # the store may take its time, and other requests want the connection
        return await document_answer(services.documents, document, invoice.number)

    @get(
        "/{invoice_id:uuid}/ubl",
        operation_id="downloadInvoiceUbl",
        summary="Download an invoice as UBL",
        media_type=invoices.XML,
        opt=VIEW,
    )
    async def ubl(
        self,
        invoice_id: FromPath[UUID],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        profile: FromQuery[str | None] = None,
    ) -> Stream:
        """As it was stored, or made now; 409 with all that it lacks where it cannot be made.

        `profile` is `peppol` or `xrechnung`; without one it is the one that the invoice was issued with.
        """
        return await awaited_ubl(session, services, await _issued(session, access.tenant, invoice_id), profile)

    @get(
        "/{invoice_id:uuid}/cii",
        operation_id="downloadInvoiceCii",
        summary="Download an invoice as CII",
        media_type=invoices.XML,
        opt=VIEW,
    )
    async def cii(
        self,
        invoice_id: FromPath[UUID],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Stream:
        """What the PDF carries as `factur-x.xml`; 409 with all that it lacks where it cannot be made."""
        invoice = await _issued(session, access.tenant, invoice_id)
        return await awaited_form(session, services, invoice, DocumentForm.CII)


async def _issued(session: AsyncSession, tenant: str, invoice_id: UUID) -> Invoice:
    invoice = await invoices.find_by_id(session, tenant, invoice_id)
    if invoice is None:
        raise ApiError(404, "The invoice does not exist", field="invoiceId")
    return Invoice.model_validate(invoice.document)
