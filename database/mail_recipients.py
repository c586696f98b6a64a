"""What became of each mail for each of its recipients.

A row is made when a mail is begun: QUEUED. It is SENT when our mail server took the mail, DEFERRED while a server says
not now, BOUNCED when one has said never. What a bounce message says is written down by `database.bounces`: of a
recipient for whom it says failed, no answer of our own mail server is believed any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, IssuedInvoice, MailRecipient


class RecipientState(StrEnum):
    """How far the mail has come for one recipient."""

    QUEUED = "QUEUED"
    """It was begun; no server has answered, or the answer was lost."""
    SENT = "SENT"
    """Our mail server has taken it."""
    DEFERRED = "DEFERRED"
    """A server said that it would not take it now; it is still tried."""
    BOUNCED = "BOUNCED"
    """A server said that it would never take it, or nobody tries any more; who wants it sent asks for another mail."""


class Role(StrEnum):
    """Where the mail names the recipient."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


@dataclass(frozen=True)
class Addressee:
    """Somebody who gets a mail; `recipient` is the bare address."""

    recipient: str
    role: Role = Role.TO


@dataclass(frozen=True)
class Outcome:
    """What the mail server answered about one recipient."""

    recipient: str
    status: str | None = None
    """RFC 3463"""
    diagnostic: str | None = None
    """Its words, without addresses."""


MessageIds = Select[str] | Select[str | None]
"""Of mails, as a query."""

ADD_RECIPIENTS = """
    INSERT INTO mail_recipients (tenant, message_id, invoice_id, recipient, role, state)
    SELECT :tenant, begun.message_id, :invoice_id, named.recipient, named.role, 'QUEUED'
    FROM begun, unnest(CAST(:recipients AS text[]), CAST(:roles AS text[])) AS named (recipient, role)
    ON CONFLICT (message_id, recipient) DO UPDATE
    SET state = 'QUEUED', status = NULL, diagnostic = NULL, updated_at = now()
    WHERE mail_recipients.tenant = :tenant AND mail_recipients.state = 'BOUNCED' AND mail_recipients.reported_at IS NULL
"""
"""For the mail `begun (message_id)`. One that our own server refused is begun anew when a person wants it again."""

LEAVE_OUT = """
    UPDATE mail_recipients SET state = 'BOUNCED', diagnostic = :left_out, updated_at = now()
    FROM begun
    WHERE mail_recipients.tenant = :tenant AND mail_recipients.message_id = begun.message_id
        AND mail_recipients.recipient <> ALL (CAST(:recipients AS text[]))
        AND mail_recipients.state = 'DEFERRED' AND mail_recipients.reported_at IS NULL
"""
"""For the mail `begun (message_id)`: whom an earlier attempt named and this one does not. He is not tried any more."""

SET_OUTCOMES = """
    UPDATE mail_recipients
    SET state = :recipient_state, status = told.status, diagnostic = told.diagnostic, updated_at = now()
    FROM done, unnest(CAST(:recipients AS text[]), CAST(:statuses AS text[]), CAST(:diagnostics AS text[]))
        AS told (recipient, status, diagnostic)
    WHERE mail_recipients.tenant = :tenant AND mail_recipients.message_id = done.message_id
        AND mail_recipients.recipient = told.recipient
        AND NOT (mail_recipients.state = 'BOUNCED' AND mail_recipients.reported_at IS NOT NULL)
"""
"""For the mail `done (message_id)`."""

LEFT_OUT = "Not tried any more: the mail has other recipients now."
_GIVEN_UP = "Not tried any more: {why}."
_BEGIN = text(
    f"""
    WITH begun AS (SELECT CAST(:message_id AS text) AS message_id), left_out AS ({LEAVE_OUT})
    {ADD_RECIPIENTS}
    """
)
_COMPLETE = text(f"WITH done AS (SELECT CAST(:message_id AS text) AS message_id) {SET_OUTCOMES}")
_DEFER = text(
    f"""
    WITH done AS (SELECT CAST(:message_id AS text) AS message_id)
    {SET_OUTCOMES} AND mail_recipients.state IN ('QUEUED', 'DEFERRED')
    """
)


def naming(addressees: Sequence[Addressee]) -> dict[str, list[str] | str]:
    """The parameters of `ADD_RECIPIENTS` and `LEAVE_OUT`: each address once, with the role that is named first."""
    roles: dict[str, Role] = {}
    for one in addressees:
        roles.setdefault(one.recipient, one.role)
    return {"recipients": list(roles), "roles": [str(role) for role in roles.values()], "left_out": LEFT_OUT}


def telling(outcomes: Sequence[Outcome]) -> dict[str, list[str] | list[str | None]]:
    """The parameters `recipients`, `statuses` and `diagnostics` of `SET_OUTCOMES`."""
    told = {one.recipient: one for one in outcomes}
    return {
        "recipients": list(told),
        "statuses": [one.status for one in told.values()],
        "diagnostics": [one.diagnostic for one in told.values()],
    }


async def begin(
    session: AsyncSession, tenant: str, invoice_id: UUID, message_id: str, addressees: Sequence[Addressee]
) -> None:
    """The mail is about to be sent to these."""
    begun = {"tenant": tenant, "invoice_id": invoice_id, "message_id": message_id}
    await session.execute(_BEGIN, {**begun, **naming(addressees)})


async def complete(
    session: AsyncSession, tenant: str, message_id: str, state: RecipientState, outcomes: Sequence[Outcome]
) -> None:
    """The mail server has answered."""
    done = {"tenant": tenant, "message_id": message_id, "recipient_state": state}
    await session.execute(_COMPLETE, {**done, **telling(outcomes)})


async def defer(session: AsyncSession, tenant: str, message_id: str, outcomes: Sequence[Outcome]) -> None:
    """The mail server did not take it now. Whoever has got it meanwhile, by another attempt, has got it."""
    done = {"tenant": tenant, "message_id": message_id, "recipient_state": RecipientState.DEFERRED}
    await session.execute(_DEFER, {**done, **telling(outcomes)})


async def give_up(session: AsyncSession, tenant: str, message_ids: MessageIds, why: str) -> None:
    """Nobody tries these mails any more: whom our own mail server did not take them for will not get them.

    One whose answer was lost stays as it is, and so does one that a server further on is still trying.
    """
    await session.execute(
        update(MailRecipient)
        .where(
            MailRecipient.tenant == tenant,
            MailRecipient.message_id.in_(message_ids),
            MailRecipient.state == RecipientState.DEFERRED,
            MailRecipient.reported_at.is_(None),
        )
        .values(
            state=RecipientState.BOUNCED,
            diagnostic=func.concat_ws(" ", MailRecipient.diagnostic, _GIVEN_UP.format(why=why.rstrip("."))),
            updated_at=NOW,
        )
        .execution_options(synchronize_session=False)
    )


async def of_messages(session: AsyncSession, tenant: str, message_ids: Sequence[str]) -> dict[str, list[MailRecipient]]:
    """The recipients of each of these mails, in the order of their roles as a mail names them."""
    rows = await session.scalars(
        select(MailRecipient)
        .where(MailRecipient.tenant == tenant, MailRecipient.message_id.in_(message_ids))
        .order_by(MailRecipient.role.desc(), MailRecipient.recipient)
    )
    found: dict[str, list[MailRecipient]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


async def list_page(
    session: AsyncSession, tenant: str, *, state: RecipientState | None, limit: int, offset: int
) -> tuple[list[tuple[MailRecipient, str]], int]:
    """The tenant's mails by recipient with their documents' numbers, the newest first; how many there are in all."""
    wanted = [MailRecipient.tenant == tenant]
    if state is not None:
        wanted.append(MailRecipient.state == state)
    total = await session.scalar(select(func.count()).select_from(MailRecipient).where(*wanted)) or 0
    rows = await session.execute(
        select(MailRecipient, IssuedInvoice.number)
        .join(IssuedInvoice, IssuedInvoice.id == MailRecipient.invoice_id)
        .where(*wanted)
        .order_by(MailRecipient.created_at.desc(), MailRecipient.message_id, MailRecipient.recipient)
        .limit(limit)
        .offset(offset)
    )
    return [(row, number) for row, number in rows], total
