import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from integrations.faults import TransientFault
from integrations.mail import MailDeferred, MailRefused, OutgoingMail, SmtpMailer
from tests.integrations.certificates import TestTls
from tests.integrations.mail_server import MailServer, serving
from tests.integrations.mails import MAIL, PDF, mail
from tests.integrations.scripted_server import refusing_port


async def hand_in(server: MailServer, outgoing: OutgoingMail = MAIL, timeout_seconds: float = 10) -> None:
    url = SecretStr(f"smtp://127.0.0.1:{server.port}")
    mailer = SmtpMailer(url, require_tls=False, timeout_seconds=timeout_seconds)
    try:
        await mailer.send(outgoing)
    finally:
        await mailer.aclose()


async def test_a_mail_arrives_whole() -> None:
    async with serving(MailServer()) as server:
        await hand_in(server)
    [taken] = server.taken
    assert (taken.sender, taken.recipients) == ("invoices@acme.example", ["max.muster@example.com"])
    assert taken.message["Message-ID"] == MAIL.message_id
    body = taken.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == MAIL.text.splitlines()
    [pdf] = taken.message.iter_attachments()
    assert pdf.get_content() == PDF


async def test_a_repeated_mail_carries_the_same_message_id() -> None:
    async with serving(MailServer()) as server:
        await hand_in(server)
        await hand_in(server)
    assert {taken.message["Message-ID"] for taken in server.taken} == {MAIL.message_id}


async def test_no_byte_of_a_usual_mail_needs_eight_bits() -> None:
    async with serving(MailServer()) as server:
        await hand_in(server)
    assert server.taken[0].raw.isascii()


class TestAddresses:
    async def test_an_international_domain_needs_no_help_from_the_server(self) -> None:
        async with serving(MailServer(), utf8=False) as server:
            await hand_in(server, mail(recipients=("Jörg <max@bücher.example>",)))
        [taken] = server.taken
        assert taken.recipients == ["max@xn--bcher-kva.example"]
        assert str(taken.message["To"]) == "Jörg <max@xn--bcher-kva.example>"

    async def test_an_international_name_goes_to_a_server_that_takes_it(self) -> None:
        async with serving(MailServer(), utf8=True) as server:
            await hand_in(server, mail(recipients=("jörg@bücher.example",)))
        [taken] = server.taken
        assert taken.recipients == ["jörg@xn--bcher-kva.example"]
        assert str(taken.message["To"]) == "jörg@xn--bcher-kva.example"

    async def test_an_international_name_is_refused_where_the_server_does_not_take_it(self) -> None:
        async with serving(MailServer(), utf8=False) as server:
            with pytest.raises(MailRefused, match="letters beyond ASCII"):
                await hand_in(server, mail(recipients=("jörg@bücher.example",)))
        assert not server.taken

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (
                {"recipients": ("nobody",)},
                "The mail cannot be addressed: the recipient has no usable part before the @.",
            ),
            (
                {"recipients": ("a@b\r\nDATA",)},
                "The mail cannot be addressed: the recipient has no usable domain after the @.",
            ),
            ({"sender": "Acme"}, "The mail cannot be addressed: the sender has no usable part before the @."),
        ],
    )
    async def test_what_is_no_address_never_reaches_the_server(self, changes: dict[str, Any], sentence: str) -> None:
        async with serving(MailServer()) as server:
            with pytest.raises(MailRefused) as caught:
                await hand_in(server, mail(**changes))
        assert str(caught.value) == sentence
        assert not server.taken


class TestRefusals:
    @pytest.mark.parametrize(
        ("command", "what"), [("MAIL", "the sender"), ("RCPT", "the recipient"), ("DATA", "the mail")]
    )
    async def test_a_refusal_for_good_is_final_and_quotes_the_server(self, command: str, what: str) -> None:
        async with serving(MailServer(replies={command: "550 5.7.1 We do not like it"})) as server:
            with pytest.raises(MailRefused) as caught:
                await hand_in(server)
        assert str(caught.value) == f"The mail server refused {what} (550 5.7.1 We do not like it)."
        assert caught.value.status == "5.7.1"

    @pytest.mark.parametrize(
        ("command", "recipient"), [("MAIL", None), ("RCPT", "max.muster@example.com"), ("DATA", None)]
    )
    async def test_a_refusal_for_now_is_waited_out(self, command: str, recipient: str | None) -> None:
        async with serving(MailServer(replies={command: "451 4.7.1 Greylisted"})) as server:
            with pytest.raises(MailDeferred, match=r"451 4\.7\.1 Greylisted") as caught:
                await hand_in(server)
        assert isinstance(caught.value, TransientFault)
        assert (caught.value.recipient, caught.value.status) == (recipient, "4.7.1")

    async def test_the_address_is_not_repeated(self) -> None:
        reply = "550 <Max.Muster@example.com>: no mailbox max.muster at example.com"
        async with serving(MailServer(replies={"RCPT": reply})) as server:
            with pytest.raises(MailRefused) as caught:
                await hand_in(server)
        assert str(caught.value) == "The mail server refused the recipient (550 <...>: no mailbox ... at example.com)."
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize("reply", ["530 5.7.0 Authentication required", "530 Must issue a STARTTLS command first"])
    async def test_a_server_that_wants_a_login_waits_for_the_operator(self, reply: str) -> None:
        async with serving(MailServer(replies={"MAIL": reply})) as server:
            with pytest.raises(TransientFault, match=r"does not accept our login \(530\): check INVOICES_SMTP_URL"):
                await hand_in(server)


@contextlib.asynccontextmanager
async def greeting(line: bytes) -> AsyncIterator[MailServer]:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line)
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield MailServer(port=listener.sockets[0].getsockname()[1])
    listener.close()


class TestBounceAddress:
    async def test_bounces_come_back_to_where_they_are_read_and_answers_to_the_sender(self) -> None:
        async with serving(MailServer()) as server:
            url = SecretStr(f"smtp://127.0.0.1:{server.port}")
            mailer = SmtpMailer(url, require_tls=False, bounce_address="bounces@acme.example")
            await mailer.send(MAIL)
            await mailer.aclose()
        [taken] = server.taken
        assert taken.sender == "bounces@acme.example"
        assert str(taken.message["From"]) == "Acme Söhne <invoices@acme.example>"
        assert "Return-Path" not in taken.message


class TestSeveralRecipients:
    ALL = mail(recipients=("a@example.com", "b@example.com"), cc=("c@example.com",), bcc=("d@example.com",))

    async def test_one_mail_goes_to_all_of_them(self) -> None:
        async with serving(MailServer()) as server:
            await hand_in(server, self.ALL)
        [taken] = server.taken
        assert taken.recipients == ["a@example.com", "b@example.com", "c@example.com", "d@example.com"]
        assert "d@example.com" not in taken.raw.decode()

    @pytest.mark.parametrize(("code", "fault"), [("550", MailRefused), ("451", TransientFault)])
    async def test_where_one_is_refused_nobody_gets_it(self, code: str, fault: type[Exception]) -> None:
        class Picky(MailServer):
            async def handle_RCPT(  # noqa: N802
                self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
            ) -> str:
                if address == "c@example.com":
                    return f"{code} c and a@example.com are not here"
                return await super().handle_RCPT(server, session, envelope, address, options)

        async with serving(Picky()) as server:
            with pytest.raises(fault) as caught:
                await hand_in(server, self.ALL)
        assert not server.taken
        assert f"({code} ... and ... are not here)" in str(caught.value)
        assert isinstance(caught.value, MailRefused | MailDeferred)
        assert (caught.value.recipient, caught.value.status) == ("c@example.com", None)

    async def test_an_international_name_among_them_needs_a_server_that_takes_it(self) -> None:
        outgoing = mail(bcc=("jörg@example.com",))
        async with serving(MailServer(), utf8=True) as server:
            await hand_in(server, outgoing)
        assert server.taken[0].recipients == ["max.muster@example.com", "jörg@example.com"]
        async with serving(MailServer(), utf8=False) as server:
            with pytest.raises(MailRefused, match="letters beyond ASCII"):
                await hand_in(server, outgoing)


class TestConversation:
    async def test_a_server_that_knows_no_extensions_gets_the_mail(self) -> None:
        said: list[bytes] = []
        async with old_server(said) as server:
            await hand_in(server)
        assert b"MAIL FROM:<invoices@acme.example>\r\n" in said
        assert b"DATA\r\n" in said

    async def test_a_server_that_writes_reports_is_told_whom_we_mean_and_to_spare_us_the_invoice(self) -> None:
        said: list[bytes] = []
        async with old_server(said, extensions=b"250-mail.test\r\n250 DSN\r\n") as server:
            await hand_in(server, mail(recipients=("a+b=c@example.com",)))
        assert b"MAIL FROM:<invoices@acme.example> RET=HDRS\r\n" in said
        assert b"RCPT TO:<a+b=c@example.com> ORCPT=rfc822;a+2Bb+3Dc@example.com\r\n" in said

    async def test_an_answer_lost_after_the_data_is_a_fault_to_be_repeated(self) -> None:
        async with serving(MailServer(drops=True)) as server:
            with pytest.raises(TransientFault, match="ended the connection"):
                await hand_in(server)
        assert len(server.taken) == 1

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    async def test_a_silent_server_is_a_fault_in_time(self, command: str) -> None:
        async with serving(MailServer(hangs_at=command)) as server:
            with pytest.raises(TransientFault, match="did not answer in time"):
                await hand_in(server, timeout_seconds=1)

    async def test_once_the_mail_is_taken_a_server_that_does_not_part_is_no_fault(self) -> None:
        async with serving(MailServer(hangs_at="QUIT")) as server:
            await hand_in(server)
        assert len(server.taken) == 1

    @pytest.mark.parametrize("line", [b"421 Too busy\r\n", b"554 No service for you\r\n"])
    async def test_a_server_that_turns_us_away_is_tried_again(self, line: bytes) -> None:
        async with greeting(line) as server:
            with pytest.raises(TransientFault, match=line[:3].decode()):
                await hand_in(server)

    @pytest.mark.parametrize("line", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.test\r\n"])
    async def test_something_that_is_no_mail_server_is_a_fault(self, line: bytes) -> None:
        async with greeting(line) as server:
            with pytest.raises(TransientFault):
                await hand_in(server)

    async def test_a_server_that_is_down_is_a_fault(self) -> None:
        with refusing_port() as port, pytest.raises(TransientFault, match="cannot be reached"):
            await hand_in(MailServer(port=port))


class TestTlsAndLogin:
    async def test_tls_is_used_when_it_is_offered_and_the_login_decoded(self, tls: TestTls) -> None:
        async with serving(MailServer(login=("us:er@acme", "p/ss w%rd")), starttls=tls.server) as server:
            url = SecretStr(f"smtp://us%3Aer%40acme:p%2Fss%20w%25rd@localhost:{server.port}")
            await SmtpMailer(url, require_tls=False, tls=tls.client).send(MAIL)
        assert (server.taken[0].over_tls, server.taken[0].logged_in) == (True, True)

    async def test_tls_from_the_start(self, tls: TestTls) -> None:
        async with serving(MailServer(), implicit_tls=tls.server) as server:
            url = SecretStr(f"smtps://localhost:{server.port}")
            await SmtpMailer(url, require_tls=True, tls=tls.client).send(MAIL)
        assert server.taken[0].over_tls

    async def test_a_server_without_tls_gets_nothing_when_tls_is_required(self) -> None:
        async with serving(MailServer()) as server:
            with pytest.raises(TransientFault, match="STARTTLS extension not supported"):
                await SmtpMailer(SecretStr(f"smtp://127.0.0.1:{server.port}"), require_tls=True).send(MAIL)
        assert not server.taken

    @pytest.mark.parametrize("scheme", ["smtp", "smtps"])
    async def test_a_certificate_that_nobody_vouches_for_gets_nothing(self, tls: TestTls, scheme: str) -> None:
        starttls, implicit = (tls.server, None) if scheme == "smtp" else (None, tls.server)
        async with serving(MailServer(), starttls=starttls, implicit_tls=implicit) as server:
            with pytest.raises(TransientFault, match="certificate is not trusted"):
                await SmtpMailer(SecretStr(f"{scheme}://localhost:{server.port}"), require_tls=False).send(MAIL)
        assert not server.taken

    async def test_a_certificate_for_another_name_gets_nothing(self, tls: TestTls) -> None:
        async with serving(MailServer(), implicit_tls=tls.server) as server:
            mailer = SmtpMailer(SecretStr(f"smtps://127.0.0.1:{server.port}"), require_tls=False, tls=tls.client)
            with pytest.raises(TransientFault, match="certificate is not trusted"):
                await mailer.send(MAIL)

    async def test_a_wrong_password_waits_for_the_operator_and_is_not_shown(self) -> None:
        async with serving(MailServer(login=("user", "right"))) as server:
            url = SecretStr(f"smtp://user:wr0ng@127.0.0.1:{server.port}")
            with pytest.raises(TransientFault, match=r"login \(535\): check INVOICES_SMTP_URL") as caught:
                await SmtpMailer(url, require_tls=False).send(MAIL)
        assert "wr0ng" not in str(caught.value)

    async def test_a_server_without_logins_waits_for_the_operator(self) -> None:
        async with greeting_only_plain() as server:
            url = SecretStr(f"smtp://user:secret@127.0.0.1:{server.port}")
            with pytest.raises(TransientFault, match="does not offer what INVOICES_SMTP_URL asks for"):
                await SmtpMailer(url, require_tls=False, timeout_seconds=5).send(MAIL)


@contextlib.asynccontextmanager
async def old_server(said: list[bytes], extensions: bytes = b"500 What?\r\n") -> AsyncIterator[MailServer]:
    """Knows what RFC 821 knew in 1982, and what it says to EHLO."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 old.test\r\n")
        is_data = False
        while line := await reader.readline():
            said.append(line)
            if is_data and line != b".\r\n":
                continue
            is_data = line == b"DATA\r\n"
            if line.startswith(b"EHLO"):
                writer.write(extensions)
                continue
            known = is_data or line == b".\r\n" or line.startswith((b"HELO", b"MAIL", b"RCPT"))
            writer.write(b"354 Go on\r\n" if is_data else b"250 OK\r\n" if known else b"500 What?\r\n")
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield MailServer(port=listener.sockets[0].getsockname()[1])
    listener.close()


@contextlib.asynccontextmanager
async def greeting_only_plain() -> AsyncIterator[MailServer]:
    """Knows HELO and nothing newer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 old.test\r\n")
        while line := await reader.readline():
            writer.write(b"250 old.test\r\n" if line.startswith(b"HELO") else b"500 What?\r\n")
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield MailServer(port=listener.sockets[0].getsockname()[1])
    listener.close()


@pytest.mark.parametrize(
    "url", ["", "localhost:25", "http://user:s3cret@host", "smtp://", "smtp://user:s3cret@host:port", "smtp://[::1"]
)
def test_what_is_no_smtp_url_is_refused_at_the_start_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="the SMTP URL must be") as caught:
        SmtpMailer(SecretStr(url), require_tls=False)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://host", 25), ("smtp://u:p@host", 587), ("smtps://host", 465), ("smtps://u:p@host", 465)],
)
def test_ports_follow_from_the_url(url: str, port: int) -> None:
    assert SmtpMailer(SecretStr(url), require_tls=False)._default_port() == port
