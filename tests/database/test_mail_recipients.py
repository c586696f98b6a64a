"""What became of a mail for each of its recipients, as our own mail server tells it."""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices, mail_recipients
from database.invoices import MailState
from database.mail_recipients import Addressee, Outcome, RecipientState, Role
from invoicing.invoice import Invoice
from tests.database.rows import another_tenant, issue

Sessions = async_sessionmaker[AsyncSession]
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
EVERYBODY = [Addressee(ADA), Addressee(BOB, Role.CC), Addressee(EVE, Role.BCC), Addressee(ADA, Role.CC)]


def message_of(invoice: Invoice) -> str:
    return f"<{invoice.id}@a>"


async def begin(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> None:
    async with sessions.begin() as session:
        await mail_recipients.begin(session, tenant or invoice.tenant, invoice.id, message_of(invoice), EVERYBODY)


async def complete(sessions: Sessions, invoice: Invoice, state: RecipientState, *outcomes: Outcome) -> None:
    async with sessions.begin() as session:
        await mail_recipients.complete(session, invoice.tenant, message_of(invoice), state, outcomes)


async def defer(sessions: Sessions, invoice: Invoice, *outcomes: Outcome) -> None:
    async with sessions.begin() as session:
        await mail_recipients.defer(session, invoice.tenant, message_of(invoice), outcomes)


async def books(sessions: Sessions, invoice: Invoice) -> list[tuple[str, str, str, str | None]]:
    """(recipient, role, state, status)"""
    async with sessions() as session:
        found = await mail_recipients.of_messages(session, invoice.tenant, [message_of(invoice)])
    return [(row.recipient, row.role, row.state, row.status) for row in found.get(message_of(invoice), [])]


async def test_a_mail_that_is_begun_is_queued_for_everybody_once(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    for _ in range(2):
        await begin(sessions, invoice)
    assert await books(sessions, invoice) == [
        (ADA, "to", "QUEUED", None),
        (BOB, "cc", "QUEUED", None),
        (EVE, "bcc", "QUEUED", None),
    ]


async def test_who_was_told_of_is_sent_and_nobody_else(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await begin(sessions, invoice)
    await complete(sessions, invoice, RecipientState.SENT, Outcome(ADA), Outcome(BOB))
    assert [state for _, _, state, _ in await books(sessions, invoice)] == ["SENT", "SENT", "QUEUED"]
    await begin(sessions, invoice)
    await defer(sessions, invoice, Outcome(ADA, "4.2.1"))
    assert [state for _, _, state, _ in await books(sessions, invoice)] == ["SENT", "SENT", "QUEUED"]


async def test_what_is_deferred_says_why_until_it_is_taken(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await begin(sessions, invoice)
    for status in ("4.2.1", "4.7.1"):
        await defer(sessions, invoice, Outcome(ADA, status, "not now"))
        await begin(sessions, invoice)
        assert (await books(sessions, invoice))[0] == (ADA, "to", "DEFERRED", status)
    await complete(sessions, invoice, RecipientState.SENT, Outcome(ADA))
    assert (await books(sessions, invoice))[0] == (ADA, "to", "SENT", None)


async def test_what_our_server_refused_may_be_begun_anew_and_taken(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await begin(sessions, invoice)
    await complete(sessions, invoice, RecipientState.BOUNCED, Outcome(ADA, "5.1.1", "no"))
    assert (await books(sessions, invoice))[0] == (ADA, "to", "BOUNCED", "5.1.1")
    await begin(sessions, invoice)
    assert (await books(sessions, invoice))[0] == (ADA, "to", "QUEUED", None)


async def test_an_orders_mail_and_its_recipients_are_written_down_together(sessions: Sessions, tenant: str) -> None:
    invoice, copies = await issue(sessions, tenant), [Addressee(BOB, Role.BCC)]
    async with sessions.begin() as session:
        await invoices.start_mail(session, tenant, invoice.id, ADA, message_of(invoice), copies=copies)
    assert [row[:3] for row in await books(sessions, invoice)] == [(ADA, "to", "QUEUED"), (BOB, "bcc", "QUEUED")]
    for state in (MailState.SENT, MailState.REFUSED):  # the second comes too late
        async with sessions.begin() as session:
            outcomes = [Outcome(ADA), Outcome(BOB)]
            await invoices.complete_mail(session, tenant, invoice.id, ADA, state, message=None, outcomes=outcomes)
    assert {state for _, _, state, _ in await books(sessions, invoice)} == {"SENT"}


async def test_an_orders_refused_mail_tells_whom_it_was_about(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    async with sessions.begin() as session:
        await invoices.start_mail(session, tenant, invoice.id, ADA, message_of(invoice), copies=[Addressee(BOB)])
    async with sessions.begin() as session:
        outcomes = [Outcome(ADA, diagnostic="another was refused"), Outcome(BOB, "5.1.1", "no such box")]
        await invoices.complete_mail(
            session, tenant, invoice.id, ADA, MailState.REFUSED, message="no", outcomes=outcomes
        )
    assert [row[2:] for row in await books(sessions, invoice)] == [("BOUNCED", None), ("BOUNCED", "5.1.1")]


async def test_mails_are_listed_by_state_with_the_newest_first(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    mailed = [await issue(sessions, tenant, f"EON{n}") for n in range(3)]
    for invoice in (*mailed, await issue(sessions, other)):
        await begin(sessions, invoice)
        await complete(sessions, invoice, RecipientState.BOUNCED, Outcome(BOB, "5.1.1"))
    async with sessions() as session:
        rows, total = await mail_recipients.list_page(session, tenant, state=RecipientState.BOUNCED, limit=2, offset=1)
        everything, all_of_them = await mail_recipients.list_page(session, tenant, state=None, limit=100, offset=0)
    assert [(row.recipient, number) for row, number in rows] == [(BOB, mailed[1].number), (BOB, mailed[0].number)]
    assert (total, len(everything), all_of_them) == (3, 9, 9)


async def test_another_tenant_sees_and_changes_nothing(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    await begin(sessions, invoice)
    await complete(sessions, invoice, RecipientState.BOUNCED, Outcome(ADA))
    await begin(sessions, invoice, other)
    async with sessions.begin() as session:
        await mail_recipients.complete(session, other, message_of(invoice), RecipientState.SENT, [Outcome(ADA)])
        await mail_recipients.defer(session, other, message_of(invoice), [Outcome(BOB)])
        assert await mail_recipients.of_messages(session, other, [message_of(invoice)]) == {}
        assert await mail_recipients.list_page(session, other, state=None, limit=9, offset=0) == ([], 0)
        assert await mail_recipients.of_messages(session, tenant, [f"<{uuid4()}@a>"]) == {}
    assert [state for _, _, state, _ in await books(sessions, invoice)] == ["BOUNCED", "QUEUED", "QUEUED"]
