"""The mail as it goes over the wire: text and HTML as alternatives, attachments beside them (RFC 2045-2046)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

import idna

from integrations.mail_address import encodable, mailbox, one_line
from invoicing.mail_address import NotAMailAddress

DEFAULT_MEDIA_TYPE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>")
_PATH_SEPARATORS = re.compile(r"[/\\]+")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with the mail."""

    name: str
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


def compose(mail: OutgoingMail) -> EmailMessage:
    """The message, dated now. Line breaks in names, subject and file names cannot start a header of their own.

    Raises:
        NotAMailAddress: the sender or one of the others is none, or there is no recipient.
        ValueError: the Message-ID is none.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError("the Message-ID is malformed")
    message = EmailMessage()
    message["Date"] = format_datetime(datetime.now(UTC))
    message["From"] = _sender(mail)
    message["To"] = _mailboxes(mail.recipients)
    if mail.cc:
        message["Cc"] = _mailboxes(mail.cc)
    if mail.reply_to:
        message["Reply-To"] = _mailbox("address for replies", mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Message-ID"] = mail.message_id
    # RFC 3834 5: keeps out-of-office replies from answering.
    message["Auto-Submitted"] = "auto-generated"
    # Quoted-printable passes every server, whatever it makes of eight-bit text or of long lines.
    message.set_content(encodable(mail.text), cte="quoted-printable")
    message.add_alternative(encodable(mail.html), subtype="html", cte="quoted-printable")
    for attachment in mail.attachments:
        _attach(message, attachment)
    if _LANGUAGE.fullmatch(mail.language):
        # Last, for making a part of a message moves the Content- headers along.
        message["Content-Language"] = mail.language
    return message


def envelope_of(mail: OutgoingMail) -> tuple[str, list[str]]:
    """The sender's address and everybody who gets the mail, each once, as the mail server is told (RFC 5321 3.3).

    Raises:
        NotAMailAddress: the sender or one of the others is none, or there is no recipient.
    """
    addressees = [*_mailboxes(mail.recipients), *(_mailbox("recipient", text) for text in (*mail.cc, *mail.bcc))]
    return _sender(mail).addr_spec, list(dict.fromkeys(one.addr_spec for one in addressees))


def _sender(mail: OutgoingMail) -> Address:
    sender = _mailbox("sender", mail.sender)
    if mail.sender_name is None:
        return sender
    return Address(one_line(mail.sender_name), sender.username, sender.domain)


def _mailboxes(texts: tuple[str, ...]) -> tuple[Address, ...]:
    if not texts:
        raise NotAMailAddress("the mail has no recipient")
    return tuple(_mailbox("recipient", text) for text in texts)


def _mailbox(role: str, text: str) -> Address:
    try:
        return mailbox(text)
    except NotAMailAddress as error:
        raise NotAMailAddress(f"the {role} has {error}") from None


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    known = _MEDIA_TYPE.fullmatch(attachment.media_type)
    main, _, sub = (attachment.media_type if known else DEFAULT_MEDIA_TYPE).partition("/")
    name = _PATH_SEPARATORS.sub("-", one_line(attachment.name))
    message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)
