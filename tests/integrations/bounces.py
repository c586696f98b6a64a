"""Bounces as mail servers write them: Postfix, Exchange, Exim, qmail; and a writer of any."""

from collections.abc import Sequence

MESSAGE_ID = "<invoice-3f0c1c1e-0f0a-4a55-9f6e-0d9a4f6f2b11@acme.example>"
RETURNED = f"""\
Return-Path: <bounces@acme.example>
From: Acme <invoices@acme.example>
To: erika@example.org
Subject: Ihre Rechnung
Message-ID: {MESSAGE_ID}
"""


def recipient_fields(address: str, action: str = "failed", status: str = "5.1.1", said: str = "") -> str:
    lines = [f"Final-Recipient: rfc822; {address}", f"Action: {action}", f"Status: {status}"]
    return "\n".join([*lines, *([f"Diagnostic-Code: smtp; {said}"] if said else [])])


def report(
    *recipients: str,
    returned: str = RETURNED,
    returned_type: str = "message/rfc822",
    status_type: str = "message/delivery-status",
    headers: str = "",
) -> bytes:
    """A multipart/report over groups of fields."""
    groups = "\n\n".join(
        ["Reporting-MTA: dns; mx.example.org\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000", *recipients]
    )
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: bounces@acme.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
{headers}Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B0"

This is a MIME-encapsulated message.

--B0
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B0
Content-Type: {status_type}

{groups}

--B0
Content-Type: {returned_type}

{returned}
--B0--
""".encode()


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def dsn_of(sent: bytes, recipients: Sequence[str], *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """The bounce of a mail that was sent, with the whole of it returned."""
    fields = [recipient_fields(one, action, status, f"550 {status} <{one}>: mailbox unavailable") for one in recipients]
    return report(*fields, returned=sent.decode().replace("\r\n", "\n"))
