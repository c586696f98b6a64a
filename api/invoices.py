"""Issued invoices: the PDF behind a `downloadLink`."""

from collections.abc import AsyncIterator
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.errors import ApiError
from api.services import ApiServices
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
        chunks = services.documents.stream(document.key)
        # Before anything is sent: a document that cannot be read is still an error then, and no empty file.
        first = await anext(chunks, b"")
        return Stream(
            _all(first, chunks),
            media_type=invoices.PDF,
            headers={
                "Content-Disposition": f'attachment; filename="{_file_name(invoice.number)}.pdf"',
                "Content-Length": str(document.size_bytes),
                "ETag": f'"{document.sha256}"',
            },
        )


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _file_name(number: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in number)
