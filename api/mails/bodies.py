"""Bodies of mails that are asked for (Deskera B.7), and how they are answered."""

import base64
import binascii
import re
from http import HTTPStatus
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from api.deskera import DeskeraModel, Json, Text
from api.requests.request_bodies import refused
from database.document_mails import DocumentMail
from database.tables import MailRecipient, MailRequest
from invoicing.mail_address import is_mail_address

LONGEST_LINE, LONGEST_BODY = 255, 100_000
MAX_ADDRESSES = 50
MAX_RECIPIENTS = 80
"""Of one mail. A mail server need not take more than 100 (RFC 5321 4.5.3.1.8), the tenant's copies among them."""
SALES_INVOICE, CREDIT_NOTE = "SALES_INVOICE", "CREDIT_NOTE"
_NAMED = re.compile(r"[^<>]*<([^<>]*)>")


def _split(value: object) -> object:
    """Addresses as they are typed: one text, parted by commas or semicolons; a list is taken too."""
    if value is None:
        return ()
    texts: list[str] = []
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            raise refused("must be text: mail addresses, parted by commas")
        texts.append(text)
    parts = [part.strip() for part in re.split(r"[,;]", ",".join(texts))]
    return tuple(dict.fromkeys(_bare(part) for part in parts if part))


def _bare(address: str) -> str:
    """`Erika <erika@example.org>` is taken as its address."""
    named = _NAMED.fullmatch(address)
    return named[1].strip() if named else address


def _addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not all(is_mail_address(address) for address in addresses):
        raise refused("must be mail addresses, parted by commas")
    return addresses


def _one_line(text: str) -> str | None:
    """Without line breaks and other control characters: it becomes part of a header."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", _encodable(text)).split()) or None


def _encodable(text: str) -> str:
    """Half of a surrogate pair and NUL can be neither stored nor sent."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


Addresses = Annotated[
    tuple[str, ...],
    BeforeValidator(_split, json_schema_input_type=str | list[str]),
    AfterValidator(_addresses),
    Field(max_length=MAX_ADDRESSES),
]
"""One mail address or several."""

Line = Annotated[Text, Field(max_length=LONGEST_LINE), AfterValidator(_one_line)]
Paragraphs = Annotated[Text, Field(max_length=LONGEST_BODY), AfterValidator(_encodable)]


def _require_few(*recipients: str) -> None:
    """A mail server might refuse a mail of more, again and again."""
    if len(set(recipients)) > MAX_RECIPIENTS:
        raise refused(f"must name {MAX_RECIPIENTS} addresses at most in to, cc and bcc together")


def _document_type(text: str) -> str:
    if text not in {SALES_INVOICE, CREDIT_NOTE}:
        raise refused(f"must be {SALES_INVOICE} or {CREDIT_NOTE}")
    return text


class ExportDocumentRequest(DeskeraModel):
    """Which document is sent. Templates of the vendor's are not ours: `templateId` and the like are ignored."""

    document_code: Text | None = None
    document_number: Text | None = None
    document_type: Annotated[Text, AfterValidator(_document_type)] = SALES_INVOICE

    @property
    def code(self) -> str:
        """The one of the two names that is given, the code before the number."""
        return self.document_code or self.document_number or ""

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not self.code:
            raise refused("must name the document: documentCode or documentNumber")
        return self


class SendEmailRequest(DeskeraModel):
    """To whom, and what it says; without `to` it goes to the contact, without subject and body it says our words.

    `isEncoded`: `body` is the Base64 form of UTF-8 text.
    """

    to: Addresses = ()
    cc: Addresses = ()
    bcc: Addresses = ()
    reply_to: Annotated[Addresses, Field(max_length=1)] = ()
    sender_name: Line | None = None
    subject: Line | None = None
    body: Paragraphs | None = None
    is_encoded: bool | None = None
    export_document_request: ExportDocumentRequest

    @property
    def text(self) -> str | None:
        """The body as plain text; None where there is none."""
        body = self.body or ""
        return (_decoded(body) if self.is_encoded else body).strip() or None

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        try:
            _ = self.text
        except (binascii.Error, UnicodeDecodeError):
            raise refused("body must be Base64 of UTF-8 text, as isEncoded says") from None
        return self

    @model_validator(mode="after")
    def _is_deliverable(self) -> Self:
        _require_few(*self.to, *self.cc, *self.bcc)
        return self


class EmailBody(DeskeraModel):
    """The whole request. Payment links and saving of contacts are the vendor's; their members are ignored."""

    contact_code: Text | None = None
    send_email_request: SendEmailRequest


def _decoded(body: str) -> str:
    return _encodable(base64.b64decode("".join(body.split()), validate=True).decode())


def mail_answer(row: MailRequest, status: HTTPStatus, message: str) -> Json:
    """How a request is answered that was not refused; the names are those of the vendor's errors (B.6)."""
    return {"code": status, "message": message, "httpStatus": status.name, "mailId": str(row.id), "state": row.state}


def mail_json(mail: DocumentMail) -> Json:
    """A mail as it is listed; what was asked for is null of the mail that an order's invoice goes out with."""
    asked = mail.request
    return {
        "mailId": str(asked.id) if asked else None,
        "state": mail.state,
        "message": mail.message,
        "to": list(mail.to),
        "cc": asked.cc if asked else [],
        "bcc": asked.bcc if asked else [],
        "replyTo": asked.reply_to if asked else None,
        "senderName": asked.sender_name if asked else None,
        "subject": asked.subject if asked else None,
        "body": asked.body if asked else None,
        "requestedBy": asked.requested_by if asked else None,
        "requestedAt": mail.created_at.isoformat(),
        "updatedAt": mail.updated_at.isoformat(),
        "recipients": [recipient_json(row) for row in mail.recipients],
    }


def recipient_json(row: MailRecipient) -> Json:
    """What became of a mail for one of its recipients."""
    return {
        "recipient": row.recipient,
        "role": row.role,
        "state": row.state,
        "status": row.status,
        "diagnostic": row.diagnostic,
        "updatedAt": row.updated_at.isoformat(),
    }


class ResendRequest(BaseModel):
    """A mail of a document, once more or to others; without `to` it goes to whom it went first."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    to: Addresses = ()
    cc: Addresses = ()
    bcc: Addresses = ()
    reply_to: Annotated[Addresses, Field(max_length=1)] = ()
    sender_name: Line | None = None
    subject: Line | None = None
    body: Paragraphs | None = None
    """Plain text; empty lines part paragraphs."""

    @model_validator(mode="after")
    def _is_deliverable(self) -> Self:
        _require_few(*self.to, *self.cc, *self.bcc)
        return self
