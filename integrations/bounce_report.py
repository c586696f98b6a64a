"""Reading bounces: delivery status notifications (RFC 3464, RFC 6533), and the older kinds that carry the mail along.

Nothing in a bounce can be trusted: anybody can write one. It is believed about a mail only because it names the mail's
Message-ID, and about nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from integrations.faults import quoted
from integrations.mail_message import KEPT_MESSAGE_ID
from invoicing.bounce import Action, Bounce, RecipientReport

LARGEST_BOUNCE_BYTES = 16 * 1024 * 1024
READ_BYTES = 1024 * 1024
"""How far it is read: the report stands before the mail that is returned."""
MOST_BOUNDARIES, MOST_PARTS = 20, 1_000
"""The parser takes each part apart once for every part that it lies in."""
LARGEST_REPORT_BYTES = 256 * 1024
MOST_RECIPIENTS = 1_000
LONGEST_WORDS = 2_000
MOST_MESSAGE_IDS = 20
STATUS_TYPES = frozenset({"text/x-delivery-status", "text/x-global-delivery-status"})
RETURNED_TYPES = frozenset(
    {"text/x-rfc822", "text/x-global", "text/rfc822-headers", "text/x-rfc822-headers", "text/x-global-headers"}
)
"""The types as they are after `_OPAQUE`."""
MAILERS = frozenset({"mailer-daemon", "postmaster"})
"""Who writes bounces of the older kinds."""

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.-]{1,200}@[A-Za-z0-9.-]{1,255}>")
"""As ours are."""
_QUOTED_MESSAGE_ID = re.compile(
    rf"^[> ]*(?:X-Original-)?Message-ID:\s*({_MESSAGE_ID.pattern})", re.IGNORECASE | re.MULTILINE
)
_RETURNED_HEAD = re.compile(r"^[> ]*(?:Return-Path|Received|DKIM-Signature|Message-ID):", re.IGNORECASE | re.MULTILINE)
"""How a mail begins that is returned beneath the server's words."""
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_OPAQUE = re.compile(rb"^(Content-Type:\s*)message/", re.IGNORECASE | re.MULTILINE)
"""The parser takes `message/` parts apart, however many there are in one another, and decodes none of them."""
_BOUNDARY, _PART = re.compile(rb"boundary", re.IGNORECASE), re.compile(rb"^--", re.MULTILINE)
_HEADS = BytesHeaderParser()
"""For what stands inside a part: its encoding may hide parts without number, which are not taken apart."""
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


class NotABounce(ValueError):
    """The message is no bounce that we can read."""


def read_bounce(raw: bytes) -> Bounce:
    """What the message, as it came, says of which mail.

    Raises:
        NotABounce: it tells of no mail and no recipient.
    """
    if len(raw) > LARGEST_BOUNCE_BYTES:
        raise NotABounce("the message is larger than any bounce")
    beginning = raw[:READ_BYTES]
    if len(_BOUNDARY.findall(beginning)) > MOST_BOUNDARIES or len(_PART.findall(beginning)) > MOST_PARTS:
        raise NotABounce("the message has more parts than any bounce")
    try:
        return _read(message_from_bytes(_OPAQUE.sub(rb"\1text/x-", beginning)))
    except NotABounce:
        raise
    except Exception:  # noqa: BLE001 -- a parser that is fed foreign bytes may raise anything
        raise NotABounce("the message cannot be read") from None


def _read(message: "Message[str, str]") -> Bounce:
    parts = list(_outer_parts(message))
    message_ids = tuple(dict.fromkeys(_message_ids(message, parts)))[:MOST_MESSAGE_IDS]
    if not message_ids:
        raise NotABounce("the message names no mail that it is about")
    blocks = [block for part in parts if part.get_content_type() in STATUS_TYPES for block in _blocks(part)]
    reports = tuple(report for block in blocks if (report := _report(block)) is not None)
    if not blocks:
        reports = tuple(_told_in_words(message, parts))
    if not reports:
        raise NotABounce("the message says of no recipient what became of a mail")
    return Bounce(message_ids=message_ids, reports=reports)


def _outer_parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The parts of the bounce itself, and not those of the mail that it returns."""
    return (part for part in message.walk() if not part.is_multipart())


def _message_ids(message: "Message[str, str]", parts: Iterable["Message[str, str]"]) -> Iterator[str]:
    for part in parts:
        returned = _returned(part)
        if returned is not None:
            for name in (KEPT_MESSAGE_ID, "Message-ID"):
                yield from _ids_in(returned.get_all(name, []))
        yield from _QUOTED_MESSAGE_ID.findall(_words(part))
    for name in (KEPT_MESSAGE_ID, "In-Reply-To", "References"):
        yield from reversed(list(_ids_in(message.get_all(name, []))))


def _returned(part: "Message[str, str]") -> "Message[str, str] | None":
    """The mail that is returned, or the head of it."""
    return _HEADS.parsebytes(_content(part)) if part.get_content_type() in RETURNED_TYPES else None


def _ids_in(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        yield from _MESSAGE_ID.findall(str(value))


def _blocks(part: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The groups of fields of a report: one about the mail, one about each recipient."""
    for block in _BLANK_LINE.split(_content(part), MOST_RECIPIENTS + 1)[: MOST_RECIPIENTS + 1]:
        if block.strip():
            yield _HEADS.parsebytes(block.lstrip(b"\r\n") + b"\n\n")


def _content(part: "Message[str, str]") -> bytes:
    """What stands below the part's own head, decoded; no more than a report or a mail's head can be."""
    content = part.get_payload(decode=True)
    return content[:LARGEST_REPORT_BYTES] if isinstance(content, bytes) else b""


def _report(block: "Message[str, str]") -> RecipientReport | None:
    """What the fields say of one recipient; None where they are about the mail, or say nothing that we know."""
    addresses = tuple(dict.fromkeys(_addresses(block)))
    action, *_ = [*_field(block, "Action").lower().split(), ""]  # a comment may follow (RFC 3464 2.1.1)
    status = _status(_field(block, "Status"))
    if not addresses or (action not in set(Action) and status is None):
        return None
    said = _field(block, "Diagnostic-Code")
    return RecipientReport(
        addresses=addresses,
        action=Action(action) if action in set(Action) else _action_of(status),
        status=_more_exact(status, _status(said)),
        diagnostic=_without_names(said.partition(";")[2] or said, addresses),
    )


def _addresses(block: "Message[str, str]") -> Iterator[str]:
    """`rfc822; erika@example.org`, or the UTF-8 form of RFC 6533; some servers leave the type out."""
    for name in ("Original-Recipient", "Final-Recipient"):
        kind, _, address = _field(block, name).partition(";")
        address = address or (kind if "@" in kind else "")
        if address.strip():
            yield _decoded_utf8(parseaddr(address)[1] or address.strip())


def _decoded_utf8(address: str) -> str:
    r"""The `utf-8-addr-xtext` of RFC 6533 3 spells letters as `\x{E4}`."""
    spelt = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
    return spelt.sub(lambda found: chr(int(found[1], 16)), address)


def _field(block: "Message[str, str]", name: str) -> str:
    """On one line; bytes beyond ASCII are UTF-8 (RFC 6533 4)."""
    values = [str(value) for known, value in block.raw_items() if known.lower() == name.lower()]
    text = "".join(values[:1]).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.split())


def _status(text: str) -> str | None:
    found = _STATUS.search(text)
    return found[1] if found else None


def _more_exact(status: str | None, said: str | None) -> str | None:
    """Some servers report 5.0.0 and quote the true status."""
    is_vague = status is None or status.endswith(".0.0")
    return said if said and is_vague else status


def _action_of(status: str | None) -> Action:
    """By the first digit (RFC 3463 2)."""
    return {"2": Action.DELIVERED, "4": Action.DELAYED}.get((status or "5")[0], Action.FAILED)


def _without_names(text: str, addresses: Iterable[str]) -> str | None:
    """Without the addresses in it, nor the part before the @ alone."""
    locals_ = sorted({address.rpartition("@")[0] for address in addresses} - {""}, key=len, reverse=True)
    said = quoted(text[:LONGEST_WORDS])
    if locals_:
        said = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, locals_))})(?!\w)", "...", said, flags=re.IGNORECASE)
    return said or None


def _told_in_words(message: "Message[str, str]", parts: Iterable["Message[str, str]"]) -> Iterator[RecipientReport]:
    """A bounce without a report: a mail server's words, and the mail returned with them.

    Somebody's answer, an automatic one among them, and a mail that is passed on as an attachment are none.
    """
    if _sender(message) not in MAILERS:
        return
    named = " ".join(str(value) for value in message.get_all("X-Failed-Recipients", []))
    failed = [address for address in re.split(r"[,\s]+", named) if "@" in address][:MOST_RECIPIENTS]
    # The mail beneath holds figures of its own: amounts, and versions of servers that look like a status.
    words = " ".join(_RETURNED_HEAD.split(_words(part), 1)[0] for part in parts)
    status, reply = _status(words), _REPLY.search(words)
    if failed:
        yield from (RecipientReport(addresses=(one,), action=Action.FAILED, status=status) for one in failed)
    elif status or reply:
        is_delayed = (status or (reply[1] if reply else "")).startswith("4")
        yield RecipientReport(action=Action.DELAYED if is_delayed else Action.FAILED, status=status)


def _sender(message: "Message[str, str]") -> str:
    return parseaddr(str(message.get("From", "")))[1].partition("@")[0].lower()


def _words(part: "Message[str, str]") -> str:
    return _content(part).decode("utf-8", "replace") if part.get_content_type() == "text/plain" else ""
