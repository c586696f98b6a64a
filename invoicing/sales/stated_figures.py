"""Figures that a caller states beside those that they follow from: compared, and a difference is told.

Zero and nothing at all are not statements: clients send `totalAmount: 0` and leave the sums to the service (B.4).
A difference of a minor unit is let pass and written down, because others may round each line where we round each tax.
The totals of an opening invoice are those of other books: they are met to the cent.
"""

from collections.abc import Iterator
from decimal import Decimal

from invoicing.breakdown import total
from invoicing.calculation import Figures, amount_of, percentage
from invoicing.draft import DraftCharge
from invoicing.frozen import Frozen
from invoicing.invoice import InvoiceLine
from invoicing.money import exact, minor_unit, plain

LINE_DECIMALS = Decimal(1).scaleb(-10)
"""A line's own tax and total have up to ten decimals (Deskera B.4)."""


class StatedLine(Frozen):
    """What is stated of one line."""

    tax: Decimal | None = None
    total: Decimal | None = None


class StatedCharge(Frozen):
    """What is stated of one of Deskera's charges (B.4): of a percentage its amount too, else that is no statement."""

    charge: DraftCharge
    amount: Decimal | None = None
    tax: Decimal | None = None


class StatedDiscount(Frozen):
    """The amount that is stated of a discount in percent of the lines; `field` is its member of the request."""

    field: str
    percent: Decimal
    amount: Decimal


class StatedCharges(Frozen):
    """What is stated of all charges of `additionalCharges` (B.4), and of discounts on the whole invoice."""

    amount: Decimal | None = None
    tax: Decimal | None = None
    details: tuple[StatedCharge, ...] = ()
    discounts: tuple[StatedDiscount, ...] = ()


class Stated(Frozen):
    """What is stated of an invoice, its lines in their order."""

    total: Decimal | None = None
    tax: Decimal | None = None
    due: Decimal | None = None
    lines: tuple[StatedLine, ...] = ()
    """All of the invoice's, or none."""
    charges: StatedCharges = StatedCharges()
    is_opening: bool = False


class LineSum(Frozen):
    """A line's tax and its amount with tax, as Deskera shows them: not rounded to the minor unit."""

    tax: Decimal
    total: Decimal


class Difference(Frozen):
    """A stated figure that is not what the invoice comes to; `field` is the member of the request."""

    field: str
    stated: Decimal
    computed: Decimal


def line_sum(line: InvoiceLine, *, tax_inclusive: bool) -> LineSum:
    """Deskera B.8: tax = amount x rate, or taken out of the amount where prices contain it; ten decimals.

    The lines' taxes need not sum to the invoice's, which is computed on the sum of the lines (EN 16931 BR-CO-17).
    """
    with exact():
        tax = _own_tax(line.amount, line.tax_rate, tax_inclusive=tax_inclusive)
        return LineSum(tax=plain(tax), total=plain(line.amount if tax_inclusive else line.amount + tax))


def _own_tax(amount: Decimal, rate: Decimal, *, tax_inclusive: bool) -> Decimal:
    base = 100 + rate if tax_inclusive else Decimal(100)
    return (amount * rate / base).quantize(LINE_DECIMALS)


def differences(stated: Stated, figures: Figures) -> tuple[Difference, ...]:
    """Every stated figure that is off by more than may be let pass.

    Raises:
        ValueError: lines are stated, and not as many as the invoice has.
    """
    return tuple(difference for difference, is_tolerated in _judged(stated, figures) if not is_tolerated)


def tolerated(stated: Stated, figures: Figures) -> tuple[Difference, ...]:
    """Every stated figure that differs and is let pass, to be written down.

    Raises:
        ValueError: as `differences`.
    """
    return tuple(difference for difference, is_tolerated in _judged(stated, figures) if is_tolerated)


def _judged(stated: Stated, figures: Figures) -> Iterator[tuple[Difference, bool]]:
    """What differs, and whether it is let pass."""
    unit = minor_unit(figures.currency)
    of_totals = Decimal(0) if stated.is_opening else unit
    compared = [
        *((*line, unit) for line in _lines(stated, figures)),
        *((*charge, unit) for charge in _charges(stated.charges, figures)),
        ("taxAmount", stated.tax, figures.totals.tax, of_totals),
        ("totalAmount", stated.total, figures.totals.total, of_totals),
        ("dueAmount", stated.due, figures.due, of_totals),
    ]
    with exact():
        for field, said, computed, tolerance in compared:
            if said and said != computed:
                difference = Difference(field=field, stated=said, computed=computed)
                yield difference, abs(said - computed) <= tolerance


def _lines(stated: Stated, figures: Figures) -> Iterator[tuple[str, Decimal | None, Decimal]]:
    if not stated.lines:
        return
    for i, (said, line) in enumerate(zip(stated.lines, figures.lines, strict=True)):
        own = line_sum(line, tax_inclusive=figures.tax_inclusive)
        yield f"salesInvoiceItems.{i}.taxAmount", said.tax, own.tax
        yield f"salesInvoiceItems.{i}.totalAmount", said.total, own.total


def _charges(stated: StatedCharges, figures: Figures) -> Iterator[tuple[str, Decimal | None, Decimal]]:
    """Amounts are in the invoice's price mode, taxes as those of lines."""
    lines, currency = figures.totals.lines_amount, figures.currency
    with exact():
        amounts = [amount_of(said.charge, lines, currency) for said in stated.details]
        rates = [said.charge.tax.rate if said.charge.tax else Decimal(0) for said in stated.details]
        taxes = [_own_tax(*pair, tax_inclusive=figures.tax_inclusive) for pair in zip(amounts, rates, strict=True)]
        tax = plain(sum(taxes, Decimal(0)))
        discounts = [percentage(said.percent, lines, currency) for said in stated.discounts]
    for i, said in enumerate(stated.details):
        field = f"additionalCharges.additionalChargesDetails.{i}"
        yield f"{field}.chargeAmount", said.amount, amounts[i]
        yield f"{field}.taxAmount", said.tax, plain(taxes[i])
    yield "additionalCharges.additionalChargeAmount", stated.amount, total(amounts, currency)
    yield "additionalCharges.additionalChargeTaxAmount", stated.tax, tax
    for discount, amount in zip(stated.discounts, discounts, strict=True):
        yield discount.field, discount.amount, amount
