"""Mails one after the other over one connection, and what happens when the server ends it."""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr

from integrations.faults import TransientFault
from integrations.mail import MailRefused, SmtpMailer
from integrations.mail_connections import IDLE_SECONDS, MOST_IDLE
from tests.integrations.certificates import TestTls
from tests.integrations.mail_server import MailServer, serving
from tests.integrations.mails import MAIL, mail
from tests.waiting import eventually

TOO_MANY = "421 4.7.0 Too many messages on this connection"


@dataclass
class CountingServer(MailServer):
    """Counts what it is told on each connection; `ends` maps a command to its answer to every mail but the first."""

    ends: dict[str, str] = field(default_factory=dict)
    mails: Counter[object] = field(default_factory=Counter)
    """MAIL commands by connection."""
    recipients: int = 0
    logins: int = 0
    partings: int = 0
    last: asyncio.Transport | None = None
    """Of the connection that spoke last."""

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.last = cast("asyncio.Transport", server.transport)
        self.mails[session.peer] += 1
        said = await super().handle_MAIL(server, session, envelope, address, options)
        return self._said("MAIL", session) or said

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.recipients += 1
        said = await super().handle_RCPT(server, session, envelope, address, options)
        return self._said("RCPT", session) or said

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.partings += 1
        return await super().handle_QUIT(server, session, envelope)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        self.logins += 1
        return super().authenticate(server, session, envelope, mechanism, data)

    async def parted(self, times: int) -> None:
        """Wait until it was told goodbye so often."""

        async def is_so() -> bool:
            return self.partings == times

        await eventually(is_so)

    def _said(self, command: str, session: Session) -> str | None:
        if self.mails[session.peer] == 1 or command not in self.ends:
            return None
        if not self.ends[command]:
            assert self.last is not None
            self.last.abort()
        return self.ends[command]


@contextlib.asynccontextmanager
async def mailing(
    server: CountingServer,
    *,
    idle_seconds: float = IDLE_SECONDS,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: str = "",
) -> AsyncIterator[SmtpMailer]:
    async with serving(server, starttls=starttls):
        url = SecretStr(f"smtp://{login}localhost:{server.port}")
        mailer = SmtpMailer(url, require_tls=tls is not None, timeout_seconds=10, tls=tls, idle_seconds=idle_seconds)
        try:
            yield mailer
        finally:
            await mailer.aclose()


async def test_two_mails_go_over_one_connection_each_whole_and_to_its_own_recipient() -> None:
    server = CountingServer()
    async with mailing(server) as mailer:
        await mailer.send(MAIL)
        await mailer.send(mail(recipients=("b@example.com",), subject="The other"))
    assert list(server.mails.values()) == [2]
    assert [taken.recipients for taken in server.taken] == [["max.muster@example.com"], ["b@example.com"]]
    assert [str(taken.message["Subject"]) for taken in server.taken] == [MAIL.subject, "The other"]


async def test_tls_and_login_are_agreed_on_once_and_hold_for_every_mail(tls: TestTls) -> None:
    server = CountingServer(login=("user", "secret"))
    async with mailing(server, starttls=tls.server, tls=tls.client, login="user:secret@") as mailer:
        for _ in range(3):
            await mailer.send(MAIL)
    assert (list(server.mails.values()), server.logins) == ([3], 1)
    assert [(taken.over_tls, taken.logged_in) for taken in server.taken] == [(True, True)] * 3


async def test_mails_at_the_same_time_have_a_connection_each() -> None:
    both_there = asyncio.Barrier(2)

    class Waiting(CountingServer):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            await both_there.wait()
            return await super().handle_DATA(server, session, envelope)

    server = Waiting()
    async with mailing(server) as mailer:
        await asyncio.gather(mailer.send(MAIL), mailer.send(MAIL))
    assert list(server.mails.values()) == [1, 1]


async def test_no_more_connections_rest_than_a_few() -> None:
    all_there = asyncio.Barrier(MOST_IDLE + 2)

    class Waiting(CountingServer):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            await all_there.wait()
            return await super().handle_DATA(server, session, envelope)

    server = Waiting()
    async with mailing(server) as mailer:
        await asyncio.gather(*(mailer.send(MAIL) for _ in range(MOST_IDLE + 2)))
        await server.parted(2)
    assert server.partings == MOST_IDLE + 2


class TestTheServerEndsIt:
    async def test_while_it_rests_the_next_mail_takes_another(self) -> None:
        server = CountingServer()
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            assert server.last is not None
            server.last.close()
            await mailer.send(MAIL)
        assert list(server.mails.values()) == [1, 1]
        assert len(server.taken) == 2

    @pytest.mark.parametrize("words", ["", TOO_MANY], ids=["cut", "421"])
    @pytest.mark.parametrize("command", ["MAIL", "RCPT"])
    async def test_before_the_content_the_mail_goes_over_another(self, command: str, words: str) -> None:
        server = CountingServer(ends={command: words})
        async with mailing(server) as mailer:
            for _ in range(3):
                await mailer.send(MAIL)
        assert list(server.mails.values()) == [2, 2, 1]
        assert len(server.taken) == 3

    async def test_it_is_replaced_once_and_by_a_new_one(self) -> None:
        """With the others that rest it may be the same; a server that is going down turns a new one away."""
        server = CountingServer(ends={"MAIL": TOO_MANY})
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            server.replies["MAIL"] = "421 4.3.2 Shutting down"
            with pytest.raises(TransientFault, match=r"421 4\.3\.2 Shutting down"):
                await mailer.send(MAIL)
        assert list(server.mails.values()) == [2, 1]

    async def test_after_the_content_the_mail_is_not_sent_again(self) -> None:
        """It may have been taken: whoever repeats it does so under the Message-ID that is on record."""
        server = CountingServer()
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            server.drops = True
            with pytest.raises(TransientFault, match="ended the connection"):
                await mailer.send(MAIL)
        assert list(server.mails.values()) == [2]
        assert len(server.taken) == 2


class TestRefusals:
    @pytest.mark.parametrize(("reply", "fault"), [("550 5.1.1 No", MailRefused), ("451 4.7.1 Later", TransientFault)])
    async def test_a_refusal_counts_on_a_rested_connection_too(self, reply: str, fault: type[Exception]) -> None:
        server = CountingServer(ends={"RCPT": reply})
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            with pytest.raises(fault, match=reply[:3]):
                await mailer.send(MAIL)
        assert server.recipients == 2

    async def test_nothing_of_a_refused_mail_meets_the_next_one(self) -> None:
        server = CountingServer(ends={"RCPT": "550 5.1.1 No"})
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            with pytest.raises(MailRefused):
                await mailer.send(mail(recipients=("a@example.com",)))
            await mailer.send(mail(recipients=("b@example.com",)))
        assert list(server.mails.values()) == [2, 1]
        assert server.taken[-1].recipients == ["b@example.com"]

    async def test_an_answer_that_comes_twice_never_takes_a_mail_for_sent(self) -> None:
        """Whatever is left over from the mail before, only 354 makes us send the content, and it comes once."""
        said = [b"250 OK\r\n250 OK\r\n", b"550 No\r\n", b"550 No\r\n"]
        async with answering_data(said) as server:
            mailer = SmtpMailer(SecretStr(f"smtp://127.0.0.1:{server.port}"), require_tls=False, timeout_seconds=10)
            await mailer.send(MAIL)
            with pytest.raises((MailRefused, TransientFault)):
                await mailer.send(MAIL)
            await mailer.aclose()


class TestParting:
    async def test_a_connection_that_nobody_needs_is_ended_after_a_while(self) -> None:
        server = CountingServer()
        async with mailing(server, idle_seconds=0.05) as mailer:
            await mailer.send(MAIL)
            await server.parted(1)
            await mailer.send(MAIL)
        assert list(server.mails.values()) == [1, 1]

    async def test_at_the_end_the_server_is_told(self) -> None:
        server = CountingServer()
        async with mailing(server) as mailer:
            await mailer.send(MAIL)
            assert server.partings == 0
        assert server.partings == 1

    async def test_a_mail_that_outlives_the_end_leaves_no_connection_behind(self) -> None:
        server = CountingServer()
        async with mailing(server) as mailer:
            await mailer.aclose()
            await mailer.send(MAIL)
            await server.parted(1)


@contextlib.asynccontextmanager
async def answering_data(said: list[bytes]) -> AsyncIterator[MailServer]:
    """Says one of these after each mail's content, and is content with all else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 odd.test\r\n")
        is_data = False
        while line := await reader.readline():
            if is_data and line != b".\r\n":
                continue
            if is_data:
                writer.write(said.pop(0))
            is_data = not is_data and line == b"DATA\r\n"
            if is_data:
                writer.write(b"354 Go on\r\n")
            elif line != b".\r\n":
                writer.write(b"250 OK\r\n")
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield MailServer(port=listener.sockets[0].getsockname()[1])
    listener.close()
