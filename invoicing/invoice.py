"""The invoice: everything that is printed, mailed or put into XML, copied in when it is issued.

Amounts are `Decimal` in the invoice's currency, rounded to its minor unit. Rates are percent (`Decimal("19")`).
Term numbers (BT-n) are those of EN 16931.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from invoicing.frozen import Frozen


class InvoiceKind(StrEnum):
    """What the document is; the number series and the sign of its effect follow from it."""

    INVOICE = "INVOICE"


class TaxCategory(StrEnum):
    """VAT category codes of EN 16931 (UNCL 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"


class ChargeKind(StrEnum):
    """What a document-level charge (BG-21) is for."""

    FEE = "FEE"
    SHIPPING = "SHIPPING"
    PAYMENT_FEE = "PAYMENT_FEE"


class SettlementKind(StrEnum):
    """How the invoice is paid."""

    CAPTURED = "CAPTURED"
    """The card was charged when the invoice was made."""
    PAID_BEFORE = "PAID_BEFORE"
    """The order's payment had been settled earlier."""
    ON_ACCOUNT = "ON_ACCOUNT"
    """The buyer transfers the amount due."""


class Address(Frozen):
    """A postal address (BG-5, BG-8, BG-15); `country` is ISO 3166-1 alpha-2."""

    company: str | None = None
    contact: str | None = None
    street: str = ""
    street_number: str = ""
    extra_lines: tuple[str, ...] = ()
    zip_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""


class Seller(Frozen):
    """Who invoices (BG-4), from the site's `merchantInfo` mixin and home base."""

    name: str
    address: Address
    tax_id: str | None = None
    iban: str | None = None
    bic: str | None = None
    email: str | None = None
    logo_url: str | None = None


class Buyer(Frozen):
    """Who is invoiced (BG-7)."""

    customer_id: str | None = None
    name: str
    email: str | None = None
    address: Address


class InvoiceLine(Frozen):
    """One line (BG-25).

    `unit_price`, `discount` and `amount` are what the page prints: with tax when the invoice is `tax_inclusive`,
    without otherwise. `net` is always without tax (BT-131), and the nets of all lines sum to `Totals.lines_net`.
    """

    position: int
    item_id: str
    sku: str | None = None
    name: str
    quantity: Decimal
    unit: str = "H87"
    """UN/ECE Recommendation 20 code; H87 is a piece."""
    unit_price: Decimal
    """May have more decimals than the currency (BT-146)."""
    discount: Decimal = Decimal(0)
    """Not negative; `amount` is after it."""
    amount: Decimal
    net: Decimal
    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal


class Charge(Frozen):
    """A document-level charge (BG-21): a fee or shipping. `amount` and `net` as on a line."""

    kind: ChargeKind
    name: str
    amount: Decimal
    net: Decimal
    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal


class TaxGroup(Frozen):
    """One row of the tax breakdown (BG-23): a (code, rate) of the order, `net` BT-116, `tax` BT-117."""

    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


class Totals(Frozen):
    """Document totals (BG-22). `lines_amount` and `charges_amount` sum the printed amounts, the rest is EN 16931's."""

    lines_amount: Decimal
    charges_amount: Decimal
    lines_net: Decimal
    """BT-106"""
    charges_net: Decimal
    """BT-108"""
    net: Decimal
    """BT-109 = BT-106 + BT-108"""
    tax: Decimal
    """BT-110 = sum of BT-117"""
    gross: Decimal
    """BT-112 = BT-109 + BT-110"""
    rounding: Decimal = Decimal(0)
    """BT-114: brings the amount down to what was authorised when roundings differ by cents"""
    paid: Decimal = Decimal(0)
    """BT-113"""
    payable: Decimal
    """BT-115 = BT-112 - BT-113 + BT-114"""

    @property
    def total(self) -> Decimal:
        """What the customer pays in all: BT-112 + BT-114."""
        return self.gross + self.rounding


class Settlement(Frozen):
    """How and how far the invoice is paid."""

    kind: SettlementKind
    method: str | None = None
    """The shop's name of the payment method, `credit_card`, `invoice`, ..."""
    captured: Decimal = Decimal(0)
    transaction_id: str | None = None


class Invoice(Frozen):
    """An issued invoice. Nothing in it is looked up again: what changes elsewhere does not change it."""

    id: UUID
    tenant: str
    kind: InvoiceKind = InvoiceKind.INVOICE
    number: str
    issue_date: date
    """In the seller's time zone."""
    due_date: date | None = None
    order_id: str
    order_date: date | None = None
    delivery_date: date | None = None
    site_code: str
    currency: str
    language: str
    """ISO 639-1, of the document and the mail."""
    locale: str
    """BCP 47-like with underscore (`de_DE`, `en_US`): amounts and dates are printed in it."""
    tax_inclusive: bool
    seller: Seller
    buyer: Buyer
    ship_to: Address | None = None
    lines: tuple[InvoiceLine, ...]
    charges: tuple[Charge, ...] = ()
    tax_groups: tuple[TaxGroup, ...]
    totals: Totals
    settlement: Settlement
