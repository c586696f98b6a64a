"""The tables. Every row belongs to a tenant; amounts are `numeric`, instants `timestamptz` in UTC."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    job_type: Mapped[str]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    """Also the instant an automatic job's query is asked for."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    message: Mapped[str | None]
    """Why a job found or did nothing, for a person."""


class JobItem(Table):
    """One order of a job. `state` is PENDING until the order's workflow ends or is put on hold."""

    __tablename__ = "job_items"
    __table_args__ = (
        UniqueConstraint("tenant", "job_id", "order_id"),
        Index("ix_job_items_order", "tenant", "order_id"),
        Index("ix_job_items_state", "tenant", "job_id", "state"),
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
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class OrderSnapshot(Table):
    """An order as read from the shop and as priced by us, until it is issued."""

    __tablename__ = "order_snapshots"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    raw: Mapped[str]
    """The JSON text as read: numbers keep every digit."""
    priced: Mapped[JsonObject | None]
    read_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Effect(Table):
    """The ledger of effects outside this database: a row is written before the effect and completed after it."""

    __tablename__ = "effects"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The idempotency key sent along, `{workflow id}:capture`, or with `:{n}` after n-1 refusals."""
    kind: Mapped[str]
    order_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    """STARTED (outcome unknown), DONE or REFUSED."""
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    transaction_id: Mapped[str | None]
    reference: Mapped[str | None]
    """What the other side calls it: a capture id."""
    message: Mapped[str | None]
    requested_by: Mapped[str]
    """Which try of which workflow run asked for it: a crash repeats a try, a person's retry is a new one."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class IssuedInvoice(Table):
    """An issued invoice. The database itself refuses to change or delete a row (see the migrations)."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("tenant", "order_id", "kind"),
        UniqueConstraint("tenant", "number"),
        UniqueConstraint("schema_id", "counter"),
        Index("ix_invoices_newest", "tenant", text("issued_at DESC"), "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"))
    kind: Mapped[str]
    order_id: Mapped[str]
    schema_id: Mapped[UUID]
    counter: Mapped[int]
    number: Mapped[str]
    issue_date: Mapped[date]
    currency: Mapped[str]
    net: Mapped[Decimal]
    tax: Mapped[Decimal]
    gross: Mapped[Decimal]
    total: Mapped[Decimal]
    """Gross after rounding: what the customer pays, now or before."""
    payable: Mapped[Decimal]
    """Of it, what is still due."""
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
