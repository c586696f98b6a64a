"""How an order ended, or why it waits, on its job's books: what the API and the counters show."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from contracts.failures import Reason
from contracts.order_invoice import OrderRef, Outcome
from database import effects, invoices, jobs, sales_invoices
from database.engine import statements
from database.jobs import ItemOutcome


@dataclass(frozen=True)
class OutcomeActivities:
    sessions: async_sessionmaker[AsyncSession]

    @activity.defn
    async def record_outcome(self, outcome: Outcome) -> None:
        """Store the outcome of an order for its job."""
        ref = outcome.order
        async with statements(self.sessions) as session:
            await jobs.record_outcome(
                session, ref.tenant, ref.job_id, ref.order_id, await self._item_outcome(session, outcome)
            )

    @activity.defn
    async def close_order(self, outcome: Outcome) -> None:
        """Store what the job knows of an order whose own workflow could not say it."""
        ref = outcome.order
        async with statements(self.sessions) as session:
            await jobs.close_pending_item(
                session, ref.tenant, ref.job_id, ref.order_id, await self._item_outcome(session, outcome)
            )

    async def _item_outcome(self, session: AsyncSession, outcome: Outcome) -> ItemOutcome:
        invoice_id = outcome.invoice_id
        if invoice_id is None and outcome.reason is Reason.ALREADY_INVOICED:
            invoice = await invoices.find_by_order(session, outcome.order.tenant, outcome.order.order_id)
            invoice_id = invoice.id if invoice else None
        return ItemOutcome(
            state=outcome.state,
            step=outcome.step,
            reason=outcome.reason,
            message=outcome.message + await self._gateway_words(session, outcome.order, outcome.reason),
            invoice_id=invoice_id,
        )

    async def _gateway_words(self, session: AsyncSession, order: OrderRef, reason: Reason | None) -> str:
        """What the gateway said of a refusal; it is read here because Temporal must not keep it."""
        if reason is not Reason.PAYMENT_DECLINED:
            return ""
        order_round = await sales_invoices.order_round(session, order.tenant, order.order_id)
        effect = await effects.latest_capture(session, order.tenant, order.order_id, order_round)
        return f" ({effect.message})" if effect and effect.message else ""
