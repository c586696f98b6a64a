"""What the SMTP server does with a mail, and the faults that a test may plan for it."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.mail_sink.mailbox import Mailbox

Stage = Literal["rcpt", "data"]


@dataclass(frozen=True)
class Login:
    """User name and password that a client must give before it may send."""

    user: str
    password: str = field(repr=False)

    def is_given_by(self, attempt: object) -> bool:
        """Whether a client gave just these."""
        if not isinstance(attempt, LoginPassword):
            return False
        return (attempt.login, attempt.password) == (self.user.encode(), self.password.encode())


@dataclass
class Refusal:
    """The answer `code` (4xx: for now, 5xx: for good) to mails for a recipient, `times` times (None: always)."""

    pattern: str
    code: int
    times: int | None = 1
    stage: Stage = "rcpt"
    struck: int = 0

    def strikes(self, recipient: str, stage: Stage) -> bool:
        """Whether this recipient is refused now; counts if so."""
        spent = self.times is not None and self.struck >= self.times
        if spent or stage != self.stage or not re.search(self.pattern, recipient):
            return False
        self.struck += 1
        return True


@dataclass
class Sink:
    """The handler of all connections.

    Attributes:
        drops: so many mails more are kept, but their connection is closed before the sender hears of it.
    """

    mailbox: Mailbox
    login: Login | None = None
    refusals: list[Refusal] = field(default_factory=list)
    drops: int = 0

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, attempt: object
    ) -> AuthResult:
        """Check what a client says it is (aiosmtpd's authenticator); aiosmtpd words the answer."""
        return AuthResult(success=self.login is not None and self.login.is_given_by(attempt), handled=False)

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, if it has logged in where it must."""
        if self.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, unless it is planned to be refused."""
        if refused := self.refused([address], "rcpt"):
            return refused
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep the mail, then say so, unless a planned fault is in the way."""
        if refused := self.refused([str(recipient) for recipient in envelope.rcpt_tos], "data"):
            return refused
        path = self.mailbox.keep(envelope.original_content or b"", [str(to) for to in envelope.rcpt_tos])
        if self.drops > 0:
            self.drops -= 1
            await hang_up(server)
        return f"250 OK kept as {path.name}"

    def refused(self, recipients: list[str], stage: Stage) -> str | None:
        """The planned answer, if one of the refusals strikes."""
        for refusal in self.refusals:
            if any(refusal.strikes(recipient, stage) for recipient in recipients):
                return f"{refusal.code} {refusal.code // 100}.0.0 planned refusal"
        return None


async def hang_up(server: SMTP) -> None:
    """Close the connection; aiosmtpd cancels this task once it is closed, so that no answer is written."""
    if server.transport:
        server.transport.close()
    await asyncio.Event().wait()
