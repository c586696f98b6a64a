"""Client credentials and bearer tokens (Emporix A.0); kept in memory, so a restarted shop makes clients ask again."""

import secrets
from dataclasses import dataclass, field
from time import monotonic

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler
from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter

from demo.shop.refusals import foreign_tenant, token_refused

SCOPES = "order.order_read order.order_update payment-gateway.capture_manage payment-gateway.refund_manage"


class Client(BaseModel):
    """Who may ask for a token, and the tenant that the token is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str
    secret: SecretStr
    tenant: str


DEFAULT_CLIENTS = (Client(client_id="invoice-service", secret=SecretStr("shop-secret"), tenant="acme"),)
CLIENT_LIST = TypeAdapter(tuple[Client, ...])


@dataclass(frozen=True)
class Token:
    """A token's tenant, and when it ends (monotonic seconds)."""

    tenant: str
    ends: float


@dataclass
class TokenDesk:
    """Hands out tokens and checks them."""

    clients: tuple[Client, ...] = DEFAULT_CLIENTS
    life_seconds: float = 14_399.0
    tokens: dict[str, Token] = field(default_factory=dict)

    def issue(self, client_id: str, secret: str) -> tuple[str, str]:
        """A fresh token and its tenant.

        Raises:
            Refusal: 401, no such client, or another secret.
        """
        for client in self.clients:
            same_secret = secrets.compare_digest(client.secret.get_secret_value().encode(), secret.encode())
            if client.client_id == client_id and same_secret:
                token = secrets.token_urlsafe(32)
                self.tokens[token] = Token(client.tenant, monotonic() + self.life_seconds)
                return token, client.tenant
        raise token_refused("Invalid ApiKey", "oauth.v2.InvalidApiKey")

    def tenant_of(self, authorization: str | None) -> str:
        """The tenant of an `Authorization` header.

        Raises:
            Refusal: 401, no token, an unknown one, or one that has ended.
        """
        scheme, _, text = (authorization or "").partition(" ")
        token = self.tokens.get(text) if scheme.lower() == "bearer" else None
        if not token:
            raise token_refused("Invalid access token", "oauth.v2.InvalidAccessToken")
        if token.ends <= monotonic():
            raise token_refused("Access Token expired", "keymanagement.service.access_token_expired")
        return token.tenant

    def revoke_all(self) -> None:
        """Make every client ask again."""
        self.tokens.clear()


async def needs_token(connection: ASGIConnection[object, None, None, State], _: BaseRouteHandler) -> None:
    """Litestar guard: the bearer's tenant must be the path's.

    Raises:
        Refusal: 401 or 403.
    """
    desk: TokenDesk = connection.app.state.desk
    if desk.tenant_of(connection.headers.get("authorization")) != connection.path_params["tenant"]:
        raise foreign_tenant(connection.url.path)
