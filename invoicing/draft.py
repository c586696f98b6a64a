"""What somebody wants invoiced, before any figure is computed: the input of `invoicing.calculation`.

Amounts and prices are in the draft's price mode: with tax when it is `tax_inclusive`, without otherwise. Percentages
and rates are percent (`Decimal("19")`). Nothing here is rounded.
"""

from datetime import date
from decimal import Decimal

from invoicing.frozen import Frozen
from invoicing.invoice import AdjustmentKind, ChargeKind, TaxCategory

PIECE = "H87"


class TaxTreatment(Frozen):
    """How a part is taxed: EN 16931's category and rate, and why nothing is charged where nothing is."""

    category: TaxCategory
    rate: Decimal = Decimal(0)
    code: str | None = None
    """The tenant's own code of the tax."""
    exemption_reason: str | None = None
    exemption_code: str | None = None
    """VATEX code."""


class DraftAdjustment(Frozen):
    """An allowance or charge of a line: a fixed `amount`, or `percent` of quantity x price. One of the two is set."""

    kind: AdjustmentKind
    amount: Decimal | None = None
    percent: Decimal | None = None
    reason: str | None = None


class DraftLine(Frozen):
    """One line."""

    item_id: str
    sku: str | None = None
    name: str
    quantity: Decimal
    """May be a fraction, and negative where something is taken back."""
    unit: str = PIECE
    unit_price: Decimal
    """Not negative (EN 16931 BR-27); may have more decimals than the currency."""
    base_quantity: Decimal = Decimal(1)
    """Above zero."""
    adjustments: tuple[DraftAdjustment, ...] = ()
    tax: TaxTreatment


class DraftCharge(Frozen):
    """An allowance or charge on the whole document: a fixed `amount`, or `percent` of a base.

    With `tax`, it belongs to that tax group, and its base is `base_amount` or else the sum of the group's lines.
    Without, it is shared over all tax groups in proportion to their lines, and its base is the sum of all lines.
    """

    kind: AdjustmentKind
    name: str
    charge_kind: ChargeKind = ChargeKind.OTHER
    amount: Decimal | None = None
    percent: Decimal | None = None
    base_amount: Decimal | None = None
    tax: TaxTreatment | None = None


class ExchangeRate(Frozen):
    """One unit of the draft's currency is `rate` units of `base_currency`, on `rate_date`."""

    base_currency: str
    rate: Decimal
    rate_date: date


class Draft(Frozen):
    """All that the figures of an invoice follow from."""

    currency: str
    tax_inclusive: bool = False
    lines: tuple[DraftLine, ...]
    charges: tuple[DraftCharge, ...] = ()
    """Document-level allowances and charges."""
    paid: Decimal = Decimal(0)
    """BT-113, paid before the invoice was made."""
    rounding: Decimal = Decimal(0)
    """BT-114, wanted by the seller: cash rounding, a round-off."""
    withheld: Decimal = Decimal(0)
    exchange_rate: ExchangeRate | None = None
