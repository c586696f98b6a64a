"""Figures that a caller states beside those that they follow from: compared, and a difference is told.

Zero and nothing at all are not statements: clients send `totalAmount: 0` and leave the sums to the service (B.4).
A difference of a minor unit is let pass, because others may round each line where we round each tax.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoicing.calculation import Figures
from invoicing.frozen import Frozen
from invoicing.invoice import InvoiceLine
from invoicing.money import exact, minor_unit, plain

LINE_DECIMALS = Decimal(1).scaleb(-10)
"""A line's own tax and total have up to ten decimals (Deskera B.4)."""


class StatedLine(Frozen):
    """What is stated of one line."""

    tax: Decimal | None = None
    total: Decimal | None = None


class Stated(Frozen):
    """What is stated of an invoice, its lines in their order."""

    total: Decimal | None = None
    tax: Decimal | None = None
    due: Decimal | None = None
    lines: tuple[StatedLine, ...] = ()


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
        base = 100 + line.tax_rate if tax_inclusive else Decimal(100)
        tax = (line.amount * line.tax_rate / base).quantize(LINE_DECIMALS)
        return LineSum(tax=plain(tax), total=plain(line.amount if tax_inclusive else line.amount + tax))


def differences(stated: Stated, figures: Figures) -> tuple[Difference, ...]:
    """Every stated figure that is off by more than a minor unit of the currency."""
    compared: list[tuple[str, Decimal | None, Decimal]] = []
    for i, (said, line) in enumerate(zip(stated.lines, figures.lines, strict=False)):
        own = line_sum(line, tax_inclusive=figures.tax_inclusive)
        compared.append((f"salesInvoiceItems.{i}.taxAmount", said.tax, own.tax))
        compared.append((f"salesInvoiceItems.{i}.totalAmount", said.total, own.total))
    compared.append(("taxAmount", stated.tax, figures.totals.tax))
    compared.append(("totalAmount", stated.total, figures.totals.total))
    compared.append(("dueAmount", stated.due, figures.due))
    return tuple(_differing(compared, minor_unit(figures.currency)))


def _differing(compared: Sequence[tuple[str, Decimal | None, Decimal]], unit: Decimal) -> Iterable[Difference]:
    with exact():
        for field, said, computed in compared:
            if said and abs(said - computed) > unit:
                yield Difference(field=field, stated=said, computed=computed)
