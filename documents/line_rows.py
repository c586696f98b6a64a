"""The table of lines: its cells as strings, its columns as wide as what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from documents.formatting import Formatter
from invoicing.invoice import InvoiceLine, TaxCategory

EM_MM = {False: 3.105, True: 2.47}
"""Type size of the table, 8.8 pt, and 7 pt when it is dense."""
NARROW = frozenset("., \u00a0\u2008\u2009\u202f\u2019'")
NARROW_EM, WIDE_EM = 0.28, 0.62
"""Advances in IBM Plex Sans: separators; digits, signs and on average letters."""
GUTTER_MM = 3.2
ROOM_MM = 112
"""What the columns beside the description may take of A4's 165 mm before the table turns dense."""
LEAST_MM = {"position": 8, "quantity": 13, "unit": 9, "unit_price": 20.5, "discount": 16, "tax": 12, "amount": 20}
"""Room for the column heads."""


@dataclass(frozen=True)
class Row:
    """One printed line."""

    position: str
    name: str
    sku: str
    quantity: str
    unit: str
    unit_price: str
    discount: str
    tax: str
    amount: str


def line_rows(lines: Sequence[InvoiceLine], formatter: Formatter) -> list[Row]:
    """The lines in print, their quantities and prices padded so that decimal marks stand below each other."""
    quantities = formatter.aligned([formatter.quantity(line.quantity) for line in lines])
    prices = formatter.aligned([formatter.unit_price(line.unit_price) for line in lines])
    return [
        Row(
            position=str(line.position),
            name=line.name,
            sku=formatter.texts("sku", sku=line.sku) if line.sku else "",
            quantity=quantity,
            unit=formatter.unit(line.unit),
            unit_price=price,
            discount=formatter.amount(-line.discount) if line.discount else "",
            tax=rate(line.tax_category, line.tax_rate, formatter),
            amount=formatter.amount(line.amount),
        )
        for line, quantity, price in zip(lines, quantities, prices, strict=True)
    ]


def rate(category: TaxCategory, percent: Decimal, formatter: Formatter) -> str:
    """A tax rate in a narrow column; exemption is spelled out in the tax breakdown."""
    return formatter.percent(Decimal(0) if category is TaxCategory.EXEMPT else percent)


@dataclass(frozen=True)
class Columns:
    """Column widths in mm, 0 where a column is left out; the description takes what is left.

    Given widths let the layout engine place the table in one pass and keep the widest figure inside its column.
    """

    width: dict[str, float]
    dense: bool
    """Figures so long that they are set smaller."""


def columns_for(rows: Sequence[Row]) -> Columns:
    """Columns as wide as their widest cell."""
    width = _widths(rows, dense=False)
    if sum(width.values()) <= ROOM_MM:
        return Columns(width, dense=False)
    return Columns(_widths(rows, dense=True), dense=True)


def _widths(rows: Sequence[Row], *, dense: bool) -> dict[str, float]:
    return {
        column: _width([getattr(row, column) for row in rows], least, EM_MM[dense])
        for column, least in LEAST_MM.items()
    }


def _width(cells: Sequence[str], least: float, em: float) -> float:
    widest = max((sum(NARROW_EM if char in NARROW else WIDE_EM for char in cell) for cell in cells), default=0.0)
    return max(least, round(widest * em + GUTTER_MM, 1)) if widest else 0
