"""All mails of a document: those that somebody asked for, and the one that an order's invoice goes out with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from database import mail_recipients
from database.tables import MailDelivery, MailRecipient, MailRequest


@dataclass(frozen=True)
class DocumentMail:
    """A mail, and what became of it for whom."""

    state: str
    """REQUESTED, STARTED (outcome unknown), SENT or REFUSED: of the mail as a whole, at our own mail server."""
    message: str | None
    """Why it was refused or given up."""
    to: Sequence[str]
    created_at: datetime
    updated_at: datetime
    request: MailRequest | None = None
    """What was asked for; None of an order's own mail."""
    recipients: Sequence[MailRecipient] = field(default=())
    """Nobody before it is begun."""


async def list_page(
    session: AsyncSession, tenant: str, invoice_id: UUID, *, limit: int, offset: int
) -> tuple[list[DocumentMail], int]:
    """The newest first; and how many there are in all."""
    of_it = {"tenant": tenant, "invoice_id": invoice_id}
    total: int = (await session.execute(_COUNT, of_it)).scalar_one()
    places = (await session.execute(_PAGE, {**of_it, "limit": limit, "offset": offset})).all()
    requests = await session.scalars(
        select(MailRequest).where(MailRequest.tenant == tenant, MailRequest.id.in_([place.id for place in places]))
    )
    deliveries = await session.scalars(
        select(MailDelivery).where(MailDelivery.tenant == tenant, MailDelivery.invoice_id == invoice_id)
    )
    by_id = {row.id: row for row in requests}
    by_recipient = {row.recipient: row for row in deliveries}
    begun = {row.message_id for row in by_id.values()} | {row.message_id for row in by_recipient.values()}
    told = await mail_recipients.of_messages(session, tenant, [message_id for message_id in begun if message_id])
    return [
        _requested(by_id[place.id], told) if place.id else _own(by_recipient[place.recipient], place.created_at, told)
        for place in places
    ], total


async def first_recipients(session: AsyncSession, tenant: str, invoice_id: UUID) -> tuple[str, ...]:
    """Whom the document was mailed to first; nobody where it was never mailed.

    Of an order's invoice, the customer at the last address that was tried.
    """
    customer = await session.scalar(
        select(MailDelivery.recipient)
        .where(MailDelivery.tenant == tenant, MailDelivery.invoice_id == invoice_id)
        .order_by(MailDelivery.updated_at.desc())
        .limit(1)
    )
    if customer is not None:
        return (customer,)
    asked = await session.scalar(
        select(MailRequest.recipients)
        .where(MailRequest.tenant == tenant, MailRequest.invoice_id == invoice_id)
        .order_by(MailRequest.created_at, MailRequest.id)
        .limit(1)
    )
    return tuple(asked or ())


Told = dict[str, list[MailRecipient]]


def _requested(row: MailRequest, told: Told) -> DocumentMail:
    return DocumentMail(
        state=row.state,
        message=row.message,
        to=row.recipients,
        created_at=row.created_at,
        updated_at=row.updated_at,
        request=row,
        recipients=told.get(row.message_id or "", ()),
    )


def _own(row: MailDelivery, created_at: datetime, told: Told) -> DocumentMail:
    """The mail to a corrected address has the Message-ID of the one to the wrong address."""
    return DocumentMail(
        state=row.state,
        message=row.message,
        to=[row.recipient],
        created_at=created_at,
        updated_at=row.updated_at,
        recipients=[one for one in told.get(row.message_id, ()) if one.role != "to" or one.recipient == row.recipient],
    )


_MAILS = """
    SELECT id, NULL AS recipient, created_at FROM mail_requests
    WHERE tenant = :tenant AND invoice_id = :invoice_id
    UNION ALL
    SELECT NULL, mail.recipient, coalesce(begun.created_at, mail.updated_at)
    FROM mail_deliveries AS mail
    LEFT JOIN mail_recipients AS begun ON begun.message_id = mail.message_id AND begun.recipient = mail.recipient
    WHERE mail.tenant = :tenant AND mail.invoice_id = :invoice_id
"""
_COUNT = text(f"SELECT count(*) FROM ({_MAILS}) AS mails")  # noqa: S608 -- of a constant
_PAGE = text(f"{_MAILS} ORDER BY created_at DESC, id, recipient LIMIT :limit OFFSET :offset")
