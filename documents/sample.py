"""An invoice of nobody's, for a new render process to warm up on."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from invoicing.invoice import (
    Address,
    Buyer,
    Invoice,
    InvoiceLine,
    Seller,
    Settlement,
    SettlementKind,
    TaxCategory,
    TaxGroup,
    Totals,
)

HUNDRED, NINETEEN = Decimal("100.00"), Decimal("19.00")


def sample_invoice() -> Invoice:
    """One line of 100.00 EUR at 19 %, unpaid."""
    address = Address(street="Main Street", street_number="1", zip_code="10000", city="Sampletown", country="DE")
    gross = HUNDRED + NINETEEN
    return Invoice(
        id=UUID(int=0),
        tenant="sample",
        number="SAMPLE-1",
        issue_date=date(2026, 1, 1),
        due_date=date(2026, 1, 15),
        order_id="SAMPLE",
        site_code="main",
        currency="EUR",
        language="en",
        locale="en_GB",
        tax_inclusive=False,
        seller=Seller(name="Sample Seller", address=address, iban="DE89370400440532013000", bic="COBADEFFXXX"),
        buyer=Buyer(name="Sample Buyer", address=address),
        lines=(
            InvoiceLine(
                position=1,
                item_id="sample",
                sku="SAMPLE",
                name="Sample goods",
                quantity=Decimal(1),
                unit_price=HUNDRED,
                amount=HUNDRED,
                net=HUNDRED,
                tax_category=TaxCategory.STANDARD,
                tax_rate=Decimal(19),
            ),
        ),
        tax_groups=(
            TaxGroup(tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), net=HUNDRED, tax=NINETEEN, gross=gross),
        ),
        totals=Totals(
            lines_amount=HUNDRED,
            charges_amount=Decimal(0),
            lines_net=HUNDRED,
            charges_net=Decimal(0),
            net=HUNDRED,
            tax=NINETEEN,
            gross=gross,
            payable=gross,
        ),
        settlement=Settlement(kind=SettlementKind.ON_ACCOUNT),
    )
