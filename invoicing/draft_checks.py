"""What a draft must be before its figures are computed. Fields are named as callers write them: `lines.0.unitPrice`."""

from collections.abc import Sequence
from decimal import Decimal

from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import AdjustmentKind, TaxCategory
from invoicing.limits import LARGEST_AMOUNT, LARGEST_QUANTITY, MAX_DECIMALS
from invoicing.money import UnsupportedCurrency, minor_unit, plain, round_money

MOST_PARTS = 10_000
RATE_DECIMALS = 6
LARGEST_ROUNDING = 100
"""Minor units: enough for every cash rounding there is, and too little to hide a discount without its tax."""
HUNDRED = Decimal(100)
LARGEST_CHARGE_PERCENT = Decimal(1000)
NEEDS_NO_REASON = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO})


class DraftRejected(ValueError):
    """The draft cannot be computed; `field` is the path of the member at fault, `problem` what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def check_draft(draft: Draft) -> None:
    """Refuse what would make a wrong invoice, or none.

    Raises:
        UnsupportedCurrency: of the draft itself.
        DraftRejected: anything else, the first that is found.
    """
    minor_unit(draft.currency)
    _check_count("lines", draft.lines)
    _check_count("charges", draft.charges)
    if not draft.lines:
        raise DraftRejected("lines", "are missing")
    for i, line in enumerate(draft.lines):
        _check_line(line, f"lines.{i}")
    for i, charge in enumerate(draft.charges):
        _check_charge(charge, f"charges.{i}")
    _check_unmixed(draft)
    _check_money(draft)
    if draft.exchange_rate is not None:
        _check_exchange(draft.exchange_rate, draft.currency)


def _check_count(field: str, parts: Sequence[object]) -> None:
    if len(parts) > MOST_PARTS:
        raise DraftRejected(field, f"are more than {MOST_PARTS}")


def _check_number(
    value: Decimal, field: str, *, most: Decimal = LARGEST_AMOUNT, decimals: int = MAX_DECIMALS, signed: bool = False
) -> None:
    """Refuse what is no number, too large or too fine to compute with, or below zero where it is not `signed`."""
    if not value.is_finite():
        raise DraftRejected(field, "is no number")
    if abs(value) > most:
        raise DraftRejected(field, f"is beyond {plain(most)}")
    if value < 0 and not signed:
        raise DraftRejected(field, "is below zero")
    if value.as_tuple().exponent < -decimals and value != round(value, decimals):  # type: ignore[operator]
        raise DraftRejected(field, f"has more than {decimals} decimals")


def _check_line(line: DraftLine, path: str) -> None:
    _check_number(line.quantity, f"{path}.quantity", most=LARGEST_QUANTITY, signed=True)
    _check_number(line.unit_price, f"{path}.unitPrice")
    _check_number(line.base_quantity, f"{path}.baseQuantity", most=LARGEST_QUANTITY)
    if not line.base_quantity:
        raise DraftRejected(f"{path}.baseQuantity", "is not above zero")
    _check_count(f"{path}.adjustments", line.adjustments)
    for i, adjustment in enumerate(line.adjustments):
        _check_adjustment(adjustment, f"{path}.adjustments.{i}")
    _check_tax(line.tax, f"{path}.tax")


def _check_adjustment(adjustment: DraftAdjustment | DraftCharge, path: str) -> None:
    if (adjustment.amount is None) is (adjustment.percent is None):
        raise DraftRejected(path, "must have an amount or a percent, one of the two")
    if adjustment.amount is not None:
        _check_number(adjustment.amount, f"{path}.amount")
    if adjustment.percent is not None:
        most = HUNDRED if adjustment.kind is AdjustmentKind.ALLOWANCE else LARGEST_CHARGE_PERCENT
        _check_number(adjustment.percent, f"{path}.percent", most=most)


def _check_charge(charge: DraftCharge, path: str) -> None:
    _check_adjustment(charge, path)
    if charge.base_amount is not None:
        if charge.tax is None:
            raise DraftRejected(f"{path}.baseAmount", "needs a tax: without one, the lines are the base")
        _check_number(charge.base_amount, f"{path}.baseAmount")
    if charge.tax is not None:
        _check_tax(charge.tax, f"{path}.tax")


def _check_tax(tax: TaxTreatment, path: str) -> None:
    """EN 16931 BR-S-5, BR-Z-5, BR-E-5, ... and BR-S-10, BR-Z-10."""
    _check_number(tax.rate, f"{path}.rate", most=HUNDRED, decimals=RATE_DECIMALS)
    if tax.category is TaxCategory.STANDARD and not tax.rate:
        raise DraftRejected(f"{path}.rate", "must be above zero in category S (BR-S-5)")
    if tax.category is not TaxCategory.STANDARD and tax.rate:
        raise DraftRejected(f"{path}.rate", f"must be zero in category {tax.category}")
    if tax.category in NEEDS_NO_REASON and (tax.exemption_reason or tax.exemption_code):
        raise DraftRejected(f"{path}.exemptionReason", f"has no place in category {tax.category}")


def _check_unmixed(draft: Draft) -> None:
    """EN 16931 BR-O-11 to BR-O-14: what is outside the scope of tax stands on an invoice of its own."""
    stated = [(f"lines.{i}.tax.category", line.tax) for i, line in enumerate(draft.lines)]
    stated += [(f"charges.{i}.tax.category", charge.tax) for i, charge in enumerate(draft.charges) if charge.tax]
    first = stated[0][1].category is TaxCategory.OUTSIDE_SCOPE
    for field, tax in stated:
        if (tax.category is TaxCategory.OUTSIDE_SCOPE) is not first:
            raise DraftRejected(field, "mixes category O with another one (BR-O-11)")


def _check_money(draft: Draft) -> None:
    for field, amount in (("paid", draft.paid), ("rounding", draft.rounding), ("withheld", draft.withheld)):
        _check_number(amount, field, signed=field == "rounding")
        if amount != round_money(amount, draft.currency):
            raise DraftRejected(field, f"is finer than {minor_unit(draft.currency)} {draft.currency}")
    largest = minor_unit(draft.currency) * LARGEST_ROUNDING
    if abs(draft.rounding) > largest:
        raise DraftRejected("rounding", f"is more than {largest} {draft.currency}: that is a discount or a charge")


def _check_exchange(exchange: ExchangeRate, currency: str) -> None:
    try:
        minor_unit(exchange.base_currency)
    except UnsupportedCurrency as error:
        raise DraftRejected("exchangeRate.baseCurrency", str(error)) from error
    _check_number(exchange.rate, "exchangeRate.rate")
    if not exchange.rate:
        raise DraftRejected("exchangeRate.rate", "is not above zero")
    if exchange.base_currency == currency and exchange.rate != 1:
        raise DraftRejected("exchangeRate.rate", f"must be 1 from {currency} to itself")
