"""Who may do what: bearer tokens, tenants and scopes (Emporix A.0).

Every handler says in its `opt` who may call it, or the application does not start:

    @get("/{tenant:str}/sites", opt={"scopes": [SITE_READ, SITE_MANAGE]})     one of these scopes
    @get("/health/live", opt={"public": True})                                 anybody

A handler that names `access: NamedDependency[Access]` gets the caller: `access.tenant` is the token's tenant, and where
the path has a `{tenant:str}` it is the same one. Nothing of a request is read before it has passed this guard.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from litestar import Request
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

import logs
from api.errors.api_error import Fault, Forbidden
from api.services import Connection, services_of
from database import access as access_rows

INVOICE_MANAGE = "invoice.invoice_manage"
INVOICE_VIEW = "invoice.invoice_view"
CONFIGURATION_MANAGE = "configuration.configuration_manage"
CONFIGURATION_VIEW = "configuration.configuration_view"
SEQUENTIAL_ID_MANAGE = "sequentialid.schema_manage"
SEQUENTIAL_ID_VIEW = "sequentialid.schema_view"
SITE_MANAGE = "site.site_manage"
SITE_READ = "site.site_read"

SCOPES = (
    INVOICE_MANAGE,
    INVOICE_VIEW,
    CONFIGURATION_MANAGE,
    CONFIGURATION_VIEW,
    SEQUENTIAL_ID_MANAGE,
    SEQUENTIAL_ID_VIEW,
    SITE_MANAGE,
    SITE_READ,
)
"""Every scope that a client of ours can be given."""

TENANT = re.compile(r"[a-z][a-z0-9]{2,15}")


@dataclass(frozen=True)
class Access:
    """The caller, as its token says."""

    tenant: str
    client_id: str
    scopes: frozenset[str]


async def require_access(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard of every route.

    Raises:
        Fault: no token, or one that is unknown, expired or of a revoked client (401).
        Forbidden: the token is another tenant's or lacks the scope (403). Whether the tenant exists is not told.
    """
    if handler.opt.get("public"):
        return
    access = await _authenticate(connection)
    connection.scope["auth"] = access
    logs.bind(tenant=access.tenant)
    _authorise(access, connection.path_params.get("tenant"), handler.opt.get("scopes"))


async def provide_access(request: Request[object, Access, State]) -> Access:
    """Dependency `access`: the caller that the guard let in."""
    return request.auth


async def _authenticate(connection: Connection) -> Access:
    secret = bearer_token(connection)
    if secret is None:
        raise invalid_token()
    async with services_of(connection).sessions() as session:
        token = await access_rows.find_token(session, secret)
    if token is None:
        raise invalid_token()
    if token.expires_at <= datetime.now(UTC):
        raise Fault("Access Token expired", "keymanagement.service.access_token_expired")
    return Access(token.tenant, token.client_id, frozenset(token.scopes))


def invalid_token() -> Fault:
    """401 for a token that we never issued, or no longer honour."""
    return Fault("Invalid access token", "oauth.v2.InvalidAccessToken")


def bearer_token(connection: Connection) -> str | None:
    """The caller's token: `Authorization: Bearer` (Emporix A.0) or `x-access-token` (Deskera B.1)."""
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip() or None
    return connection.headers.get("x-access-token") or None


def _authorise(access: Access, tenant: str | None, scopes: list[str] | None) -> None:
    if tenant is not None and not (TENANT.fullmatch(tenant) and tenant == access.tenant):
        raise Forbidden("The access token is not valid for this tenant")
    if scopes is not None and access.scopes.isdisjoint(scopes):
        raise Forbidden(f"Missing required scopes [{', '.join(scopes)}]")
