"""What bounces say, in the books."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import bounces, mail_recipients
from database.mail_recipients import Addressee, Outcome, RecipientState
from invoicing.bounce import Action, Bounce, RecipientReport
from invoicing.invoice import Invoice
from tests.database.rows import another_tenant, issue

Sessions = async_sessionmaker[AsyncSession]
ADA, JOERG = "Ada@example.com", "jörg@bücher.example"


def message_of(invoice: Invoice) -> str:
    return f"<{invoice.id}@a>"


async def mailed(sessions: Sessions, tenant: str, *recipients: str) -> Invoice:
    """A mail that our server has taken."""
    invoice = await issue(sessions, tenant, f"EON{len(recipients)}")
    async with sessions.begin() as session:
        addressees = [Addressee(one) for one in recipients]
        await mail_recipients.begin(session, tenant, invoice.id, message_of(invoice), addressees)
        sent = [Outcome(one) for one in recipients]
        await mail_recipients.complete(session, tenant, message_of(invoice), RecipientState.SENT, sent)
    return invoice


def told(address: str, action: Action, status: str | None = None, said: str | None = None) -> RecipientReport:
    return RecipientReport(addresses=(address,) if address else (), action=action, status=status, diagnostic=said)


async def take_in(
    sessions: Sessions, invoice: Invoice, *reports: RecipientReport, tenant: str | None = None
) -> list[str] | None:
    """The states of those whom the bounce told of; None: it was about nobody."""
    bounce = Bounce(message_ids=("<other@a>", message_of(invoice)), reports=reports)
    async with sessions.begin() as session:
        recorded = await bounces.record(session, bounce, tenant=tenant)
        return [row.state for row in recorded.recipients] if recorded else None


async def state_of(sessions: Sessions, invoice: Invoice) -> list[tuple[str, str | None, bool]]:
    """(state, status, whether a bounce told of it)"""
    async with sessions() as session:
        found = await mail_recipients.of_messages(session, invoice.tenant, [message_of(invoice)])
    return [(row.state, row.status, row.reported_at is not None) for row in found[message_of(invoice)]]


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.FAILED, "BOUNCED"),
        (Action.DELAYED, "DEFERRED"),
        (Action.DELIVERED, "SENT"),
        (Action.RELAYED, "SENT"),
        (Action.EXPANDED, "SENT"),
    ],
)
async def test_a_report_moves_its_recipient(sessions: Sessions, tenant: str, action: Action, state: str) -> None:
    invoice = await mailed(sessions, tenant, ADA)
    assert await take_in(sessions, invoice, told(ADA, action, "5.1.1", "no")) == [state]
    assert await state_of(sessions, invoice) == [(state, "5.1.1", True)]


async def test_telling_it_twice_changes_nothing(sessions: Sessions, tenant: str) -> None:
    invoice = await mailed(sessions, tenant, ADA)
    stamps = []
    for _ in range(2):
        await take_in(sessions, invoice, told(ADA, Action.DELAYED, "4.4.1"))
        async with sessions() as session:
            found = await mail_recipients.of_messages(session, tenant, [message_of(invoice)])
        stamps.append(found[message_of(invoice)][0].updated_at)
    assert stamps[0] == stamps[1]


async def test_after_a_bounce_nothing_comes(sessions: Sessions, tenant: str) -> None:
    invoice = await mailed(sessions, tenant, ADA)
    await take_in(sessions, invoice, told(ADA, Action.FAILED, "5.1.1"))
    for action in (Action.DELAYED, Action.DELIVERED, Action.FAILED):
        assert await take_in(sessions, invoice, told(ADA, action, "5.9.9")) == ["BOUNCED"]
    async with sessions.begin() as session:
        await mail_recipients.begin(session, tenant, invoice.id, message_of(invoice), [Addressee(ADA)])
        for state in (RecipientState.SENT, RecipientState.BOUNCED):
            await mail_recipients.complete(session, tenant, message_of(invoice), state, [Outcome(ADA, "2.0.0")])
    assert await state_of(sessions, invoice) == [("BOUNCED", "5.1.1", True)]


async def test_a_delayed_mail_may_arrive_or_fail(sessions: Sessions, tenant: str) -> None:
    arrives, fails = await mailed(sessions, tenant, ADA), await mailed(sessions, await another_tenant(sessions), ADA)
    for invoice, action in ((arrives, Action.DELIVERED), (fails, Action.FAILED)):
        await take_in(sessions, invoice, told(ADA, Action.DELAYED))
        await take_in(sessions, invoice, told(ADA, action))
    assert (await state_of(sessions, arrives))[0][0] == "SENT"
    assert (await state_of(sessions, fails))[0][0] == "BOUNCED"


async def test_what_has_arrived_is_not_delayed_by_a_bounce_that_is_handed_in_again(
    sessions: Sessions, tenant: str
) -> None:
    invoice = await mailed(sessions, tenant, ADA)
    for action in (Action.DELAYED, Action.DELIVERED, Action.DELAYED):
        await take_in(sessions, invoice, told(ADA, action))
    assert (await state_of(sessions, invoice))[0][0] == "SENT"


async def test_recipients_are_told_apart_however_they_are_spelt(sessions: Sessions, tenant: str) -> None:
    invoice = await mailed(sessions, tenant, ADA, JOERG, "eve@example.com")
    reports = told("ada@EXAMPLE.com", Action.FAILED), told("Jörg@xn--bcher-kva.example", Action.DELAYED)
    assert await take_in(sessions, invoice, *reports) == ["BOUNCED", "DEFERRED"]
    assert [state for state, _, _ in await state_of(sessions, invoice)] == ["BOUNCED", "SENT", "DEFERRED"]


@pytest.mark.parametrize("called", ["", "somebody@elsewhere.example"])
async def test_the_only_recipient_is_meant_whatever_he_is_called(sessions: Sessions, tenant: str, called: str) -> None:
    invoice = await mailed(sessions, tenant, ADA)
    assert await take_in(sessions, invoice, told(called, Action.FAILED)) == ["BOUNCED"]


async def test_a_mail_that_was_forwarded_to_another_recipient_failed_for_him_whom_we_named(
    sessions: Sessions, tenant: str
) -> None:
    """Ada's mail is passed on to Eve, who has got her own."""
    invoice = await mailed(sessions, tenant, ADA, "eve@example.com")
    report = RecipientReport(addresses=("ada@example.com", "eve@example.com"), action=Action.FAILED)
    assert await take_in(sessions, invoice, report) == ["BOUNCED"]
    assert [state for state, _, _ in await state_of(sessions, invoice)] == ["BOUNCED", "SENT"]


async def test_an_address_that_we_did_not_name_gives_way_to_the_next(sessions: Sessions, tenant: str) -> None:
    invoice = await mailed(sessions, tenant, ADA, "eve@example.com")
    report = RecipientReport(addresses=("0815@gateway.example", "eve@example.com"), action=Action.FAILED)
    assert await take_in(sessions, invoice, report) == ["BOUNCED"]
    assert [state for state, _, _ in await state_of(sessions, invoice)] == ["SENT", "BOUNCED"]


@pytest.mark.parametrize("called", ["", "somebody@elsewhere.example"])
async def test_of_several_nobody_is_meant_who_is_not_named(sessions: Sessions, tenant: str, called: str) -> None:
    invoice = await mailed(sessions, tenant, ADA, "eve@example.com")
    assert await take_in(sessions, invoice, told(called, Action.FAILED)) is None
    assert {state for state, _, _ in await state_of(sessions, invoice)} == {"SENT"}


async def test_a_bounce_of_a_mail_that_we_never_sent_is_not_believed(sessions: Sessions, tenant: str) -> None:
    never_mailed = await issue(sessions, tenant)
    assert await take_in(sessions, never_mailed, told(ADA, Action.FAILED)) is None


async def test_a_tenant_hands_in_its_own_only_and_the_shared_mailbox_anybodys(sessions: Sessions, tenant: str) -> None:
    invoice, other = await mailed(sessions, tenant, ADA), await another_tenant(sessions)
    assert await take_in(sessions, invoice, told(ADA, Action.FAILED), tenant=other) is None
    assert (await state_of(sessions, invoice))[0][0] == "SENT"
    assert await take_in(sessions, invoice, told(ADA, Action.DELAYED), tenant=tenant) == ["DEFERRED"]
    assert await take_in(sessions, invoice, told(ADA, Action.FAILED)) == ["BOUNCED"]


async def test_the_mailbox_has_one_reader_at_a_time(sessions: Sessions) -> None:
    async with sessions.begin() as first, sessions.begin() as second:
        assert await bounces.is_only_reader(first)
        assert not await bounces.is_only_reader(second)
    async with sessions.begin() as third:
        assert await bounces.is_only_reader(third)
