"""Money received."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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
