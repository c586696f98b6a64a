"""Captures and refunds of the payment gateway (Emporix A.6), without ever guessing at the outcome."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Protocol
from urllib.parse import quote

from integrations.commerce_token import AccessTokens
from integrations.faults import PermanentFault, TransientFault, quoted
from integrations.pace import UNPACED, Downstream, Pace
from integrations.shop_client import Answer, Request, ShopClient, Unanswered, path_segment

NOT_FOUND = 404
CONFLICT = 409
KEY_HEADER = "Idempotency-Key"
UNEXPLAINED = "The payment gateway declined without giving a reason."


class OutcomeUnknown(TransientFault):
    """It may or may not have happened: ask `find_capture` or `find_refund` before trying again."""


@dataclass(frozen=True)
class CaptureResult:
    """What the gateway said for certain.

    `message` is for a person and set when the capture failed; `amount` is what was captured, in `currency`.
    """

    successful: bool
    capture_id: str | None = None
    message: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Refund:
    """A refund to be made: `amount` of the capture `capture_id`."""

    transaction_id: str
    capture_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class ShownRefund:
    """A successful refund that the gateway shows, whoever asked for it; None is what it does not show."""

    refund_id: str | None
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True)
class RefundResult:
    """What the gateway said for certain; `message` is for a person and set when the refund failed."""

    successful: bool
    refund_id: str | None = None
    message: str | None = None


class PaymentGateway(Protocol):
    """Who holds the customer's authorisation."""

    async def capture(
        self, tenant: str, transaction_id: str, amount: Decimal, currency: str, idempotency_key: str
    ) -> CaptureResult:
        """Charge exactly `amount`. A declined capture, or one of an unknown transaction, is a result.

        Raises:
            OutcomeUnknown: nobody knows whether it happened.
            TransientFault: it did not happen.
            PermanentFault: the key was used for another capture (409).
            ValueError: `amount` is not a positive number.
        """

    async def find_capture(self, tenant: str, transaction_id: str) -> CaptureResult | None:
        """The last successful capture of the transaction, None when there is none.

        Raises:
            TransientFault: the gateway cannot say now.
            PermanentFault: the gateway refuses to say.
        """

    async def list_captures(self, tenant: str, transaction_id: str) -> list[CaptureResult]:
        """All successful captures of the transaction, the oldest first.

        Raises:
            TransientFault, PermanentFault: as `find_capture`.
        """

    async def refund(self, tenant: str, refund: Refund, idempotency_key: str) -> RefundResult:
        """Give back exactly `refund.amount`. A refused refund is a result.

        Raises:
            OutcomeUnknown, TransientFault, PermanentFault, ValueError: as `capture`.
        """

    async def find_refund(self, tenant: str, transaction_id: str, keys: Collection[str]) -> RefundResult | None:
        """The successful refund that was asked for under one of these idempotency keys, None when none is shown.

        A transaction may have several refunds, even of the same amount: only the key tells ours from the others. A
        gateway that shows no keys (A.6 names no such member; the sample shop shows `idempotencyKey`) leaves it open:
        then the same key must be sent again, which the gateway answers as it did the first time.

        Raises:
            TransientFault, PermanentFault: as `find_capture`.
        """

    async def list_refunds(self, tenant: str, transaction_id: str) -> list[ShownRefund]:
        """All successful refunds of the transaction, those that were made in the gateway's back office too.

        Raises:
            TransientFault, PermanentFault: as `find_capture`.
        """


class HttpPaymentGateway:
    """The payment gateway over HTTP.

    Args:
        base_url: `/payment-gateway/{tenant}/...` is appended to it.
        tokens: where bearer tokens come from.
        timeout_seconds: limit on one HTTP exchange.
        pace: how often it may be called.
    """

    def __init__(self, base_url: str, tokens: AccessTokens, timeout_seconds: float, pace: Pace = UNPACED) -> None:
        turn = partial(pace.wait, Downstream.PAYMENT_GATEWAY)
        self._shop = ShopClient("payment gateway", base_url, tokens, timeout_seconds, turn)

    async def capture(
        self, tenant: str, transaction_id: str, amount: Decimal, currency: str, idempotency_key: str
    ) -> CaptureResult:
        """See `PaymentGateway.capture`."""
        if not (amount.is_finite() and amount > 0):
            raise ValueError(f"{amount} cannot be captured")
        if not transaction_id:
            return CaptureResult(successful=False, message="The payment has no transaction to capture.")
        request = Request(
            "POST",
            f"{_payment_path(tenant, transaction_id)}/capture",
            # Written by hand: no JSON library writes a Decimal as the number it is.
            json_text=f'{{"amount":{amount:f},"currency":{json.dumps(currency)}}}',
            headers={KEY_HEADER: _sendable(idempotency_key)},
        )
        try:
            return _capture_result(await self._shop.send(tenant, request), amount, currency)
        except Unanswered as fault:
            raise _unknown(fault, "the payment was captured") from None

    async def find_capture(self, tenant: str, transaction_id: str) -> CaptureResult | None:
        """See `PaymentGateway.find_capture`."""
        captures = await self.list_captures(tenant, transaction_id)
        return captures[-1] if captures else None

    async def list_captures(self, tenant: str, transaction_id: str) -> list[CaptureResult]:
        """See `PaymentGateway.list_captures`."""
        return [_found_capture(entry) for entry in await self._successful(tenant, transaction_id, "CAPTURE")]

    async def refund(self, tenant: str, refund: Refund, idempotency_key: str) -> RefundResult:
        """See `PaymentGateway.refund`."""
        if not (refund.amount.is_finite() and refund.amount > 0):
            raise ValueError(f"{refund.amount} cannot be refunded")
        if not (refund.transaction_id and refund.capture_id):
            return RefundResult(successful=False, message="The payment has no capture to refund.")
        named = f'"currency":{json.dumps(refund.currency)},"captureId":{json.dumps(refund.capture_id)}'
        request = Request(
            "POST",
            f"{_payment_path(tenant, refund.transaction_id)}/refund",
            json_text=f'{{"amount":{refund.amount:f},{named}}}',
            headers={KEY_HEADER: _sendable(idempotency_key)},
        )
        try:
            return _refund_result(await self._shop.send(tenant, request))
        except Unanswered as fault:
            raise _unknown(fault, "the refund was made") from None

    async def find_refund(self, tenant: str, transaction_id: str, keys: Collection[str]) -> RefundResult | None:
        """See `PaymentGateway.find_refund`."""
        shown = {form for key in keys for form in (key, _sendable(key))}
        for entry in await self._successful(tenant, transaction_id, "REFUND"):
            if entry.get("idempotencyKey") in shown:
                return RefundResult(successful=True, refund_id=_text(entry.get("refundId")))
        return None

    async def list_refunds(self, tenant: str, transaction_id: str) -> list[ShownRefund]:
        """See `PaymentGateway.list_refunds`."""
        refunds = await self._successful(tenant, transaction_id, "REFUND")
        return [ShownRefund(_text(entry.get("refundId")), *_money(entry)) for entry in refunds]

    async def _successful(self, tenant: str, transaction_id: str, kind: str) -> list[dict[str, object]]:
        """The entries of a transaction that moved money in one way."""
        if not transaction_id:
            return []
        path = f"/payment-gateway/{path_segment(tenant)}/transactions/{path_segment(transaction_id)}"
        answer = await self._shop.send(tenant, Request("GET", path))
        if answer.status == NOT_FOUND:
            return []
        if not answer.is_success:
            raise PermanentFault(f"The payment gateway refused to show the transaction ({answer.status}).")
        entries = answer.json_object().get("entries")
        if not isinstance(entries, list):
            raise answer.unreadable()
        return [entry for entry in entries if _is_successful(entry, kind)]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._shop.aclose()


def _payment_path(tenant: str, transaction_id: str) -> str:
    return f"/payment-gateway/{path_segment(tenant)}/payment/{path_segment(transaction_id)}"


def _sendable(idempotency_key: str) -> str:
    """A key as a header can carry it, and as the gateway shows it."""
    return quote(idempotency_key, safe=":/", errors="surrogatepass")


def _unknown(fault: Unanswered, what: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{fault} Whether {what} is not known.",
        retry_after_seconds=fault.retry_after_seconds,
    )


def _capture_result(answer: Answer, amount: Decimal, currency: str) -> CaptureResult:
    if answer.status == CONFLICT:
        raise PermanentFault("The payment gateway has seen this capture's idempotency key with another capture (409).")
    if not answer.is_success:
        return CaptureResult(successful=False, message=_refusal(answer, "capture"))
    body = answer.json_object()
    match body.get("successful"):
        case True:
            return CaptureResult(
                successful=True, capture_id=_text(body.get("captureId")), amount=amount, currency=currency
            )
        case False:
            return CaptureResult(successful=False, message=_message(body) or UNEXPLAINED)
    raise answer.unreadable()


def _refund_result(answer: Answer) -> RefundResult:
    if answer.status == CONFLICT:
        raise PermanentFault("The payment gateway has seen this refund's idempotency key with another refund (409).")
    if not answer.is_success:
        return RefundResult(successful=False, message=_refusal(answer, "refund"))
    body = answer.json_object()
    match body.get("successful"):
        case True:
            return RefundResult(successful=True, refund_id=_text(body.get("refundId")))
        case False:
            return RefundResult(successful=False, message=_message(body) or UNEXPLAINED)
    raise answer.unreadable()


def _refusal(answer: Answer, what: str) -> str:
    try:
        reason = _message(answer.json_object())
    except Unanswered:
        reason = None
    sentence = (
        "The payment gateway knows no such transaction (404)."
        if answer.status == NOT_FOUND
        else f"The payment gateway refused the {what} ({answer.status})."
    )
    return sentence if reason is None else f"{sentence} {reason}"


def _message(body: dict[str, object]) -> str | None:
    message = body.get("message")
    return (quoted(message) or None) if isinstance(message, str) else None


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _is_successful(entry: object, kind: str) -> bool:
    return isinstance(entry, dict) and entry.get("type") == kind and entry.get("successful") is True


def _found_capture(entry: dict[str, object]) -> CaptureResult:
    amount, currency = _money(entry)
    return CaptureResult(successful=True, capture_id=_text(entry.get("captureId")), amount=amount, currency=currency)


def _money(entry: dict[str, object]) -> tuple[Decimal | None, str | None]:
    money = entry.get("amount")
    amount = money.get("amount") if isinstance(money, dict) else None
    currency = money.get("currency") if isinstance(money, dict) else None
    return Decimal(amount) if isinstance(amount, Decimal | int) else None, _text(currency)
