"""OAuth access tokens for the shop's services (Emporix A.0): one client a tenant, one token at a time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

import httpx
from pydantic import BaseModel, Field, SecretStr, ValidationError

from integrations.cookies import no_cookies
from integrations.faults import TransientFault, retry_after
from integrations.single_flight import SingleFlight

LONGEST_MARGIN_SECONDS = 60.0
REFUSALS = frozenset({400, 401, 403})


class OAuthClient(Protocol):
    """The client with which we act for one tenant."""

    @property
    def client_id(self) -> str:
        """Public name of the client."""

    @property
    def client_secret(self) -> SecretStr:
        """Its password."""


class AccessTokens(Protocol):
    """Where the shop's clients get their bearer tokens."""

    async def get(self, tenant: str) -> SecretStr | None:
        """A token that is good for now; None where the shop asks for none.

        Raises:
            TransientFault: the tenant has no client, the client was refused, or the token endpoint is in trouble.
        """

    def forget(self, tenant: str, token: SecretStr) -> None:
        """A service refused `token`: the next `get` fetches another, unless somebody has done so already."""


@dataclass(frozen=True)
class _HeldToken:
    token: SecretStr
    good_until: float


class _TokenAnswer(BaseModel):
    access_token: Annotated[str, Field(pattern=r"\A[\x21-\x7e]+\z")]
    expires_in: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 300.0


class CommerceTokens:
    """Client-credentials tokens, kept until shortly before they expire.

    Args:
        token_url: the token endpoint; None: no service gets a token.
        clients: OAuth client by tenant.
        timeout_seconds: limit on one call to the token endpoint.
        now: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        token_url: str | None,
        clients: Mapping[str, OAuthClient],
        timeout_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token_url = token_url
        self._clients = clients
        self._timeout_seconds = timeout_seconds
        # One request a connection: a token that is sent twice must not be taken for another tenant's.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(timeout=timeout_seconds, limits=limits, cookies=no_cookies())
        self._now = now
        self._held: dict[str, _HeldToken] = {}
        self._flights = SingleFlight[str, SecretStr]()

    async def get(self, tenant: str) -> SecretStr | None:
        """See `AccessTokens.get`. Callers who need a tenant's token at the same time share one call."""
        if self._token_url is None:
            return None
        held = self._held.get(tenant)
        if held is not None and self._now() < held.good_until:
            return held.token
        url = self._token_url
        return await self._flights.share(tenant, lambda: self._fetch(url, tenant))

    def forget(self, tenant: str, token: SecretStr) -> None:
        """See `AccessTokens.forget`."""
        held = self._held.get(tenant)
        if held is not None and held.token == token:
            del self._held[tenant]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _fetch(self, url: str, tenant: str) -> SecretStr:
        answer = _read(await self._request(url, tenant))
        margin = min(LONGEST_MARGIN_SECONDS, answer.expires_in / 10)
        token = SecretStr(answer.access_token)
        self._held[tenant] = _HeldToken(token, good_until=self._now() + answer.expires_in - margin)
        return token

    async def _request(self, url: str, tenant: str) -> httpx.Response:
        client = self._clients.get(tenant)
        if client is None:
            raise TransientFault(
                f"No OAuth client is set for tenant {tenant}: add it to INVOICES_COMMERCE_CREDENTIALS."
            )
        form = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret.get_secret_value(),
        }
        try:
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._http.post(url, data=form)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise TransientFault("The shop's token endpoint cannot be reached or did not answer.") from None
        if response.status_code in REFUSALS:
            raise TransientFault(
                f"The shop's token endpoint refused the OAuth client of tenant {tenant} ({response.status_code}): "
                "check INVOICES_COMMERCE_CREDENTIALS."
            )
        return response


def _read(response: httpx.Response) -> _TokenAnswer:
    if not response.is_success:
        raise TransientFault(
            f"The shop's token endpoint answered {response.status_code}.",
            retry_after_seconds=retry_after(response.headers.get("Retry-After")),
        )
    try:
        return _TokenAnswer.model_validate_json(response.content)
    except ValidationError:
        # Its text quotes the answer, and with it the token.
        raise TransientFault("The shop's token endpoint sent an answer that holds no usable token.") from None
