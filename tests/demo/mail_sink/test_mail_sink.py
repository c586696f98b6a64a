"""The mail sink, as a mail client meets it."""

import signal
import ssl
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from demo.mail_sink.mailbox import Mailbox, read_mails
from demo.mail_sink.running import RunningMailSink, running_mail_sink
from demo.mail_sink.serving import Encryption, greets
from demo.mail_sink.sink import Login

ROOT = Path(__file__).parents[3]
LOGIN = Login("shop", "p:ss@word")


def mail(message_id: str = "<invoice-1@acme.example>", to: str = "zoe@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "billing@example.com"
    message["To"] = to
    message["Subject"] = "Ihre Rechnung über 12,50 €"
    message["Message-ID"] = message_id
    message.set_content("Guten Tag Zoë,\n.\neine Zeile mit Punkt")
    message.add_alternative("<p>Guten Tag Zoë</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Rechnung_Größe.pdf")
    return message


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def send(sink: RunningMailSink, message: EmailMessage | None = None, login: Login | None = None) -> None:
    encryption = sink.thread.security.encryption
    await aiosmtplib.send(
        message or mail(),
        recipients=["zoe@example.com", "copy@example.com"],
        hostname=sink.host,
        port=sink.port,
        timeout=5,
        use_tls=encryption == "implicit",
        start_tls=encryption == "starttls",
        tls_context=sink.client_context() if sink.certificate else None,
        username=login.user if login else None,
        password=login.password if login else None,
    )


async def test_a_mail_becomes_a_file_that_can_be_read_back(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        assert greets(sink.host, sink.port)
        await send(sink)
        (kept,) = sink.mails()
    assert kept.message_id == "<invoice-1@acme.example>"
    assert kept.recipients == ("zoe@example.com", "copy@example.com")
    assert kept.subject == "Ihre Rechnung über 12,50 €"
    assert kept.attachments == ("Rechnung_Größe.pdf",)
    assert names_in(tmp_path) == [kept.path.name]
    (attachment,) = kept.message.iter_attachments()
    assert attachment.get_content() == b"%PDF-1.7"
    assert "\r\n.\r\n" in kept.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_a_repeat_is_a_second_file_with_the_same_message_id(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        await send(sink)
        await send(sink)
        await send(sink, mail("<invoice-2@acme.example>"))
        kept = sink.mails()
    assert [one.message_id for one in kept] == [*["<invoice-1@acme.example>"] * 2, "<invoice-2@acme.example>"]
    assert len({one.path for one in kept}) == 3


async def test_mails_are_numbered_on_by_the_next_process(tmp_path: Path) -> None:
    for _ in range(2):
        with running_mail_sink(tmp_path) as sink:
            await send(sink)
    assert [one.path.name[:6] for one in read_mails(tmp_path)] == ["000001", "000002"]


async def test_a_recipient_is_refused_as_often_as_planned(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        refusal = sink.refuse("@example", 450, times=2)
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(sink)
        assert {one.code for one in refused.value.recipients} == {450}
        await send(sink)
        assert refusal.struck == 2
        assert len(sink.mails()) == 1


async def test_some_recipients_may_be_refused_for_good(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        sink.refuse("^copy@", 550, times=None)
        await send(sink)
        await send(sink)
        assert [one.recipients for one in sink.mails()] == [("zoe@example.com",)] * 2
        sink.clear_faults()
        await send(sink)
        assert sink.mails()[-1].recipients == ("zoe@example.com", "copy@example.com")


async def test_a_mail_may_be_refused_after_its_content(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        sink.refuse("zoe@", 554, stage="data")
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await send(sink)
        assert refused.value.code == 554
        assert sink.mails() == []


async def test_a_dropped_connection_leaves_the_mail_delivered(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        sink.drop_after_data(1)
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(sink)
        assert len(sink.mails()) == 1
        await send(sink)
        assert [one.message_id for one in sink.mails()] == ["<invoice-1@acme.example>"] * 2


async def test_an_unreachable_sink_comes_back_at_the_same_address(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path) as sink:
        with sink.unreachable():
            assert not greets(sink.host, sink.port)
            with pytest.raises(aiosmtplib.SMTPConnectError):
                await send(sink)
        await send(sink)
        assert len(sink.mails()) == 1


@pytest.mark.parametrize("encryption", ["none", "starttls", "implicit"])
async def test_only_who_has_logged_in_may_send(tmp_path: Path, encryption: Encryption) -> None:
    with running_mail_sink(tmp_path, login=LOGIN, encryption=encryption) as sink:
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            await send(sink)
        assert refused.value.code == 530
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await send(sink, login=Login("shop", "wrong"))
        await send(sink, login=LOGIN)
        assert len(sink.mails()) == 1


async def test_a_client_that_does_not_trust_the_certificate_stays_away(tmp_path: Path) -> None:
    with running_mail_sink(tmp_path, encryption="starttls") as sink:
        with pytest.raises(ssl.SSLCertVerificationError):
            await aiosmtplib.send(mail(), hostname=sink.host, port=sink.port, timeout=5, start_tls=True)
        assert sink.mails() == []


@pytest.mark.parametrize(
    ("encryption", "login", "url"),
    [
        ("none", None, "smtp://127.0.0.1:"),
        ("starttls", LOGIN, "smtp://shop:p%3Ass%40word@127.0.0.1:"),
        ("implicit", None, "smtps://127.0.0.1:"),
    ],
)
def test_the_url_says_how_to_send(tmp_path: Path, encryption: Encryption, login: Login | None, url: str) -> None:
    with running_mail_sink(tmp_path, login=login, encryption=encryption) as sink:
        assert sink.url == f"{url}{sink.port}"


def test_a_message_id_can_do_no_harm_as_a_file_name(tmp_path: Path) -> None:
    content = "Message-ID: <../../etc/pässwd\x00 x>\r\nSubject: x\r\n\r\nx\r\n".encode()
    path = Mailbox(tmp_path).keep(content, ["a@example.com"])
    assert path.parent == tmp_path
    assert path.is_file()


def test_half_written_mails_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "000001-half.part").write_bytes(b"Message-ID: <half@x>\r\n")
    assert read_mails(tmp_path) == []


def test_the_sink_runs_as_a_process_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo.mail_sink", "--folder", str(tmp_path / "mail"), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        host, _, port = process.stdout.readline().split("//")[-1].strip().partition(":")
        assert greets(host, int(port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate(timeout=10)
