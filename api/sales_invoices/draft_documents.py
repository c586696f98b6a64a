"""A draft as the document that it would become: made by the functions that issue it, under its own code, not stored."""

from collections.abc import Mapping

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.awaited_previews import made
from api.documents.stored_documents import file_name
from api.errors.api_error import ApiError
from api.requests.request_bodies import read_body
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.lookups import Reader, reader_for
from api.sales_invoices.parties import completed
from api.sales_invoices.preparing import NO_SITE, Wanted, prepare
from api.sales_invoices.saving import document_of
from api.security.access import Access
from api.services import ApiServices
from database import document_templates
from database.document_finish import find_finish
from database.issuing import NO_ID
from database.tables import SalesInvoice
from invoicing.document.preview import PDF, Content, PreviewTask, PreviewWish
from invoicing.invoice import Invoice
from invoicing.look import Look
from invoicing.sales.sales_invoice import make_sales_invoice
from invoicing.site import read_site

NOT_PRINTED = "The draft cannot be printed yet"
NO_LINES = "The draft has no lines: there is nothing to print"


async def draft_invoice(reader: Reader, row: SalesInvoice) -> Invoice:
    """What the draft would be issued as today, with its code in the number's place.

    Raises:
        ApiError: 400 naming every fault; 409, it has no lines, or there is no site to issue it for.
    """
    kept: Mapping[str, object] = row.details
    body = read_body(SalesInvoiceBody, {**kept, "draft": True}, NOT_PRINTED)
    prepared = await prepare(reader, Wanted(body, is_issued=False, draft=row))
    if prepared.known.site is None:
        raise ApiError(409, NO_SITE, field="siteCode")
    if prepared.computed is None:
        raise ApiError(409, NO_LINES, field="salesInvoiceItems")
    site = prepared.known.site.body
    complete = completed(body, prepared.contact)
    document = document_of(reader.tenant, prepared, prepared.computed.figures, complete, read_site(site))
    finish = await find_finish(reader.session, reader.tenant, site)
    return finish.finished(make_sales_invoice(document, NO_ID, row.code))


async def own_content(session: AsyncSession, tenant: str, look: Look) -> Content | None:
    """What the tenant's own template says that a look names; None: it names none."""
    template = await document_templates.find(session, tenant, look.template.id) if look.template else None
    return template.content if template else None


async def draft_pdf(session: AsyncSession, access: Access, services: ApiServices, row: SalesInvoice) -> Response[bytes]:
    """The draft's page with the word for it across. It ends the handler's transaction before it waits.

    Raises:
        ApiError: as `draft_invoice` and `awaited_previews.made`.
    """
    invoice = await draft_invoice(reader_for(session, access, services), row)
    template = await own_content(session, access.tenant, invoice.look)
    await session.commit()
    wish = PreviewWish(task=PreviewTask.PAGE, invoice=invoice, template=template, is_draft=True)
    return pdf_answer(await made(services, access.tenant, wish), row.code)


def pdf_answer(content: bytes, name: str) -> Response[bytes]:
    """A PDF that nobody has stored: nothing in between shall store it either."""
    headers = {
        "Content-Disposition": f'inline; filename="{file_name(name)}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=PDF, headers=headers)
