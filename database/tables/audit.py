"""Who did what."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


class AuditEvent(Table):
    """Who did what when to which document. Rows are only ever added (see the migrations)."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_newest", "tenant", text("id DESC")),
        Index("ix_audit_events_document", "tenant", "document", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    actor: Mapped[str]
    """`client:{client id}`, `job:{job id}`, `recurrence:{invoice code}` or `command line`."""
    action: Mapped[str]
    document: Mapped[str]
    """What it was done to: `sales-invoice/INV1`, `credit-note/CN-0000001`, `contact/C-0000001`, ..."""
    detail: Mapped[JsonObject]
