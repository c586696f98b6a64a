"""What was asked to be mailed, and what became of it."""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import mail_requests
from database.mail_requests import MailRequestState
from tests.database.rows import another_tenant
from tests.workflows.deliveries import asked, enter, state_of

Sessions = async_sessionmaker[AsyncSession]


async def test_the_first_try_chooses_the_message_id_for_all(sessions: Sessions, tenant: str) -> None:
    mail = await asked(sessions, await enter(sessions, tenant))
    async with sessions.begin() as session:
        assert await mail_requests.start(session, tenant, mail.id, "<one@a>") == "<one@a>"
    async with sessions.begin() as session:
        assert await mail_requests.start(session, tenant, mail.id, "<two@a>") == "<one@a>"


async def test_what_is_sent_stays_sent(sessions: Sessions, tenant: str) -> None:
    mail = await asked(sessions, await enter(sessions, tenant))
    async with sessions.begin() as session:
        await mail_requests.start(session, tenant, mail.id, "<one@a>")
        assert await mail_requests.complete(session, tenant, mail.id, MailRequestState.SENT)
        assert not await mail_requests.complete(session, tenant, mail.id, MailRequestState.REFUSED, "no")
        assert await mail_requests.start(session, tenant, mail.id, "<one@a>") is None
        await mail_requests.give_up(session, tenant, mail.id, "tired")
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_a_refused_mail_that_arrives_after_all_is_sent(sessions: Sessions, tenant: str) -> None:
    """Of two attempts at once one may be refused as a duplicate before the other is told that it was taken."""
    mail = await asked(sessions, await enter(sessions, tenant))
    async with sessions.begin() as session:
        await mail_requests.complete(session, tenant, mail.id, MailRequestState.REFUSED, "duplicate")
        assert await mail_requests.complete(session, tenant, mail.id, MailRequestState.SENT)
    assert await state_of(sessions, mail) == ("SENT", None)


async def test_mails_are_listed_with_the_newest_first(sessions: Sessions, tenant: str) -> None:
    invoice, other = await enter(sessions, tenant), await enter(sessions, tenant)
    mails = [await asked(sessions, invoice) for _ in range(3)]
    await asked(sessions, other)
    newest_first = [mail.id for mail in reversed(mails)]
    async with sessions.begin() as session:
        assert [row.id for row in await mail_requests.list_of(session, tenant, invoice.id)] == newest_first


async def test_a_tenant_sees_and_changes_its_own_only(sessions: Sessions, tenant: str) -> None:
    invoice, other = await enter(sessions, tenant), await another_tenant(sessions)
    mail = await asked(sessions, invoice)
    async with sessions.begin() as session:
        assert await mail_requests.find(session, other, mail.id) is None
        assert await mail_requests.find(session, tenant, uuid4()) is None
        assert await mail_requests.list_of(session, other, invoice.id) == []
        assert await mail_requests.start(session, other, mail.id, "<x@a>") is None
        assert not await mail_requests.complete(session, other, mail.id, MailRequestState.SENT)
        await mail_requests.give_up(session, other, mail.id, "no")
    assert await state_of(sessions, mail) == ("REQUESTED", None)
