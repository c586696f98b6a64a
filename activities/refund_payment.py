"""Giving a captured payment back, at most once, whatever breaks.

The ledger row is there since the credit note was issued; it says STARTED before the gateway is asked. While it does,
the outcome is unknown, and the gateway is asked what it knows before anything is sent again, with the same idempotency
key. Only a definite refusal, and a person's wish to try again, make a new key; and that only while the gateway shows no
refund of the same amount that the ledger cannot account for: it may be ours, made by a try whose answer was lost, or a
person may have made it in the gateway's back office. Then a person decides.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from activities.foreign_refunds import has_foreign_refund
from contracts.credit_note import Refunded, RefundRequest
from contracts.failures import Reason
from contracts.ids import refund_key
from database import audit, effects, refunds
from database.audit import Deed
from database.effects import EffectState
from database.tables import Effect
from integrations.payment_gateway import PaymentGateway, Refund, RefundResult


@dataclass(frozen=True)
class _Attempt:
    effect: Effect
    is_first: bool
    capture: Effect | None
    """What is given back."""


@dataclass(frozen=True)
class RefundActivities:
    sessions: async_sessionmaker[AsyncSession]
    gateway: PaymentGateway

    @activity.defn
    async def refund_payment(self, request: RefundRequest) -> Refunded:
        """Give back what the credit note says, if anything."""
        await self._look_before_a_new_key(request)
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

    async def _look_before_a_new_key(self, request: RefundRequest) -> None:
        """Hold a retry where the gateway shows a refund that may be this one, unless it shows that it is."""
        tenant, credit_note_id = request.invoice.tenant, request.invoice.invoice_id
        async with self.sessions.begin() as session:
            latest = await refunds.latest_refund(session, tenant, credit_note_id)
            if latest is None or latest.state != EffectState.REFUSED or latest.requested_by == request.requested_by:
                return
            ours = await refunds.made_refunds(session, latest)
        if await self._known_refund(request, latest) is not None:
            return
        shown = await self.gateway.list_refunds(tenant, latest.transaction_id or "")
        if has_foreign_refund(shown, ours, latest):
            words = (
                f"the payment gateway shows a refund of {latest.amount} {latest.currency} that may be this one: if it"
                " is, or once the money is back, record it as given back outside"
            )
            await self._complete(request, latest, RefundResult(successful=False, message=words))
            raise ended(Reason.REFUND_REFUSED, words)

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
                key = refund_key(tenant, credit_note_id, refusals)
                again = refunds.refund_again(latest, key, request.requested_by)
                await effects.start_effect(session, again)
                latest = await effects.get_effect(session, tenant, again.key)
            else:
                await session.refresh(latest)
            capture = await effects.latest_capture(session, tenant, latest.order_id, latest.order_round)
        return _Attempt(latest, is_first, capture)

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
        capture_id = await self._capture_id(attempt.capture) if attempt.capture else None
        if capture_id is None:
            return RefundResult(successful=False, message="The payment gateway does not show which capture was ours.")
        refund = Refund(
            transaction_id=effect.transaction_id or "",
            capture_id=capture_id,
            amount=effect.amount or Decimal(0),
            currency=effect.currency or "",
        )
        return await self.gateway.refund(effect.tenant, refund, effect.key)

    async def _capture_id(self, capture: Effect) -> str | None:
        """The gateway's name of the capture; where it gave none, that of the only one it shows over the same amount."""
        if capture.reference is not None:
            return capture.reference
        shown = await self.gateway.list_captures(capture.tenant, capture.transaction_id or "")
        alike = [one for one in shown if one.amount == capture.amount and one.currency in {None, capture.currency}]
        return alike[0].capture_id if len(alike) == 1 else None

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


def _refused(effect: Effect) -> Exception:
    return ended(Reason.REFUND_REFUSED, f"the payment gateway refused to give back {effect.amount} {effect.currency}")
