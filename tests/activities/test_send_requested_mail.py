"""A mail that was asked for is sent once; after a lost answer at most a repeat that can be recognised."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.mail_making import NOBODY_GETS_IT
from activities.send_requested_mail import MailActivities
from contracts.failures import Reason
from contracts.sales_invoice import DeliveryRequest, UnsentMail
from database import configurations, invoices
from database.configurations import Entry
from database.secured_values import NO_KEY
from database.tables import MailRecipient, MailRequest
from integrations.document_store import ObjectDocumentStore
from integrations.faults import TransientFault
from integrations.mail import MailDeferred, MailRefused, OutgoingMail
from integrations.pace import HeldBack
from invoicing.invoice import Invoice
from tests.activities.fakes import Killed, MailerFake
from tests.activities.test_send_email import Full
from tests.database.rows import another_tenant, document_of
from tests.workflows.deliveries import RECIPIENT, asked, enter, ref_of, state_of

Sessions = async_sessionmaker[AsyncSession]
Send = Callable[..., Awaitable[None]]
PDF = b"%PDF-1.7 words"


@pytest.fixture
def store(tmp_path: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(tmp_path.as_uri())


@pytest.fixture
async def invoice(sessions: Sessions, tenant: str, store: ObjectDocumentStore) -> Invoice:
    """A sales invoice whose PDF is in the store."""
    invoice = await enter(sessions, tenant, number="SI-1")
    stored = await store.put(tenant, PDF, invoices.PDF, ".pdf")
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice, key=stored.key))
    return invoice


@pytest.fixture
def send(sessions: Sessions, store: ObjectDocumentStore) -> Send:
    async def run(mailer: Any, invoice: Invoice, mail: MailRequest | None) -> None:
        request = DeliveryRequest(invoice=ref_of(invoice), mail_id=mail.id if mail else None)
        activities = MailActivities(sessions, mailer, store, "Acme <billing@acme.example>", NO_KEY)
        await activities.send_requested_mail(request)

    return run


async def recipients_of(sessions: Sessions, tenant: str) -> list[tuple[str, str, str, str | None]]:
    """(recipient, role, state, diagnostic)"""
    async with sessions() as session:
        rows = await session.scalars(
            select(MailRecipient).where(MailRecipient.tenant == tenant).order_by(MailRecipient.recipient)
        )
        return [(row.recipient, row.role, row.state, row.diagnostic) for row in rows]


async def sender_is(sessions: Sessions, tenant: str, address: str) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Entry("cust.notification.email.from", address)], NO_KEY)


async def test_it_goes_to_whom_it_was_asked_for_with_the_pdf(sessions: Sessions, invoice: Invoice, send: Send) -> None:
    mailer = MailerFake()
    mail = await asked(
        sessions, invoice, cc=("c@x.example",), bcc=("b@x.example",), reply_to="r@x.example", sender_name="Team"
    )
    await send(mailer, invoice, mail)
    (sent,) = mailer.sent
    assert (sent.recipients, sent.cc, sent.bcc) == ((RECIPIENT,), ("c@x.example",), ("b@x.example",))
    assert (sent.reply_to, sent.sender_name, sent.sender) == ("r@x.example", "Team", "Acme <billing@acme.example>")
    assert [(a.name, a.media_type, a.content) for a in sent.attachments] == [("SI-1.pdf", "application/pdf", PDF)]
    assert sent.message_id == f"<mail-{mail.id}@acme.example>"
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_what_was_sent_is_not_sent_again(sessions: Sessions, invoice: Invoice, send: Send) -> None:
    mailer, mail = MailerFake(), await asked(sessions, invoice)
    await send(mailer, invoice, mail)
    await send(None, invoice, mail)  # whoever speaks to it fails
    assert len(mailer.sent) == 1


async def test_two_mails_of_one_invoice_are_two_mails(sessions: Sessions, invoice: Invoice, send: Send) -> None:
    mailer = MailerFake()
    for _ in range(2):
        await send(mailer, invoice, await asked(sessions, invoice))
    assert len({sent.message_id for sent in mailer.sent}) == 2


async def test_killed_before_the_mail_it_is_sent_by_the_next_attempt(
    sessions: Sessions, invoice: Invoice, send: Send
) -> None:
    mailer, mail = MailerFake(dies_at="before"), await asked(sessions, invoice)
    with pytest.raises(Killed):
        await send(mailer, invoice, mail)
    assert await state_of(sessions, mail) == ("STARTED", None)
    await send(mailer, invoice, mail)
    assert len(mailer.sent) == 1
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_killed_before_the_record_the_repeat_has_the_same_message_id(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send
) -> None:
    """Even when the sender has been configured anew meanwhile."""
    mailer, mail = MailerFake(dies_at="after"), await asked(sessions, invoice)
    with pytest.raises(Killed):
        await send(mailer, invoice, mail)
    await sender_is(sessions, tenant, "post@shop.example")
    await send(mailer, invoice, mail)
    await send(None, invoice, mail)
    assert [sent.sender for sent in mailer.sent] == ["Acme <billing@acme.example>", "post@shop.example"]
    assert {sent.message_id for sent in mailer.sent} == {f"<mail-{mail.id}@acme.example>"}


async def test_a_mail_server_that_is_away_is_left_to_the_retry(
    sessions: Sessions, invoice: Invoice, send: Send
) -> None:
    mailer = MailerFake(failure=TransientFault("The mail server cannot be reached."))
    mail = await asked(sessions, invoice)
    with pytest.raises(TransientFault):
        await send(mailer, invoice, mail)
    assert await state_of(sessions, mail) == ("STARTED", None)
    await send(mailer, invoice, mail)
    assert len(mailer.sent) == 1


async def test_a_refusal_is_final_and_on_the_books(sessions: Sessions, invoice: Invoice, send: Send) -> None:
    refusal = "The mail server refused the recipient (550 no)."
    mailer, mail = MailerFake(failure=MailRefused(refusal)), await asked(sessions, invoice)
    for attempt in (mailer, None):  # the second time nobody is asked
        with pytest.raises(ApplicationError, match="550 no") as refused:
            await send(attempt, invoice, mail)
        assert (refused.value.type, refused.value.non_retryable) == (Reason.MAIL_REFUSED, True)
    assert await state_of(sessions, mail) == ("REFUSED", refusal)
    assert mailer.sent == []


async def test_a_refusal_of_what_another_attempt_has_sent_meanwhile_is_none(
    sessions: Sessions, invoice: Invoice, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer, overtaken, mail = MailerFake(), MailerFake(), await asked(sessions, invoice)

    async def overtake(_mail: OutgoingMail) -> None:
        await send(mailer, invoice, mail)
        raise MailRefused("The mail server refused the mail (554 duplicate).")

    monkeypatch.setattr(overtaken, "send", overtake)
    await send(overtaken, invoice, mail)
    assert len(mailer.sent) == 1
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_attempts_at_once_bear_one_message_id(sessions: Sessions, invoice: Invoice, send: Send) -> None:
    mailer, mail = MailerFake(), await asked(sessions, invoice)
    await asyncio.gather(*(send(mailer, invoice, mail) for _ in range(5)))
    assert {sent.message_id for sent in mailer.sent} == {f"<mail-{mail.id}@acme.example>"}
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_what_was_given_up_before_it_was_begun_is_not_sent(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send, store: ObjectDocumentStore
) -> None:
    begun, unbegun, mailer = await asked(sessions, invoice), await asked(sessions, invoice), MailerFake(dies_at="after")
    with pytest.raises(Killed):
        await send(mailer, invoice, begun)
    unreached: Any = None
    activities = MailActivities(sessions, unreached, store, "a@b.example", NO_KEY)
    for mail in (begun, unbegun):
        await activities.give_up_mail(UnsentMail(tenant=tenant, mail_id=mail.id, message="cancelled"))
    assert await state_of(sessions, begun) == ("STARTED", "cancelled")
    assert await state_of(sessions, unbegun) == ("REFUSED", "cancelled")
    with pytest.raises(ApplicationError, match="cancelled"):
        await send(None, invoice, unbegun)


async def test_a_mail_that_was_sent_cannot_be_given_up(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send, store: ObjectDocumentStore
) -> None:
    mailer, mail = MailerFake(), await asked(sessions, invoice)
    await send(mailer, invoice, mail)
    activities = MailActivities(sessions, mailer, store, "a@b.example", NO_KEY)
    await activities.give_up_mail(UnsentMail(tenant=tenant, mail_id=mail.id, message="cancelled"))
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_without_a_pdf_or_a_request_nothing_is_sent(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send
) -> None:
    unprinted = await enter(sessions, tenant)
    elsewhere = await another_tenant(sessions)
    theirs = await asked(sessions, await enter(sessions, elsewhere))
    foreign = invoice.model_copy(update={"id": uuid4()})
    for document, mail, words in (
        (unprinted, await asked(sessions, unprinted), "has no PDF"),
        (invoice, None, "nobody has asked"),
        (invoice, theirs, "nobody has asked"),
        (foreign, await asked(sessions, invoice), "nobody has asked"),
    ):
        with pytest.raises(ApplicationError, match=words) as ended:
            await send(None, document, mail)
        assert (ended.value.type, ended.value.non_retryable) == (Reason.INTERNAL_ERROR, True)


async def test_an_address_that_the_mailer_cannot_use_is_refused(
    sessions: Sessions, invoice: Invoice, send: Send
) -> None:
    """The API lets none pass; whoever writes the row otherwise hears of it all the same."""
    mail = await asked(sessions, invoice, recipients=("a@b.example\r\nBcc: x@y.example",))
    mailer = MailerFake(failure=MailRefused("The mail cannot be addressed."))
    with pytest.raises(ApplicationError, match="cannot be addressed"):
        await send(mailer, invoice, mail)
    assert (await state_of(sessions, mail))[0] == "REFUSED"


async def test_each_recipient_is_on_the_books(sessions: Sessions, tenant: str, invoice: Invoice, send: Send) -> None:
    mail = await asked(sessions, invoice, cc=("c@x.example",), bcc=("b@x.example", RECIPIENT))
    await send(MailerFake(), invoice, mail)
    assert await recipients_of(sessions, tenant) == [
        ("b@x.example", "bcc", "SENT", None),
        ("c@x.example", "cc", "SENT", None),
        (RECIPIENT, "to", "SENT", None),
    ]


async def test_one_that_is_deferred_is_told_from_those_who_wait_because_of_him(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send
) -> None:
    mail = await asked(sessions, invoice, cc=("c@x.example",))
    fault = MailDeferred("Over quota.", recipient="c@x.example", status="4.2.2")
    with pytest.raises(TransientFault):
        await send(MailerFake(failure=fault), invoice, mail)
    assert await recipients_of(sessions, tenant) == [
        ("c@x.example", "cc", "DEFERRED", "Over quota."),
        (RECIPIENT, "to", "DEFERRED", NOBODY_GETS_IT),
    ]
    await send(MailerFake(), invoice, mail)
    assert {state for _, _, state, _ in await recipients_of(sessions, tenant)} == {"SENT"}


async def test_a_mail_that_is_given_up_is_not_said_to_be_tried(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send, store: ObjectDocumentStore
) -> None:
    """One whose answer was lost may have arrived: that stays open."""
    put_off, lost = await asked(sessions, invoice), await asked(sessions, invoice, recipients=("lost@x.example",))
    with pytest.raises(TransientFault):
        await send(MailerFake(failure=MailDeferred("Greylisted.", status="4.7.1")), invoice, put_off)
    with pytest.raises(Killed):
        await send(MailerFake(dies_at="after"), invoice, lost)
    unreached: Any = None
    activities = MailActivities(sessions, unreached, store, "a@b.example", NO_KEY)
    for _ in range(2):
        for mail in (put_off, lost):
            await activities.give_up_mail(UnsentMail(tenant=tenant, mail_id=mail.id, message="cancelled"))
    assert await recipients_of(sessions, tenant) == [
        ("lost@x.example", "to", "QUEUED", None),
        (RECIPIENT, "to", "BOUNCED", "Greylisted. Not tried any more: cancelled."),
    ]


async def test_a_refused_mail_bounced_for_everybody(
    sessions: Sessions, tenant: str, invoice: Invoice, send: Send
) -> None:
    mail = await asked(sessions, invoice, cc=("c@x.example",))
    with pytest.raises(ApplicationError):
        await send(MailerFake(failure=MailRefused("No.", recipient=RECIPIENT)), invoice, mail)
    assert await recipients_of(sessions, tenant) == [
        ("c@x.example", "cc", "BOUNCED", NOBODY_GETS_IT),
        (RECIPIENT, "to", "BOUNCED", "No."),
    ]


async def test_a_mail_that_has_to_wait_for_its_turn_is_not_begun(
    sessions: Sessions, tenant: str, invoice: Invoice, store: ObjectDocumentStore
) -> None:
    unreached: Any = None
    mail = await asked(sessions, invoice)
    activities = MailActivities(sessions, unreached, store, "a@b.example", NO_KEY, Full())
    with pytest.raises(HeldBack):
        await activities.send_requested_mail(DeliveryRequest(invoice=ref_of(invoice), mail_id=mail.id))
    assert (await state_of(sessions, mail), await recipients_of(sessions, tenant)) == (("REQUESTED", None), [])
