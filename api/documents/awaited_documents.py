"""A document in one of its forms as an answer; what nobody has made yet is made while the caller waits."""

from http import HTTPStatus

from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.electronic import missing_detail
from api.documents.stored_documents import document_answer
from api.errors.api_error import ApiError
from api.services import ApiServices
from contracts import starts
from contracts.sales_invoice import InvoiceRef
from contracts.starts import Start
from contracts.temporal_client import TemporalAway
from database import invoices
from database.tables import InvoiceDocument
from invoicing.document.finishing import ubl_form_of
from invoicing.document_forms import DocumentForm
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import Invoice

WAIT_SECONDS = 15.0
"""Shorter than the 30 s and more after which clients and proxies give up."""
PROFILES = {"peppol": DocumentForm.UBL, "xrechnung": DocumentForm.XRECHNUNG}
OPENING = "An opening invoice was issued elsewhere: it has no electronic form here"
LACKING = "The document lacks what its electronic form must say, and what is issued does not change"


async def awaited_pdf(session: AsyncSession, services: ApiServices, ref: InvoiceRef) -> Stream:
    """Stream the PDF of an issued invoice or credit note. It ends the handler's transaction before it waits.

    Raises:
        ApiError: 503, the PDF is not there in time; 500, it cannot be made.
    """
    document = await invoices.find_pdf(session, ref.tenant, ref.invoice_id)
    await session.commit()
    if document is None:
        document = await _made(services, ref, DocumentForm.PDF, starts.document_of(ref))
    return await document_answer(services.documents, document, ref.number)


async def awaited_ubl(session: AsyncSession, services: ApiServices, invoice: Invoice, profile: str | None) -> Stream:
    """The same of its UBL: of the profile `peppol` or `xrechnung`, without one as the document was issued.

    Raises:
        ApiError: 400, there is no such profile; otherwise as `awaited_form`.
    """
    if profile is not None and profile.lower() not in PROFILES:
        raise ApiError(400, f"must be one of {', '.join(PROFILES)}", field="profile")
    form = PROFILES[profile.lower()] if profile is not None else ubl_form_of(invoice)
    return await awaited_form(session, services, invoice, form)


async def awaited_form(session: AsyncSession, services: ApiServices, invoice: Invoice, form: DocumentForm) -> Stream:
    """Stream a structured form. It ends the handler's transaction before it waits.

    Raises:
        ApiError: 409, the document cannot be had in that form, with all that it lacks; 503, it is not there in time;
            500, it cannot be made.
    """
    document = await invoices.find_document(session, invoice.tenant, invoice.id, form)
    await session.commit()
    if document is None:
        _require_makeable(invoice, form)
        ref = InvoiceRef(tenant=invoice.tenant, invoice_id=invoice.id, number=invoice.number)
        document = await _made(services, ref, form, starts.form_of(ref, form))
    return await document_answer(services.documents, document, invoice.number)


def _require_makeable(invoice: Invoice, form: DocumentForm) -> None:
    if invoice.is_opening:
        raise ApiError(HTTPStatus.CONFLICT, OPENING)
    missing = missing_terms(invoice, form)
    if missing:
        raise ApiError(HTTPStatus.CONFLICT, LACKING, details=[missing_detail(term) for term in missing])


async def _made(services: ApiServices, ref: InvoiceRef, form: DocumentForm, wanted: Start) -> InvoiceDocument:
    try:
        await services.temporal.start(wanted)
        has_ended = await services.temporal.has_ended(wanted.workflow_id, WAIT_SECONDS)
    except TemporalAway as error:
        raise _not_yet(form) from error
    async with services.sessions() as session:
        document = await invoices.find_document(session, ref.tenant, ref.invoice_id, form)
    if document is not None:
        return document
    if has_ended:
        raise ApiError(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            f"The {form} cannot be made; the workflow {wanted.workflow_id} says why.",
        )
    raise _not_yet(form)


def _not_yet(form: DocumentForm) -> ApiError:
    words = f"The {form} is not made yet; try again."
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, words, headers={"Retry-After": "5"})
