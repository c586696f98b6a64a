"""Mails and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, Table


class MailDelivery(Table):
    """One mail of one invoice to one recipient: at most one is ever sent, with a fixed Message-ID."""

    __tablename__ = "mail_deliveries"

    tenant: Mapped[str]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str]
    state: Mapped[str]
    """STARTED (outcome unknown), SENT or REFUSED."""
    message: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class MailRecipient(Table):
    """What became of one mail for one of those whom it was addressed to."""

    __tablename__ = "mail_recipients"
    __table_args__ = (
        Index("ix_mail_recipients_newest", "tenant", text("created_at DESC"), "message_id", "recipient"),
        Index(
            "ix_mail_recipients_troubled",
            "tenant",
            "state",
            text("created_at DESC"),
            postgresql_where=text("state IN ('DEFERRED', 'BOUNCED')"),
        ),
    )

    message_id: Mapped[str] = mapped_column(primary_key=True)
    """Of the mail, with its angle brackets; it holds the id of what is mailed, so no two tenants share one."""
    recipient: Mapped[str] = mapped_column(primary_key=True)
    """The bare address."""
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    role: Mapped[str]
    """to, cc or bcc."""
    state: Mapped[str]
    """QUEUED, SENT, DEFERRED or BOUNCED."""
    status: Mapped[str | None]
    """The last status code that a server gave (RFC 3463), such as 5.1.1."""
    diagnostic: Mapped[str | None]
    """Its words, without addresses."""
    reported_at: Mapped[datetime | None]
    """When a bounce message last told of it; None: only the server that we handed the mail to has."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class MailRequest(Table):
    """A mail of a document that somebody asked for: to be sent once, again only with the same Message-ID."""

    __tablename__ = "mail_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    recipients: Mapped[list[str]]
    cc: Mapped[list[str]]
    bcc: Mapped[list[str]]
    reply_to: Mapped[str | None]
    sender_name: Mapped[str | None]
    subject: Mapped[str | None]
    """None: the usual one."""
    body: Mapped[str | None]
    """Plain text; None: the usual one."""
    state: Mapped[str]
    """REQUESTED, STARTED (outcome unknown), SENT or REFUSED."""
    message_id: Mapped[str | None]
    """Its Message-ID since it was first begun: every repeat bears the same."""
    message: Mapped[str | None]
    """Why it was refused or given up."""
    requested_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
