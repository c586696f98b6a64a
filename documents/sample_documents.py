"""Documents of nobody's, to try and to show templates on: between them they print about all that can be printed."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import (
    Address,
    AdjustmentKind,
    Buyer,
    ChargeKind,
    Invoice,
    InvoiceKind,
    Preceding,
    Seller,
    Settlement,
    SettlementKind,
    TaxCategory,
)
from invoicing.sales.sales_invoice import SalesDocument, SalesParties, SalesTerms, make_sales_invoice

SAMPLE_ID = UUID(int=0)
ISSUED = date(2026, 1, 15)
FULL = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(19))
REDUCED = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(7))
EXEMPT = TaxTreatment(category=TaxCategory.EXEMPT, exemption_reason="Exempt under Article 132(1)(i)")
SELLER = Seller(
    name="Sample Seller Ltd",
    address=Address(street="Main Street", street_number="1", zip_code="10115", city="Berlin", country="DE"),
    tax_id="DE123456788",
    email="office@seller.example",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
)
BUYER = Buyer(
    customer_id="C-1001",
    name="Sample Buyer Inc",
    email="books@buyer.example",
    address=Address(
        company="Sample Buyer Inc",
        contact="Erika Sample",
        street="Long Lane",
        street_number="12a",
        extra_lines=("Building 3",),
        zip_code="20095",
        city="Hamburg",
        country="DE",
    ),
    tax_id="DE987654321",
    peppol_id="9930:DE987654321",
    reference="04011000-12345-67",
)
SHIP_TO = Address(street="Dockside", street_number="7", zip_code="20457", city="Hamburg", country="DE")


def sample_of(kind: InvoiceKind) -> Invoice:
    """The sample that is shown of that kind."""
    return _credit_note() if kind is InvoiceKind.CREDIT_NOTE else _invoice()


def samples() -> tuple[Invoice, ...]:
    """All that a template is tried on: due and paid, of one line and of many, an invoice and a credit note."""
    return (_invoice(), _paid(), _credit_note())


def _invoice() -> Invoice:
    lines = (
        _line("Cordless drill", "2", "129.90", FULL, sku="CD-18", discount="10"),
        _line("Handbook of joints, second edition, with a hundred and twelve plates", "3", "24.50", REDUCED),
        _line("Instruction, half a day", "1.5", "80.00", EXEMPT, surcharge="12.00"),
    )
    charges = (
        DraftCharge(kind=AdjustmentKind.ALLOWANCE, name="Spring discount", percent=Decimal(5)),
        DraftCharge(
            kind=AdjustmentKind.CHARGE,
            name="Shipping",
            charge_kind=ChargeKind.SHIPPING,
            amount=Decimal("9.90"),
            tax=FULL,
        ),
    )
    rate = ExchangeRate(base_currency="CHF", rate=Decimal("0.9512"), rate_date=ISSUED)
    figures = calculate(Draft(currency="EUR", lines=lines, charges=charges, paid=Decimal("50.00"), exchange_rate=rate))
    return _document("SAMPLE-1", figures)


def _paid() -> Invoice:
    lines = tuple(_line(f"Sample goods {place}", "1", "11.90", FULL) for place in range(1, 61))
    invoice = _document("SAMPLE-2", calculate(Draft(currency="EUR", tax_inclusive=True, lines=lines)))
    paid = invoice.totals.model_copy(update={"paid": invoice.totals.gross, "payable": Decimal("0.00")})
    captured = Settlement(kind=SettlementKind.CAPTURED, method="credit_card", captured=paid.paid, transaction_id="T-1")
    return invoice.model_copy(update={"totals": paid, "settlement": captured, "order_id": "ORDER-1"})


def _credit_note() -> Invoice:
    lines = (_line("Cordless drill", "1", "129.90", FULL, sku="CD-18"),)
    note = _document("SAMPLE-CN-1", calculate(Draft(currency="EUR", lines=lines)))
    preceding = Preceding(invoice_id=SAMPLE_ID, number="SAMPLE-1", issue_date=ISSUED)
    return note.model_copy(
        update={
            "kind": InvoiceKind.CREDIT_NOTE,
            "preceding": preceding,
            "due_date": None,
            "settlement": Settlement(kind=SettlementKind.CREDITED),
        }
    )


def _line(
    name: str,
    quantity: str,
    price: str,
    tax: TaxTreatment,
    *,
    sku: str | None = None,
    discount: str | None = None,
    surcharge: str | None = None,
) -> DraftLine:
    adjustments = []
    if discount:
        adjustments.append(
            DraftAdjustment(kind=AdjustmentKind.ALLOWANCE, percent=Decimal(discount), reason="Loyal customer")
        )
    if surcharge:
        adjustments.append(DraftAdjustment(kind=AdjustmentKind.CHARGE, amount=Decimal(surcharge), reason="Travel"))
    return DraftLine(
        item_id=name,
        sku=sku,
        name=name,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        adjustments=tuple(adjustments),
        tax=tax,
    )


def _document(number: str, figures: Figures) -> Invoice:
    document = SalesDocument(
        tenant="sample",
        site_code="main",
        language="en",
        locale="en_GB",
        seller=SELLER,
        parties=SalesParties(buyer=BUYER, ship_to=SHIP_TO),
        terms=SalesTerms(
            issue_date=ISSUED,
            due_date=date(2026, 2, 14),
            payment_terms="2 % discount for payment within 8 days",
            purchase_order_reference="PO-2026-7",
            memo="Delivered as agreed.\nThank you.",
        ),
        figures=figures,
    )
    return make_sales_invoice(document, SAMPLE_ID, number)
