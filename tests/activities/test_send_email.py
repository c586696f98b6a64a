"""One mail an invoice and recipient; after a lost answer at most a repeat that can be recognised."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.send_email import EmailActivities
from contracts.failures import Reason
from contracts.order_invoice import Delivery, InvoiceRef, OrderRef
from database import configurations, document_templates, invoices, sales_invoices
from database.configurations import Entry
from database.document_templates import TemplateKind
from database.mail_recipients import LEFT_OUT
from database.mailable import Mailable, find_mailable
from database.secured_values import NO_KEY
from database.tables import MailDelivery, MailRecipient
from integrations.document_store import ObjectDocumentStore
from integrations.faults import TransientFault
from integrations.mail import MailDeferred, MailRefused, OutgoingMail
from integrations.pace import Downstream, HeldBack, Unpaced
from invoicing.invoice import Invoice
from tests.activities.fakes import Killed, MailerFake, ShopFake
from tests.database.rows import document_of, issue

Sessions = async_sessionmaker[AsyncSession]
Printed = Callable[[], Awaitable[Delivery]]
Send = Callable[..., Awaitable[None]]
PDF = b"%PDF-1.7 words"


@pytest.fixture
def store(tmp_path: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(tmp_path.as_uri())


@pytest.fixture
def printed(sessions: Sessions, tenant: str, store: ObjectDocumentStore) -> Printed:
    """An invoice on its way, whose PDF is in the store."""

    async def bring() -> Delivery:
        invoice = await issue(sessions, tenant, "EON1", number="INV261001")
        stored = await store.put(tenant, PDF, invoices.PDF, ".pdf")
        async with sessions.begin() as session:
            await invoices.add_document(session, document_of(invoice, key=stored.key))
        return delivery_of(invoice)

    return bring


def delivery_of(invoice: Invoice) -> Delivery:
    order = OrderRef(tenant=invoice.tenant, order_id=invoice.order_id or "", job_id=uuid4())
    return Delivery(
        order=order, invoice=InvoiceRef(tenant=invoice.tenant, invoice_id=invoice.id, number=invoice.number)
    )


@pytest.fixture
def send(sessions: Sessions, store: ObjectDocumentStore) -> Send:
    async def run(mailer: MailerFake, delivery: Delivery, shop: ShopFake | None = None) -> None:
        unasked: Any = shop  # only after a hold is it asked
        sender = "Acme <billing@acme.example>"
        await EmailActivities(sessions, mailer, unasked, store, sender, NO_KEY).send_email(delivery)

    return run


async def books(sessions: Sessions, tenant: str) -> list[tuple[str, str, str | None]]:
    """(recipient, state, message)"""
    async with sessions() as session:
        rows = await session.scalars(select(MailDelivery).where(MailDelivery.tenant == tenant))
        return [(row.recipient, row.state, row.message) for row in rows]


async def recipients_of(sessions: Sessions, tenant: str) -> list[tuple[str, str, str, str | None]]:
    """(recipient, role, state, diagnostic)"""
    async with sessions() as session:
        rows = await session.scalars(
            select(MailRecipient).where(MailRecipient.tenant == tenant).order_by(MailRecipient.recipient)
        )
        return [(row.recipient, row.role, row.state, row.diagnostic) for row in rows]


async def copies_go_to(sessions: Sessions, tenant: str, **mail: Any) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Entry("invoiceDocument", {"mail": mail})], NO_KEY)


async def sender_is(sessions: Sessions, tenant: str, address: str) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Entry("cust.notification.email.from", address)], NO_KEY)


async def test_the_invoice_goes_to_the_customer_with_its_pdf(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    mailer, delivery = MailerFake(), await printed()
    await send(mailer, delivery)
    (mail,) = mailer.sent
    assert (mail.recipients, mail.language) == (("erika@example.org",), "de")
    assert mail.sender == "Acme <billing@acme.example>"
    assert [(a.name, a.media_type, a.content) for a in mail.attachments] == [("INV261001.pdf", "application/pdf", PDF)]
    assert "INV261001" in mail.subject
    assert mail.message_id == f"<invoice-{delivery.invoice.invoice_id}@acme.example>"
    assert await books(sessions, tenant) == [("erika@example.org", "SENT", None)]


async def test_a_configured_sender_takes_the_place_of_the_installations(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    await sender_is(sessions, tenant, "post@shop.example")
    mailer = MailerFake()
    await send(mailer, await printed())
    assert mailer.sent[0].sender == "post@shop.example"
    assert mailer.sent[0].message_id.endswith("@shop.example>")


async def test_killed_before_the_mail_it_is_sent_by_the_next_attempt(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    mailer, delivery = MailerFake(dies_at="before"), await printed()
    with pytest.raises(Killed):
        await send(mailer, delivery)
    assert await books(sessions, tenant) == [("erika@example.org", "STARTED", None)]
    await send(mailer, delivery)
    assert len(mailer.sent) == 1
    assert await books(sessions, tenant) == [("erika@example.org", "SENT", None)]


async def test_killed_before_the_record_the_repeat_has_the_same_message_id(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    """What nobody can know is repeated once, and a mail program sees that it is the same."""
    mailer, delivery = MailerFake(dies_at="after"), await printed()
    with pytest.raises(Killed):
        await send(mailer, delivery)
    await send(mailer, delivery)
    await send(mailer, delivery)
    assert len(mailer.sent) == 2
    assert len({mail.message_id for mail in mailer.sent}) == 1


async def test_the_repeat_keeps_its_message_id_when_the_sender_has_changed_meanwhile(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    mailer, delivery = MailerFake(dies_at="after"), await printed()
    with pytest.raises(Killed):
        await send(mailer, delivery)
    await sender_is(sessions, tenant, "post@shop.example")
    await send(mailer, delivery)
    assert [mail.sender for mail in mailer.sent] == ["Acme <billing@acme.example>", "post@shop.example"]
    assert len({mail.message_id for mail in mailer.sent}) == 1


async def test_killed_after_the_record_nothing_is_sent_again(printed: Printed, send: Send) -> None:
    mailer, delivery = MailerFake(), await printed()
    await send(mailer, delivery)
    await send(None, delivery)  # whoever speaks to it fails
    assert len(mailer.sent) == 1


async def test_a_refused_mail_needs_a_person_and_goes_out_when_wanted(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    refusal = "The mail server refused the recipient (550 no)."
    mailer, delivery = MailerFake(failure=MailRefused(refusal)), await printed()
    with pytest.raises(ApplicationError, match="550 no") as refused:
        await send(mailer, delivery)
    assert (refused.value.type, refused.value.non_retryable) == (Reason.MAIL_REFUSED, True)
    assert await books(sessions, tenant) == [("erika@example.org", "REFUSED", refusal)]
    await send(mailer, delivery)
    assert await books(sessions, tenant) == [("erika@example.org", "SENT", None)]


async def test_a_refusal_of_what_another_attempt_has_sent_meanwhile_is_none(
    sessions: Sessions, tenant: str, printed: Printed, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer, delivery = MailerFake(), await printed()
    overtaken = MailerFake()

    async def overtake(_mail: OutgoingMail) -> None:
        await send(mailer, delivery)
        raise MailRefused("The mail server refused the mail (554 duplicate).")

    monkeypatch.setattr(overtaken, "send", overtake)
    await send(overtaken, delivery)
    assert len(mailer.sent) == 1
    assert await books(sessions, tenant) == [("erika@example.org", "SENT", None)]


async def test_an_invoice_that_is_credited_in_full_by_then_is_not_mailed(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    await credited_in_full(sessions, delivery)
    await send(None, delivery)  # whoever speaks to it fails
    assert await books(sessions, tenant) == []


async def credited_in_full(sessions: Sessions, delivery: Delivery) -> None:
    async with sessions.begin() as session:
        invoice = await invoices.load(session, delivery.invoice.tenant, delivery.invoice.invoice_id)
        await sales_invoices.enter_issued(session, invoice, sales_invoices.Entry(actor="job:1"))
        row = await sales_invoices.find_by_invoice(session, invoice.tenant, invoice.id)
        assert row is not None
        await sales_invoices.settle(session, row, "client:c", credited=invoice.totals.total)


async def test_one_that_was_put_off_until_the_invoice_was_credited_is_not_said_to_be_tried(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    with pytest.raises(TransientFault):
        await send(MailerFake(failure=MailDeferred("Greylisted.", status="4.7.1")), delivery)
    await credited_in_full(sessions, delivery)
    await send(None, delivery)
    [(_, _, state, said)] = await recipients_of(sessions, tenant)
    assert (state, said) == ("BOUNCED", "Greylisted. Not tried any more: the invoice is mailed or credited.")


async def test_who_was_put_off_and_gets_no_copy_any_more_is_not_said_to_be_tried(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    await copies_go_to(sessions, tenant, bcc="full@shop.example")
    delivery = await printed()
    fault = MailDeferred("Over quota.", recipient="full@shop.example", status="4.2.2")
    with pytest.raises(TransientFault):
        await send(MailerFake(failure=fault), delivery)
    async with sessions.begin() as session:
        entry = Entry("invoiceDocument", {"mail": {"bcc": "new@shop.example"}})
        await configurations.replace_entry(session, tenant, entry, NO_KEY)
    await send(MailerFake(), delivery)
    assert await recipients_of(sessions, tenant) == [
        ("erika@example.org", "to", "SENT", None),
        ("full@shop.example", "bcc", "BOUNCED", LEFT_OUT),
        ("new@shop.example", "bcc", "SENT", None),
    ]


def order_text(delivery: Delivery, email: str) -> str:
    return json.dumps({"id": delivery.order.order_id, "currency": "EUR", "customer": {"email": email}})


async def test_after_a_hold_the_mail_goes_to_the_address_that_the_order_names_now(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    mailer, delivery = MailerFake(), await printed()
    shop = ShopFake({delivery.order.order_id: order_text(delivery, "right@example.org")})
    await send(mailer, delivery.model_copy(update={"after_hold": True}), shop)
    assert [mail.recipients for mail in mailer.sent] == [("right@example.org",)]
    assert await books(sessions, tenant) == [("right@example.org", "SENT", None)]


async def test_without_a_hold_the_shop_is_not_asked_for_an_address(printed: Printed, send: Send) -> None:
    mailer, delivery = MailerFake(), await printed()
    shop = ShopFake({delivery.order.order_id: order_text(delivery, "other@example.org")})
    await send(mailer, delivery, shop)
    assert (mailer.sent[0].recipients, shop.reads) == (("erika@example.org",), 0)


async def test_an_order_that_is_gone_by_then_keeps_the_invoices_address(printed: Printed, send: Send) -> None:
    mailer, delivery = MailerFake(), await printed()
    await send(mailer, delivery.model_copy(update={"after_hold": True}), ShopFake())
    assert mailer.sent[0].recipients == ("erika@example.org",)


async def test_a_mail_server_that_is_away_is_left_to_the_retry(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    mailer, delivery = MailerFake(failure=TransientFault("The mail server cannot be reached.")), await printed()
    with pytest.raises(TransientFault):
        await send(mailer, delivery)
    assert await books(sessions, tenant) == [("erika@example.org", "STARTED", None)]
    await send(mailer, delivery)
    assert len(mailer.sent) == 1


@pytest.mark.parametrize("address", [None, "", "nobody", "a@b@c", "ada@example.com\nBcc: all@example.com"])
async def test_without_a_usable_address_nothing_is_sent(
    sessions: Sessions, tenant: str, printed: Printed, send: Send, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = await printed()

    async def without_address(*arguments: Any) -> Mailable:
        mailable = await find_mailable(*arguments)
        assert mailable is not None
        buyer = mailable.invoice.buyer.model_copy(update={"email": address})
        return replace(mailable, invoice=mailable.invoice.model_copy(update={"buyer": buyer}))

    monkeypatch.setattr("activities.send_email.find_mailable", without_address)
    with pytest.raises(ApplicationError) as held:
        await send(None, delivery)
    assert (held.value.type, held.value.non_retryable) == (Reason.NO_MAIL_ADDRESS, True)
    assert await books(sessions, tenant) == []


async def test_an_invoice_without_a_pdf_is_not_mailed(sessions: Sessions, tenant: str, send: Send) -> None:
    invoice = await issue(sessions, tenant)
    with pytest.raises(ApplicationError, match="no PDF") as held:
        await send(None, delivery_of(invoice))
    assert held.value.type == Reason.INTERNAL_ERROR
    assert await books(sessions, tenant) == []


async def test_copies_go_with_the_same_mail_and_each_recipient_is_on_the_books(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    await copies_go_to(
        sessions, tenant, cc="books@shop.example", bcc=["archive@shop.example"], replyTo="r@shop.example"
    )
    mailer, delivery = MailerFake(), await printed()
    await send(mailer, delivery)
    (mail,) = mailer.sent
    assert (mail.recipients, mail.cc, mail.bcc) == (
        ("erika@example.org",),
        ("books@shop.example",),
        ("archive@shop.example",),
    )
    assert mail.reply_to == "r@shop.example"
    assert await recipients_of(sessions, tenant) == [
        ("archive@shop.example", "bcc", "SENT", None),
        ("books@shop.example", "cc", "SENT", None),
        ("erika@example.org", "to", "SENT", None),
    ]
    assert await books(sessions, tenant) == [("erika@example.org", "SENT", None)]


async def test_a_mail_that_is_not_taken_yet_says_why_until_it_is(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    for fault in (TransientFault("The mail server cannot be reached."), MailDeferred("Greylisted.", status="4.7.1")):
        with pytest.raises(TransientFault):
            await send(MailerFake(failure=fault), delivery)
        assert await recipients_of(sessions, tenant) == [("erika@example.org", "to", "DEFERRED", str(fault))]
    await send(MailerFake(), delivery)
    assert await recipients_of(sessions, tenant) == [("erika@example.org", "to", "SENT", None)]


async def test_killed_before_the_record_the_mail_is_queued_for_its_recipient(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    with pytest.raises(Killed):
        await send(MailerFake(dies_at="after"), delivery)
    assert await recipients_of(sessions, tenant) == [("erika@example.org", "to", "QUEUED", None)]


async def test_a_refused_recipient_bounced_and_one_who_is_corrected_gets_the_mail(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    refusal = MailRefused("No such box.", recipient="erika@example.org", status="5.1.1")
    with pytest.raises(ApplicationError):
        await send(MailerFake(failure=refusal), delivery)
    shop = ShopFake({delivery.order.order_id: order_text(delivery, "right@example.org")})
    await send(MailerFake(), delivery.model_copy(update={"after_hold": True}), shop)
    assert await recipients_of(sessions, tenant) == [
        ("erika@example.org", "to", "BOUNCED", "No such box."),
        ("right@example.org", "to", "SENT", None),
    ]


class Full(Unpaced):
    """Nobody has a turn now."""

    async def wait(self, downstream: Downstream, tenant: str) -> None:
        assert downstream is Downstream.MAIL_SERVER
        raise HeldBack("as often as allowed")


async def test_a_mail_that_has_to_wait_for_its_turn_is_not_begun(
    sessions: Sessions, tenant: str, printed: Printed, store: ObjectDocumentStore
) -> None:
    unasked: Any = None
    activities = EmailActivities(sessions, unasked, unasked, store, "a@b.example", NO_KEY, Full())
    with pytest.raises(HeldBack):
        await activities.send_email(await printed())
    assert (await books(sessions, tenant), await recipients_of(sessions, tenant)) == ([], [])


async def test_a_fault_in_the_tenants_own_mail_needs_a_person(
    sessions: Sessions, tenant: str, printed: Printed, send: Send
) -> None:
    delivery = await printed()
    async with sessions.begin() as session:
        for text in ("{{ mail.nothing }}", "Moin {{ mail.recipient }}"):
            content = {"de": {"subject": "Nr. {{ mail.number }}", "text": text}}
            await document_templates.add(session, tenant, TemplateKind.MAIL, content, note=None, actor="test")
        await document_templates.activate(session, tenant, TemplateKind.MAIL, 1, actor="test")
    with pytest.raises(ApplicationError) as held:
        await send(None, delivery)
    assert (held.value.type, held.value.non_retryable) == (Reason.TEMPLATE_ERROR, True)
    assert await books(sessions, tenant) == []
    async with sessions.begin() as session:
        await document_templates.activate(session, tenant, TemplateKind.MAIL, 2, actor="test")
    mailer = MailerFake()
    await send(mailer, delivery)
    assert (mailer.sent[0].subject, mailer.sent[0].text) == ("Nr. INV261001", "Moin Erika Mustermann")
