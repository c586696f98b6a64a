"""The SMTP server around a sink."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiosmtpd.smtp import SMTP

from demo.mail_sink.sink import Sink

LARGEST_MAIL_BYTES = 50 * 1024 * 1024
Encryption = Literal["none", "starttls", "implicit"]


@dataclass(frozen=True)
class Security:
    """TLS as the server offers it: on request (`starttls`), from the first byte (`implicit`), or not at all."""

    encryption: Encryption = "none"
    context: ssl.SSLContext | None = None

    @property
    def offered(self) -> ssl.SSLContext | None:
        """The context for STARTTLS."""
        return self.context if self.encryption == "starttls" else None

    @property
    def enforced(self) -> ssl.SSLContext | None:
        """The context for TLS from the first byte."""
        return self.context if self.encryption == "implicit" else None


async def serve(
    sink: Sink, address: tuple[str, int], security: Security, listens: Callable[[int], None], stop: asyncio.Event
) -> None:
    """Serve at `address` until `stop` is set; `listens` is told the port (0 asks for a free one) when clients may come.

    Raises:
        OSError: the port is taken.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own deprecated members
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            sink,
            hostname="mail-sink.example.com",
            ident="ESMTP mail sink",
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            tls_context=security.offered,
            auth_require_tls=security.encryption == "starttls",
            authenticator=sink.authenticate if sink.login else None,
            loop=loop,
        )

    server = await loop.create_server(connection, *address, ssl=security.enforced)
    listens(server.sockets[0].getsockname()[1])
    try:
        await stop.wait()
    finally:
        server.close()


def greets(host: str, port: int, timeout_seconds: float = 2.0) -> bool:
    """Whether a mail server answers there: the check that the sink is ready."""
    try:
        with socket.create_connection((host, port), timeout_seconds) as connection:
            return connection.recv(4).startswith(b"220")
    except OSError:
        return False
