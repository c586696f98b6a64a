"""Handing a mail to the mail server (RFC 5321), with TLS and login where the URL says so."""

import asyncio
import contextlib
import re
import socket
import ssl
from email import policy
from email.message import EmailMessage
from functools import cache
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

from integrations.mail_faults import MailRefused, fault_of
from integrations.mail_message import Attachment, OutgoingMail, compose, envelope_of, message_id
from invoicing.mail_address import NotAMailAddress

__all__ = ["Attachment", "MailRefused", "Mailer", "OutgoingMail", "SmtpMailer", "message_id"]

TLS_PORT = 465
SUBMISSION_PORT = 587
RELAY_PORT = 25
QUIT_SECONDS = 2.0


class Mailer(Protocol):
    """Where mails are handed in."""

    async def send(self, mail: OutgoingMail) -> None:
        """Hand in `mail`: all of its recipients get it, or none does.

        Raises:
            MailRefused: sender, a recipient or the content was refused for good, or an address is none.
            TransientFault: no answer, a refusal for now (4xx), no agreement on login or TLS. The server may have taken
                the mail all the same: repeat it with the same Message-ID.
        """


class SmtpMailer:
    """Mail over SMTP, one connection a mail.

    Args:
        smtp_url: `smtp://` (STARTTLS when offered) or `smtps://` (TLS from the start), host, optionally port and
            percent-encoded `user:password@`. Ports default to 465 for smtps, 587 with a login, 25 otherwise.
        require_tls: send nothing to a server that offers no TLS.
        timeout_seconds: limit on the whole conversation.
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
    ) -> None:
        self._url = _split_url(smtp_url)
        self._require_tls = require_tls
        self._timeout_seconds = timeout_seconds
        self._tls = tls

    async def send(self, mail: OutgoingMail) -> None:
        """See `Mailer.send`."""
        try:
            message, (sender, recipients) = compose(mail), envelope_of(mail)
        except NotAMailAddress as error:
            raise MailRefused(f"The mail cannot be addressed: {error}.") from None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                server = await self._connect()
                try:
                    await _hand_in(server, message, sender, recipients)
                except BaseException:
                    server.close()
                    raise
        except (aiosmtplib.SMTPException, OSError) as error:
            # Never chained: the library's exceptions carry the recipients' addresses.
            raise fault_of(error, [recipient.rpartition("@")[0] for recipient in recipients]) from None
        # The mail is taken: from here on, nothing may look like a failure.
        await _quit(server)

    async def _connect(self) -> aiosmtplib.SMTP:
        implicit_tls = self._url.scheme == "smtps"
        server = aiosmtplib.SMTP(
            hostname=self._url.hostname,
            port=self._url.port or self._default_port(),
            username=unquote(self._url.username) if self._url.username else None,
            password=unquote(self._url.password or "") if self._url.username else None,
            local_hostname=await asyncio.to_thread(_own_name),
            timeout=self._timeout_seconds,
            use_tls=implicit_tls,
            start_tls=False if implicit_tls else True if self._require_tls else None,
            tls_context=self._tls,
        )
        await server.connect()
        return server

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


@cache
def _own_name() -> str:
    """How we greet the server. Asked of the name service once a process: it can be slow."""
    name = socket.getfqdn()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"


async def _hand_in(server: aiosmtplib.SMTP, message: EmailMessage, sender: str, recipients: list[str]) -> None:
    """Name every recipient before the first word of the mail; the library's own way sends it to those who are left."""
    await _greet(server)
    is_ascii = "".join((sender, *recipients)).isascii()
    if not is_ascii and not server.supports_extension("smtputf8"):
        raise aiosmtplib.SMTPNotSupported("SMTPUTF8")
    content = message.as_bytes(policy=policy.SMTP if is_ascii else policy.SMTPUTF8)
    options = [f"size={len(content)}"] if server.supports_extension("size") else []
    encoding = "ascii" if is_ascii else "utf-8"
    await server.mail(sender, options=options if is_ascii else [*options, "SMTPUTF8"], encoding=encoding)
    for recipient in recipients:
        await server.rcpt(recipient, encoding=encoding)
    await server.data(content)


async def _greet(server: aiosmtplib.SMTP) -> None:
    """Learn what the server can do, unless TLS or the login has asked already; old ones know HELO only."""
    if not server.is_ehlo_or_helo_needed:
        return
    try:
        await server.ehlo()
    except aiosmtplib.SMTPHeloError:
        await server.helo()


async def _quit(server: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await server.quit(timeout=QUIT_SECONDS)
    server.close()
