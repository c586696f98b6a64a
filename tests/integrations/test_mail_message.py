from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any
from uuid import UUID

import pytest

from integrations.mail import Attachment, InlineImage, OutgoingMail, message_id
from integrations.mail_message import compose, envelope_of
from invoicing.mail_address import NotAMailAddress
from tests.integrations.mails import PDF, mail


def as_read(outgoing: OutgoingMail) -> EmailMessage:
    return message_from_bytes(compose(outgoing), policy=policy.default)


def test_text_and_html_are_alternatives_and_the_pdf_stands_beside_them() -> None:
    message = as_read(mail())
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    [pdf] = message.iter_attachments()
    assert pdf.get_filename() == "Rechnung 2026-0001.pdf"
    assert pdf.get_content() == PDF


LOGO = InlineImage("logo@invoice", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


def test_a_picture_that_the_html_shows_stands_with_it_and_is_no_attachment() -> None:
    message = as_read(mail(images=(LOGO,)))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    related = next(part for part in message.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"
    html, picture = related.iter_parts()
    assert html.get_content().splitlines() == [mail().html]
    assert (picture["Content-ID"], picture["Content-Disposition"]) == ("<logo@invoice>", "inline")
    assert picture.get_content() == LOGO.content
    assert [part.get_filename() for part in message.iter_attachments()] == ["Rechnung 2026-0001.pdf"]


@pytest.mark.parametrize("changes", [{"content_id": "logo@a>\r\nX: y"}, {"media_type": "image/png\r\nX: y"}])
def test_a_malformed_picture_is_a_mistake_of_ours(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="malformed"):
        compose(mail(images=(replace(LOGO, **changes),)))


def test_text_and_html_are_read_as_they_were_written() -> None:
    message = as_read(mail())
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == mail().text.splitlines()
    assert html.get_content().splitlines() == [mail().html]


def test_the_headers_say_who_whom_what_and_that_a_machine_wrote() -> None:
    message = as_read(mail())
    assert str(message["From"]) == "Acme Söhne <invoices@acme.example>"
    assert str(message["To"]) == "max.muster@example.com"
    assert message["Subject"] == "Rechnung 2026-0001 über 288,95 €"
    assert message["Message-ID"] == "<invoice-3f0c1c1e-0f0a-4a55-9f6e-0d9a4f6f2b11@acme.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert abs((parsedate_to_datetime(message["Date"]) - datetime.now(UTC)).total_seconds()) < 60


def test_no_text_can_start_a_header_of_its_own() -> None:
    message = as_read(
        mail(
            subject="Rechnung\r\nBcc: eve@example.com",
            sender="Acme\nBcc: eve <invoices@acme.example>",
            attachments=(Attachment("a\r\nX-Evil: 1.pdf", "application/pdf\r\nX-Evil: 2", b"x"),),
            language="de\r\nX-Evil: 3",
        )
    )
    headers = {name for part in message.walk() for name in part}
    assert not {"Bcc", "X-Evil"} & headers
    assert message["Subject"] == "Rechnung Bcc: eve@example.com"
    assert "Content-Language" not in headers
    [attachment] = message.iter_attachments()
    assert attachment.get_content_type() == "application/octet-stream"


SMUGGLED = "=?utf-8?q?Invoice=0d=0aBcc=3a_eve=40example.com=0d=0aX-Evil=3a_1?="


@pytest.mark.parametrize("more", ["", " and many more words" * 9, " Süd"])
def test_nor_can_one_that_is_encoded_already(more: str) -> None:
    name = SMUGGLED + more
    files = (Attachment(f"{name}.pdf", "application/pdf", b"x"),)
    outgoing = mail(subject=name, sender_name=name, reply_to=f"{SMUGGLED} <desk@example.com>", attachments=files)
    written = compose(outgoing)
    message = message_from_bytes(written)
    assert not {"Bcc", "X-Evil"} & {field for part in message.walk() for field in part}
    assert as_words(message["Subject"]) == name
    assert as_words(message["From"]) == f"{name} <invoices@acme.example>"
    [attachment] = as_read(outgoing).iter_attachments()
    assert attachment.get_filename() == f"{name}.pdf"
    assert max(map(len, written.split(b"\r\n\r\n")[0].splitlines())) <= 100


@pytest.mark.parametrize(
    "name",
    [
        "ceo@bank.example, Accounts Receivable Department of the whole of Example Incorporated",
        "CEO <ceo@bank.example>, Accounts Receivable Department of the whole of Example Inc.",
        'The "Example" Trading Company: Receivables; (Europe, Middle East, Africa) and everywhere else',
        "Accounts, receivable",
        'A "quoted\\',
        "Müller & Söhne, Buchhaltung <buch@example.com>, und noch sehr viele weitere Abteilungen, \U0001f600",
        "a" * 255,
    ],
)
def test_a_long_name_with_commas_and_addresses_in_it_stays_a_name(name: str) -> None:
    written = message_from_bytes(compose(mail(sender_name=name)))["From"]
    assert [address for _, address in getaddresses([written])] == ["invoices@acme.example"]
    assert as_words(getaddresses([written])[0][0]) == name


def as_words(written: str) -> str:
    """A header as RFC 2047 reads it."""
    return str(make_header(decode_header(written)))


def test_letters_beyond_ascii_before_the_at_stay_as_they_are_wherever_they_stand() -> None:
    for changes in ({"reply_to": "Büro <jörg@example.com>"}, {"sender": "jörg@acme.example"}, {"cc": ("ö@a.example",)}):
        outgoing = mail(**changes)
        assert envelope_of(outgoing, "bounces@acme.example").is_international
        assert b"=@" not in compose(outgoing)
    assert b"<j\xc3\xb6rg@example.com>\r\n" in compose(mail(reply_to="Büro <jörg@example.com>"))
    assert not envelope_of(mail(reply_to="Büro <desk@bücher.example>")).is_international


def test_a_file_name_names_no_folder() -> None:
    [attachment] = as_read(mail(attachments=(Attachment("../ä/b\\c.pdf", "application/pdf", b"x"),))).iter_attachments()
    assert attachment.get_filename() == "..-ä-b-c.pdf"


def test_half_a_surrogate_does_not_stop_a_mail() -> None:
    message = as_read(mail(subject="Hallo \ud83d", text="Hallo \ud83d", html="<p>\ud83d</p>"))
    assert message["Subject"] == "Hallo ?"


@pytest.mark.parametrize("changes", [{"recipients": ("nobody",)}, {"sender": "Acme"}])
def test_without_an_address_there_is_no_mail(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAMailAddress):
        compose(mail(**changes))


@pytest.mark.parametrize("identity", ["", "<a@b>\r\nX: y", "a@b", "<a b@c>"])
def test_a_malformed_message_id_is_a_mistake_of_ours(identity: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        compose(mail(message_id=identity))


@pytest.mark.parametrize(
    ("domain", "part"),
    [
        ("acme.example", "acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("no domain", "localhost"),
        ("", "localhost"),
    ],
)
def test_the_message_id_follows_from_invoice_and_domain(domain: str, part: str) -> None:
    assert message_id(UUID(int=1), domain) == f"<invoice-00000000-0000-0000-0000-000000000001@{part}>"


def test_a_long_message_id_stays_in_one_piece() -> None:
    identity = message_id(UUID(int=1), f"{'very-' * 11}long.{'domain' * 8}.example")
    assert f"Message-ID: {identity}\r\n".encode() in compose(mail(message_id=identity))


def test_a_mail_does_not_show_whom_it_is_for() -> None:
    shown = repr(mail())
    assert "max.muster" not in shown
    assert "Guten Tag" not in shown


def test_everybody_is_named_but_those_in_bcc() -> None:
    outgoing = mail(
        recipients=("a@example.com", "Bea <b@example.com>"),
        cc=("c@example.com",),
        bcc=("d@example.com",),
        reply_to="Desk <desk@example.com>",
    )
    message = as_read(outgoing)
    assert str(message["To"]) == "a@example.com, Bea <b@example.com>"
    assert str(message["Cc"]) == "c@example.com"
    assert str(message["Reply-To"]) == "Desk <desk@example.com>"
    assert b"d@example.com" not in message.as_bytes()
    assert envelope_of(outgoing) == (
        "invoices@acme.example",
        ["a@example.com", "b@example.com", "c@example.com", "d@example.com"],
        False,
    )


def test_bounces_go_to_an_address_of_their_own_which_no_header_names() -> None:
    assert envelope_of(mail(), "bounces@b\u00fccher.example").sender == "bounces@xn--bcher-kva.example"
    with pytest.raises(NotAMailAddress, match="address for bounces"):
        envelope_of(mail(), "nobody")


def test_who_is_named_twice_gets_the_mail_once() -> None:
    outgoing = mail(recipients=("a@example.com",), cc=("A <a@example.com>",), bcc=("a@example.com",))
    assert envelope_of(outgoing)[1] == ["a@example.com"]


def test_another_name_may_stand_before_the_senders_address() -> None:
    message = message_from_bytes(compose(mail(sender_name='Büro "Nord" <Süd>\r\nBcc: eve@example.com')))
    [(name, address)] = getaddresses([message["From"]])
    assert address == "invoices@acme.example"
    assert as_words(name) == 'Büro "Nord" <Süd> Bcc: eve@example.com'
    assert "Bcc" not in message


@pytest.mark.parametrize(
    "changes", [{"recipients": ()}, {"cc": ("nobody",)}, {"bcc": ("a@b\r\nX: y",)}, {"reply_to": "nobody"}]
)
def test_no_address_may_be_none(changes: dict[str, Any]) -> None:
    outgoing = mail(**changes)
    with pytest.raises(NotAMailAddress):
        _ = compose(outgoing), envelope_of(outgoing)


def test_a_message_id_says_what_it_is_the_id_of() -> None:
    assert message_id(UUID(int=1), "a.example", subject="mail").startswith("<mail-00000000-")
