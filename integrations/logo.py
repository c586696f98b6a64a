"""A seller's logo, fetched from a URL that a tenant gave: bounded, checked, and only from where it may come."""

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

import httpx

from integrations.cookies import no_cookies
from integrations.logo_image import LogoImage, LogoUnusable, inspect_logo
from integrations.public_address import is_public, resolve
from integrations.single_flight import SingleFlight

__all__ = ["HttpLogoSource", "LogoImage", "LogoSource", "LogoUnusable"]

LARGEST_LOGO_BYTES = 1024 * 1024
MOST_REDIRECTS = 3
HIGHEST_PORT = 65_535
CONNECT_SECONDS = 3.0
KEPT_LOGOS = 32
KEPT_SECONDS = 300.0
KEPT_FAILURE_SECONDS = 30.0


class LogoSource(Protocol):
    """Where logos come from."""

    async def fetch(self, url: str) -> LogoImage:
        """The picture at `url`.

        Raises:
            LogoUnusable: no http(s) URL, an address that is not public, no answer, too large, no picture.
        """


@dataclass(frozen=True)
class _Kept:
    outcome: LogoImage | LogoUnusable
    good_until: float


class HttpLogoSource:
    """Logos over HTTP, kept for five minutes; failures for half a minute.

    Host names are resolved once and the connection goes to the address that was checked, so that a name server cannot
    send us elsewhere in between. For the same reason no proxy is used.

    Args:
        allowed_hosts: hosts that may be reached although their address is private or loopback.
        timeout_seconds: limit on fetching one logo, redirects included.
        tls: whose certificates to trust; None: the usual ones.
        now: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        allowed_hosts: Collection[str] = (),
        timeout_seconds: float = 10.0,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._timeout_seconds = timeout_seconds
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._flights = SingleFlight[str, LogoImage | LogoUnusable]()
        timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS))
        self._http = httpx.AsyncClient(
            timeout=timeout,
            # A connection is kept by address, but its certificate was checked for one name.
            limits=httpx.Limits(max_keepalive_connections=0),
            cookies=no_cookies(),
            verify=tls or True,
            trust_env=False,
        )

    async def fetch(self, url: str) -> LogoImage:
        """See `LogoSource.fetch`. Callers who want the same logo at the same time share one fetch."""
        kept = self._kept.get(url)
        if kept is None or kept.good_until <= self._now():
            outcome = await self._flights.share(url, lambda: self._fetch_and_keep(url))
        else:
            outcome = kept.outcome
        if isinstance(outcome, LogoUnusable):
            # A new exception for every caller: a raised one collects tracebacks.
            raise LogoUnusable(str(outcome))
        return outcome

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _fetch_and_keep(self, url: str) -> LogoImage | LogoUnusable:
        outcome: LogoImage | LogoUnusable
        try:
            outcome = await asyncio.to_thread(inspect_logo, await self._download(url))
            seconds = KEPT_SECONDS
        except LogoUnusable as error:
            outcome, seconds = error.with_traceback(None), KEPT_FAILURE_SECONDS
        self._kept[url] = _Kept(outcome, self._now() + seconds)
        self._kept.move_to_end(url)
        while len(self._kept) > KEPT_LOGOS:
            self._kept.popitem(last=False)
        return outcome

    async def _download(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._follow(url)
        except (TimeoutError, httpx.TimeoutException):
            raise LogoUnusable("The logo's server did not answer in time.") from None
        except (httpx.RequestError, OSError):
            raise LogoUnusable("The logo's server cannot be reached, or broke off.") from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise LogoUnusable("The logo's URL is malformed.") from None

    async def _follow(self, url: str) -> bytes:
        location = httpx.URL(url)
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._connect(location)
            try:
                if not response.has_redirect_location:
                    return await _read(response)
                location = location.join(response.headers["Location"])
            finally:
                await response.aclose()
        raise LogoUnusable(f"The logo's URL leads on more than {MOST_REDIRECTS} times.")

    async def _connect(self, location: httpx.URL) -> httpx.Response:
        error: httpx.RequestError | None = None
        for address in await self._addresses(location):
            request = self._http.build_request(
                "GET",
                location.copy_with(host=str(address)),
                headers={"Host": location.netloc.decode("ascii"), "Accept": "image/*", "Accept-Encoding": "identity"},
                # The certificate is checked against the name, not against the address.
                extensions={"sni_hostname": location.raw_host.decode("ascii")},
            )
            try:
                return await self._http.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
                error = failed
        raise error or LogoUnusable("The logo's host has no address.")

    async def _addresses(self, location: httpx.URL) -> list[IPv4Address | IPv6Address]:
        if location.scheme not in {"http", "https"} or not location.host or location.userinfo:
            raise LogoUnusable("The logo's URL must begin with http:// or https:// and carry no password.")
        if location.port is not None and location.port > HIGHEST_PORT:
            raise httpx.InvalidURL("no such port")
        host = location.raw_host.decode("ascii")
        addresses = await resolve(host)
        if host.lower() not in self._allowed_hosts and not all(map(is_public, addresses)):
            raise LogoUnusable(f"The logo's host {host} is not on the public internet, and no operator allowed it.")
        return addresses


async def _read(response: httpx.Response) -> bytes:
    if not response.is_success:
        raise LogoUnusable(f"The logo's server answered {response.status_code}.")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_LOGO_BYTES:
            raise LogoUnusable("The logo is larger than 1 MiB.")
    return bytes(content)
