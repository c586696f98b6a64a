"""Step 6: the invoice to the customer, once; after a lost answer at most again with the same Message-ID."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from contracts.failures import Reason
from contracts.order_invoice import Delivery
from database import invoices
from database.deliveries import find_mailable
from database.engine import statements
from database.invoices import MailState
from database.secured_values import SecuredValues
from documents.mail import invoice_mail
from integrations.document_store import DocumentStore
from integrations.mail import Attachment, Mailer, MailRefused, OutgoingMail, message_id
from integrations.order_service import OrderService, UnknownOrder
from integrations.pace import UNPACED, Downstream, Pace
from invoicing.invoice import Invoice
from invoicing.issuing import mail_address_of
from invoicing.mail_address import is_mail_address
from invoicing.order import OrderRejected, parse_order


@dataclass(frozen=True)
class EmailActivities:
    sessions: async_sessionmaker[AsyncSession]
    mailer: Mailer
    shop: OrderService
    store: DocumentStore
    default_sender: str
    secured_values: SecuredValues
    pace: Pace = UNPACED

    @activity.defn
    async def send_email(self, delivery: Delivery) -> None:
        """Mail the PDF to the customer; one that was mailed, or credited in full before that, is not mailed."""
        ref = delivery.invoice
        async with statements(self.sessions) as session:
            mailable = await find_mailable(session, ref.tenant, ref.invoice_id, self.secured_values)
        if mailable is None:
            return
        if mailable.pdf_key is None:
            raise ended(Reason.INTERNAL_ERROR, "the invoice has no PDF to send")
        invoice, configured = mailable.invoice, mailable.configured_sender
        address = invoice.buyer.email
        if delivery.after_hold:
            address = await self._present_address(delivery) or address
        sender = configured if isinstance(configured, str) else self.default_sender
        mail = self._mail(invoice, sender, address, await self.store.get(mailable.pdf_key))
        await self._send(invoice, mail)

    async def _present_address(self, delivery: Delivery) -> str | None:
        """The customer's address as the shop has it now: a person may have put it right."""
        try:
            return mail_address_of(parse_order(await self.shop.get(delivery.order.tenant, delivery.order.order_id)))
        except (UnknownOrder, OrderRejected):
            return None

    def _mail(self, invoice: Invoice, sender: str, recipient: str | None, pdf: bytes) -> OutgoingMail:
        if recipient is None or not is_mail_address(recipient):
            raise ended(Reason.NO_MAIL_ADDRESS, "the order has no usable e-mail address")
        name = f"{invoice.number}.pdf"
        text = invoice_mail(invoice, name)
        return OutgoingMail(
            message_id=message_id(invoice.id, sender.rpartition("@")[2].rstrip(">") or "localhost"),
            sender=sender,
            recipients=(recipient,),
            subject=text.subject,
            text=text.text,
            html=text.html,
            attachments=(Attachment(name=name, media_type=invoices.PDF, content=pdf),),
            language=invoice.language,
        )

    async def _send(self, invoice: Invoice, mail: OutgoingMail) -> None:
        (recipient,) = mail.recipients
        await self.pace.wait(Downstream.MAIL_SERVER, invoice.tenant)
        async with statements(self.sessions) as session:
            begun = await invoices.start_mail(session, invoice.tenant, invoice.id, recipient, mail.message_id)
        try:
            # The sender may have been configured anew since the first try; what it sent must stay recognisable.
            await self.mailer.send(replace(mail, message_id=begun))
        except MailRefused as refusal:
            if await self._is_sent(invoice):
                return
            await self._complete(invoice, recipient, MailState.REFUSED, str(refusal))
            raise ended(Reason.MAIL_REFUSED, str(refusal)) from None
        await self._complete(invoice, recipient, MailState.SENT, None)

    async def _is_sent(self, invoice: Invoice) -> bool:
        """Another attempt may have sent it meanwhile, and the server refuses the repeat."""
        async with statements(self.sessions) as session:
            return await invoices.is_mailed(session, invoice.tenant, invoice.id)

    async def _complete(self, invoice: Invoice, recipient: str, state: MailState, message: str | None) -> None:
        async with statements(self.sessions) as session:
            await invoices.complete_mail(session, invoice.tenant, invoice.id, recipient, state, message=message)
