"""Issued invoices: the PDF behind a `downloadLink`."""

from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.errors import ApiError
from api.services import ApiServices
from api.stored_documents import document_answer
from database import invoices


class InvoiceController(Controller):
    """Invoices of a tenant."""

    path = "/invoice/{tenant:str}/invoices"
    tags = ["Invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(
        "/{invoice_id:uuid}/pdf",
        operation_id="downloadInvoicePdf",
        summary="Download an invoice",
        media_type=invoices.PDF,
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
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
        return await document_answer(services.documents, document, invoice.number)
