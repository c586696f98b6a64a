"""The mail as it goes over the wire: text and HTML as alternatives, attachments beside them (RFC 2045-2046).

Pictures that the HTML shows stand with it (RFC 2387): a mail program loads nothing to show the mail.
"""

import re
import secrets
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.utils import format_datetime
from typing import NamedTuple
from uuid import UUID

import idna

from integrations import mail_headers
from integrations.mail_address import encodable, mailbox, one_line
from invoicing.mail_address import NotAMailAddress

KEPT_MESSAGE_ID = "X-Original-Message-ID"
"""Some services, Amazon SES among them, put a Message-ID of their own in the place of ours; bounces are known by it."""
DEFAULT_MEDIA_TYPE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>")
_CONTENT_ID = re.compile(r"[A-Za-z0-9.-]+@[A-Za-z0-9.-]+")
_LINE = 76
"""Characters of a line in base64 (RFC 2045 6.8)."""
_PATH_SEPARATORS = re.compile(r"[/\\]+")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with the mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class InlineImage:
    """A picture that the HTML shows as `cid:{content_id}` (RFC 2392)."""

    content_id: str
    """Without angle brackets, such as `logo@invoice`."""
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class OutgoingMail:
    """One mail. `sender` and the addresses may carry a name: `Acme <invoices@acme.example>`."""

    message_id: str
    """With angle brackets, see `message_id`: the same for every attempt, so that a repeat can be recognised."""
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    """At least one."""
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    language: str
    """BCP 47, such as `de` or `en-US`."""
    cc: tuple[str, ...] = field(default=(), repr=False)
    bcc: tuple[str, ...] = field(default=(), repr=False)
    """Get the mail and are named nowhere in it."""
    reply_to: str | None = field(default=None, repr=False)
    images: tuple[InlineImage, ...] = field(default=(), repr=False)
    sender_name: str | None = None
    """Takes the place of the name that `sender` carries."""


def message_id(subject_id: UUID, domain: str, *, subject: str = "invoice") -> str:
    """The Message-ID of a mail, the same however often it is sent.

    Args:
        subject_id: what is sent once: an invoice, a mail that was asked for.
        domain: of the sender; one that is no domain is replaced by `localhost`.
        subject: what the id is the id of.

    >>> message_id(UUID(int=7), "acme.example")
    '<invoice-00000000-0000-0000-0000-000000000007@acme.example>'
    """
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except UnicodeError:
        ascii_domain = "localhost"
    return f"<{subject}-{subject_id}@{ascii_domain}>"


class Envelope(NamedTuple):
    """Whom the mail server is told that the mail comes from and goes to, whatever its headers say (RFC 5321 3.3)."""

    sender: str
    recipients: list[str]
    """Each once."""
    is_international: bool = False
    """One of the addresses, here or in a header, has letters beyond ASCII (RFC 6531)."""


def envelope_of(mail: OutgoingMail, bounce_address: str | None = None) -> Envelope:
    """The address for bounces, which is the sender's where there is no other, and everybody who gets the mail.

    Raises:
        NotAMailAddress: the sender or one of the others is none, or there is no recipient.
    """
    addressees = [*_mailboxes(mail.recipients), *(_mailbox("recipient", text) for text in (*mail.cc, *mail.bcc))]
    sender = _mailbox("address for bounces", bounce_address) if bounce_address else _sender(mail)
    everybody = {one.addr_spec: one for one in addressees}
    is_ascii = all(one.addr_spec.isascii() for one in (sender, _sender(mail), *_reply_to(mail), *addressees))
    return Envelope(sender.addr_spec, list(everybody), not is_ascii)


def compose(mail: OutgoingMail) -> bytes:
    """The message, dated now. Nothing in names, subject and file names can start a header of its own.

    The library's own composer parses every header of every part anew, and its text encoder is slow: a mail cost five
    times as much. Headers hold UTF-8 (RFC 6532) where an address has letters beyond ASCII, and nowhere else; the mail
    server has to announce that it takes them, see `Envelope.is_international`.

    Raises:
        NotAMailAddress: the sender or one of the others is none, or there is no recipient.
        ValueError: the Message-ID, or an image's id or type, is none.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError("the Message-ID is malformed")
    html = _text_part("html", mail.html)
    if mail.images:
        html = _multipart('related; type="text/html"', [html, *map(_shown, mail.images)])
    body = _multipart("alternative", [_text_part("plain", mail.text), html])
    if mail.attachments:
        body = _multipart("mixed", [body, *map(_attached, mail.attachments)])
    return b"".join((*_headers(mail), b"MIME-Version: 1.0\r\n", body))


def _headers(mail: OutgoingMail) -> Iterator[bytes]:
    yield _plain("Date", format_datetime(datetime.now(UTC)))
    yield mail_headers.addresses("From", [_sender(mail)])
    yield mail_headers.addresses("To", _mailboxes(mail.recipients))
    if mail.cc:
        yield mail_headers.addresses("Cc", _mailboxes(mail.cc))
    if mail.reply_to:
        yield mail_headers.addresses("Reply-To", _reply_to(mail))
    yield mail_headers.unstructured("Subject", one_line(mail.subject))
    yield _plain("Message-ID", mail.message_id)
    yield _plain(KEPT_MESSAGE_ID, mail.message_id)
    # RFC 3834 5: keeps out-of-office replies from answering.
    yield _plain("Auto-Submitted", "auto-generated")
    if _LANGUAGE.fullmatch(mail.language):
        yield _plain("Content-Language", mail.language)


def _plain(name: str, value: str) -> bytes:
    """A header of our own making, or checked by a pattern: ASCII without line breaks, short enough for one line."""
    return f"{name}: {value}\r\n".encode("ascii")


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    """Parts under a boundary that occurs in none of them.

    Each is in quoted-printable or in base64, and neither can hold the boundary's first two characters (RFC 2045 6.7).
    """
    boundary = f"=_{secrets.token_hex(16)}".encode()
    head = b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n\r\n' % (kind.encode(), boundary)
    return b"".join((head, *(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts), b"--%b--\r\n" % boundary))


def _text_part(subtype: str, text: str) -> bytes:
    """Quoted-printable passes every server, whatever it makes of eight-bit text or of long lines."""
    lines = encodable(text).encode().splitlines() or [b""]
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + b2a_qp(b"".join(line + b"\r\n" for line in lines))


def _sender(mail: OutgoingMail) -> Address:
    sender = _mailbox("sender", mail.sender)
    if mail.sender_name is None:
        return sender
    return Address(one_line(mail.sender_name), sender.username, sender.domain)


def _reply_to(mail: OutgoingMail) -> tuple[Address, ...]:
    return (_mailbox("address for replies", mail.reply_to),) if mail.reply_to else ()


def _mailboxes(texts: tuple[str, ...]) -> tuple[Address, ...]:
    if not texts:
        raise NotAMailAddress("the mail has no recipient")
    return tuple(_mailbox("recipient", text) for text in texts)


def _mailbox(role: str, text: str) -> Address:
    try:
        return mailbox(text)
    except NotAMailAddress as error:
        raise NotAMailAddress(f"the {role} has {error}") from None


def _shown(image: InlineImage) -> bytes:
    if not _CONTENT_ID.fullmatch(image.content_id) or not _MEDIA_TYPE.fullmatch(image.media_type):
        raise ValueError("the image's id or type is malformed")
    head = (
        _plain("Content-Type", image.media_type),
        _plain("Content-Transfer-Encoding", "base64"),
        _plain("Content-ID", f"<{image.content_id}>"),
        _plain("Content-Disposition", "inline"),
        b"\r\n",
    )
    return b"".join((*head, _base64_lines(image.content)))


def _attached(attachment: Attachment) -> bytes:
    known = _MEDIA_TYPE.fullmatch(attachment.media_type)
    return b"".join(
        (
            _plain("Content-Type", attachment.media_type if known else DEFAULT_MEDIA_TYPE),
            _plain("Content-Transfer-Encoding", "base64"),
            mail_headers.disposition(_PATH_SEPARATORS.sub("-", one_line(attachment.name))),
            b"\r\n",
            _base64_lines(attachment.content),
        )
    )


def _base64_lines(content: bytes) -> bytes:
    encoded = b64encode(content)
    return b"".join(encoded[at : at + _LINE] + b"\r\n" for at in range(0, len(encoded), _LINE))
