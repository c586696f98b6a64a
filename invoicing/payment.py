"""Whether and how much to capture: the invoiced amount, never more than was authorised."""

from decimal import Decimal
from enum import StrEnum

from invoicing.frozen import Frozen
from invoicing.invoice import Settlement, SettlementKind, Totals
from invoicing.order import Order, Payment

ON_ACCOUNT = frozenset({"invoice", "cash_on_delivery"})
"""Payment modes that collect nothing (Emporix A.1.5), compared in lower case."""
AUTHORISED = frozenset({"AUTHORIZATION_SUCCESS"})
SETTLED = frozenset({"CAPTURE_SUCCESS", "SUCCESS"})


class NotAuthorised(ValueError):
    """The order wants a card payment, but no authorisation covers the amount."""


class PaymentAction(StrEnum):
    """What the capture step has to do."""

    CAPTURE = "CAPTURE"
    NOTHING = "NOTHING"


class PaymentPlan(Frozen):
    """What to capture, and the totals and settlement that the invoice will show once it is captured."""

    action: PaymentAction
    transaction_id: str | None = None
    amount: Decimal = Decimal(0)
    totals: Totals
    settlement: Settlement


def plan_payment(order: Order, totals: Totals, rounding_margin: Decimal) -> PaymentPlan:
    """Decide on the payment of an order whose recalculated totals are `totals`.

    Where the shop rounds tax per part, the authorised amount may lie below ours by up to `rounding_margin`; the
    invoice is then rounded down to it (BT-114) instead of capturing what nobody authorised.

    Raises:
        NotAuthorised: a card order without a usable authorisation, or with one for too little.
    """
    if not totals.gross or _is_on_account(order):
        return _nothing(order, totals)
    settled = [payment for payment in order.payments if payment.status in SETTLED]
    if settled:
        return _paid_before(settled, totals)
    return _capture(order, totals, rounding_margin)


def _is_on_account(order: Order) -> bool:
    names = {(payment.provider or "").lower() for payment in order.payments}
    names |= {(payment.method or "").lower() for payment in order.payments}
    if order.payments:
        return bool(names & ON_ACCOUNT)
    mixin = order.mixins.payment if order.mixins else None
    return mixin is None or (mixin.payment_type or "invoice").lower() in ON_ACCOUNT


def _nothing(order: Order, totals: Totals) -> PaymentPlan:
    method = order.payments[0].method if order.payments else None
    return PaymentPlan(
        action=PaymentAction.NOTHING,
        totals=totals,
        settlement=Settlement(kind=SettlementKind.ON_ACCOUNT, method=method),
    )


def _paid_before(settled: list[Payment], totals: Totals) -> PaymentPlan:
    paid = sum((p.paid_amount or p.authorized_amount or totals.gross for p in settled), Decimal(0))
    paid = min(paid, totals.gross)
    return PaymentPlan(
        action=PaymentAction.NOTHING,
        totals=totals.model_copy(update={"paid": paid, "payable": totals.gross - paid}),
        settlement=Settlement(
            kind=SettlementKind.PAID_BEFORE, method=settled[0].method, transaction_id=settled[0].transaction_id
        ),
    )


def _capture(order: Order, totals: Totals, rounding_margin: Decimal) -> PaymentPlan:
    payment = _authorisation(order)
    authorised = payment.authorized_amount if payment.authorized_amount is not None else order.total_authorized_amount
    if authorised is None:
        raise NotAuthorised("the payment states no authorised amount")
    over = totals.gross - authorised
    if over > rounding_margin:
        raise NotAuthorised(f"{totals.gross} {order.currency} are due, {authorised} {order.currency} are authorised")
    rounding = -over if over > 0 else Decimal(0)
    amount = totals.gross + rounding
    return PaymentPlan(
        action=PaymentAction.CAPTURE,
        transaction_id=payment.transaction_id,
        amount=amount,
        totals=totals.model_copy(update={"rounding": rounding, "paid": amount, "payable": Decimal(0)}),
        settlement=Settlement(
            kind=SettlementKind.CAPTURED,
            method=payment.method,
            captured=amount,
            transaction_id=payment.transaction_id,
        ),
    )


def _authorisation(order: Order) -> Payment:
    """The authorised payment; of several, the one over the largest amount."""
    usable = [
        payment
        for payment in order.payments
        if payment.status in AUTHORISED and payment.transaction_id and payment.currency in (None, order.currency)
    ]
    if not usable:
        states = ", ".join(sorted({payment.status or "unknown" for payment in order.payments})) or "none"
        raise NotAuthorised(f"no payment of the order is authorised (payment status: {states})")
    return max(usable, key=lambda payment: payment.authorized_amount or Decimal(0))
