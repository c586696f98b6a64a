"""Templates of tenants, and documents that are only looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


class DocumentTemplate(Table):
    """A version of a tenant's own template. Rows are only ever added (see the migrations)."""

    __tablename__ = "document_templates"
    __table_args__ = (UniqueConstraint("tenant", "kind", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    kind: Mapped[str]
    """DOCUMENT (the page) or MAIL."""
    version: Mapped[int]
    """From 1, without gaps, in each (tenant, kind)."""
    content: Mapped[JsonObject]
    """Of a page `html` and `css`; of a mail, by language, `subject`, `text` and `html`."""
    sha256: Mapped[str]
    """Of the content, in hexadecimal."""
    note: Mapped[str | None]
    """What is new in it, for people."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    created_by: Mapped[str]


class ActiveTemplate(Table):
    """Which version documents are issued with from now on; without a row, the service's own."""

    __tablename__ = "active_templates"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("document_templates.id"))
    activated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    activated_by: Mapped[str]


class DocumentPreview(Table):
    """A document that somebody wants to look at before it exists; the sweep removes it soon."""

    __tablename__ = "document_previews"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    request: Mapped[JsonObject]
    """What to show: a draft or an issued document, and the template to show it with."""
    content: Mapped[bytes | None]
    """None: it is not made yet."""
    media_type: Mapped[str | None]
    fault: Mapped[str | None]
    """Why it cannot be made, for a person."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)
