"""A document's PDF as an answer, also when nobody has made it yet: then it is made while the caller waits."""

from http import HTTPStatus

from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError
from api.services import ApiServices
from api.stored_documents import document_answer
from contracts import starts
from contracts.sales_invoice import InvoiceRef
from contracts.temporal_client import TemporalAway
from database import invoices
from database.tables import InvoiceDocument

WAIT_SECONDS = 15.0
"""Shorter than the 30 s and more after which clients and proxies give up."""


async def awaited_pdf(session: AsyncSession, services: ApiServices, ref: InvoiceRef) -> Stream:
    """Stream the PDF of an issued invoice or credit note. It ends the handler's transaction before it waits.

    Raises:
        ApiError: 503, the PDF is not there in time; 500, it cannot be made.
    """
    document = await invoices.find_pdf(session, ref.tenant, ref.invoice_id)
    await session.commit()
    if document is None:
        document = await _made(services, ref)
    return await document_answer(services.documents, document, ref.number)


async def _made(services: ApiServices, ref: InvoiceRef) -> InvoiceDocument:
    wanted = starts.document_of(ref)
    try:
        await services.temporal.start(wanted)
        has_ended = await services.temporal.has_ended(wanted.workflow_id, WAIT_SECONDS)
    except TemporalAway as error:
        raise _not_yet() from error
    async with services.sessions() as session:
        document = await invoices.find_pdf(session, ref.tenant, ref.invoice_id)
    if document is not None:
        return document
    if has_ended:
        raise ApiError(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            f"The PDF cannot be made; the workflow {wanted.workflow_id} says why.",
        )
    raise _not_yet()


def _not_yet() -> ApiError:
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "The PDF is not made yet; try again.", headers={"Retry-After": "5"})
