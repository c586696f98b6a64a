"""Asking for a mail of a document, and waiting for what becomes of it."""

from http import HTTPStatus
from uuid import UUID

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer
from api.errors.api_error import ApiError, Detail
from api.mails.bodies import CREDIT_NOTE, EmailBody, ResendRequest, mail_answer
from api.outbox import Noted, noted
from api.security.access import Access
from api.services import ApiServices
from contracts import starts
from contracts.ids import mail_workflow_id
from contracts.sales_invoice import DeliveryRequest, InvoiceRef
from contracts.temporal_client import TemporalAway
from database import audit, contacts, document_mails, invoices, mail_requests, sales_invoices
from database.audit import Deed
from database.mail_requests import MailRequestState, MailWish
from database.tables import IssuedInvoice, MailRequest
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.mail_address import is_mail_address

NOT_SENT = "Unable to send email."
SENT = "Email sent successfully."
QUEUED = "The email is queued and will be sent."
WAIT_SECONDS = 15.0
REQUEST = "sendEmailRequest"
DOCUMENT = f"{REQUEST}.exportDocumentRequest.documentCode"


async def request_mail(session: AsyncSession, access: Access, body: EmailBody) -> tuple[MailRequest, Noted]:
    """Write down the wish, the workflow that it takes, and who had it.

    Raises:
        ApiError: 404, there is no such document; 400, it is a draft, or there is nobody to send it to.
    """
    issued, contact_code = await _document(session, access.tenant, body)
    wanted = body.send_email_request
    wish = MailWish(
        recipients=wanted.to or (await _address(session, issued, body.contact_code or contact_code),),
        requested_by=f"client:{access.client_id}",
        cc=wanted.cc,
        bcc=wanted.bcc,
        reply_to=wanted.reply_to[0] if wanted.reply_to else None,
        sender_name=wanted.sender_name,
        subject=wanted.subject,
        body=wanted.text,
    )
    return await ask_for_mail(session, issued, wish)


async def request_again(
    session: AsyncSession, issued: IssuedInvoice, wanted: ResendRequest, requested_by: str
) -> tuple[MailRequest, Noted]:
    """The same for a document that is at hand: it goes to whom it went first, unless somebody else is named.

    Raises:
        ApiError: 400, there is nobody to send it to.
    """
    wish = MailWish(
        recipients=wanted.to or await _first_recipients(session, issued),
        requested_by=requested_by,
        cc=wanted.cc,
        bcc=wanted.bcc,
        reply_to=wanted.reply_to[0] if wanted.reply_to else None,
        sender_name=wanted.sender_name,
        subject=wanted.subject,
        body=wanted.body,
    )
    return await ask_for_mail(session, issued, wish)


async def ask_for_mail(session: AsyncSession, issued: IssuedInvoice, wish: MailWish) -> tuple[MailRequest, Noted]:
    """Write down the wish, the workflow that it takes, and who had it."""
    tenant = issued.tenant
    row = await mail_requests.add(session, tenant, issued.id, wish)
    kind = "credit-note" if issued.kind == InvoiceKind.CREDIT_NOTE else "sales-invoice"
    addressees = len(wish.recipients) + len(wish.cc) + len(wish.bcc)
    deed = Deed(wish.requested_by, "send", f"{kind}/{issued.number}")
    await audit.record(session, tenant, deed, mail=str(row.id), addressees=addressees)
    ref = InvoiceRef(tenant=tenant, invoice_id=issued.id, number=issued.number)
    return row, await noted(session, tenant, starts.delivery(DeliveryRequest(invoice=ref, mail_id=row.id)))


async def mail_outcome(services: ApiServices, tenant: str, mail_id: UUID) -> Response[bytes]:
    """Wait a while for the mail server, outside any transaction, and answer with what it said.

    Raises:
        ApiError: 400, the mail is refused or given up.
    """
    try:
        has_ended = await services.temporal.has_ended(mail_workflow_id(tenant, mail_id), WAIT_SECONDS)
    except TemporalAway:
        has_ended = False
    async with services.sessions() as session:
        row = await mail_requests.find(session, tenant, mail_id)
    if row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "The email does not exist.")
    if row.state == MailRequestState.SENT:
        return answer(mail_answer(row, HTTPStatus.OK, SENT))
    if row.state == MailRequestState.REFUSED or (has_ended and row.message):
        raise ApiError(HTTPStatus.BAD_REQUEST, NOT_SENT, details=[Detail(row.message or NOT_SENT, f"{REQUEST}.to")])
    return answer(mail_answer(row, HTTPStatus.ACCEPTED, QUEUED), HTTPStatus.ACCEPTED)


async def _document(session: AsyncSession, tenant: str, body: EmailBody) -> tuple[IssuedInvoice, str | None]:
    """The issued document, and the code of its contact."""
    export = body.send_email_request.export_document_request
    if export.document_type == CREDIT_NOTE:
        note = await invoices.find_by_number(session, tenant, export.code)
        if note is None or note.kind != InvoiceKind.CREDIT_NOTE:
            raise ApiError(HTTPStatus.NOT_FOUND, "Credit note not found.", field=DOCUMENT)
        return note, None
    row = await sales_invoices.find(session, tenant, export.code)
    if row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Sales invoice not found.", field=DOCUMENT)
    issued = await invoices.find_by_id(session, tenant, row.invoice_id) if row.invoice_id else None
    if issued is None:
        raise _refusal("a draft has no document", DOCUMENT)
    return issued, row.contact_code


async def _address(session: AsyncSession, issued: IssuedInvoice, contact_code: str | None) -> str:
    """Where the contact wants mail now, else where the buyer of the document did."""
    contact = await contacts.find(session, issued.tenant, contact_code) if contact_code else None
    known = (contact.body.get("emailId") if contact else None, Invoice.model_validate(issued.document).buyer.email)
    for address in known:
        if isinstance(address, str) and is_mail_address(address.strip()):
            return address.strip()
    raise _refusal("is required: neither the contact nor the document has a usable mail address", f"{REQUEST}.to")


async def _first_recipients(session: AsyncSession, issued: IssuedInvoice) -> tuple[str, ...]:
    first = await document_mails.first_recipients(session, issued.tenant, issued.id)
    address = (Invoice.model_validate(issued.document).buyer.email or "").strip()
    recipients = first or ((address,) if is_mail_address(address) else ())
    if not recipients:
        raise ApiError(400, NOT_SENT, details=[Detail("is required: the document names no usable mail address", "to")])
    return recipients


def _refusal(message: str, field: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, NOT_SENT, details=[Detail(message, field)])
