"""The table of lines: its cells as strings, its columns as wide as what stands in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from documents.formatting import Formatter
from documents.rate_names import RateNames
from invoicing.invoice import AdjustmentKind, InvoiceLine, LineAdjustment

EM_MM = {False: 3.105, True: 2.47}
"""Type size of the table, 8.8 pt, and 7 pt when it is dense."""
NARROW = frozenset("., \u00a0\u2008\u2009\u202f\u2019'")
NARROW_EM, WIDE_EM = 0.28, 0.62
"""Advances in IBM Plex Sans: separators; digits, signs and on average letters."""
GUTTER_MM = 3.2
ROOM_MM = 112
"""What the columns beside the description may take of A4's 165 mm before the table turns dense."""
LEAST_MM = {"position": 8, "quantity": 13, "unit": 9, "unit_price": 20.5, "adjustments": 16, "tax": 12, "amount": 20}
"""Room for the column heads."""


@dataclass(frozen=True)
class Row:
    """One printed line. A cell of several lines is a tuple of them."""

    position: str
    name: str
    small: tuple[str, ...]
    """Beneath the name: the article number, and what the line's allowances and charges are for."""
    quantity: str
    unit: str
    unit_price: tuple[str, ...]
    """The price, and what it buys where that is not one unit."""
    adjustments: tuple[str, ...]
    """What is taken off, what is added."""
    tax: str
    amount: str


def line_rows(lines: Sequence[InvoiceLine], rates: RateNames, formatter: Formatter) -> list[Row]:
    """The lines in print, their quantities and prices padded so that decimal marks stand below each other."""
    quantities = formatter.aligned([formatter.quantity(line.quantity) for line in lines])
    prices = formatter.aligned([formatter.unit_price(line.unit_price) for line in lines])
    return [
        Row(
            position=str(line.position),
            name=line.name,
            small=tuple(_small_print(line, formatter)),
            quantity=quantity,
            unit=formatter.unit(line.unit),
            unit_price=(price, *_base(line, formatter)),
            adjustments=tuple(_adjustments(line, formatter)),
            tax=rates.short(line.tax_category, line.tax_rate),
            amount=formatter.amount(line.amount),
        )
        for line, quantity, price in zip(lines, quantities, prices, strict=True)
    ]


def adjustment_head(lines: Sequence[InvoiceLine], formatter: Formatter) -> str:
    """What the column of allowances and charges is called, by which of the two there are."""
    has_discount, has_surcharge = (any(getattr(line, name) for line in lines) for name in ("discount", "surcharge"))
    if has_discount and has_surcharge:
        return formatter.texts("discount_and_surcharge")
    return formatter.texts("surcharge") if has_surcharge else formatter.texts("discount")


def _small_print(line: InvoiceLine, formatter: Formatter) -> Iterable[str]:
    if line.sku:
        yield formatter.texts("sku", sku=line.sku)
    for adjustment in line.adjustments:
        if adjustment.reason or adjustment.percent is not None or len(line.adjustments) > 1:
            yield _explained(adjustment, formatter)


def _explained(adjustment: LineAdjustment, formatter: Formatter) -> str:
    """As in `Loyalty 10% of 200.00: -20.00`."""
    is_allowance = adjustment.kind is AdjustmentKind.ALLOWANCE
    name = (adjustment.reason or "").strip() or formatter.texts("discount" if is_allowance else "surcharge")
    if adjustment.percent is not None and adjustment.base_amount is not None:
        percent, base = formatter.percent(adjustment.percent), formatter.amount(adjustment.base_amount)
        name = formatter.texts("share", name=name, percent=percent, base=base)
    return f"{name}: {formatter.amount(-adjustment.amount if is_allowance else adjustment.amount)}"


def _base(line: InvoiceLine, formatter: Formatter) -> Iterable[str]:
    if line.base_quantity != 1:
        quantity, unit = formatter.quantity(line.base_quantity), formatter.unit(line.unit)
        yield formatter.texts("per_base", quantity=quantity, unit=unit)


def _adjustments(line: InvoiceLine, formatter: Formatter) -> Iterable[str]:
    if line.discount:
        yield formatter.amount(-line.discount)
    if line.surcharge:
        yield formatter.amount(line.surcharge)


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
        column: _width([text for row in rows for text in _texts(row, column)], least, EM_MM[dense])
        for column, least in LEAST_MM.items()
    }


def _texts(row: Row, column: str) -> tuple[str, ...]:
    cell: str | tuple[str, ...] = getattr(row, column)
    return (cell,) if isinstance(cell, str) else cell


def _width(cells: Sequence[str], least: float, em: float) -> float:
    widest = max((sum(NARROW_EM if char in NARROW else WIDE_EM for char in cell) for cell in cells), default=0.0)
    return max(least, round(widest * em + GUTTER_MM, 1)) if widest else 0
