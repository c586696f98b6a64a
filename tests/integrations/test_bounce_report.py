"""What bounces of many servers say; and what is none."""

import base64
import time

import pytest

from integrations.bounce_report import LARGEST_BOUNCE_BYTES, MOST_RECIPIENTS, NotABounce, read_bounce
from integrations.mail_message import compose
from invoicing.bounce import Action, RecipientReport
from tests.integrations.bounces import MESSAGE_ID, RETURNED, crlf, recipient_fields, report
from tests.integrations.mails import mail

FAILED = recipient_fields("erika@example.org", said="550 5.1.1 <erika@example.org>: user erika unknown")


def only(raw: bytes) -> RecipientReport:
    bounce = read_bounce(raw)
    assert bounce.message_ids == (MESSAGE_ID,)
    (told,) = bounce.reports
    return told


@pytest.mark.parametrize("raw", [report(FAILED), crlf(report(FAILED))])
def test_a_failure_names_mail_recipient_status_and_the_servers_words_without_a_name(raw: bytes) -> None:
    assert only(raw) == RecipientReport(
        addresses=("erika@example.org",),
        action=Action.FAILED,
        status="5.1.1",
        diagnostic="550 5.1.1 <...>: user ... unknown",
    )


@pytest.mark.parametrize(
    ("returned_type", "returned"),
    [
        ("message/rfc822", RETURNED + "\nGuten Tag,\n"),
        ("text/rfc822-headers", RETURNED),
        ("text/rfc822-headers; charset=us-ascii", RETURNED.replace("Message-ID", "Message-Id")),
        ("message/global", RETURNED + "\nGrüße\n"),
        ("message/global-headers", RETURNED),
        ("message/rfc822-headers", RETURNED),
    ],
)
def test_the_mail_is_known_by_whatever_of_it_is_returned(returned_type: str, returned: str) -> None:
    assert only(report(FAILED, returned=returned, returned_type=returned_type)).action is Action.FAILED


@pytest.mark.parametrize(
    ("action", "status", "meant"),
    [
        ("failed", "5.7.1", Action.FAILED),
        ("Failed", "4.4.7", Action.FAILED),
        ("delayed", "4.4.1", Action.DELAYED),
        ("delivered", "2.1.5", Action.DELIVERED),
        ("relayed", "2.0.0", Action.RELAYED),
        ("expanded", "2.0.0", Action.EXPANDED),
        ("", "4.2.2", Action.DELAYED),
        ("vanished", "5.2.2", Action.FAILED),
        ("", "2.0.0", Action.DELIVERED),
        ("failed (expired)", "4.4.7", Action.FAILED),
    ],
)
def test_the_action_counts_and_else_the_status(action: str, status: str, meant: Action) -> None:
    told = only(report(recipient_fields("erika@example.org", action, status)))
    assert (told.action, told.status, told.diagnostic) == (meant, status, None)


def test_a_comment_beside_the_status_is_left_out() -> None:
    fields = recipient_fields("erika@example.org", "failed", "5.0.0 (permanent failure)")
    assert only(report(fields)).status == "5.0.0"


def test_a_vague_status_gives_way_to_the_one_that_the_server_quotes() -> None:
    fields = recipient_fields("erika@example.org", "failed", "5.0.0", "552-5.2.2 The mailbox is full")
    assert only(report(fields)).status == "5.2.2"


def test_several_recipients_are_told_apart() -> None:
    bounce = read_bounce(report(FAILED, recipient_fields("bob@example.net", "delayed", "4.4.1")))
    assert [(told.addresses, told.action) for told in bounce.reports] == [
        (("erika@example.org",), Action.FAILED),
        (("bob@example.net",), Action.DELAYED),
    ]


def test_the_address_that_we_named_comes_with_the_one_that_it_was_forwarded_to() -> None:
    fields = f"Original-Recipient: rfc822;erika@example.org\n{recipient_fields('e.muster@elsewhere.example')}"
    assert only(report(fields)).addresses == ("erika@example.org", "e.muster@elsewhere.example")


def test_an_address_without_its_type_is_one() -> None:
    assert only(report(FAILED.replace("rfc822; ", ""))).addresses == ("erika@example.org",)


@pytest.mark.parametrize("spelt", ["jörg@bücher.example", r"j\x{F6}rg@b\x{FC}cher.example"])
def test_an_international_report_names_letters_beyond_ascii(spelt: str) -> None:
    fields = recipient_fields("x", "failed", "5.1.1").replace("rfc822; x", f"utf-8; {spelt}")
    assert only(report(fields, status_type="message/global-delivery-status")).addresses == ("jörg@bücher.example",)


def test_an_international_report_may_be_encoded() -> None:
    groups = f"Reporting-MTA: dns; mx\n\n{recipient_fields('x').replace('rfc822; x', 'utf-8; jörg@bücher.example')}\n"
    coded = base64.encodebytes(groups.encode()).decode()
    raw = report().decode()
    head, tail = raw.split("Content-Type: message/delivery-status\n")
    returned = tail[tail.index("--B0") :]
    typed = "Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n"
    assert only(f"{head}{typed}{coded}\n{returned}".encode()).addresses == ("jörg@bücher.example",)


def test_a_returned_head_may_be_encoded() -> None:
    coded = base64.encodebytes(RETURNED.encode()).decode()
    kind = "text/rfc822-headers\nContent-Transfer-Encoding: base64"
    assert only(report(FAILED, returned=coded, returned_type=kind)).status == "5.1.1"


def test_a_mail_that_a_service_gave_an_id_of_its_own_is_known_by_the_one_that_we_gave() -> None:
    """Amazon SES replaces every Message-ID."""
    sent = compose(mail(message_id=MESSAGE_ID)).decode().replace("\r\n", "\n").split("\n\n")[0]
    theirs = "<0102018a-1f7b@eu-west-1.amazonses.com>"
    returned = sent.replace(f"\nMessage-ID: {MESSAGE_ID}", f"\nMessage-ID: {theirs}")
    assert read_bounce(report(FAILED, returned=returned)).message_ids == (MESSAGE_ID, theirs)
    words = QMAIL.replace(f"Message-ID: {MESSAGE_ID}", f"Message-ID: {theirs}\nX-Original-Message-ID: {MESSAGE_ID}")
    assert MESSAGE_ID in read_bounce(words.encode()).message_ids


def test_exchange_returns_no_mail_and_answers_to_it() -> None:
    raw = report(FAILED, returned="", returned_type="text/plain", headers=f"In-Reply-To: {MESSAGE_ID}\n")
    assert only(raw).status == "5.1.1"


def test_of_several_ids_the_returned_mails_comes_first() -> None:
    headers = "In-Reply-To: <other@a.example>\nReferences: <first@a.example> <last@a.example>\n"
    assert read_bounce(report(FAILED, headers=headers)).message_ids == (
        MESSAGE_ID,
        "<other@a.example>",
        "<last@a.example>",
        "<first@a.example>",
    )


EXIM = f"""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
X-Failed-Recipients: erika@example.org, bob@example.net
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B1"

--B1
Content-Type: text/plain

This message was created automatically by mail delivery software.
    550 5.7.1 Relaying denied
--B1
Content-Type: message/rfc822

{RETURNED}
--B1--
"""
QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
<erika@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{RETURNED}
Guten Tag
"""


def test_an_old_bounce_names_the_recipients_in_its_head() -> None:
    bounce = read_bounce(EXIM.encode())
    assert bounce.message_ids == (MESSAGE_ID,)
    assert [(told.addresses, told.action, told.status) for told in bounce.reports] == [
        (("erika@example.org",), Action.FAILED, "5.7.1"),
        (("bob@example.net",), Action.FAILED, "5.7.1"),
    ]


def test_an_older_one_says_it_in_words_and_names_nobody() -> None:
    assert only(QMAIL.encode()) == RecipientReport(action=Action.FAILED, status="5.1.1")
    told = only(QMAIL.replace("(#5.1.1)", "Connected but greeted with 421 please wait").encode())
    assert told == RecipientReport(action=Action.DELAYED)


def test_the_copy_of_the_mail_beneath_the_words_says_nothing_of_what_became_of_it() -> None:
    """Debian's Exim calls itself 4.94.2, and an invoice has amounts."""
    copy = f"Received: from relay.acme.example by mx.example.org with esmtps (Exim 4.94.2)\n{RETURNED}\nGesamt 412 EUR"
    raw = QMAIL.replace(RETURNED, copy)
    assert only(raw.replace("(#5.1.1)", "550 unknown").encode()) == RecipientReport(action=Action.FAILED)
    with pytest.raises(NotABounce):
        read_bounce(raw.replace("(#5.1.1)", "").encode())


VACATION = f"""\
From: Erika <erika@example.org>
Return-Path: <>
In-Reply-To: {MESSAGE_ID}
Subject: I am away

I am back on day 5.1.1, room 550 please.
"""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"From: a@b.example\n\nHello",
        VACATION.encode(),
        VACATION.replace("Return-Path: <>", "Auto-Submitted: auto-replied").encode(),
        EXIM.replace("Mailer-Daemon@mx.example.org", "clerk@example.org").encode(),
        QMAIL.replace("(#5.1.1)", "").encode(),
        QMAIL.replace("Message-ID", "X-Id").encode(),
        report(),
        report(recipient_fields("erika@example.org", "", "")),
        report(FAILED, returned="Subject: no id\n"),
        report(FAILED)
        .replace(b"message/delivery-status", b"message/disposition-notification")
        .replace(b"MAILER-", b"E-"),
        b"a: b\n\n" + b"x" * LARGEST_BOUNCE_BYTES,
    ],
)
def test_what_is_no_bounce_is_refused(raw: bytes) -> None:
    with pytest.raises(NotABounce):
        read_bounce(raw)


def test_a_mail_inside_the_returned_one_is_not_looked_at() -> None:
    inner = report(recipient_fields("somebody@example.com")).decode().replace("B0", "B2")
    assert only(report(FAILED, returned=f"{RETURNED}Content-Type: message/rfc822\n\n{inner}")).addresses == (
        "erika@example.org",
    )


@pytest.mark.timeout(20)
def test_a_hostile_message_takes_no_longer_than_a_large_one() -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3_000))
    with pytest.raises(NotABounce, match="more parts"):
        read_bounce(nested)
    padded = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(300))
    for many in (padded + b"x\n" * 1_000_000, b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 800_000):
        with pytest.raises(NotABounce, match="more parts"):
            read_bounce(many)
    with pytest.raises(NotABounce):
        read_bounce(b"a:\n" * 1_000_000)
    hidden = base64.encodebytes(padded + b"x\n" * 100_000).decode()
    coded = "\nContent-Transfer-Encoding: base64"
    began = time.process_time()
    with pytest.raises(NotABounce):
        read_bounce(report(FAILED, returned=hidden, returned_type=f"message/rfc822{coded}"))
    with pytest.raises(NotABounce):
        read_bounce(report(status_type=f"message/delivery-status{coded}\n\n{hidden}"))
    assert time.process_time() - began < 1
    endless = "\n\n".join([recipient_fields(f"r{n}@example.org") for n in range(5_000)])
    assert len(read_bounce(report(endless)).reports) == MOST_RECIPIENTS
    lengthy = read_bounce(report(recipient_fields("erika@example.org", said="a" * 700_000)))
    assert len(lengthy.reports[0].diagnostic or "") <= 300
