"""Setting a credit note's settlement going again, for the API and the command line."""

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.temporal_gate import RetryAnswer, TemporalGate
from contracts import starts
from contracts.ids import outside_refund_key
from contracts.sales_invoice import CreditNoteRef, InvoiceRef
from database import credit_notes, invoices, mail_requests, refunds
from database.credit_notes import CreditNoteView
from database.effects import EffectState
from database.mail_requests import MailRequestState
from database.refunds import GivenOutside
from database.tables import MailRequest

OPEN_MAIL = frozenset({MailRequestState.REQUESTED, MailRequestState.STARTED})


async def retry_settlement(
    gate: TemporalGate, sessions: async_sessionmaker[AsyncSession], tenant: str, number: str
) -> RetryAnswer:
    """Go on where it stopped. A settlement that was ended from outside is started anew while something is left to do.

    UNKNOWN means that the tenant has no such credit note, NOT_HELD that it is settled or being settled right now.

    Raises:
        contracts.temporal_client.TemporalAway: Temporal does not answer.
    """
    async with sessions.begin() as session:
        view = await credit_notes.find(session, tenant, number)
        if view is None:
            return RetryAnswer.UNKNOWN
        mail = await _open_mail(session, view)
        is_unfinished = await _is_unfinished(session, view) or mail is not None
    answer = await gate.retry_credit_note(tenant, view.row.id)
    if answer is not RetryAnswer.UNKNOWN:
        return answer
    if not is_unfinished:
        return RetryAnswer.NOT_HELD
    ref = InvoiceRef(tenant=tenant, invoice_id=view.row.id, number=number)
    start = starts.credit_note(CreditNoteRef(credit_note=ref, mail_id=mail.id if mail else None))
    await gate.start(start.model_copy(update={"repeatable": True}))
    return RetryAnswer.ACCEPTED


async def record_refund(
    session: AsyncSession, view: CreditNoteView, reference: str, *, actor: str, note: str | None = None
) -> None:
    """Write down that a refused refund was given back outside; `retry_settlement` then goes on after it.

    Raises:
        database.refunds.NotRefused: nothing is there to be settled by a person.
    """
    row = view.row
    key = outside_refund_key(row.tenant, row.id)
    given = GivenOutside(actor=actor, key=key, reference=reference, note=note)
    await refunds.settle_outside(session, row.tenant, row.id, row.number, given)


async def _is_unfinished(session: AsyncSession, view: CreditNoteView) -> bool:
    if view.refund is not None and view.refund.state != EffectState.DONE:
        return True
    return await invoices.find_pdf(session, view.row.tenant, view.row.id) is None


async def _open_mail(session: AsyncSession, view: CreditNoteView) -> MailRequest | None:
    """The first mail of the credit note, if it is still to be sent; later ones have workflows of their own."""
    mails = await mail_requests.list_of(session, view.row.tenant, view.row.id)
    return mails[-1] if mails and mails[-1].state in OPEN_MAIL else None
