"""The step of a recurring invoice: make the copy that is due, if one is, and say when to look again."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

import logs
from activities.failures import reasons
from contracts.recurring import Moment, Problem, Progress
from contracts.sales_invoice import DeliveryRequest, InvoiceRef
from contracts.starts import Start, delivery, start
from contracts.temporal_client import TemporalAway
from database import outbox, recurrences, sales_invoices
from database.outbox import PendingStart
from database.recurrences import RecurrenceView
from database.recurring_copies import Copied, make_copy
from invoicing.sales.recurrence import RecurrenceState, begin_of

ENDS = frozenset({RecurrenceState.STOPPED, RecurrenceState.ENDED})
log = logs.get_logger(__name__)


@dataclass(frozen=True)
class RecurringActivities:
    sessions: async_sessionmaker[AsyncSession]
    client: Client

    @activity.defn
    async def make_due_copy(self, moment: Moment) -> Progress:
        """Make the copy that is due at this moment. A repeat finds it made, and makes the next that is due, if any.

        Copy, mail request and the start of its delivery are one transaction under the parent's lock; what is lost of
        the start after it, the worker's sweep makes up for.
        """
        with reasons():
            async with self.sessions.begin() as session:
                progress, pending = await self._advance(session, moment)
        if pending is not None:
            await self._start(pending)
        return progress

    @activity.defn
    async def note_problem(self, problem: Problem) -> None:
        """Tell the invoice's users why there is no copy yet."""
        parent = problem.recurring
        async with self.sessions.begin() as session:
            await recurrences.note_problem(session, parent.tenant, parent.sales_invoice_id, problem.message)

    async def _advance(self, session: AsyncSession, moment: Moment) -> tuple[Progress, PendingStart | None]:
        ref = moment.recurring
        parent = await sales_invoices.lock(session, ref.tenant, ref.sales_invoice_id)
        view = await recurrences.view_of(session, parent) if parent else None
        if parent is None or view is None:
            return Progress(has_ended=True), None
        day = view.standing.due_date(moment.now.astimezone(view.zone).date())
        if day is None:
            return _waiting(view), None
        copied = await make_copy(session, view, day, actor=f"recurrence:{parent.code}")
        made = InvoiceRef(tenant=ref.tenant, invoice_id=copied.invoice.id, number=copied.invoice.number)
        return Progress(copy_made=made), await _deliver(session, made, copied)

    async def _start(self, pending: PendingStart) -> None:
        try:
            await start(self.client, Start.model_validate(pending.body))
        except (TemporalAway, RPCError) as error:
            log.warning("workflow_not_started", start=str(pending.id), error=type(error).__name__)
            return
        async with self.sessions.begin() as session:
            await outbox.mark_started(session, pending.id)


def _waiting(view: RecurrenceView) -> Progress:
    upcoming = view.standing.next_dates(1)
    if not upcoming:
        return Progress(has_ended=view.standing.state in ENDS)
    return Progress(next_date=upcoming[0], next_at=begin_of(upcoming[0], view.zone))


async def _deliver(session: AsyncSession, made: InvoiceRef, copied: Copied) -> PendingStart:
    body = delivery(DeliveryRequest(invoice=made, mail_id=copied.mail_id)).model_dump(mode="json")
    return PendingStart(await outbox.add_start(session, made.tenant, body), body)
