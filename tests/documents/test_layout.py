from decimal import Decimal
from typing import Any

import pytest

from invoicing.invoice import Address, ChargeKind, Invoice, SettlementKind, TaxCategory
from tests.documents.invoices import (
    AMERICAN_BUYER,
    AMERICAN_SELLER,
    GERMAN_BUYER,
    GERMAN_SELLER,
    Item,
    items,
    make_invoice,
)
from tests.documents.layout import PX_A_MM, sheets
from tests.documents.sales_invoices import (
    ALLOWANCE,
    LANGUAGES,
    adjustment,
    credit_note,
    everything,
    free,
    line,
    sales_invoice,
)

ENDLESS = Address(
    company="c" * 150, street="s" * 150, extra_lines=("e" * 150,), zip_code="1", city="t" * 150, country="DE"
)
CASES: dict[str, dict[str, Any]] = {
    "one line": {},
    "sixty lines": {"lines": items(60)},
    "everything": {
        "lines": items(7),
        "charges": [(ChargeKind.SHIPPING, "DHL Paket", "4.90", "19"), (ChargeKind.FEE, "Pfand " * 20, "1.20", "7")],
        "rounding": "-0.01",
        "inclusive": True,
        "ship_to": ENDLESS,
        "kind": SettlementKind.ON_ACCOUNT,
    },
    "letter paper": {
        "lines": items(12),
        "seller": AMERICAN_SELLER,
        "buyer": AMERICAN_BUYER,
        "language": "en",
        "locale": "en_US",
    },
    "endless words": {
        "lines": [Item(name="x" * 900, sku="y" * 200)],
        "order_id": "z" * 120,
        "number": "9" * 80,
        "buyer": GERMAN_BUYER.model_copy(update={"address": ENDLESS, "customer_id": "k" * 90}),
    },
    "long seller": {"seller": GERMAN_SELLER.model_copy(update={"name": "Sehr lange Firma " * 8})},
    "large amounts": {
        "lines": [
            Item(price="123456789.12", quantity="12345.678", discount="99999.00"),
            Item(price="0.123456", quantity="1000000", unit="XCT"),
        ]
    },
    "French": {"lines": items(5), "language": "fr", "locale": "fr_FR"},
}


SALES: dict[str, Invoice] = {
    **{f"everything, {name}": everything(**words) for name, words in LANGUAGES.items()},
    **{f"credit note, {name}": credit_note(refunded="50.00", **words) for name, words in LANGUAGES.items()},
    "endless memo": everything(memo="m" * 3000 + "\n" * 60 + "Ende"),
    "endless reasons": sales_invoice(
        (
            line(tax=free(TaxCategory.EXEMPT, "r" * 300)),
            line(tax=free(TaxCategory.REVERSE_CHARGE, "word " * 60)),
            line(tax=free(TaxCategory.EXPORT)),
        ),
        payment_terms="t" * 400,
        purchase_order_reference="p" * 90,
    ),
    "all numbers of the seller": everything(
        seller=GERMAN_SELLER.model_copy(
            update={
                "contact": "Dr. Anna-Katharina von Hohenstein",
                "phone": "+49 40 123456-789",
                "tax_number": "27/123/45678",
                "registration_id": "HRB 123456",
                "account_holder": "Nordlicht Treuhand und Verwaltung GmbH",
            }
        )
    ),
    "large withheld amount": everything(withheld="123456789012.34"),
    "many adjustments": sales_invoice(
        [
            line(
                "123456.123456",
                "1000",
                base_quantity=Decimal(1000),
                adjustments=tuple(adjustment(ALLOWANCE, percent="1.5", reason=f"Rabatt {n} " * 6) for n in range(8)),
            )
        ]
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_no_words_lie_on_others_or_run_off_the_page(case: str) -> None:
    for sheet in sheets(make_invoice(**CASES[case])):
        assert sheet.colliding() == []
        assert sheet.cut() == []


@pytest.mark.parametrize("case", SALES)
def test_all_that_a_sales_invoice_may_say_has_its_place(case: str) -> None:
    for sheet in sheets(SALES[case]):
        assert sheet.colliding() == []
        assert sheet.cut() == []


def test_amounts_end_below_each_other_from_the_first_line_to_the_amount_due() -> None:
    (sheet,) = sheets(make_invoice([Item(price="1.00", quantity="2"), Item(price="1000.00", quantity="3")]))
    column = {"2,00", "3.000,00", "-3.572,38", "0,00\u00a0€"}
    edges = {words.text: words.right for words in sheet.words if words.text in column}
    assert edges.keys() == column
    assert max(edges.values()) - min(edges.values()) < 0.5


def test_the_address_stands_where_a_window_envelope_shows_it() -> None:
    """DIN 5008 form B: 20 to 105 mm from the left, 45 to 90 mm from the top."""
    (sheet,) = sheets(make_invoice())
    address = [
        words for words in sheet.words if words.text in {"Mustermann & Söhne KG", "Lindenallee 5", "10115 Berlin"}
    ]
    assert len(address) == 3
    assert min(words.left for words in address) >= 20 * PX_A_MM
    assert max(words.right for words in address) <= 105 * PX_A_MM
    assert min(words.top for words in address) >= 45 * PX_A_MM
    assert max(words.bottom for words in address) <= 90 * PX_A_MM


def test_decimal_marks_of_quantities_meet_and_so_do_units() -> None:
    """The cell begins with spaces as wide as the digits that a number lacks in front, and ends them before its unit."""
    (sheet,) = sheets(make_invoice([Item(quantity="12"), Item(quantity="1.25"), Item(quantity="1234.5")]))
    cells = {words.text for words in sheet.words if words.text.endswith("Stk.")}
    assert cells == {
        "\u2007\u2008\u200712\u2008\u2007\u2007\u00a0Stk.",
        "\u2007\u2008\u2007\u20071,25\u00a0Stk.",
        "1.234,5\u2007\u00a0Stk.",
    }
    rights = [words.right for words in sheet.words if words.text.endswith("Stk.")]
    assert max(rights) - min(rights) < 0.5
