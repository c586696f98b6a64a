"""The tables. Every row belongs to a tenant; amounts are `numeric`, instants `timestamptz` in UTC."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

JsonObject = dict[str, Any]
"""A JSON object as a caller sent it: its members are not ours to type."""

NOW = text("now()")


class Table(DeclarativeBase):
    """Base of all tables; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own way to declare it
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        Decimal: Numeric,
        int: BigInteger,
        bytes: LargeBinary,
        JsonObject: JSONB,
        list[str]: ARRAY(Text),
    }


class Tenant(Table):
    """A merchant. Everything else refers to it, so an unknown tenant can own nothing."""

    __tablename__ = "tenants"

    code: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ApiClient(Table):
    """An OAuth client of ours. Its secret is shown once and kept as a hash."""

    __tablename__ = "api_clients"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), index=True)
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    revoked_at: Mapped[datetime | None]


class AccessToken(Table):
    """An opaque bearer token, kept as its SHA-256 so that the table is of no use to a thief."""

    __tablename__ = "access_tokens"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("api_clients.client_id", ondelete="CASCADE"), index=True)
    tenant: Mapped[str]
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Configuration(Table):
    """One entry of the Configuration service (Emporix A.2); `value` holds any JSON under the member `value`."""

    __tablename__ = "configurations"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[JsonObject]
    version: Mapped[int]
    description: Mapped[str | None]
    secured: Mapped[bool]
    restricted: Mapped[bool]
    read_only: Mapped[bool]
    schema_url: Mapped[str | None]


class SequenceSchema(Table):
    """A number series (Emporix A.3). The row is the lock: who draws a number holds it until the transaction ends."""

    __tablename__ = "sequence_schemas"
    __table_args__ = (
        Index("uq_sequence_schemas_one_active", "tenant", "schema_type", unique=True, postgresql_where=text("active")),
        CheckConstraint("counter <= max_value", name="counter_within_max"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    name: Mapped[str]
    schema_type: Mapped[str]
    pre_text: Mapped[str]
    post_text: Mapped[str]
    start_value: Mapped[int]
    max_value: Mapped[int]
    number_of_digits: Mapped[int]
    placeholders: Mapped[JsonObject]
    active: Mapped[bool]
    counter: Mapped[int]
    """The last number issued; `start_value` before the first."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    modified_at: Mapped[datetime] = mapped_column(server_default=NOW)
    version: Mapped[int]


class DrawnNumber(Table):
    """Who drew which number of a series, when: an invoice's number belongs to it, the others went to a caller."""

    __tablename__ = "drawn_numbers"

    schema_id: Mapped[UUID] = mapped_column(primary_key=True)
    counter: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), index=True)
    formatted: Mapped[str]
    drawn_by: Mapped[str]
    """`invoice:{invoice id}`, or `client:{client id}` over the API."""
    drawn_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Site(Table):
    """A site of the shop (Emporix A.4), its body as sent."""

    __tablename__ = "sites"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[JsonObject]
    version: Mapped[int]


class SiteMixin(Table):
    """A named extension of a site: `generalShopSettings`, `merchantInfo`, ..."""

    __tablename__ = "site_mixins"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "site_code"], ["sites.tenant", "sites.code"], ondelete="CASCADE"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    site_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[JsonObject]


class Job(Table):
    """A job as accepted. It commits before Temporal hears of it: what Temporal missed is started later."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("tenant", "idempotency_key"),
        Index("ix_jobs_not_begun", "created_at", postgresql_where=text("started_at IS NULL")),
        Index("ix_jobs_newest", "tenant", text("created_at DESC"), "id"),
        Index("ix_jobs_open", "started_at", postgresql_where=text("finished_at IS NULL")),
        Index(
            "ix_jobs_unfinished",
            "tenant",
            text("created_at DESC"),
            "id",
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_jobs_cancelled",
            "tenant",
            text("created_at DESC"),
            "id",
            postgresql_where=text("cancelled_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    job_type: Mapped[str]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    """Since when it hands out no more orders."""
    cancelled_at: Mapped[datetime | None]
    message: Mapped[str | None]
    """Why a job found or did nothing, for a person."""
    dry_run: Mapped[bool] = mapped_column(server_default=text("false"))
    """It only validates and recalculates: nothing is captured, issued or sent."""
    concurrency: Mapped[int | None]
    """Orders it may run at once; None: as the settings say."""
    schedule: Mapped[str | None]
    """The schedule that began it."""
    query_time: Mapped[datetime | None]
    """The instant that an automatic job's query is asked for: a schedule's nominal time; None: `created_at`."""
    searched_at: Mapped[datetime | None]
    """When all orders of an automatic job were found; one that is tried again before then searches on."""
    search_cursor: Mapped[str | None]
    """When the last order that an automatic job has looked at was created: where its search goes on."""


class JobItem(Table):
    """One order of a job. `state` is PENDING until the order's workflow ends or is put on hold."""

    __tablename__ = "job_items"
    __table_args__ = (
        UniqueConstraint("tenant", "job_id", "order_id"),
        Index("ix_job_items_order", "tenant", "order_id"),
        Index("ix_job_items_state", "tenant", "job_id", "state"),
        Index("ix_job_items_pending", "tenant", "job_id", "position", postgresql_where=text("state = 'PENDING'")),
        Index("ix_job_items_held", "tenant", "order_id", postgresql_where=text("state = 'HELD'")),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="PENDING")
    step: Mapped[str | None]
    reason: Mapped[str | None]
    message: Mapped[str | None]
    invoice_id: Mapped[UUID | None]
    total: Mapped[Decimal | None]
    """Of a dry run: what would be invoiced, with tax, in `currency`."""
    currency: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class OrderSnapshot(Table):
    """An order as read from the shop and as priced by us, until it is issued."""

    __tablename__ = "order_snapshots"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    raw: Mapped[str]
    """The JSON text as read: numbers keep every digit."""
    priced: Mapped[JsonObject | None]
    order_round: Mapped[int] = mapped_column(server_default="0")
    """`IssuedInvoice.order_round` of the invoice that it is read for."""
    read_at: Mapped[datetime] = mapped_column(server_default=NOW)


class RateSlot(Table):
    """When the next call to somebody downstream may be made; who makes one moves the instant on."""

    __tablename__ = "rate_slots"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """`{downstream}` for all tenants together, `{downstream}/{tenant}` for one."""
    free_at: Mapped[datetime]
    queue_ends_at: Mapped[datetime]
    """When the last of those comes back who were told to come later."""


class Effect(Table):
    """The ledger of effects outside this database: a row is written before the effect and completed after it."""

    __tablename__ = "effects"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The idempotency key sent along, `{workflow id}:capture`, or with `:{n}` after n-1 refusals."""
    kind: Mapped[str]
    """CAPTURE or REFUND."""
    order_id: Mapped[str] = mapped_column(index=True)
    order_round: Mapped[int] = mapped_column(server_default="0")
    """`IssuedInvoice.order_round` of the invoice that it is for."""
    credit_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    """Of a refund: the credit note that it belongs to."""
    state: Mapped[str]
    """WANTED (a refund that nobody asked for yet), STARTED (outcome unknown), DONE or REFUSED."""
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    transaction_id: Mapped[str | None]
    reference: Mapped[str | None]
    """What the other side calls it: a capture id, a refund id."""
    message: Mapped[str | None]
    requested_by: Mapped[str]
    """Which try of which workflow run asked for it: a crash repeats a try, a person's retry is a new one."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


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


class CodeCounter(Table):
    """Counters of the codes of contacts (C), taxes (TX), products (P), items (SII), ...; they may have gaps."""

    __tablename__ = "code_counters"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    counter: Mapped[int]


class Contact(Table):
    """A contact (Deskera B.7), its body as sent with decimals as strings."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    """ACTIVE or INACTIVE."""
    body: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    version: Mapped[int] = mapped_column(server_default="1")


class Tax(Table):
    """A tax or tax group (Deskera B.7). A line's `taxCode` is the `code` here, not the `taxCode` in `body`."""

    __tablename__ = "taxes"
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    name: Mapped[str]
    percent: Mapped[Decimal]
    tax_category: Mapped[str]
    """EN 16931's code: S, Z, E, AE, K, G or O."""
    active: Mapped[bool] = mapped_column(server_default="true")
    body: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    version: Mapped[int] = mapped_column(server_default="1")


class Product(Table):
    """A product in brief (Deskera B.7): name, price, tax, unit."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    """P-0000001"""
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")
    body: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    version: Mapped[int] = mapped_column(server_default="1")


class ReceivedPayment(Table):
    """Money received (Deskera B.7), never changed or deleted."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    code: Mapped[str]
    document_date: Mapped[date]
    currency: Mapped[str]
    amount: Mapped[Decimal]
    body: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    created_by: Mapped[str]


class PaymentItem(Table):
    """What a payment settles of one invoice (a knock-off), never changed or deleted."""

    __tablename__ = "payment_items"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant: Mapped[str]
    sales_invoice_id: Mapped[int] = mapped_column(ForeignKey("sales_invoices.id"), index=True)
    amount: Mapped[Decimal]
    """In the invoice's currency."""
    exchange_rate: Mapped[Decimal]


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


class WorkflowStart(Table):
    """The outbox: a workflow to start or signal, written in the transaction that made it necessary."""

    __tablename__ = "workflow_starts"
    __table_args__ = (
        Index("ix_workflow_starts_pending", "created_at", postgresql_where=text("started_at IS NULL")),
        Index("ix_workflow_starts_started", "started_at", postgresql_where=text("started_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    body: Mapped[JsonObject]
    """`contracts.starts.Start` as JSON: ids only, as all that Temporal gets."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    tried_at: Mapped[datetime | None]
    """When it was last tried in vain."""
    started_at: Mapped[datetime | None]


class IdempotentRequest(Table):
    """A request that carried an `Idempotency-Key`, and what it made."""

    __tablename__ = "idempotent_requests"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    subject: Mapped[str]
    """What was made: an id or code, to answer a repeat with."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)


class InvoiceDocument(Table):
    """Where an invoice's rendering lies in the document store, and what it must hash to."""

    __tablename__ = "invoice_documents"

    tenant: Mapped[str]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    media_type: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    template_version: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


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
