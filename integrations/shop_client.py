"""HTTP with the shop's services: bearer token, one deadline, bounded answers, faults instead of httpx's exceptions."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote, urlsplit

import httpx
from pydantic import SecretStr

from integrations.commerce_token import AccessTokens
from integrations.cookies import no_cookies
from integrations.faults import TransientFault, quoted, retry_after
from integrations.pace import Turn, at_once

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
LONGEST_CONNECT_SECONDS = 5.0
# One request a connection. On a connection that is used again, an answer that the other side sends twice would be
# taken for the answer to the next request: a capture that never was, another order.
ONE_REQUEST_A_CONNECTION = 0

NOT_LET_IN = frozenset({401, 403})
TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408


class Unanswered(TransientFault):
    """The request went out and no usable answer came back: what it asked for may or may not have happened.

    A deadline, a cut connection, 5xx, a redirect, half a body, a body that is not what the service promises.
    """


@dataclass(frozen=True)
class Request:
    """One call; `path` begins with a slash and is already percent-encoded."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    json_text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A complete answer: 2xx, or a 4xx that means something to this service."""

    service: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        """2xx."""
        return httpx.codes.is_success(self.status)

    def text(self) -> str:
        """The body as it was sent (JSON is UTF-8, RFC 8259 8.1).

        Raises:
            Unanswered: it is not UTF-8.
        """
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.unreadable() from None

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object; numbers with a fraction or an exponent are `Decimal`.

        Raises:
            Unanswered: it is none.
        """
        try:
            value = json.loads(self.text(), parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError):
            raise self.unreadable() from None
        if not isinstance(value, dict):
            raise self.unreadable()
        return value

    def unreadable(self) -> Unanswered:
        """The fault of a body that is not what the service promises."""
        return Unanswered(f"The {self.service} sent an answer that cannot be read.")


def _is_base_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return (
            url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and not (url.query or url.fragment)
        )
    except ValueError:
        return False


def path_segment(text: str) -> str:
    """`text` as one segment of a path, whatever is in it: no slash ends it and no `..` climbs out of it.

    >>> path_segment("A/7 ä"), path_segment("..")
    ('A%2F7%20%C3%A4', '%2E%2E')
    """
    if text in {".", ".."}:
        return text.replace(".", "%2E")
    return quote(text, safe="", errors="surrogatepass")


class ShopClient:
    """One of the shop's services.

    Args:
        service: its name in sentences, such as "order service".
        base_url: `http://` or `https://`, with or without a path.
        tokens: where bearer tokens come from.
        timeout_seconds: limit on one exchange, from connecting to the last byte.
        turn: what every exchange waits for.

    Raises:
        ValueError: `base_url` is no http(s) URL.
    """

    def __init__(
        self, service: str, base_url: str, tokens: AccessTokens, timeout_seconds: float, turn: Turn = at_once
    ) -> None:
        if not _is_base_url(base_url):
            raise ValueError(f"the URL of the {service} must begin with http:// or https:// and name a host")
        self._service = service
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._timeout_seconds = timeout_seconds
        self._turn = turn
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, LONGEST_CONNECT_SECONDS)),
            # No limit of its own: the worker bounds its calls, and shares them out among the tenants.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=ONE_REQUEST_A_CONNECTION),
            cookies=no_cookies(),
        )

    async def send(self, tenant: str, request: Request) -> Answer:
        """Send `request`; when the service refuses our token, once more with a new one.

        Raises:
            Unanswered: it may have happened.
            TransientFault: it did not happen: no connection, no token, not let in, too many requests, not our turn.
        """
        token = await self._tokens.get(tenant)
        await self._turn(tenant)
        answer = await self._exchange(request, token)
        if answer.status in NOT_LET_IN and token is not None:
            self._tokens.forget(tenant, token)
            token = await self._tokens.get(tenant)
            await self._turn(tenant)
            answer = await self._exchange(request, token)
        self._check(answer, tenant)
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _exchange(self, request: Request, token: SecretStr | None) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._receive(self._build(request, token))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            reason = quoted(str(error)) or "no connection in time"
            raise TransientFault(f"The {self._service} cannot be reached ({reason}).") from None
        except (TimeoutError, httpx.TimeoutException):
            raise Unanswered(f"The {self._service} did not answer within {self._timeout_seconds:g} s.") from None
        except httpx.RequestError:
            raise Unanswered(f"The {self._service} ended the connection before its answer was complete.") from None

    def _build(self, request: Request, token: SecretStr | None) -> httpx.Request:
        headers = {"Accept": "application/json", **request.headers}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        if request.json_text is not None:
            headers["Content-Type"] = "application/json"
        return self._http.build_request(
            request.method,
            f"{self._base_url}{request.path}",
            params=request.params or None,
            content=request.json_text,
            headers=headers,
        )

    async def _receive(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise Unanswered(f"The {self._service} sent an answer of more than {LARGEST_ANSWER_BYTES} bytes.")
        finally:
            await response.aclose()
        return Answer(self._service, response.status_code, response.headers, bytes(body))

    def _check(self, answer: Answer, tenant: str) -> None:
        wait = retry_after(answer.headers.get("Retry-After"))
        if answer.status in NOT_LET_IN:
            raise TransientFault(
                f"The {self._service} does not let us in for tenant {tenant} ({answer.status}): check the tenant's "
                "client in INVOICES_COMMERCE_CREDENTIALS and its scopes."
            )
        if answer.status == TOO_MANY_REQUESTS:
            raise TransientFault(f"The {self._service} asks for fewer requests (429).", retry_after_seconds=wait)
        refused = httpx.codes.is_client_error(answer.status) and answer.status != REQUEST_TIMEOUT
        if not (answer.is_success or refused):
            raise Unanswered(f"The {self._service} answered {answer.status}.", retry_after_seconds=wait)
