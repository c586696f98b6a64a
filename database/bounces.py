"""What bounces say, written down with the mails that they are about. Telling it twice changes nothing.

Only mails that were sent from here are found: by their Message-ID, which nobody can guess who has not had the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.mail_recipients import RecipientState
from database.tables import MailRecipient
from invoicing.bounce import Action, Bounce, RecipientReport
from invoicing.mail_address import comparable

STATES = {
    Action.FAILED: RecipientState.BOUNCED,
    Action.DELAYED: RecipientState.DEFERRED,
    Action.DELIVERED: RecipientState.SENT,
    Action.RELAYED: RecipientState.SENT,
    Action.EXPANDED: RecipientState.SENT,
}
_ONE_READER = select(func.pg_try_advisory_xact_lock(func.hashtextextended("bounce mailbox", 0)))


@dataclass(frozen=True)
class Recorded:
    """A mail that a bounce was about, and those of its recipients that it told of."""

    tenant: str
    recipients: list[MailRecipient]


async def record(session: AsyncSession, bounce: Bounce, *, tenant: str | None) -> Recorded | None:
    """Write down what the bounce says; None where it is about no mail that was sent from here, or about nobody in it.

    Args:
        session: the transaction.
        bounce: the bounce.
        tenant: whose mails it may be about; None: anybody's, for a mailbox that all of them share.
    """
    rows, now = await _rows_of(session, bounce.message_ids, tenant), datetime.now(UTC)
    told: dict[str, MailRecipient] = {}
    for report in bounce.reports:
        for row in _meant(report, rows):
            _note(row, report, now)
            told[row.recipient] = row
    await session.flush()
    return Recorded(rows[0].tenant, list(told.values())) if told else None


async def is_only_reader(session: AsyncSession) -> bool:
    """Whether nobody else reads the bounce mailbox now; until the transaction ends, nobody else begins to."""
    return bool(await session.scalar(_ONE_READER))


async def _rows_of(session: AsyncSession, message_ids: Sequence[str], tenant: str | None) -> list[MailRecipient]:
    """The recipients, locked, of the first of these mails that there is."""
    query = select(MailRecipient).where(MailRecipient.message_id.in_(message_ids))
    if tenant is not None:
        query = query.where(MailRecipient.tenant == tenant)
    found: dict[str, list[MailRecipient]] = {}
    for row in await session.scalars(query.order_by(MailRecipient.recipient).with_for_update()):
        found.setdefault(row.message_id, []).append(row)
    return next((found[message_id] for message_id in message_ids if message_id in found), [])


def _meant(report: RecipientReport, rows: Sequence[MailRecipient]) -> list[MailRecipient]:
    """Whom the report is about. The only recipient of a mail is meant whatever the report calls him.

    A server that the mail was forwarded to knows another address. The one that we named comes first, and the other
    counts only where it is none of ours: he to whom somebody's mail was forwarded may have got one of his own.
    """
    if len(rows) == 1:
        return list(rows)
    for address in report.addresses:
        if meant := [row for row in rows if comparable(row.recipient) == comparable(address)]:
            return meant
    return []


def _note(row: MailRecipient, report: RecipientReport, now: datetime) -> None:
    state = STATES[report.action]
    if row.state == RecipientState.BOUNCED and (row.reported_at is not None or state != RecipientState.BOUNCED):
        return  # nothing comes after that
    if row.reported_at is not None and (row.state, row.status) == (state, report.status):
        return  # told before
    if row.reported_at is not None and (row.state, state) == (RecipientState.SENT, RecipientState.DEFERRED):
        return  # it arrived meanwhile: this one is late, or handed in again
    row.state, row.status, row.diagnostic = state, report.status, report.diagnostic
    row.reported_at = row.updated_at = now
