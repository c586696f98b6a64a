"""Issued documents and what they are rendered as."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


class IssuedInvoice(Table):
    """An issued invoice or credit note. The database itself refuses to change or delete a row (see the migrations)."""

    __tablename__ = "invoices"
    __table_args__ = (
        Index(
            "uq_invoices_order_round",
            "tenant",
            "order_id",
            "order_round",
            unique=True,
            postgresql_where=text("kind = 'INVOICE'"),
        ),
        UniqueConstraint("tenant", "number"),
        UniqueConstraint("schema_id", "counter"),
        Index("ix_invoices_newest", "tenant", text("issued_at DESC"), "id"),
        CheckConstraint("(schema_id IS NULL) = (counter IS NULL)", name="place_in_series"),
        CheckConstraint("(kind = 'CREDIT_NOTE') = (corrects IS NOT NULL)", name="credit_note_corrects"),
        CheckConstraint("(kind = 'INVOICE' AND order_id IS NOT NULL) = (order_round IS NOT NULL)", name="order_round"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    kind: Mapped[str]
    order_id: Mapped[str | None]
    order_round: Mapped[int | None]
    """How many invoices of the order had been credited in full before this one: at most one stands at a time."""
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    """Of a credit note: its invoice."""
    schema_id: Mapped[UUID | None]
    """None for an opening invoice, which bears the number that it had in other books."""
    counter: Mapped[int | None]
    number: Mapped[str]
    issue_date: Mapped[date]
    currency: Mapped[str]
    net: Mapped[Decimal]
    tax: Mapped[Decimal]
    gross: Mapped[Decimal]
    total: Mapped[Decimal]
    """Gross after rounding: what the customer pays, now or before."""
    payable: Mapped[Decimal]
    """Of it, what was still due when it was issued."""
    document: Mapped[JsonObject]
    """The whole `invoicing.invoice.Invoice` as JSON; decimals are strings."""
    previous_hash: Mapped[str | None]
    hash: Mapped[str]
    """SHA-256 over the document and the previous invoice's hash in the series."""
    issued_at: Mapped[datetime] = mapped_column(server_default=NOW)


class InvoiceDocument(Table):
    """Where an invoice's rendering lies in the document store, and what it must hash to."""

    __tablename__ = "invoice_documents"

    tenant: Mapped[str]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    """`invoicing.document_forms.DocumentForm`"""
    media_type: Mapped[str]
    key: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    template_version: Mapped[str]
    """Of our own templates, fonts and libraries; the tenant's own template is named in the invoice's `look`."""
    pictures: Mapped[JsonObject | None]
    """What was printed of pictures that may change at their source: URL to key in the document store."""
    retain_until: Mapped[date | None]
    """The last day on which it must be kept; None: nobody has said."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
