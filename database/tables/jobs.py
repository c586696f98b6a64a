"""Jobs, their orders, and what is known of an order until it is invoiced."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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
