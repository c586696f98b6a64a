"""Step 6: the invoice to the customer, once; after a lost answer at most again with the same Message-ID."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from activities.mail_making import MailHead, MailMaking, addressees_of, not_taken, taken
from contracts.failures import Reason
from contracts.order_invoice import Delivery
from database import invoices, mail_recipients
from database.engine import statements
from database.invoices import MailState
from database.mail_recipients import Outcome
from database.mailable import find_mailable
from database.secured_values import SecuredValues
from integrations.document_store import DocumentStore
from integrations.faults import TransientFault
from integrations.mail import Mailer, MailRefused, OutgoingMail
from integrations.order_service import OrderService, UnknownOrder
from integrations.pace import UNPACED, Downstream, Pace
from invoicing.invoice import Invoice
from invoicing.mail_address import is_mail_address
from invoicing.orders.issuing import mail_address_of
from invoicing.orders.order import OrderRejected, parse_order


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
        """Mail the document to the customer; one that was mailed, or credited in full before that, is not mailed."""
        ref = delivery.invoice
        async with statements(self.sessions) as session:
            mailable = await find_mailable(session, ref.tenant, ref.invoice_id, self.secured_values)
            if mailable is None:
                await invoices.give_up_mail(session, ref.tenant, ref.invoice_id, "the invoice is mailed or credited")
                return
        invoice = mailable.invoice
        address = invoice.buyer.email
        if delivery.after_hold:
            address = await self._present_address(delivery) or address
        if address is None or not is_mail_address(address):
            raise ended(Reason.NO_MAIL_ADDRESS, "the order has no usable e-mail address")
        head = MailHead(id_of=invoice.id, subject="invoice", recipients=(address,))
        await self._send(invoice, await self._making.mail_of(mailable, head))

    async def _present_address(self, delivery: Delivery) -> str | None:
        """The customer's address as the shop has it now: a person may have put it right."""
        try:
            return mail_address_of(parse_order(await self.shop.get(delivery.order.tenant, delivery.order.order_id)))
        except (UnknownOrder, OrderRejected):
            return None

    async def _send(self, invoice: Invoice, mail: OutgoingMail) -> None:
        await self.pace.wait(Downstream.MAIL_SERVER, invoice.tenant)
        begun = await self._begin(invoice, mail)
        try:
            await self.mailer.send(begun)
        except TransientFault as fault:
            async with statements(self.sessions) as session:
                await mail_recipients.defer(session, invoice.tenant, begun.message_id, not_taken(begun, fault))
            raise
        except MailRefused as refusal:
            if await self._is_sent(invoice):
                return
            await self._complete(invoice, begun, MailState.REFUSED, not_taken(begun, refusal), str(refusal))
            raise ended(Reason.MAIL_REFUSED, str(refusal)) from None
        await self._complete(invoice, begun, MailState.SENT, taken(begun))

    async def _begin(self, invoice: Invoice, mail: OutgoingMail) -> OutgoingMail:
        """The mail as it is sent: what was sent before must stay recognisable, though its sender may be another now."""
        recipient, *copies = addressees_of(mail)
        async with statements(self.sessions) as session:
            begun = await invoices.start_mail(
                session, invoice.tenant, invoice.id, recipient.recipient, mail.message_id, copies=copies
            )
        return replace(mail, message_id=begun)

    async def _is_sent(self, invoice: Invoice) -> bool:
        """Another attempt may have sent it meanwhile, and the server refuses the repeat."""
        async with statements(self.sessions) as session:
            return await invoices.is_mailed(session, invoice.tenant, invoice.id)

    async def _complete(
        self,
        invoice: Invoice,
        mail: OutgoingMail,
        state: MailState,
        outcomes: Sequence[Outcome],
        message: str | None = None,
    ) -> None:
        (recipient,) = mail.recipients
        async with statements(self.sessions) as session:
            await invoices.complete_mail(
                session, invoice.tenant, invoice.id, recipient, state, message=message, outcomes=outcomes
            )

    @cached_property
    def _making(self) -> MailMaking:
        return MailMaking(self.store, self.default_sender)
