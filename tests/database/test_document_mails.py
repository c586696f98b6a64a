"""All mails of a document in one list."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import document_mails, invoices, mail_recipients, mail_requests
from database.document_mails import DocumentMail
from database.invoices import MailState
from database.mail_recipients import Addressee, Outcome, Role
from invoicing.invoice import Invoice
from tests.database.rows import another_tenant, issue
from tests.workflows.deliveries import RECIPIENT, asked, enter

Sessions = async_sessionmaker[AsyncSession]
ADA, BOB = "ada@example.com", "bob@example.com"


async def own_mail(sessions: Sessions, invoice: Invoice, recipient: str, state: MailState) -> None:
    copies, outcomes = [Addressee(BOB, Role.BCC)], [Outcome(recipient), Outcome(BOB)]
    async with sessions.begin() as session:
        await invoices.start_mail(
            session, invoice.tenant, invoice.id, recipient, f"<invoice-{invoice.id}@a>", copies=copies
        )
    async with sessions.begin() as session:
        await invoices.complete_mail(
            session, invoice.tenant, invoice.id, recipient, state, message=None, outcomes=outcomes
        )


async def begun(sessions: Sessions, invoice: Invoice, **changes: Any) -> None:
    mail = await asked(sessions, invoice, **changes)
    async with sessions.begin() as session:
        message_id = await mail_requests.start(session, invoice.tenant, mail.id, f"<mail-{mail.id}@a>")
        assert message_id
        addressees = [Addressee(one) for one in mail.recipients]
        await mail_recipients.begin(session, invoice.tenant, invoice.id, message_id, addressees)


async def page(
    sessions: Sessions, invoice: Invoice, limit: int = 10, offset: int = 0, tenant: str | None = None
) -> tuple[list[DocumentMail], int]:
    async with sessions() as session:
        return await document_mails.list_page(session, tenant or invoice.tenant, invoice.id, limit=limit, offset=offset)


def told(mail: DocumentMail) -> list[tuple[str, str, str]]:
    return [(row.recipient, row.role, row.state) for row in mail.recipients]


async def test_an_orders_own_mail_is_among_them_and_the_newest_comes_first(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await own_mail(sessions, invoice, ADA, MailState.SENT)
    await begun(sessions, invoice, recipients=("first@x.example",))
    unbegun = await asked(sessions, invoice)
    mails, total = await page(sessions, invoice)
    assert total == 3
    assert [(mail.state, mail.to, told(mail)) for mail in mails] == [
        ("REQUESTED", [RECIPIENT], []),
        ("STARTED", ["first@x.example"], [("first@x.example", "to", "QUEUED")]),
        ("SENT", [ADA], [(ADA, "to", "SENT"), (BOB, "bcc", "SENT")]),
    ]
    assert [mail.request.id if mail.request else None for mail in mails[::2]] == [unbegun.id, None]
    second, total = await page(sessions, invoice, limit=1, offset=1)
    assert ([mail.to for mail in second], total) == ([["first@x.example"]], 3)


async def test_the_mail_to_a_corrected_address_is_one_of_its_own(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await own_mail(sessions, invoice, "wrong@example.com", MailState.REFUSED)
    await own_mail(sessions, invoice, ADA, MailState.SENT)
    mails, total = await page(sessions, invoice)
    assert total == 2
    assert [(mail.state, [one for one in told(mail) if one[1] == "to"]) for mail in mails] == [
        ("SENT", [(ADA, "to", "SENT")]),
        ("REFUSED", [("wrong@example.com", "to", "BOUNCED")]),
    ]


async def test_a_document_goes_to_whom_it_went_first(sessions: Sessions, tenant: str) -> None:
    order, sale, unmailed = [await issue(sessions, tenant), *[await enter(sessions, tenant) for _ in range(2)]]
    await own_mail(sessions, order, "wrong@example.com", MailState.REFUSED)
    await own_mail(sessions, order, ADA, MailState.SENT)
    await asked(sessions, order, recipients=("adviser@x.example",))
    for recipients in (("one@x.example", "two@x.example"), ("three@x.example",)):
        await asked(sessions, sale, recipients=recipients)
    async with sessions() as session:
        assert await document_mails.first_recipients(session, tenant, order.id) == (ADA,)
        assert await document_mails.first_recipients(session, tenant, sale.id) == ("one@x.example", "two@x.example")
        assert await document_mails.first_recipients(session, tenant, unmailed.id) == ()


async def test_another_tenant_sees_none(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    await own_mail(sessions, invoice, ADA, MailState.SENT)
    await asked(sessions, invoice)
    assert await page(sessions, invoice, tenant=other) == ([], 0)
    async with sessions() as session:
        assert await document_mails.first_recipients(session, other, invoice.id) == ()
