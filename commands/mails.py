"""`invoices mail`: what became of mails, sending one again, and those that came back."""

import os
from typing import BinaryIO

import click

from api.errors.api_error import ApiError
from api.mails.bodies import ResendRequest
from api.mails.requested_mails import request_again
from api.outbox import start_noted
from commands.running import ACTOR, Refused, read_settings, run, transaction
from commands.steering import steering
from database import bounces, invoices, mail_recipients
from database.mail_recipients import RecipientState
from database.tables import MailRecipient
from integrations.bounce_report import LARGEST_BOUNCE_BYTES, NotABounce, read_bounce
from invoicing.mail_address import is_mail_address
from settings import Settings


class NotNow(Refused):
    """A mail cannot be taken in before somebody has mended something."""

    exit_code = os.EX_TEMPFAIL


@click.group()
def mail() -> None:
    """Mails of invoices and credit notes."""


@mail.command("list")
@click.option("--tenant", required=True)
@click.option("--state", type=click.Choice([state.value for state in RecipientState]), help="Only those.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_mails(tenant: str, state: str | None, limit: int) -> None:
    """Show what became of the latest mails, for each recipient."""
    wanted = RecipientState(state) if state else None
    for line in run(_list(read_settings(), tenant, wanted, limit)):
        click.echo(line)


@mail.command()
@click.argument("number")
@click.option("--tenant", required=True)
@click.option("--to", "addresses", multiple=True, help="Instead of whom it was mailed to first; repeatable.")
def resend(number: str, tenant: str, addresses: tuple[str, ...]) -> None:
    """Mail invoice or credit note NUMBER once more."""
    if wrong := [address for address in addresses if not is_mail_address(address)]:
        raise Refused(f"--to: {wrong[0]} is no mail address")
    to = run(_resend(read_settings(), tenant, number, addresses))
    click.echo(f"{number} is being sent to {', '.join(to)}")


@mail.command("bounces")
@click.argument("files", type=click.File("rb"), nargs=-1, required=True)
def take_in(files: tuple[BinaryIO, ...]) -> None:
    """Take in mails that came back, whichever tenant's they are: FILES hold one each, - is standard input.

    The exit status is 75 where they cannot be taken in now: a mail server that hands one on keeps it, and comes again.
    """
    unmatched = 0
    for file in files:
        try:
            line = run(_take_in(read_settings(), file))
        except Refused as refused:
            raise NotNow(refused.message) from None
        unmatched += line is None
        click.echo(f"{file.name}: {line}" if line else f"{file.name}: about no mail that was sent from here")
    if unmatched:
        raise Refused(f"{unmatched} of {len(files)} could not be matched: see above")


async def _list(settings: Settings, tenant: str, state: RecipientState | None, limit: int) -> list[str]:
    async with transaction(settings) as session:
        rows, total = await mail_recipients.list_page(session, tenant, state=state, limit=limit, offset=0)
    lines = [_line(row, number) for row, number in rows]
    return [*lines, f"{total - len(rows)} older ones are not shown"] if total > len(rows) else lines


def _line(row: MailRecipient, number: str) -> str:
    said = " ".join(filter(None, (row.status, row.diagnostic)))
    return f"{row.created_at:%Y-%m-%d %H:%M}  {row.state:<8}  {number}  {row.role} {row.recipient}  {said}".rstrip()


async def _resend(settings: Settings, tenant: str, number: str, addresses: tuple[str, ...]) -> list[str]:
    wanted = ResendRequest.model_validate({"to": list(addresses)})
    async with steering(settings) as desk:
        async with desk.sessions.begin() as session:
            issued = await invoices.find_by_number(session, tenant, number)
            if issued is None:
                raise Refused(f"tenant {tenant} has no invoice or credit note {number}")
            try:
                row, begun = await request_again(session, issued, wanted, ACTOR)
            except ApiError:
                raise Refused(f"{number} names no usable mail address: say --to") from None
            recipients = row.recipients
        await start_noted(desk, begun)
    return recipients


async def _take_in(settings: Settings, file: BinaryIO) -> str | None:
    """What became of whom; None where the mail is about none of ours."""
    try:
        bounce = read_bounce(file.read(LARGEST_BOUNCE_BYTES + 1))
    except NotABounce:
        return None
    async with transaction(settings) as session:
        recorded = await bounces.record(session, bounce, tenant=None)
    if recorded is None:
        return None
    states = ", ".join(f"{row.role} {row.state} {row.status or ''}".strip() for row in recorded.recipients)
    return f"tenant {recorded.tenant}, mail {recorded.recipients[0].message_id}: {states}"
