"""Handing a mail to the mail server (RFC 5321), with TLS and login where the URL says so."""

import asyncio
import re
import socket
import ssl
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

from integrations.mail_connections import IDLE_SECONDS, MailConnections
from integrations.mail_faults import MailDeferred, MailRefused, fault_of
from integrations.mail_message import (
    Attachment,
    Envelope,
    InlineImage,
    OutgoingMail,
    compose,
    envelope_of,
    message_id,
)
from invoicing.mail_address import NotAMailAddress

__all__ = [
    "Attachment",
    "InlineImage",
    "MailDeferred",
    "MailRefused",
    "Mailer",
    "OutgoingMail",
    "SmtpMailer",
    "envelope_of",
    "message_id",
]

TLS_PORT = 465
SUBMISSION_PORT = 587
RELAY_PORT = 25


class Mailer(Protocol):
    """Where mails are handed in."""

    async def send(self, mail: OutgoingMail) -> None:
        """Hand in `mail`: all of its recipients get it, or none does.

        Raises:
            MailRefused: sender, a recipient or the content was refused for good, or an address is none.
            TransientFault: no answer, a refusal for now (4xx, `MailDeferred`), no agreement on login or TLS. The server
                may have taken the mail all the same: repeat it with the same Message-ID.
        """


class SmtpMailer:
    """Mail over SMTP, one mail after the other over connections that are kept for a moment.

    Args:
        smtp_url: `smtp://` (STARTTLS when offered) or `smtps://` (TLS from the start), host, optionally port and
            percent-encoded `user:password@`. Ports default to 465 for smtps, 587 with a login, 25 otherwise.
        require_tls: send nothing to a server that offers no TLS.
        timeout_seconds: limit on the whole conversation.
        bounce_address: where mail servers send what they cannot deliver (RFC 5321 4.4); None: to the sender.
        idle_seconds: how long a connection is kept for the next mail.
        tls: whose certificates to trust; None: the system's. Certificates are always verified.

    Raises:
        ValueError: `smtp_url` is no such URL.
    """

    def __init__(
        self,
        smtp_url: SecretStr,
        *,
        require_tls: bool,
        timeout_seconds: float = 60.0,
        tls: ssl.SSLContext | None = None,
        idle_seconds: float = IDLE_SECONDS,
        bounce_address: str | None = None,
    ) -> None:
        self._bounce_address = bounce_address
        self._url = _split_url(smtp_url)
        self._require_tls = require_tls
        self._timeout_seconds = timeout_seconds
        self._tls = tls
        self._name: str | None = None
        self._connections = MailConnections(self._connect, idle_seconds)

    async def send(self, mail: OutgoingMail) -> None:
        """See `Mailer.send`."""
        try:
            envelope = envelope_of(mail, self._bounce_address)
            content = compose(mail)
        except NotAMailAddress as error:
            raise MailRefused(f"The mail cannot be addressed: {error}.") from None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._hand_in(envelope, content)
        except (aiosmtplib.SMTPException, OSError) as error:
            # Never chained: the library's exceptions carry the recipients' addresses.
            raise fault_of(error, [recipient.rpartition("@")[0] for recipient in envelope.recipients]) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connections.aclose()

    async def _hand_in(self, envelope: Envelope, content: bytes) -> None:
        server = await self._addressed(envelope, len(content))
        try:
            await server.data(content)
        except BaseException:
            server.close()
            raise
        self._connections.give_back(server)

    async def _addressed(self, envelope: Envelope, size: int) -> aiosmtplib.SMTP:
        """A connection that waits for the mail's content.

        Until then nothing is sent: a rested connection that turns out to be at its end is replaced by a new one.
        """
        server = self._connections.take_rested()
        if server is not None:
            try:
                return await _address(server, envelope, size)
            except (aiosmtplib.SMTPException, OSError) as error:
                if not _is_at_its_end(error):
                    raise
        return await _address(await self._connections.new(), envelope, size)

    async def _connect(self) -> aiosmtplib.SMTP:
        implicit_tls = self._url.scheme == "smtps"
        server = aiosmtplib.SMTP(
            hostname=self._url.hostname,
            port=self._url.port or self._default_port(),
            username=unquote(self._url.username) if self._url.username else None,
            password=unquote(self._url.password or "") if self._url.username else None,
            local_hostname=await self._own_name(),
            timeout=self._timeout_seconds,
            use_tls=implicit_tls,
            start_tls=False if implicit_tls else True if self._require_tls else None,
            tls_context=self._tls,
        )
        await server.connect()
        return server

    async def _own_name(self) -> str:
        if self._name is None:
            self._name = await asyncio.to_thread(_own_name)
        return self._name

    def _default_port(self) -> int:
        if self._url.scheme == "smtps":
            return TLS_PORT
        return SUBMISSION_PORT if self._url.username else RELAY_PORT


def _split_url(smtp_url: SecretStr) -> SplitResult:
    problem = "the SMTP URL must be smtp://host or smtps://host, with user:password@ percent-encoded"
    try:
        url = urlsplit(smtp_url.get_secret_value())
        usable = url.scheme in {"smtp", "smtps"} and bool(url.hostname) and url.port != 0
    except ValueError:
        raise ValueError(problem) from None
    if not usable:
        raise ValueError(problem)
    return url


def _own_name() -> str:
    """How we greet the server. The name service is asked, which can be slow."""
    name = socket.getfqdn()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"


async def _address(server: aiosmtplib.SMTP, envelope: Envelope, size: int) -> aiosmtplib.SMTP:
    """Bring `server` to where it waits for the mail's content, or close it."""
    try:
        await _greet(server)
        await _name_everybody(server, envelope, size)
    except BaseException:
        server.close()
        raise
    return server


async def _name_everybody(server: aiosmtplib.SMTP, envelope: Envelope, size: int) -> None:
    """Name every recipient before the first word of the mail; the library's own way sends it to those who are left."""
    options = [f"size={size}"] if server.supports_extension("size") else []
    encoding = "ascii"
    if envelope.is_international:
        if not server.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("SMTPUTF8")
        options, encoding = [*options, "SMTPUTF8"], "utf-8"
    reports = server.supports_extension("dsn")
    if reports:
        options = [*options, "RET=HDRS"]  # a bounce need not bring the invoice back
    await server.mail(envelope.sender, options=options, encoding=encoding)
    for recipient in envelope.recipients:
        await server.rcpt(recipient, options=_original(recipient) if reports else (), encoding=encoding)


def _original(recipient: str) -> list[str]:
    """So that a report names the recipient as we do, wherever the mail was forwarded to (RFC 3461 4.2)."""
    if not recipient.isascii():
        return []
    return ["ORCPT=rfc822;" + re.sub(r"[^!-~]|[+=]", lambda found: f"+{ord(found[0]):02X}", recipient)]


def _is_at_its_end(error: Exception) -> bool:
    """Whether the connection is gone, or the server is about to end it (421, RFC 5321 3.8)."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == aiosmtplib.SMTPStatus.domain_unavailable
    return isinstance(error, aiosmtplib.SMTPServerDisconnected | ConnectionError)


async def _greet(server: aiosmtplib.SMTP) -> None:
    """Learn what the server can do, unless TLS or the login has asked already; old ones know HELO only."""
    if not server.is_ehlo_or_helo_needed:
        return
    try:
        await server.ehlo()
    except aiosmtplib.SMTPHeloError:
        await server.helo()
