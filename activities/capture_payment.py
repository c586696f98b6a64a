"""Step 3: the money, at most once, whatever breaks.

The ledger row is written before the gateway is asked. While a row is STARTED its outcome is unknown, and the gateway is
asked what it knows before anything is sent again, with the same idempotency key. Only a definite refusal, and a
person's wish to try again, make a new key.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from contracts.failures import Reason
from contracts.ids import capture_key
from contracts.order_invoice import Captured, CaptureRequest
from database import effects, orders
from database.effects import EffectState, NewEffect
from database.tables import Effect
from integrations.payment_gateway import CaptureResult, PaymentGateway
from invoicing.payment import PaymentAction, PaymentPlan


@dataclass(frozen=True)
class CaptureActivities:
    sessions: async_sessionmaker[AsyncSession]
    gateway: PaymentGateway

    @activity.defn
    async def capture_payment(self, request: CaptureRequest) -> Captured:
        """Capture what the recalculation planned, if anything."""
        plan, currency = await self._plan(request)
        if plan.action is PaymentAction.NOTHING:
            return Captured()
        effect, is_new = await self._open(request, plan, currency)
        if effect.state == EffectState.DONE:
            return Captured(effect_key=effect.key)
        if effect.state == EffectState.REFUSED:
            raise _declined(plan, currency)
        known = None if is_new else await self._known_capture(request, plan)
        result = known or await self._capture(request, plan, effect)
        await self._complete(request, effect, result)
        if not result.successful:
            raise _declined(plan, currency)
        return Captured(effect_key=effect.key)

    async def _plan(self, request: CaptureRequest) -> tuple[PaymentPlan, str]:
        async with self.sessions.begin() as session:
            snapshot = await orders.get_order(session, request.order.tenant, request.order.order_id)
        if snapshot is None or snapshot.recalculation is None:
            raise ended(Reason.INTERNAL_ERROR, "the order has not been recalculated")
        return snapshot.recalculation.payment, snapshot.recalculation.priced.currency

    async def _open(self, request: CaptureRequest, plan: PaymentPlan, currency: str) -> tuple[Effect, bool]:
        """The ledger row of this try, and whether it was written just now."""
        tenant, order_id = request.order.tenant, request.order.order_id
        async with self.sessions.begin() as session:
            latest = await effects.latest_capture(session, tenant, order_id)
            if latest and (latest.state != EffectState.REFUSED or latest.requested_by == request.requested_by):
                return latest, False
            refusals = await effects.count_refused_captures(session, tenant, order_id)
            new = NewEffect(
                tenant=tenant,
                key=capture_key(tenant, order_id, refusals),
                order_id=order_id,
                amount=plan.amount,
                currency=currency,
                transaction_id=plan.transaction_id or "",
                requested_by=request.requested_by,
            )
            await effects.start_effect(session, new)
            return await effects.get_effect(session, tenant, new.key), True

    async def _capture(self, request: CaptureRequest, plan: PaymentPlan, effect: Effect) -> CaptureResult:
        """Ask for the capture; a refusal counts only when the gateway knows of no capture either."""
        result = await self.gateway.capture(
            request.order.tenant,
            effect.transaction_id or "",
            effect.amount or Decimal(0),
            effect.currency or "",
            effect.key,
        )
        if result.successful:
            return result
        return await self._known_capture(request, plan) or result

    async def _known_capture(self, request: CaptureRequest, plan: PaymentPlan) -> CaptureResult | None:
        found = await self.gateway.find_capture(request.order.tenant, plan.transaction_id or "")
        if found is None:
            return None
        if found.amount is not None and found.amount != plan.amount:
            raise ended(
                Reason.NOT_AUTHORISED,
                f"the payment has been captured elsewhere over {found.amount}, the invoice is over {plan.amount}",
            )
        return found

    async def _complete(self, request: CaptureRequest, effect: Effect, result: CaptureResult) -> None:
        state = EffectState.DONE if result.successful else EffectState.REFUSED
        async with self.sessions.begin() as session:
            await effects.complete_effect(
                session,
                request.order.tenant,
                effect.key,
                state,
                reference=result.capture_id,
                message=result.message,
            )


def _declined(plan: PaymentPlan, currency: str) -> Exception:
    return ended(Reason.PAYMENT_DECLINED, f"the payment gateway refused to capture {plan.amount} {currency}")
