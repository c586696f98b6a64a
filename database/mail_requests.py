"""Mails of documents that somebody asked for: what was asked, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database import mail_recipients
from database.tables import NOW, MailRequest


class MailRequestState(StrEnum):
    """REQUESTED becomes STARTED becomes SENT or REFUSED."""

    REQUESTED = "REQUESTED"
    """Nothing has been sent yet."""
    STARTED = "STARTED"
    """The outcome is unknown: a repeat carries the same Message-ID."""
    SENT = "SENT"
    """The mail server has taken it."""
    REFUSED = "REFUSED"
    """It was not taken and never will be; whoever wants it sent asks anew."""


@dataclass(frozen=True)
class MailWish:
    """A mail as it is asked for; all addresses are bare and usable, and `recipients` has at least one."""

    recipients: tuple[str, ...]
    requested_by: str
    """The actor, as in the audit trail."""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str | None = None
    sender_name: str | None = None
    """Printed before the sender's address; None: as configured."""
    subject: str | None = None
    body: str | None = None
    """Plain text instead of our own words."""


async def add(session: AsyncSession, tenant: str, invoice_id: UUID, wish: MailWish) -> MailRequest:
    """Write down that the issued document is to be mailed; its workflow is the caller's to start."""
    row = MailRequest(
        id=uuid4(),
        tenant=tenant,
        invoice_id=invoice_id,
        recipients=list(wish.recipients),
        cc=list(wish.cc),
        bcc=list(wish.bcc),
        reply_to=wish.reply_to,
        sender_name=wish.sender_name,
        subject=wish.subject,
        body=wish.body,
        state=MailRequestState.REQUESTED,
        requested_by=wish.requested_by,
    )
    session.add(row)
    await session.flush()
    return row


async def find(session: AsyncSession, tenant: str, mail_id: UUID) -> MailRequest | None:
    """One of the tenant's."""
    return await session.scalar(select(MailRequest).where(MailRequest.tenant == tenant, MailRequest.id == mail_id))


async def list_of(session: AsyncSession, tenant: str, invoice_id: UUID) -> list[MailRequest]:
    """All mails of a document, the newest first."""
    rows = await session.scalars(
        select(MailRequest)
        .where(MailRequest.tenant == tenant, MailRequest.invoice_id == invoice_id)
        .order_by(MailRequest.created_at.desc(), MailRequest.id)
    )
    return list(rows)


async def start(session: AsyncSession, tenant: str, mail_id: UUID, message_id: str) -> str | None:
    """Write down the intention to send; the Message-ID to send under, which the first try has chosen.

    None when there is nothing to send any more: the mail is sent or refused.
    """
    return await session.scalar(
        update(MailRequest)
        .where(MailRequest.tenant == tenant, MailRequest.id == mail_id, MailRequest.state.in_(_OPEN))
        .values(
            state=MailRequestState.STARTED,
            message_id=func.coalesce(MailRequest.message_id, message_id),
            updated_at=NOW,
        )
        .returning(MailRequest.message_id)
    )


async def complete(
    session: AsyncSession, tenant: str, mail_id: UUID, state: MailRequestState, message: str | None = None
) -> bool:
    """Write down what the mail server answered.

    False for a mail that was sent before: it stays so, whatever a repeat of it is told.
    """
    changed = await session.scalar(
        update(MailRequest)
        .where(MailRequest.tenant == tenant, MailRequest.id == mail_id, MailRequest.state != MailRequestState.SENT)
        .values(state=state, message=message, updated_at=NOW)
        .returning(MailRequest.id)
    )
    return changed is not None


async def give_up(session: AsyncSession, tenant: str, mail_id: UUID, message: str) -> None:
    """Nobody will try any more. A mail that was begun may have arrived: its outcome stays unknown.

    Its recipients of whom our server said that it would not take it now will not get it.
    """
    wanted = select(MailRequest.message_id).where(
        MailRequest.tenant == tenant, MailRequest.id == mail_id, MailRequest.state.in_(_OPEN)
    )
    await mail_recipients.give_up(session, tenant, wanted, message)
    is_unbegun = MailRequest.state == MailRequestState.REQUESTED
    await session.execute(
        update(MailRequest)
        .where(MailRequest.tenant == tenant, MailRequest.id == mail_id, MailRequest.state.in_(_OPEN))
        .values(
            state=case((is_unbegun, MailRequestState.REFUSED), else_=MailRequest.state),
            message=message,
            updated_at=NOW,
        )
    )


_OPEN = (MailRequestState.REQUESTED, MailRequestState.STARTED)
