"""A dry run's only step: what would be invoiced, with nothing captured, issued, sent or changed."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import reasons
from activities.look_up_order import LookUpActivities, Seen
from activities.recalculate import RecalculateActivities
from contracts.failures import FINAL, Reason
from contracts.invoice_job import Previewed
from contracts.order_invoice import OrderRef, OrderState, Step
from database import jobs
from database.orders import Recalculation
from invoicing.orders.payment import PaymentAction


@dataclass(frozen=True)
class Preview:
    """What would become of an order. `total` is with tax, in `currency`."""

    state: OrderState
    message: str
    step: Step | None = None
    reason: Reason | None = None
    total: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class PreviewActivities:
    sessions: async_sessionmaker[AsyncSession]
    look_ups: LookUpActivities
    recalculation: RecalculateActivities

    @activity.defn
    async def preview_order(self, order: OrderRef) -> Previewed:
        """Validate and recalculate the order, and write on its item what its invoice would be, or why there is none."""
        step = Step.LOOK_UP
        try:
            seen = await self.look_ups.see(order)
            step = Step.RECALCULATE
            preview = await self._preview(order, seen)
        except ApplicationError as error:
            if error.type not in set(Reason):
                raise
            preview = _refused(step, Reason(error.type), error.message)
        async with self.sessions.begin() as session:
            await jobs.record_preview(
                session,
                order.tenant,
                order.job_id,
                order.order_id,
                state=preview.state,
                step=preview.step,
                reason=preview.reason,
                message=preview.message,
                total=preview.total,
                currency=preview.currency,
            )
        return Previewed(state=preview.state)

    async def _preview(self, order: OrderRef, seen: Seen) -> Preview:
        if seen.unfinished is not None:
            return Preview(state=OrderState.SUCCESS, message=f"invoice {seen.unfinished.number} would be finished")
        if seen.text is None:
            return Preview(state=OrderState.SUCCESS, message="its payment is captured, or may be: it would be finished")
        async with self.sessions.begin() as session:
            with reasons():
                figures = await self.recalculation.figures(session, order, seen.text, seen.order_round)
        return _would_be(figures)


def _would_be(figures: Recalculation) -> Preview:
    plan, currency = figures.payment, figures.priced.currency
    taken = f"{plan.amount} {currency} would be captured" if plan.action is PaymentAction.CAPTURE else "no capture"
    return Preview(
        state=OrderState.SUCCESS,
        message=f"would be invoiced over {plan.totals.total} {currency}; {taken}",
        total=plan.totals.total,
        currency=currency,
    )


def _refused(step: Step, reason: Reason, message: str) -> Preview:
    """A dry run holds nothing: there is nothing to release, so what would be held has failed too."""
    verb = "fail" if reason in FINAL else "be held"
    return Preview(state=OrderState.FAILURE, step=step, reason=reason, message=f"would {verb}: {message}")
