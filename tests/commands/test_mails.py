"""`invoices mail`: what a person sees of mails and does about them."""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices, mail_requests
from database.invoices import MailState
from database.mail_recipients import Outcome
from invoicing.invoice import Invoice
from tests.command_line import Ended, Run
from tests.database.rows import issue
from tests.integrations.bounces import recipient_fields, report
from tests.workflows.deliveries import enter

Sessions = async_sessionmaker[AsyncSession]
ADA = "ada@example.com"


async def mailed(sessions: Sessions, tenant: str, order_id: str = "EON1") -> Invoice:
    invoice = await issue(sessions, tenant, order_id)
    async with sessions.begin() as session:
        await invoices.start_mail(session, tenant, invoice.id, ADA, f"<invoice-{invoice.id}@a.example>")
    async with sessions.begin() as session:
        await invoices.complete_mail(
            session, tenant, invoice.id, ADA, MailState.SENT, message=None, outcomes=[Outcome(ADA)]
        )
    return invoice


async def type_(run: Run, database_url: str, *words: str) -> Ended:
    return await asyncio.to_thread(run, "mail", *words, DATABASE_URL=database_url)


def bounce_in(folder: Path, message_id: str) -> str:
    file = folder / "bounce.eml"
    fields = recipient_fields(ADA, "failed", "5.1.1", "550 no such user")
    file.write_bytes(report(fields, returned=f"Message-ID: {message_id}\n"))
    return str(file)


async def test_mails_are_shown_with_why_they_came_back(
    sessions: Sessions, tenant: str, database_url: str, command_line: Run, tmp_path: Path
) -> None:
    invoice, other = await mailed(sessions, tenant), await mailed(sessions, tenant, "EON2")
    taken = await type_(command_line, database_url, "bounces", bounce_in(tmp_path, f"<invoice-{invoice.id}@a.example>"))
    assert (taken.status, taken.errors) == (0, "")
    assert f"tenant {tenant}, mail <invoice-{invoice.id}@a.example>: to BOUNCED 5.1.1" in taken.output
    shown = (await type_(command_line, database_url, "list", "--tenant", tenant)).output.splitlines()
    assert [line[18:] for line in shown] == [
        f"SENT      {other.number}  to {ADA}",
        f"BOUNCED   {invoice.number}  to {ADA}  5.1.1 550 no such user",
    ]
    bounced = await type_(command_line, database_url, "list", "--tenant", tenant, "--state", "BOUNCED")
    assert len(bounced.output.splitlines()) == 1
    first = await type_(command_line, database_url, "list", "--tenant", tenant, "--limit", "1")
    assert first.output.splitlines()[1:] == ["1 older ones are not shown"]


async def test_a_bounce_of_no_mail_of_ours_is_said_to_be_none(
    database_url: str, command_line: Run, tmp_path: Path
) -> None:
    strange = tmp_path / "hello.eml"
    strange.write_bytes(b"Subject: hello\n\n")
    files = bounce_in(tmp_path, "<never@a.example>"), str(strange)
    ended = await type_(command_line, database_url, "bounces", *files)
    assert ended.status == 1
    assert ended.output.count("about no mail that was sent from here") == 2
    assert ended.errors == "Error: 2 of 2 could not be matched: see above\n"


async def test_a_mail_server_keeps_a_bounce_that_cannot_be_taken_in_now(command_line: Run, tmp_path: Path) -> None:
    """Postfix and its like lose what a pipe refuses with another status: a bounce has no sender that it could go to."""
    away = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    ended = await type_(command_line, away, "bounces", bounce_in(tmp_path, "<never@a.example>"))
    assert ended.status == 75
    assert "the database does not answer" in ended.errors


async def test_a_mail_is_sent_again_to_whom_it_went_or_to_others(
    sessions: Sessions, tenant: str, database_url: str, command_line: Run
) -> None:
    """Temporal is away: the wish is written down, and a worker begins it later."""
    invoice = await mailed(sessions, tenant)
    words = ("resend", invoice.number, "--tenant", tenant)
    again = await type_(command_line, database_url, *words)
    assert again.status == 0
    assert again.output.splitlines()[-1] == f"{invoice.number} is being sent to {ADA}"
    await type_(command_line, database_url, *words, "--to", "a@x.example", "--to", "b@x.example")
    async with sessions() as session:
        rows = await mail_requests.list_of(session, tenant, invoice.id)
    assert [(row.recipients, row.requested_by) for row in rows] == [
        (["a@x.example", "b@x.example"], "command line"),
        ([ADA], "command line"),
    ]


async def test_what_cannot_be_sent_is_refused_in_one_sentence(
    sessions: Sessions, tenant: str, database_url: str, command_line: Run
) -> None:
    invoice = await enter(sessions, tenant)
    words = ("resend", invoice.number, "--tenant", tenant)
    wrong = await type_(command_line, database_url, *words, "--to", "nobody")
    assert wrong.refused_with("--to: nobody is no mail address")
    unknown = await type_(command_line, database_url, "resend", "NONE-1", "--tenant", tenant)
    assert unknown.refused_with(f"tenant {tenant} has no invoice or credit note NONE-1")
