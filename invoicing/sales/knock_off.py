"""Knocking off: what a received payment settles of which sales invoice, and what it may not (Deskera B.7).

A payment is in the currency of its invoices: nothing is converted. What is paid is never more than what is due.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from invoicing.frozen import Frozen
from invoicing.money import exact, minor_unit, plain, round_money
from invoicing.sales.balance import InvoiceStatus

RECEIVE_PAYMENT = "RECEIVE_PAYMENT"
CREDIT_NOTE = "CREDIT_NOTE"


class KnockOff(Frozen):
    """One document that brought down what is due on a sales invoice (Deskera B.4 `knockoffInfo`)."""

    order: int
    """1 for the first that the invoice was settled by."""
    document_type: str
    """`RECEIVE_PAYMENT` or `CREDIT_NOTE` (Deskera B.5 DOCUMENT_TYPE)."""
    document_code: str
    document_date: date
    amount: Decimal
    """In `currency`, which is the invoice's. Of a credit note its total, whatever was still due."""
    exchange_rate: Decimal
    """Units of the base currency for one unit of `currency`."""
    currency: str


class PaidItem(Frozen):
    """So much of a payment is for this invoice."""

    invoice_code: str
    amount: Decimal
    exchange_rate: Decimal | None = None
    """None: the invoice's own."""


class Payable(Frozen):
    """An invoice as a payment finds it."""

    currency: str
    status: InvoiceStatus
    due: Decimal


class PaymentFault(Frozen):
    """Why a payment is refused. `member` is Deskera's name (B.7), of the item at `position` or of the payment."""

    message: str
    member: str
    position: int | None = None


class PaymentRejected(ValueError):
    """The payment settles nothing; every fault is told."""

    def __init__(self, faults: Sequence[PaymentFault]) -> None:
        super().__init__("; ".join(f"{fault.member} {fault.message}" for fault in faults))
        self.faults = tuple(faults)


def knock_off(
    items: Sequence[PaidItem], payables: Mapping[str, Payable], currency: str, stated: Decimal | None
) -> dict[str, Decimal]:
    """What each invoice of `payables` is settled by. An invoice that several items name gets their sum.

    `currency` and `stated`, the amount, are the whole payment's; None leaves the amount to its items.

    Raises:
        PaymentRejected: an item is not above zero, finer than the minor unit, over what is due, of another currency,
            or for a draft; or the items do not come to the stated amount.
    """
    settled: dict[str, Decimal] = {}
    faults: list[PaymentFault] = []
    with exact():
        for position, item in enumerate(items):
            before = settled.get(item.invoice_code, Decimal(0))
            fault = _fault(item, payables[item.invoice_code], currency, before)
            if fault:
                faults.append(fault.model_copy(update={"position": position} if fault.member != "currency" else {}))
            else:
                settled[item.invoice_code] = before + item.amount
        if stated is not None:
            faults += _differences(items, currency, stated)
    if faults:
        raise PaymentRejected(faults)
    return settled


def _fault(item: PaidItem, payable: Payable, currency: str, before: Decimal) -> PaymentFault | None:
    if payable.status is InvoiceStatus.DRAFT:
        return _document(f"{item.invoice_code} is a draft: nothing is due on it before it is issued")
    if payable.currency != currency:
        return PaymentFault(
            member="currency",
            message=f"is {currency}, but {item.invoice_code} is in {payable.currency}: "
            "a payment must be in the currency of its invoices",
        )
    if item.amount <= 0:
        return _amount("must be above 0")
    if item.amount != round_money(item.amount, currency):
        return _amount(f"is finer than the smallest amount of {currency}, {minor_unit(currency)}")
    left = payable.due - before
    if item.amount > left:
        due = round_money(left, currency)
        return _amount(f"is {_figure(item.amount, currency)}, but only {due} {currency} is due on {item.invoice_code}")
    return None


def _differences(items: Sequence[PaidItem], currency: str, stated: Decimal) -> list[PaymentFault]:
    whole = sum((item.amount for item in items), Decimal(0))
    if whole == stated:
        return []
    message = f"is {plain(stated):f} {currency}, but the items come to {plain(whole):f} {currency}"
    return [PaymentFault(member="amount", message=message)]


def _document(message: str) -> PaymentFault:
    return PaymentFault(member="documentCode", message=message)


def _amount(message: str) -> PaymentFault:
    return PaymentFault(member="paymentAmount", message=message)


def _figure(amount: Decimal, currency: str) -> str:
    return f"{round_money(amount, currency)} {currency}"
