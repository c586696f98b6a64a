"""The table of lines: its cells as strings, and the sum that is carried over where a page ends between two of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from documents.direction import LEFT_TO_RIGHT
from documents.formatting import FIGURE_SPACE, NO_BREAK_SPACE, PUNCTUATION_SPACE, Formatter
from documents.label import Label, Voice
from documents.rate_names import RateNames
from invoicing.invoice import AdjustmentKind, InvoiceLine, LineAdjustment

RIGHT_TO_LEFT = "\u200f"
"""The mark RLM, as `LEFT_TO_RIGHT` is LRM."""
BETWEEN = "\u2003"
"""An em's space between the label of a sum and its amount."""


@dataclass(frozen=True)
class Row:
    """One printed line. A cell of several lines is a tuple of them."""

    position: str
    name: str
    small: tuple[str, ...]
    """Beneath the name: the article number, and what the line's allowances and charges are for."""
    quantity: str
    """With its unit; padded in front so that units stand below each other."""
    unit_price: tuple[str, ...]
    """The price, and what it buys where that is not one unit."""
    adjustments: tuple[str, ...]
    """What is taken off, what is added."""
    tax: str
    amount: str
    picture: str = ""
    """The URL of an image of what is sold."""
    picture_alt: str = ""
    brought: str = ""
    """The sum of the lines before this one, with its label; empty of the first."""
    carried: str = ""
    """The sum up to this line, with its label."""


def line_rows(lines: Sequence[InvoiceLine], rates: RateNames, voice: Voice) -> list[Row]:
    """The lines in print, their quantities and prices padded so that decimal marks stand below each other."""
    formatter = voice.first
    quantities = _padded(formatter.aligned([formatter.quantity(line.quantity) for line in lines]), formatter)
    prices = formatter.aligned([formatter.unit_price(line.unit_price) for line in lines])
    sums = [formatter.amount(so_far) for so_far in accumulate((line.amount for line in lines), initial=Decimal(0))]
    brought, carried = (_beside(voice.named(key), formatter) for key in ("brought_forward", "carried_forward"))
    return [
        Row(
            position=str(line.position),
            name=formatter.texts.apart(line.name),
            small=tuple(_small_print(line, formatter)),
            quantity=f"{quantity}{NO_BREAK_SPACE}{formatter.unit(line.unit)}",
            unit_price=(price, *_base(line, formatter)),
            adjustments=tuple(_adjustments(line, formatter)),
            tax=rates.short(line.tax_category, line.tax_rate),
            amount=formatter.amount(line.amount),
            picture=line.image_url or "",
            picture_alt=formatter.texts("image_of", name=line.name) if line.image_url else "",
            brought=f"{brought}{BETWEEN}{sums[n]}" if n else "",
            carried=f"{carried}{BETWEEN}{sums[n + 1]}",
        )
        for n, (line, quantity, price) in enumerate(zip(lines, quantities, prices, strict=True))
    ]


def _padded(numbers: Sequence[str], formatter: Formatter) -> list[str]:
    """Left-aligned numbers as if they were right-aligned, given that all have the same decimals."""
    if formatter.texts.direction == "rtl":
        return list(numbers)  # the cell begins on their right
    longest = max(numbers, key=len, default="")
    blank = "".join(FIGURE_SPACE if char.isdigit() or char == "-" else PUNCTUATION_SPACE for char in longest)
    return [blank[: len(longest) - len(number)] + number for number in numbers]


def _beside(label: Label, formatter: Formatter) -> str:
    """Both languages, and a mark that keeps the figure behind them where they run in two directions."""
    mark = RIGHT_TO_LEFT if formatter.texts.direction == "rtl" else LEFT_TO_RIGHT
    return f"{label} / {label.second}{mark}" if label.second else label


def adjustment_head(lines: Sequence[InvoiceLine]) -> str:
    """The name of the text that heads the column of allowances and charges, by which of the two there are."""
    has_discount, has_surcharge = (any(getattr(line, name) for line in lines) for name in ("discount", "surcharge"))
    if has_discount and has_surcharge:
        return "discount_and_surcharge"
    return "surcharge" if has_surcharge else "discount"


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
