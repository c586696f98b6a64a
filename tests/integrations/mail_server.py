"""A mail server whose replies a test writes itself."""
# ruff: noqa: N802 - aiosmtpd looks for these names

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Taken:
    """A mail as it was handed in."""

    sender: str | None
    recipients: list[str]
    raw: bytes
    over_tls: bool
    logged_in: bool

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class MailServer:
    """Takes every mail but those for which `replies` has another answer (by `MAIL`, `RCPT` or `DATA`).

    `hangs_at` names the command that is never answered; with `drops` the connection is cut instead of the answer to
    DATA, although the mail is taken.
    """

    replies: dict[str, str] = field(default_factory=dict)
    hangs_at: str = ""
    drops: bool = False
    login: tuple[str, str] | None = None
    taken: list[Taken] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._reply("MAIL")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._reply("RCPT")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = await self._reply("DATA")
        transport = cast("asyncio.Transport", server.transport)
        if reply.startswith("2"):
            assert isinstance(envelope.content, bytes)
            over_tls = session.ssl is not None or transport.get_extra_info("sslcontext") is not None
            self.taken.append(
                Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content, over_tls, bool(session.authenticated))
            )
        if self.drops:
            transport.abort()
        return reply

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._reply("QUIT", "221 Bye")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        matches = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=matches, handled=False)

    async def _reply(self, command: str, usual: str = "250 OK") -> str:
        if self.hangs_at == command:
            await asyncio.Event().wait()
        return self.replies.get(command, usual)


@contextlib.asynccontextmanager
async def serving(
    server: MailServer,
    *,
    starttls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
    utf8: bool = True,
) -> AsyncIterator[MailServer]:
    """`server` on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            server,
            hostname="mail.test",
            enable_SMTPUTF8=utf8,
            tls_context=starttls,
            authenticator=server.authenticate if server.login else None,
            auth_require_tls=starttls is not None,
            loop=loop,
        )

    listener = await loop.create_server(connection, "127.0.0.1", 0, ssl=implicit_tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
