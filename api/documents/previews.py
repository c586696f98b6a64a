"""Previews: a document as it would look, made while the caller waits, and kept by nobody.

A draft has the word for it across its pages. An issued document is shown anew, as it would look: what was issued is the
document that was stored, and stays it.
"""

from typing import Annotated

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.awaited_previews import made
from api.documents.preview_bodies import REFUSAL, PreviewRequest
from api.documents.template_bodies import no_such_version, read_content
from api.errors.api_error import ApiError, Dialect, Forbidden
from api.requests.request_bodies import read_body
from api.sales_invoices.draft_documents import draft_invoice, own_content, pdf_answer
from api.sales_invoices.lookups import Reader, reader_for
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import document_templates, invoices, sales_invoices
from database.document_finish import find_finish
from invoicing.configuration.document_settings import look_of
from invoicing.document.preview import JSON, Content, PreviewTask, PreviewWish
from invoicing.document.template_kind import TemplateKind
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.look import Look
from invoicing.site import locale_of

NOT_FOUND = "There is no such document"
WISH = {"sample": "INVOICE", "brandColour": "#7a1f3d", "secondLanguage": "fr"}
WishJson = Annotated[object, BodyKwarg(examples=[Example(summary="A sample in another colour", value=WISH)])]


class DocumentPreviewController(Controller):
    """Documents to look at."""

    path = "/invoice/{tenant:str}/previews"
    tags = ["Templates"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="previewDocument",
        summary="See how a document would look",
        status_code=HTTP_200_OK,
        media_type=invoices.PDF,
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE], "dialect": Dialect.PROBLEM},
    )
    async def preview(
        self,
        data: WishJson,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """The page as PDF, or with the kind MAIL the mail as JSON. Nothing is issued, nothing is stored."""
        request = read_body(PreviewRequest, data, REFUSAL)
        request.check()
        wish = await wished(reader_for(session, access, services), request)
        if request.carries_content and INVOICE_MANAGE not in access.scopes:
            raise Forbidden("Trying a template of one's own takes the scope invoice.invoice_manage")
        await session.commit()
        content = await made(services, access.tenant, wish)
        if request.kind is TemplateKind.MAIL:
            return Response(content, media_type=JSON, headers={"Cache-Control": "no-store"})
        return pdf_answer(content, request.draft or request.invoice or "sample")


async def wished(reader: Reader, request: PreviewRequest) -> PreviewWish:
    """The request with the document and the template that it names.

    Raises:
        ApiError: 404, there is none of them; 400 or 409, a draft cannot be printed yet.
    """
    task = PreviewTask.MAIL if request.kind is TemplateKind.MAIL else PreviewTask.PAGE
    if request.sample is not None:
        return await _sample(reader, request, task)
    invoice = await _document(reader, request)
    shown = _in_language(invoice, request.language).model_copy(update={"look": request.applied(invoice.look)})
    return PreviewWish(
        task=task,
        invoice=shown,
        template=await _template(reader.session, reader.tenant, request, invoice.look),
        is_draft=request.draft is not None,
    )


async def _document(reader: Reader, request: PreviewRequest) -> Invoice:
    session, tenant = reader.session, reader.tenant
    if request.draft is not None:
        row = await sales_invoices.find(session, tenant, request.draft)
        if row is None or row.invoice_id is not None:
            raise ApiError(404, "There is no such draft", field="draft")
        return await draft_invoice(reader, row)
    issued = await invoices.find_by_number(session, tenant, request.invoice or "")
    if issued is None:
        raise ApiError(404, NOT_FOUND, field="invoice")
    return await invoices.load(session, tenant, issued.id)


async def _sample(reader: Reader, request: PreviewRequest, task: PreviewTask) -> PreviewWish:
    """A sample as the tenant would issue it, where it has a site to issue it for."""
    session, tenant = reader.session, reader.tenant
    site = await reader.site(None)
    finish = await find_finish(session, tenant, site.body) if site else None
    active = await document_templates.active(session, tenant, TemplateKind.DOCUMENT)
    reference = document_templates.reference_to(active) if active else None
    look = look_of(finish.settings, reference) if finish else Look(template=reference)
    return PreviewWish(
        task=task,
        sample=request.sample or InvoiceKind.INVOICE,
        seller=finish.seller if finish else None,
        look=request.applied(look),
        language=request.language,
        template=await _template(session, tenant, request, look),
    )


async def _template(session: AsyncSession, tenant: str, request: PreviewRequest, look: Look) -> Content | None:
    """The tenant's own template that is named, else the one that holds; None: the service's."""
    named = request.template
    if named is not None and named.version is not None:
        row = await document_templates.find_version(session, tenant, request.kind, named.version)
        if row is None:
            raise no_such_version()
        return row.content
    if named is not None:
        return read_content(request.kind, named.content)
    if request.kind is TemplateKind.MAIL:
        active = await document_templates.active(session, tenant, TemplateKind.MAIL)
        return active.content if active else None
    return None if request.layout is not None else await own_content(session, tenant, look)


def _in_language(invoice: Invoice, language: str | None) -> Invoice:
    if language is None:
        return invoice
    locale = locale_of(language, invoice.seller.address.country)
    return invoice.model_copy(update={"language": language, "locale": locale})
