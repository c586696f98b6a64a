"""A mail that somebody asked for: the document to the people they named, once.

After a lost answer it may be sent again, with the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from activities.mail_making import MailHead, MailMaking, addressees_of, not_taken, taken
from contracts.failures import Reason
from contracts.sales_invoice import DeliveryRequest, UnsentMail
from database import mail_recipients, mail_requests
from database.mail_recipients import Outcome, RecipientState
from database.mail_requests import MailRequestState
from database.mailable import Mailable, find_issued
from database.secured_values import SecuredValues
from database.tables import MailRequest
from documents.mail import MailWords
from integrations.document_store import DocumentStore
from integrations.faults import TransientFault
from integrations.mail import Mailer, MailRefused, OutgoingMail
from integrations.pace import UNPACED, Downstream, Pace


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
        """Send the mail `mail_id` with the document; one that was sent is not sent again."""
        row, mailable = await self._asked(request)
        if not _is_open(row):
            return
        mail = await self._making.mail_of(mailable, _head(row))
        await self.pace.wait(Downstream.MAIL_SERVER, row.tenant)
        begun = await self._begin(row, mail)
        if begun is not None:
            await self._send(row, begun)

    @activity.defn
    async def give_up_mail(self, unsent: UnsentMail) -> None:
        """Note that nobody tries any more to send it, and why."""
        async with self.sessions.begin() as session:
            await mail_requests.give_up(session, unsent.tenant, unsent.mail_id, unsent.message)

    async def _asked(self, request: DeliveryRequest) -> tuple[MailRequest, Mailable]:
        tenant, invoice_id = request.invoice.tenant, request.invoice.invoice_id
        async with self.sessions.begin() as session:
            row = await mail_requests.find(session, tenant, request.mail_id) if request.mail_id else None
            mailable = await find_issued(session, tenant, invoice_id, self.secured_values)
        if row is None or mailable is None or row.invoice_id != invoice_id:
            raise ended(Reason.INTERNAL_ERROR, "nobody has asked for this mail")
        return row, mailable

    async def _begin(self, row: MailRequest, mail: OutgoingMail) -> OutgoingMail | None:
        """The mail under the Message-ID that its first attempt has chosen; None: there is nothing to send any more."""
        async with self.sessions.begin() as session:
            begun = await mail_requests.start(session, row.tenant, row.id, mail.message_id)
            if begun is None:
                return None
            await mail_recipients.begin(session, row.tenant, row.invoice_id, begun, addressees_of(mail))
        return replace(mail, message_id=begun)

    async def _send(self, row: MailRequest, mail: OutgoingMail) -> None:
        try:
            await self.mailer.send(mail)
        except TransientFault as fault:
            async with self.sessions.begin() as session:
                await mail_recipients.defer(session, row.tenant, mail.message_id, not_taken(mail, fault))
            raise
        except MailRefused as refusal:
            # Another attempt may have sent it meanwhile, and the server refuses the repeat.
            if await self._complete(row, mail, MailRequestState.REFUSED, not_taken(mail, refusal), str(refusal)):
                raise ended(Reason.MAIL_REFUSED, str(refusal)) from None
            return
        await self._complete(row, mail, MailRequestState.SENT, taken(mail))

    async def _complete(
        self,
        row: MailRequest,
        mail: OutgoingMail,
        state: MailRequestState,
        outcomes: Sequence[Outcome],
        message: str | None = None,
    ) -> bool:
        reached = RecipientState.SENT if state is MailRequestState.SENT else RecipientState.BOUNCED
        async with self.sessions.begin() as session:
            is_news = await mail_requests.complete(session, row.tenant, row.id, state, message)
            if is_news:
                await mail_recipients.complete(session, row.tenant, mail.message_id, reached, outcomes)
        return is_news

    @cached_property
    def _making(self) -> MailMaking:
        return MailMaking(self.store, self.default_sender)


def _is_open(row: MailRequest) -> bool:
    """Whether there is something to send; raises what an earlier attempt has ended with."""
    if row.state == MailRequestState.REFUSED:
        raise ended(Reason.MAIL_REFUSED, row.message or "the mail was refused")
    return row.state != MailRequestState.SENT


def _head(row: MailRequest) -> MailHead:
    return MailHead(
        id_of=row.id,
        subject="mail",
        recipients=tuple(row.recipients),
        cc=tuple(row.cc),
        bcc=tuple(row.bcc),
        reply_to=row.reply_to,
        sender_name=row.sender_name,
        words=MailWords(subject=row.subject, body=row.body),
    )
