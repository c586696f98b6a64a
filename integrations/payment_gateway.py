"""Capturing what a card was authorised for (Emporix Payment Gateway, A.6), without ever guessing at the outcome."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from urllib.parse import quote

from integrations.commerce_token import AccessTokens
from integrations.faults import PermanentFault, TransientFault, quoted
from integrations.shop_client import Answer, Request, ShopClient, Unanswered, path_segment

NOT_FOUND = 404
CONFLICT = 409
UNEXPLAINED = "The payment gateway declined without giving a reason."


class OutcomeUnknown(TransientFault):
    """The capture may or may not have happened: ask `find_capture` before trying again."""


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


class HttpPaymentGateway:
    """The payment gateway over HTTP.

    Args:
        base_url: `/payment-gateway/{tenant}/...` is appended to it.
        tokens: where bearer tokens come from.
        timeout_seconds: limit on one HTTP exchange.
    """

    def __init__(self, base_url: str, tokens: AccessTokens, timeout_seconds: float) -> None:
        self._shop = ShopClient("payment gateway", base_url, tokens, timeout_seconds)

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
            f"/payment-gateway/{path_segment(tenant)}/payment/{path_segment(transaction_id)}/capture",
            # Written by hand: no JSON library writes a Decimal as the number it is.
            json_text=f'{{"amount":{amount:f},"currency":{json.dumps(currency)}}}',
            headers={"Idempotency-Key": quote(idempotency_key, safe=":/", errors="surrogatepass")},
        )
        try:
            return _capture_result(await self._shop.send(tenant, request), amount, currency)
        except Unanswered as fault:
            raise OutcomeUnknown(
                f"{fault} Whether the payment was captured is not known.",
                retry_after_seconds=fault.retry_after_seconds,
            ) from None

    async def find_capture(self, tenant: str, transaction_id: str) -> CaptureResult | None:
        """See `PaymentGateway.find_capture`."""
        if not transaction_id:
            return None
        path = f"/payment-gateway/{path_segment(tenant)}/transactions/{path_segment(transaction_id)}"
        answer = await self._shop.send(tenant, Request("GET", path))
        if answer.status == NOT_FOUND:
            return None
        if not answer.is_success:
            raise PermanentFault(f"The payment gateway refused to show the transaction ({answer.status}).")
        entries = answer.json_object().get("entries")
        if not isinstance(entries, list):
            raise answer.unreadable()
        captures = [entry for entry in entries if _is_successful_capture(entry)]
        return _found_capture(captures[-1]) if captures else None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._shop.aclose()


def _capture_result(answer: Answer, amount: Decimal, currency: str) -> CaptureResult:
    if answer.status == CONFLICT:
        raise PermanentFault("The payment gateway has seen this capture's idempotency key with another capture (409).")
    if not answer.is_success:
        return CaptureResult(successful=False, message=_refusal(answer))
    body = answer.json_object()
    match body.get("successful"):
        case True:
            return CaptureResult(
                successful=True, capture_id=_text(body.get("captureId")), amount=amount, currency=currency
            )
        case False:
            return CaptureResult(successful=False, message=_message(body) or UNEXPLAINED)
    raise answer.unreadable()


def _refusal(answer: Answer) -> str:
    try:
        reason = _message(answer.json_object())
    except Unanswered:
        reason = None
    sentence = (
        "The payment gateway knows no such transaction (404)."
        if answer.status == NOT_FOUND
        else f"The payment gateway refused the capture ({answer.status})."
    )
    return sentence if reason is None else f"{sentence} {reason}"


def _message(body: dict[str, object]) -> str | None:
    message = body.get("message")
    return (quoted(message) or None) if isinstance(message, str) else None


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _is_successful_capture(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("type") == "CAPTURE" and entry.get("successful") is True


def _found_capture(entry: dict[str, object]) -> CaptureResult:
    money = entry.get("amount")
    amount = money.get("amount") if isinstance(money, dict) else None
    currency = money.get("currency") if isinstance(money, dict) else None
    return CaptureResult(
        successful=True,
        capture_id=_text(entry.get("captureId")),
        amount=Decimal(amount) if isinstance(amount, Decimal | int) else None,
        currency=_text(currency),
    )
