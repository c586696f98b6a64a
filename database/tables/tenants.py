"""Tenants, who may act for them, and what they have configured."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import NOW, JsonObject, Table


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
