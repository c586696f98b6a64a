"""Contacts, taxes and products."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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
