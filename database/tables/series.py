"""Number series and the codes of everything that needs no gapless number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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


class CodeCounter(Table):
    """Counters of the codes of contacts (C), taxes (TX), products (P), items (SII), ...; they may have gaps."""

    __tablename__ = "code_counters"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.code"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    counter: Mapped[int]
