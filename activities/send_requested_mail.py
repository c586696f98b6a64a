"""A mail that somebody asked for: the document to the people they named, once.

After a lost answer it may be sent again, with the same Message-ID.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from contracts.failures import Reason
from contracts.sales_invoice import DeliveryRequest, UnsentMail
from database import configurations, invoices, mail_requests
from database.mail_requests import MailRequestState
from database.secured_values import SecuredValues
from database.tables import InvoiceDocument, MailRequest
from documents.mail import MailWords, invoice_mail
from integrations.document_store import DocumentStore
from integrations.mail import Attachment, Mailer, MailRefused, OutgoingMail, message_id
from integrations.pace import UNPACED, Downstream, Pace
from invoicing.invoice import Invoice
from invoicing.known_configurations import MAIL_FROM_KEY


@dataclass(frozen=True)
class _Asked:
    """A mail that is wanted, and all that goes into it."""

    row: MailRequest
    invoice: Invoice
    document: InvoiceDocument
    sender: str


@dataclass(frozen=True)
class MailActivities:
    sessions: async_sessionmaker[AsyncSession]
    mailer: Mailer
    store: DocumentStore
    default_sender: str
    secured_values: SecuredValues
    pace: Pace = UNPACED

    @activity.defn
    async def send_requested_mail(self, request: DeliveryRequest) -> None:
        """Send the mail `mail_id` with the document's PDF; one that was sent is not sent again."""
        asked = await self._asked(request)
        if not _is_open(asked.row):
            return
        mail = _mail(asked, await self.store.get(asked.document.key))
        tenant, mail_id = asked.row.tenant, asked.row.id
        await self.pace.wait(Downstream.MAIL_SERVER, tenant)
        async with self.sessions.begin() as session:
            begun = await mail_requests.start(session, tenant, mail_id, mail.message_id)
        if begun is not None:
            await self._send(tenant, mail_id, replace(mail, message_id=begun))

    @activity.defn
    async def give_up_mail(self, unsent: UnsentMail) -> None:
        """Note that nobody tries any more to send it, and why."""
        async with self.sessions.begin() as session:
            await mail_requests.give_up(session, unsent.tenant, unsent.mail_id, unsent.message)

    async def _asked(self, request: DeliveryRequest) -> _Asked:
        tenant, invoice_id = request.invoice.tenant, request.invoice.invoice_id
        async with self.sessions.begin() as session:
            row = await mail_requests.find(session, tenant, request.mail_id) if request.mail_id else None
            document = await invoices.find_pdf(session, tenant, invoice_id)
            if row is None or row.invoice_id != invoice_id:
                raise ended(Reason.INTERNAL_ERROR, "nobody has asked for this mail")
            if document is None:
                raise ended(Reason.INTERNAL_ERROR, "the document has no PDF to send")
            configured = await configurations.get_value(session, tenant, MAIL_FROM_KEY, self.secured_values)
            invoice = await invoices.load(session, tenant, invoice_id)
        return _Asked(row, invoice, document, configured if isinstance(configured, str) else self.default_sender)

    async def _send(self, tenant: str, mail_id: UUID, mail: OutgoingMail) -> None:
        try:
            await self.mailer.send(mail)
        except MailRefused as refusal:
            # Another attempt may have sent it meanwhile, and the server refuses the repeat.
            if await self._complete(tenant, mail_id, MailRequestState.REFUSED, str(refusal)):
                raise ended(Reason.MAIL_REFUSED, str(refusal)) from None
            return
        await self._complete(tenant, mail_id, MailRequestState.SENT)

    async def _complete(self, tenant: str, mail_id: UUID, state: MailRequestState, message: str | None = None) -> bool:
        async with self.sessions.begin() as session:
            return await mail_requests.complete(session, tenant, mail_id, state, message)


def _is_open(row: MailRequest) -> bool:
    """Whether there is something to send; raises what an earlier attempt has ended with."""
    if row.state == MailRequestState.REFUSED:
        raise ended(Reason.MAIL_REFUSED, row.message or "the mail was refused")
    return row.state != MailRequestState.SENT


def _mail(asked: _Asked, pdf: bytes) -> OutgoingMail:
    row, invoice = asked.row, asked.invoice
    name = f"{invoice.number}.pdf"
    words = invoice_mail(invoice, name, MailWords(subject=row.subject, body=row.body))
    domain = asked.sender.rpartition("@")[2].rstrip(">") or "localhost"
    return OutgoingMail(
        message_id=message_id(row.id, domain, subject="mail"),
        sender=asked.sender,
        recipients=tuple(row.recipients),
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=(Attachment(name=name, media_type=invoices.PDF, content=pdf),),
        language=invoice.language,
        cc=tuple(row.cc),
        bcc=tuple(row.bcc),
        reply_to=row.reply_to,
        sender_name=row.sender_name,
    )
