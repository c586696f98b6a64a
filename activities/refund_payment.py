"""Giving a captured payment back, at most once, whatever breaks.

The ledger row is there since the credit note was issued; it says STARTED before the gateway is asked. While it does,
the outcome is unknown, and the gateway is asked what it knows before anything is sent again, with the same idempotency
key. Only a definite refusal, and a person's wish to try again, make a new key.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from contracts.credit_note import Refunded, RefundRequest
from contracts.failures import Reason
from contracts.ids import refund_key
from database import audit, effects, refunds
from database.audit import Deed
from database.effects import EffectKind, EffectState, NewEffect
from database.tables import Effect
from integrations.payment_gateway import PaymentGateway, Refund, RefundResult


@dataclass(frozen=True)
class _Attempt:
    effect: Effect
    is_first: bool
    capture_id: str | None
    """What the ledger has as the gateway's name of the capture."""


@dataclass(frozen=True)
class RefundActivities:
    sessions: async_sessionmaker[AsyncSession]
    gateway: PaymentGateway

    @activity.defn
    async def refund_payment(self, request: RefundRequest) -> Refunded:
        """Give back what the credit note says, if anything."""
        attempt = await self._open(request)
        if attempt is None:
            return Refunded()
        if attempt.effect.state == EffectState.DONE:
            return Refunded(effect_key=attempt.effect.key)
        if attempt.effect.state == EffectState.REFUSED:
            raise _refused(attempt.effect)
        result = await self._settle(request, attempt)
        if not result.successful:
            raise _refused(attempt.effect)
        return Refunded(effect_key=attempt.effect.key)

    async def _open(self, request: RefundRequest) -> _Attempt | None:
        """The ledger row of this try, and whether it is the very first; None when there is nothing to give back."""
        tenant, credit_note_id = request.invoice.tenant, request.invoice.invoice_id
        async with self.sessions.begin() as session:
            latest = await refunds.lock_refund(session, tenant, credit_note_id)
            if latest is None:
                return None
            is_first = await refunds.begin_refund(session, tenant, latest.key, request.requested_by)
            if latest.state == EffectState.REFUSED and latest.requested_by != request.requested_by:
                refusals = await refunds.count_refused_refunds(session, tenant, credit_note_id)
                again = _again(latest, refund_key(tenant, credit_note_id, refusals), request.requested_by)
                await effects.start_effect(session, again)
                latest = await effects.get_effect(session, tenant, again.key)
            else:
                await session.refresh(latest)
            capture = await effects.latest_capture(session, tenant, latest.order_id, latest.order_round)
        return _Attempt(latest, is_first, capture.reference if capture else None)

    async def _settle(self, request: RefundRequest, attempt: _Attempt) -> RefundResult:
        """Ask what the gateway knows, unless this is the first try of all; refund; write down the answer.

        A refusal counts only when the gateway knows of no refund of ours either: another attempt may have been faster.
        """
        result = None if attempt.is_first else await self._known_refund(request, attempt.effect)
        if result is None:
            result = await self._refund(attempt)
        if not result.successful:
            result = await self._known_refund(request, attempt.effect) or result
        await self._complete(request, attempt.effect, result)
        return result

    async def _refund(self, attempt: _Attempt) -> RefundResult:
        effect = attempt.effect
        refund = Refund(
            transaction_id=effect.transaction_id or "",
            capture_id=attempt.capture_id or await self._shown_capture(effect) or "",
            amount=effect.amount or Decimal(0),
            currency=effect.currency or "",
        )
        return await self.gateway.refund(effect.tenant, refund, effect.key)

    async def _shown_capture(self, effect: Effect) -> str | None:
        """The capture's name where the gateway did not give it when it captured."""
        found = await self.gateway.find_capture(effect.tenant, effect.transaction_id or "")
        return found.capture_id if found else None

    async def _known_refund(self, request: RefundRequest, effect: Effect) -> RefundResult | None:
        """The refund of this credit note that the gateway knows of, under whichever of its keys."""
        async with self.sessions.begin() as session:
            keys = await refunds.refund_keys(session, effect.tenant, request.invoice.invoice_id)
        return await self.gateway.find_refund(effect.tenant, effect.transaction_id or "", keys)

    async def _complete(self, request: RefundRequest, effect: Effect, result: RefundResult) -> None:
        state = EffectState.DONE if result.successful else EffectState.REFUSED
        async with self.sessions.begin() as session:
            is_news = await effects.complete_effect(
                session, effect.tenant, effect.key, state, reference=result.refund_id, message=result.message
            )
            if is_news and result.successful:
                name = f"credit-note/{request.invoice.number}"
                await audit.record(
                    session,
                    effect.tenant,
                    Deed(f"credit-note:{request.invoice.number}", "refund", name),
                    amount=str(effect.amount),
                    currency=effect.currency,
                    order=effect.order_id,
                    refund=result.refund_id,
                )


def _again(refused: Effect, key: str, requested_by: str) -> NewEffect:
    return NewEffect(
        tenant=refused.tenant,
        key=key,
        order_id=refused.order_id,
        amount=refused.amount or Decimal(0),
        currency=refused.currency or "",
        transaction_id=refused.transaction_id or "",
        requested_by=requested_by,
        order_round=refused.order_round,
        kind=EffectKind.REFUND,
        credit_note_id=refused.credit_note_id,
    )


def _refused(effect: Effect) -> Exception:
    return ended(Reason.REFUND_REFUSED, f"the payment gateway refused to give back {effect.amount} {effect.currency}")
