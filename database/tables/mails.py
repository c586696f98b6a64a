"""Mails and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
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
