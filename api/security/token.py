"""Access tokens for API clients (Emporix A.0, RFC 6749 section 4.4)."""

import asyncio
import base64
import binascii
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.status_codes import HTTP_200_OK
from pydantic import BaseModel, Field, SecretStr

from api.errors.api_error import ApiError, Dialect, Fault
from api.services import ApiServices
from database.access import find_client, issue_token
from database.client_secrets import secret_matches
from database.tables import ApiClient

SESSION_IDLE_SECONDS = 120
"""Part of the answer's shape; our tokens live their full time, idle or not."""

HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="client-secret")
"""Few threads, so that a flood of logins takes neither the memory nor the processor from everybody else."""


class TokenRequest(BaseModel):
    """The form; id and secret may come as HTTP Basic instead (RFC 6749 section 2.3.1)."""

    grant_type: Annotated[str, Field(examples=["client_credentials"])]
    client_id: str | None = None
    client_secret: SecretStr | None = None
    scope: str | None = None


class TokenResponse(BaseModel):
    """A token, and what it is good for."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 -- the type's name
    expires_in: int
    session_idle_time: int = SESSION_IDLE_SECONDS
    refresh_token: str = ""
    refresh_token_expires_in: int = 0
    scope: str


@dataclass(frozen=True)
class Credentials:
    """Who a client says it is."""

    client_id: str
    client_secret: SecretStr


class TokenController(Controller):
    """The door itself: open to everybody."""

    path = "/oauth"
    opt = {"public": True, "dialect": Dialect.OAUTH}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Access"]  # noqa: RUF012

    @post(
        "/token",
        operation_id="issueToken",
        summary="Exchange a client's id and secret for an access token",
        status_code=HTTP_200_OK,
        security=[{}],
    )
    async def issue_token(
        self,
        request: Request[object, object, State],
        services: NamedDependency[ApiServices],
        data: URLEncodedBody[TokenRequest],
    ) -> Response[TokenResponse]:
        """Without `scope` all scopes of the client are granted; scopes that it does not own are left out silently.

        Many wrong secrets in a short time are answered 429, with the seconds to wait in `Retry-After`.
        """
        if data.grant_type != "client_credentials":
            raise ApiError(400, "Only client_credentials is supported", kind="unsupported_grant_type")
        address = request.client.host if request.client else ""
        credentials = _credentials(request.headers.get("authorization"), data)
        client = await _authenticated_in_time(services, credentials, address)
        granted = _granted(client.scopes, data.scope)
        lifetime = services.settings.token_lifetime_seconds
        async with services.sessions.begin() as session:
            token = await issue_token(session, client, granted, lifetime)
        answer = TokenResponse(
            access_token=token.secret, expires_in=lifetime, scope=" ".join([*granted, f"tenant={client.tenant}"])
        )
        return Response(answer, headers={"Cache-Control": "no-store"})


async def _authenticated(services: ApiServices, credentials: Credentials) -> ApiClient:
    """The client, if the secret is its own. No connection is held while the secret is hashed.

    Raises:
        Fault: unknown or revoked client, or wrong secret; which of them is not told.
    """
    async with services.sessions() as session:
        client = await find_client(session, credentials.client_id)
    stored = client.secret_hash if client else None
    secret = credentials.client_secret.get_secret_value()
    matches = await asyncio.get_running_loop().run_in_executor(HASHING, secret_matches, secret, stored)
    if client is None or not matches:
        raise _invalid_client()
    return client


async def _authenticated_in_time(services: ApiServices, credentials: Credentials, address: str) -> ApiClient:
    """The same, with guessing made slow.

    Raises:
        ApiError: 429, there were too many wrong secrets of late, for this client id or from this address.
    """
    logins, limit = services.failed_logins, services.settings.failed_logins_per_minute
    wait = logins.seconds_to_wait(credentials.client_id, address, limit)
    if wait > 0:
        seconds = math.ceil(wait)
        words = f"There were too many wrong secrets, try again in {seconds} s"
        raise ApiError(429, words, kind="too_many_requests", headers={"Retry-After": str(seconds)})
    try:
        client = await _authenticated(services, credentials)
    except Fault:
        logins.note_failure(credentials.client_id, address, limit)
        raise
    logins.note_success(credentials.client_id, address)
    return client


def _granted(owned: list[str], wanted: str | None) -> list[str]:
    if wanted is None or not wanted.strip():
        return owned
    asked = set(wanted.split())
    return [scope for scope in owned if scope in asked]


def _credentials(authorization: str | None, form: TokenRequest) -> Credentials:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        return _basic_credentials(encoded)
    if form.client_id is None or form.client_secret is None:
        raise _invalid_client()
    return Credentials(form.client_id, form.client_secret)


def _basic_credentials(encoded: str) -> Credentials:
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _invalid_client() from error
    return Credentials(unquote_plus(client_id), SecretStr(unquote_plus(secret)))


def _invalid_client() -> Fault:
    return Fault("Invalid ApiKey", "oauth.v2.InvalidApiKey")
