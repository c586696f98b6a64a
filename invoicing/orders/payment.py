"""Whether and how much to capture: the invoiced amount, never more than was authorised."""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum

from invoicing.frozen import Frozen
from invoicing.invoice import Settlement, SettlementKind, Totals
from invoicing.orders.order import Order, Payment

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


def plan_payment(
    order: Order, totals: Totals, rounding_margin: Decimal, spent: Collection[str | None] = ()
) -> PaymentPlan:
    """Decide on the payment of an order whose recalculated totals are `totals`.

    Where the shop rounds tax per part, the authorised amount may lie below ours by up to `rounding_margin`; the
    invoice is then rounded down to it (BT-114) instead of capturing what nobody authorised. A rounding that `totals`
    have already stays in them.

    `spent` are the transactions that paid an invoice of the order which has been credited: they are over, whatever the
    order still says of them. None among them: so are the settled payments that have no transaction.

    Raises:
        NotAuthorised: a card order without a usable authorisation, or with one for too little.
    """
    usable, settled = _authorised(order, spent), _settled(order, spent)
    paid = sum((_paid(payment, totals.total) for payment in settled), Decimal(0))
    if not totals.total:
        return _nothing(order, totals)
    if usable and paid:
        raise NotAuthorised(f"{paid} {order.currency} are paid and another payment is authorised: a person decides")
    if usable:
        return _capture(order, usable, totals, rounding_margin)
    if paid and (paid + rounding_margin >= totals.total or _is_on_account(order)):
        return _paid_before(settled, totals, paid, rounding_margin)
    if paid:
        raise NotAuthorised(
            f"{paid} of {totals.total} {order.currency} are paid, and nothing is authorised for the rest"
        )
    if _is_on_account(order):
        return _nothing(order, totals)
    raise NotAuthorised(_without_authorisation(order, spent))


def _without_authorisation(order: Order, spent: Collection[str | None]) -> str:
    states = ", ".join(sorted({payment.status or "unknown" for payment in order.payments})) or "none"
    if any(payment.transaction_id in spent for payment in order.payments):
        return f"no payment is authorised beside the one that a credited invoice had (payment status: {states})"
    return f"no payment of the order is authorised (payment status: {states})"


def _authorised(order: Order, spent: Collection[str | None]) -> list[Payment]:
    return [
        payment
        for payment in _in_its_currency(order)
        if payment.status in AUTHORISED and payment.transaction_id and payment.transaction_id not in spent
    ]


def _settled(order: Order, spent: Collection[str | None]) -> list[Payment]:
    return [
        payment
        for payment in _in_its_currency(order)
        if payment.status in SETTLED and payment.transaction_id not in spent
    ]


def _in_its_currency(order: Order) -> list[Payment]:
    """Payments that can pay the order; one that names no currency is in the order's."""
    return [payment for payment in order.payments if payment.currency in (None, order.currency)]


def _paid(payment: Payment, total: Decimal) -> Decimal:
    return payment.paid_amount or payment.authorized_amount or total


def _is_on_account(order: Order) -> bool:
    """Some payment is on account, or there is none and nothing speaks of a card."""
    if order.payments:
        names = {(name or "").lower() for payment in order.payments for name in (payment.provider, payment.method)}
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


def _paid_before(settled: list[Payment], totals: Totals, paid: Decimal, rounding_margin: Decimal) -> PaymentPlan:
    """Nothing is captured; a rest within the rounding is rounded away (BT-114), a larger one stays due."""
    covered = min(paid, totals.total)
    rest = totals.total - covered
    rounded = rest if rest <= rounding_margin else Decimal(0)
    return PaymentPlan(
        action=PaymentAction.NOTHING,
        totals=totals.model_copy(
            update={"paid": covered, "rounding": totals.rounding - rounded, "payable": rest - rounded}
        ),
        settlement=Settlement(
            kind=SettlementKind.PAID_BEFORE,
            method=settled[0].method,
            transaction_id=settled[0].transaction_id,
            further_transactions=tuple(payment.transaction_id for payment in settled[1:]),
        ),
    )


def _capture(order: Order, usable: list[Payment], totals: Totals, rounding_margin: Decimal) -> PaymentPlan:
    """Capture from the largest authorisation."""
    payment = max(usable, key=lambda payment: payment.authorized_amount or Decimal(0))
    authorised = payment.authorized_amount if payment.authorized_amount is not None else order.total_authorized_amount
    if authorised is None:
        raise NotAuthorised("the payment states no authorised amount")
    over = totals.total - authorised
    if over > rounding_margin or not authorised:
        raise NotAuthorised(f"{totals.total} {order.currency} are due, {authorised} {order.currency} are authorised")
    amount = min(totals.total, authorised)
    return PaymentPlan(
        action=PaymentAction.CAPTURE,
        transaction_id=payment.transaction_id,
        amount=amount,
        totals=totals.model_copy(update={"rounding": amount - totals.gross, "paid": amount, "payable": Decimal(0)}),
        settlement=Settlement(
            kind=SettlementKind.CAPTURED,
            method=payment.method,
            captured=amount,
            transaction_id=payment.transaction_id,
        ),
    )
