"""What happens outside this database: effects, calls downstream, workflows to start, requests that made something."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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


class RateSlot(Table):
    """When the next call to somebody downstream may be made; who makes one moves the instant on."""

    __tablename__ = "rate_slots"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """`{downstream}` for all tenants together, `{downstream}/{tenant}` for one."""
    free_at: Mapped[datetime]
    queue_ends_at: Mapped[datetime]
    """When the last of those comes back who were told to come later."""


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
