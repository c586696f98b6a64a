"""Sales invoices as their users steer them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


class SalesInvoice(Table):
    """A sales invoice as its users steer it: a draft, or what has become of an issued invoice since.

    Every issued `IssuedInvoice` of kind INVOICE has one, made from an order or not. Amounts are in the invoice's
    currency. Of an issued one the database refuses to change code, amounts at issue and dates, and to delete it.
    """

    __tablename__ = "sales_invoices"
    __table_args__ = (
        UniqueConstraint("tenant", "code"),
        UniqueConstraint("parent_id", "occurrence"),
        Index("ix_sales_invoices_status", "tenant", "status", "id"),
        Index("ix_sales_invoices_contact", "tenant", "contact_code", "id"),
        Index("ix_sales_invoices_date", "tenant", "invoice_date", "id"),
        Index("ix_sales_invoices_due_date", "tenant", "due_date", "id"),
        Index("ix_sales_invoices_newest", "tenant", "id"),
        Index(
            "ix_sales_invoices_linked_documents",
            text("(details -> 'linkedDocuments')"),
            postgresql_using="gin",
        ),
        CheckConstraint("(status = 'DRAFT') = (invoice_id IS NULL)", name="drafts_are_not_issued"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    """The number once issued; `DRAFT-{id}` before."""
    status: Mapped[str]
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    contact_code: Mapped[str | None]
    contact_name: Mapped[str | None]
    """The buyer's name, for lists and searches."""
    purchase_order_reference: Mapped[str | None]
    """BT-13, for lists and searches."""
    currency: Mapped[str]
    invoice_date: Mapped[date]
    due_date: Mapped[date | None]
    total: Mapped[Decimal]
    """BT-112 + BT-114"""
    tax: Mapped[Decimal]
    total_in_base: Mapped[Decimal | None]
    prepaid: Mapped[Decimal] = mapped_column(server_default="0")
    received: Mapped[Decimal] = mapped_column(server_default="0")
    """Sum of its `payment_items`."""
    credited: Mapped[Decimal] = mapped_column(server_default="0")
    """Sum of its credit notes' totals."""
    withheld: Mapped[Decimal] = mapped_column(server_default="0")
    due: Mapped[Decimal] = mapped_column(
        Computed("GREATEST(total - prepaid - received - credited - withheld, 0)", persisted=True)
    )
    credited_in_full: Mapped[bool] = mapped_column(Computed("credited > 0 AND credited >= total", persisted=True))
    payment_status: Mapped[str]
    fulfillment_status: Mapped[str]
    fulfillment_type: Mapped[str] = mapped_column(server_default="NONE")
    memo: Mapped[str | None]
    """As last edited; the issued document keeps its own."""
    details: Mapped[JsonObject]
    """What the caller sent and gets back: the request's other attributes, decimals as strings."""
    recurring: Mapped[bool] = mapped_column(server_default="false")
    recurring_activated: Mapped[bool] = mapped_column(server_default="false")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("sales_invoices.id"))
    """Of a recurring copy: the invoice that it was copied from."""
    occurrence: Mapped[int | None]
    """Of a recurring copy: 1 for the first."""
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    created_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")


class Recurrence(Table):
    """When copies of a sales invoice are made (Deskera B.7 `salesInvoiceRecurring`)."""

    __tablename__ = "recurrences"

    sales_invoice_id: Mapped[int] = mapped_column(
        ForeignKey("sales_invoices.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tenant: Mapped[str]
    every: Mapped[int]
    frequency: Mapped[str]
    """DAYS, WEEK or MONTH."""
    count: Mapped[int]
    """Copies to make, the parent not among them."""
    end_date: Mapped[date]
    """The last day on which a copy may be dated."""
    active_from: Mapped[date | None]
    """Dates before this day are skipped; None: before the day on which the invoice was issued."""
    credit_accepted: Mapped[Decimal] = mapped_column(server_default="0")
    """What had been credited of the invoice when a person last wanted its copies."""
    problem: Mapped[str | None]
    """Why the copy that is due cannot be made, for a person; None when all is well."""
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Attachment(Table):
    """A file kept with a sales invoice, or uploaded and not yet attached."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    sales_invoice_id: Mapped[int | None] = mapped_column(
        ForeignKey("sales_invoices.id", ondelete="SET NULL"), index=True
    )
    file_name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    key: Mapped[str]
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    created_by: Mapped[str]


class Fulfillment(Table):
    """Goods sent or services rendered for an invoice (Deskera B.7)."""

    __tablename__ = "fulfillments"
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    sales_invoice_id: Mapped[int] = mapped_column(ForeignKey("sales_invoices.id"), index=True)
    fulfillment_date: Mapped[date]
    fulfillment_type: Mapped[str]
    body: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    created_by: Mapped[str]


class FulfillmentItem(Table):
    """How much of one item a fulfilment covers."""

    __tablename__ = "fulfillment_items"

    fulfillment_id: Mapped[int] = mapped_column(
        ForeignKey("fulfillments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    item_code: Mapped[str] = mapped_column(primary_key=True)
    """SII-0000001"""
    quantity: Mapped[Decimal]
