"""The invoice: everything that is printed, mailed or put into XML, copied in when it is issued.

Amounts are `Decimal` in the invoice's currency, rounded to its minor unit. Rates are percent (`Decimal("19")`).
Term numbers (BT-n) are those of EN 16931.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from invoicing.document_forms import Electronic
from invoicing.frozen import Frozen
from invoicing.look import Look


class InvoiceKind(StrEnum):
    """What the document is; the number series and the sign of its effect follow from it."""

    INVOICE = "INVOICE"
    """UNTDID 1001 code 380."""
    CREDIT_NOTE = "CREDIT_NOTE"
    """UNTDID 1001 code 381: its amounts are positive and bring down what is due on `Invoice.preceding`."""


class TaxCategory(StrEnum):
    """VAT category codes of EN 16931 (UNCL 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"


class AdjustmentKind(StrEnum):
    """Whether an amount is taken off (BG-20, BG-27) or added (BG-21, BG-28)."""

    ALLOWANCE = "ALLOWANCE"
    CHARGE = "CHARGE"


class ChargeKind(StrEnum):
    """What a document-level charge (BG-21) is for."""

    FEE = "FEE"
    SHIPPING = "SHIPPING"
    PAYMENT_FEE = "PAYMENT_FEE"
    AGREED_TOTAL = "AGREED_TOTAL"
    """A person accepted an order's total that is higher than its parts."""
    OTHER = "OTHER"
    """Its name says it."""


class AllowanceKind(StrEnum):
    """What a document-level allowance (BG-20) is for."""

    DISCOUNT = "DISCOUNT"
    AGREED_TOTAL = "AGREED_TOTAL"
    """A person accepted an order's total that is lower than its parts."""


class SettlementKind(StrEnum):
    """How the invoice is paid."""

    CAPTURED = "CAPTURED"
    """The card was charged when the invoice was made."""
    PAID_BEFORE = "PAID_BEFORE"
    """The order's payment had been settled earlier."""
    ON_ACCOUNT = "ON_ACCOUNT"
    """The buyer transfers the amount due."""
    REFUND = "REFUND"
    """Of a credit note: the captured payment is given back, `Settlement.captured` of it."""
    CREDITED = "CREDITED"
    """Of a credit note: it is set against the invoice, and no payment moves."""


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
    """VAT identifier (BT-31), or the number at the tax office (BT-32): the first begins with two letters."""
    tax_number: str | None = None
    """The number at the tax office (BT-32) beside a VAT identifier."""
    registration_id: str | None = None
    """In the register of companies (BT-30)."""
    registration_scheme: str | None = None
    """ISO 6523 code of that register."""
    peppol_id: str | None = None
    """Electronic address (BT-34) as `scheme:identifier`."""
    contact: str | None = None
    """BT-41"""
    phone: str | None = None
    """BT-42"""
    email: str | None = None
    """BT-43"""
    iban: str | None = None
    """BT-84"""
    bic: str | None = None
    """BT-86"""
    account_holder: str | None = None
    """BT-85; None: the seller."""
    logo_url: str | None = None


class Buyer(Frozen):
    """Who is invoiced (BG-7)."""

    customer_id: str | None = None
    name: str
    email: str | None = None
    address: Address
    tax_id: str | None = None
    """VAT identifier (BT-48), or the number under which the buyer is registered."""
    peppol_id: str | None = None
    """Electronic address (BT-49) as `scheme:identifier`."""
    reference: str | None = None
    """BT-10: what the buyer wants quoted; in Germany the Leitweg-ID."""


class LineAdjustment(Frozen):
    """An allowance (BG-27) or a charge (BG-28) of one line; `amount` is not negative and in the line's price mode."""

    kind: AdjustmentKind
    amount: Decimal
    """BT-136, BT-141"""
    base_amount: Decimal | None = None
    """BT-137, BT-142: what `percent` was taken of."""
    percent: Decimal | None = None
    """BT-138, BT-143"""
    reason: str | None = None


class InvoiceLine(Frozen):
    """One line (BG-25).

    `unit_price`, `discount`, `surcharge` and `amount` are what the page prints: with tax when the invoice is
    `tax_inclusive`, without otherwise. `amount` = `quantity` x `unit_price` / `base_quantity` - `discount` +
    `surcharge`. `net` is always without tax (BT-131), and the nets of all lines sum to `Totals.lines_net`.
    """

    position: int
    """From 1; on a credit note, that of the invoiced line which it takes back."""
    item_id: str
    sku: str | None = None
    name: str
    quantity: Decimal
    credited_quantity: Decimal | None = None
    """On a credit note: how much of the invoiced quantity it takes back, 0 where it only lowers the price."""
    unit: str = "H87"
    """UN/ECE Recommendation 20 code; H87 is a piece."""
    unit_price: Decimal
    """May have more decimals than the currency (BT-146)."""
    base_quantity: Decimal = Decimal(1)
    """How many units `unit_price` buys (BT-149)."""
    discount: Decimal = Decimal(0)
    """Sum of the line's allowances. Not negative; `amount` is after it."""
    surcharge: Decimal = Decimal(0)
    """Sum of the line's charges. Not negative; `amount` is after it."""
    adjustments: tuple[LineAdjustment, ...] = ()
    """What `discount` and `surcharge` are made of, where it is known one by one."""
    amount: Decimal
    net: Decimal
    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal
    image_url: str | None = None
    """A picture of what is sold, an http(s) URL."""


class Charge(Frozen):
    """A document-level charge (BG-21): a fee or shipping. `amount` and `net` as on a line."""

    kind: ChargeKind
    corrects: int | None = None
    """On a credit note: which of the invoice's charges it takes back, from 1."""
    name: str
    amount: Decimal
    net: Decimal
    """BT-99"""
    base_amount: Decimal | None = None
    """BT-100"""
    percent: Decimal | None = None
    """BT-101"""
    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal


class Allowance(Frozen):
    """A document-level allowance (BG-20), a discount on the whole invoice; `amount` and `net` as on a line."""

    kind: AllowanceKind = AllowanceKind.DISCOUNT
    corrects: int | None = None
    """On a credit note: which of the invoice's allowances it takes back, from 1."""
    name: str
    """The reason (BT-97)."""
    amount: Decimal
    net: Decimal
    """BT-92"""
    base_amount: Decimal | None = None
    """BT-93"""
    percent: Decimal | None = None
    """BT-94"""
    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal


class TaxGroup(Frozen):
    """One row of the tax breakdown (BG-23), one per (category, rate): `net` BT-116, `tax` BT-117.

    `tax_code` is the code that all parts of the group share, None where they have several.
    """

    tax_code: str | None = None
    tax_category: TaxCategory
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    exemption_reason: str | None = None
    """BT-120: why no tax is charged; set where the category asks for it (E, AE, K, G, O)."""
    exemption_code: str | None = None
    """BT-121: the same as a code of the VATEX list."""


class Totals(Frozen):
    """Document totals (BG-22). The `..._amount`s sum the printed amounts, the rest is EN 16931's."""

    lines_amount: Decimal
    allowances_amount: Decimal = Decimal(0)
    charges_amount: Decimal
    lines_net: Decimal
    """BT-106"""
    allowances_net: Decimal = Decimal(0)
    """BT-107"""
    charges_net: Decimal
    """BT-108"""
    net: Decimal
    """BT-109 = BT-106 - BT-107 + BT-108"""
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
    """What was taken from the card; on a credit note, what is given back."""
    transaction_id: str | None = None
    further_transactions: tuple[str | None, ...] = ()
    """Where several payments had paid before: those of the others."""

    @property
    def paid_by(self) -> frozenset[str | None]:
        """The transactions of all payments that settled the invoice; None of one that has no transaction."""
        if self.kind is SettlementKind.ON_ACCOUNT:
            return frozenset()
        return frozenset({self.transaction_id, *self.further_transactions})


class Exchange(Frozen):
    """The invoice in the tenant's base currency: base = document x `rate`.

    One unit of the invoice's currency is `rate` units of the base currency (Deskera B.8 leaves the direction open).
    """

    base_currency: str
    """BT-6"""
    rate: Decimal
    rate_date: date
    tax: Decimal
    """BT-111: BT-110 in the base currency, rounded to its minor unit."""
    total: Decimal
    """`Totals.total` in the base currency, rounded to its minor unit."""


class Preceding(Frozen):
    """The invoice that a credit note corrects (BG-3)."""

    invoice_id: UUID
    number: str
    """BT-25"""
    issue_date: date
    """BT-26"""


class Invoice(Frozen):
    """An issued invoice. Nothing in it is looked up again: what changes elsewhere does not change it."""

    id: UUID
    tenant: str
    kind: InvoiceKind = InvoiceKind.INVOICE
    number: str
    issue_date: date
    """In the seller's time zone."""
    due_date: date | None = None
    """BT-9"""
    tax_point_date: date | None = None
    """BT-7; excludes `tax_point_code` (BR-CO-03)."""
    tax_point_code: str | None = None
    """BT-8"""
    payment_terms: str | None = None
    """BT-20"""
    preceding: Preceding | None = None
    """Of a credit note."""
    is_opening: bool = False
    """Carried over from the books before this service; it bears the number that it had there."""
    order_id: str | None = None
    """The shop's order that was invoiced."""
    order_date: date | None = None
    purchase_order_reference: str | None = None
    """BT-13: the buyer's own order number."""
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
    ship_from: Address | None = None
    memo: str | None = None
    """BT-22, as it was when the document was issued."""
    lines: tuple[InvoiceLine, ...]
    allowances: tuple[Allowance, ...] = ()
    charges: tuple[Charge, ...] = ()
    tax_groups: tuple[TaxGroup, ...]
    totals: Totals
    settlement: Settlement
    exchange: Exchange | None = None
    """None where the invoice is in the base currency, or no rate was given."""
    withheld: Decimal = Decimal(0)
    """What the buyer keeps back and pays to the tax office instead: it lowers what is due, not BT-115."""
    look: Look = Look()
    electronic: Electronic | None = None
    """None: issued before there were structured invoices."""
