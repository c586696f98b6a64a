"""Invoices and credit notes with all that the arithmetic knows, figured out by it; one of each kind."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.calculation import calculate
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import (
    Address,
    AdjustmentKind,
    Buyer,
    ChargeKind,
    Invoice,
    InvoiceKind,
    Preceding,
    Settlement,
    SettlementKind,
    TaxCategory,
)
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, FRENCH_BUYER, FRENCH_SELLER, GERMAN_SELLER

ALLOWANCE, CHARGE = AdjustmentKind.ALLOWANCE, AdjustmentKind.CHARGE
NINETEEN = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(19))
SEVEN = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(7))
COMPANY = Buyer(
    customer_id="C-0000012",
    name="Werkhof Zürich AG",
    email="rechnung@werkhof.example",
    address=Address(
        company="Werkhof Zürich AG",
        street="Hardstrasse",
        street_number="201",
        zip_code="8005",
        city="Zürich",
        country="CH",
    ),
    tax_id="CHE123456788MWST",
    peppol_id="0183:CHE123456788",
)
LANGUAGES: dict[str, dict[str, Any]] = {
    "de": {"language": "de", "locale": "de_DE"},
    "en": {"language": "en", "locale": "en_GB"},
    "fr": {"language": "fr", "locale": "fr_FR", "seller": FRENCH_SELLER, "buyer": FRENCH_BUYER},
    "en_US": {"language": "en", "locale": "en_US", "seller": AMERICAN_SELLER, "buyer": AMERICAN_BUYER},
}


def line(price: str = "100.00", quantity: str = "1", tax: TaxTreatment = NINETEEN, **changes: Any) -> DraftLine:
    fields: dict[str, Any] = {"item_id": "P-0000001", "sku": "P-0000001", "name": "Beratung vor Ort"}
    return DraftLine(**fields | {"quantity": Decimal(quantity), "unit_price": Decimal(price), "tax": tax} | changes)


def adjustment(
    kind: AdjustmentKind, amount: str | None = None, percent: str | None = None, reason: str | None = None
) -> DraftAdjustment:
    return DraftAdjustment(kind=kind, amount=_decimal(amount), percent=_decimal(percent), reason=reason)


def extra(
    kind: AdjustmentKind,
    name: str,
    amount: str | None = None,
    percent: str | None = None,
    tax: TaxTreatment | None = None,
) -> DraftCharge:
    return DraftCharge(
        kind=kind, name=name, charge_kind=ChargeKind.OTHER, amount=_decimal(amount), percent=_decimal(percent), tax=tax
    )


def free(category: TaxCategory, reason: str | None = None) -> TaxTreatment:
    return TaxTreatment(category=category, exemption_reason=reason)


def sales_invoice(
    lines: Iterable[DraftLine] = (line(),),
    *,
    charges: Iterable[DraftCharge] = (),
    currency: str = "EUR",
    inclusive: bool = False,
    exchange_rate: ExchangeRate | None = None,
    paid: str = "0",
    rounding: str = "0",
    withheld: str = "0",
    **changes: Any,
) -> Invoice:
    """An issued sales invoice that no order was made into."""
    figures = calculate(
        Draft(
            currency=currency,
            tax_inclusive=inclusive,
            lines=tuple(lines),
            charges=tuple(charges),
            paid=Decimal(paid),
            rounding=Decimal(rounding),
            withheld=Decimal(withheld),
            exchange_rate=exchange_rate,
        )
    )
    fields: dict[str, Any] = {
        "id": UUID(int=8),
        "tenant": "acme",
        "number": "0000002",
        "issue_date": date(2026, 11, 21),
        "due_date": date(2026, 12, 21),
        "site_code": "main",
        "currency": currency,
        **LANGUAGES["de"],
        "tax_inclusive": inclusive,
        "seller": GERMAN_SELLER,
        "buyer": COMPANY,
        "lines": figures.lines,
        "allowances": figures.allowances,
        "charges": figures.charges,
        "tax_groups": figures.tax_groups,
        "totals": figures.totals,
        "exchange": figures.exchange,
        "withheld": figures.withheld,
        "settlement": Settlement(kind=SettlementKind.ON_ACCOUNT),
    }
    return Invoice(**fields | changes)


def credit_note(lines: Iterable[DraftLine] = (line(),), *, refunded: str | None = None, **changes: Any) -> Invoice:
    """A credit note on invoice RE-2026-00017 of 2 November; `refunded` goes back to the card."""
    settlement = (
        Settlement(kind=SettlementKind.REFUND, method="credit_card", captured=Decimal(refunded), transaction_id="T1")
        if refunded
        else Settlement(kind=SettlementKind.CREDITED)
    )
    fields: dict[str, Any] = {
        "id": UUID(int=9),
        "kind": InvoiceKind.CREDIT_NOTE,
        "number": "CN-0000001",
        "due_date": None,
        "preceding": Preceding(invoice_id=UUID(int=7), number="RE-2026-00017", issue_date=date(2026, 11, 2)),
        "settlement": settlement,
    }
    return sales_invoice(lines, **fields | changes)


def everything(**changes: Any) -> Invoice:
    """All at once: two rates, one exempt group, allowances and charges of lines and document, all the small print."""
    lines = (
        line(
            "1234.5678",
            "3",
            base_quantity=Decimal(100),
            unit="KGM",
            name="Stahlschrauben M8, verzinkt",
            adjustments=(
                adjustment(ALLOWANCE, percent="10", reason="Treuerabatt"),
                adjustment(CHARGE, amount="1.50", reason="Kleinmengenzuschlag"),
            ),
        ),
        line("80.00", "12.5", SEVEN, unit="HUR", adjustments=(adjustment(ALLOWANCE, amount="25.00"),)),
        line("40.00", "-1", SEVEN, name="Rücknahme Palette", unit="XPX"),
        line("19.90", "1", free(TaxCategory.EXEMPT, "Steuerfrei nach § 4 Nr. 21 UStG"), name="Lehrgang", sku=None),
    )
    charges = (
        extra(ALLOWANCE, "Projektrabatt", percent="2", tax=NINETEEN),
        extra(CHARGE, "Anfahrt", amount="35.00", tax=NINETEEN),
    )
    fields: dict[str, Any] = {
        "paid": "100.00",
        "rounding": "0.01",
        "withheld": "50.00",
        "exchange_rate": ExchangeRate(base_currency="CHF", rate=Decimal("0.93415"), rate_date=date(2026, 11, 20)),
        "tax_point_date": date(2026, 11, 19),
        "delivery_date": date(2026, 11, 18),
        "payment_terms": "30 Tage netto, 2 % Skonto bei Zahlung in 10 Tagen.",
        "purchase_order_reference": "PO-4711",
        "is_opening": True,
        "memo": "Vielen Dank für die gute Zusammenarbeit.\nBitte beachten Sie unsere neue Adresse.",
        "ship_to": Address(company="Lager Nord", street="Am Hafen", street_number="1", city="Kiel", country="DE"),
        "ship_from": Address(company="Werk Süd", street="Industriering", street_number="9", city="Ulm", country="DE"),
    }
    return sales_invoice(lines, charges=charges, **fields | changes)


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
