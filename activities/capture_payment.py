"""Step 3: the money, at most once, whatever breaks.

The ledger row is written before the gateway is asked. While a row is STARTED its outcome is unknown, and the gateway is
asked what it knows before anything is sent again, with the same idempotency key. Only a definite refusal, and a
person's wish to try again, make a new key.
"""

from dataclasses import dataclass, replace
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
from integrations.faults import PermanentFault, TransientFault
from integrations.pace import UNPACED, Downstream, Pace
from integrations.payment_gateway import CaptureResult, PaymentGateway
from invoicing.orders.payment import PaymentAction, PaymentPlan


@dataclass(frozen=True)
class _Attempt:
    effect: Effect
    is_first: bool


@dataclass(frozen=True)
class CaptureActivities:
    sessions: async_sessionmaker[AsyncSession]
    gateway: PaymentGateway
    pace: Pace = UNPACED

    @activity.defn
    async def capture_payment(self, request: CaptureRequest) -> Captured:
        """Capture what the recalculation planned, if anything."""
        await self._await_turn(request)
        attempt = await self._open(request)
        if attempt is None:
            return Captured()
        if attempt.effect.state == EffectState.DONE:
            return Captured(effect_key=attempt.effect.key)
        if attempt.effect.state == EffectState.REFUSED:
            raise _declined(attempt.effect)
        result = await self._settle(request, attempt)
        if not result.successful:
            raise _declined(attempt.effect)
        return Captured(effect_key=attempt.effect.key)

    async def _await_turn(self, request: CaptureRequest) -> None:
        """Wait before the ledger says STARTED: from then on the gateway is asked first, which takes a turn more."""
        tenant = request.order.tenant
        if self.pace.is_limited(Downstream.PAYMENT_GATEWAY, tenant) and await self._is_new(request):
            await self.pace.take_ahead(Downstream.PAYMENT_GATEWAY, tenant)

    async def _is_new(self, request: CaptureRequest) -> bool:
        """Whether this try will capture something under a key of its own."""
        async with self.sessions.begin() as session:
            plan, _, order_round = await self._plan(session, request)
            latest = await effects.latest_capture(session, request.order.tenant, request.order.order_id, order_round)
        return plan.action is not PaymentAction.NOTHING and (latest is None or not _settles(latest, request))

    async def _open(self, request: CaptureRequest) -> _Attempt | None:
        """The ledger row of this try, and whether it is the very first; None when there is nothing to capture.

        Plan and row are read and written under the order's lock, so that the one belongs to the other.
        """
        tenant, order_id = request.order.tenant, request.order.order_id
        async with self.sessions.begin() as session:
            await orders.lock_order(session, tenant, order_id)
            plan, currency, order_round = await self._plan(session, request)
            if plan.action is PaymentAction.NOTHING:
                return None
            latest = await effects.latest_capture(session, tenant, order_id, order_round)
            if latest and _settles(latest, request):
                return _Attempt(latest, is_first=False)
            refusals = await effects.count_refused_captures(session, tenant, order_id, order_round) if latest else 0
            new = NewEffect(
                tenant=tenant,
                key=capture_key(tenant, order_id, refusals, order_round),
                order_id=order_id,
                order_round=order_round,
                amount=plan.amount,
                currency=currency,
                transaction_id=plan.transaction_id or "",
                requested_by=request.requested_by,
            )
            await effects.start_effect(session, new)
            return _Attempt(await effects.get_effect(session, tenant, new.key), is_first=refusals == 0)

    async def _plan(self, session: AsyncSession, request: CaptureRequest) -> tuple[PaymentPlan, str, int]:
        """Plan, currency, and the round that the order was read for."""
        snapshot = await orders.get_order(session, request.order.tenant, request.order.order_id)
        if snapshot is None or snapshot.recalculation is None:
            raise ended(Reason.INTERNAL_ERROR, "the order has not been recalculated")
        return snapshot.recalculation.payment, snapshot.recalculation.priced.currency, snapshot.order_round

    async def _settle(self, request: CaptureRequest, attempt: _Attempt) -> CaptureResult:
        """Ask what the gateway knows, unless this is the first try of all; capture; write down the answer.

        A refusal counts only when the gateway knows of no capture either: another attempt may have been faster.
        """
        result = None if attempt.is_first else await self._known_capture(request, attempt.effect)
        if result is None:
            result = await self._capture(request, attempt.effect)
        if not result.successful:
            result = await self._known_capture(request, attempt.effect) or result
        elif result.capture_id is None:
            result = replace(result, capture_id=await self._shown_id(request, attempt.effect))
        await self._complete(request, attempt.effect, result)
        return result

    async def _capture(self, request: CaptureRequest, effect: Effect) -> CaptureResult:
        return await self.gateway.capture(
            request.order.tenant,
            effect.transaction_id or "",
            effect.amount or Decimal(0),
            effect.currency or "",
            effect.key,
        )

    async def _known_capture(self, request: CaptureRequest, effect: Effect) -> CaptureResult | None:
        """The capture that the gateway knows of.

        One over another amount is not ours. Our row is then a refusal, so that a retry reads the order anew.
        """
        found = await self.gateway.find_capture(request.order.tenant, effect.transaction_id or "")
        if found is not None and await self._is_of_an_earlier_invoice(request, effect, found):
            return None
        if found is None or (found.amount == effect.amount and found.currency in {None, effect.currency}):
            return found
        words = f"the payment has been captured elsewhere over {found.amount} {found.currency or effect.currency}"
        await self._complete(request, effect, CaptureResult(successful=False, message=words))
        raise ended(Reason.NOT_AUTHORISED, f"{words}, the invoice is over {effect.amount} {effect.currency}")

    async def _shown_id(self, request: CaptureRequest, effect: Effect) -> str | None:
        """The capture's name, which the gateway did not give when it captured: its refund has to name it.

        Nothing hangs on it now: where the gateway does not say, the capture is done all the same.
        """
        try:
            found = await self.gateway.find_capture(request.order.tenant, effect.transaction_id or "")
        except (TransientFault, PermanentFault):
            return None
        if found is None or found.amount != effect.amount or found.currency not in {None, effect.currency}:
            return None
        return None if await self._is_of_an_earlier_invoice(request, effect, found) else found.capture_id

    async def _is_of_an_earlier_invoice(self, request: CaptureRequest, effect: Effect, found: CaptureResult) -> bool:
        """Whether the capture paid an invoice that has been credited since: its money has gone back.

        Of captures without a name, in the ledger or at the gateway, the transaction is all that can be compared.
        """
        async with self.sessions.begin() as session:
            earlier = await effects.earlier_captures(
                session, request.order.tenant, request.order.order_id, effect.order_round
            )
        known = [capture for capture in earlier if capture.transaction_id == effect.transaction_id]
        return any(
            None in {found.capture_id, capture.reference} or found.capture_id == capture.reference for capture in known
        )

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


def _settles(latest: Effect, request: CaptureRequest) -> bool:
    """Whether this try goes on with a row that is there; only after a refusal does a new wish make a new one."""
    return latest.state != EffectState.REFUSED or latest.requested_by == request.requested_by


def _declined(effect: Effect) -> Exception:
    return ended(Reason.PAYMENT_DECLINED, f"the payment gateway refused to capture {effect.amount} {effect.currency}")
