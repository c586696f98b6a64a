from typing import Any

import pytest

from invoicing.document_forms import DocumentForm
from invoicing.electronic.payment_means import PaymentMeans, payment_means
from invoicing.invoice import Address, Buyer, Invoice, Seller, Settlement, SettlementKind
from tests.documents.sales_invoices import sales_invoice

CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG
ON_ACCOUNT, CAPTURED, REFUND = SettlementKind.ON_ACCOUNT, SettlementKind.CAPTURED, SettlementKind.REFUND
CREDITED, PAID_BEFORE = SettlementKind.CREDITED, SettlementKind.PAID_BEFORE
IBAN = "DE89370400440532013000"


def invoice(
    kind: SettlementKind, iban: str | None = IBAN, *, seller: str = "AT", buyer: str = "AT", **changes: Any
) -> Invoice:
    return sales_invoice(
        seller=Seller(name="S", address=Address(country=seller), iban=iban),
        buyer=Buyer(name="B", address=Address(country=buyer)),
        settlement=Settlement(kind=kind),
        **changes,
    )


@pytest.mark.parametrize("form", [CII, UBL, XRECHNUNG])
@pytest.mark.parametrize(
    ("stated", "means"),
    [
        (invoice(ON_ACCOUNT), PaymentMeans("58", names_account=True)),
        (invoice(ON_ACCOUNT, currency="CHF"), PaymentMeans("30", names_account=True)),
        (invoice(ON_ACCOUNT, "12345"), PaymentMeans("30", names_account=True)),
        (invoice(ON_ACCOUNT, None), PaymentMeans("1")),
        (invoice(ON_ACCOUNT, " "), PaymentMeans("1")),
        (invoice(PAID_BEFORE, paid="119.00"), PaymentMeans("1")),
        (invoice(PAID_BEFORE, paid="100.00"), PaymentMeans("58", names_account=True)),
        (invoice(PAID_BEFORE, None, paid="100.00"), PaymentMeans("1")),
        (invoice(CREDITED), PaymentMeans("97")),
    ],
)
def test_every_settlement_has_a_code(stated: Invoice, means: PaymentMeans, form: DocumentForm) -> None:
    assert payment_means(stated, form) == means


@pytest.mark.parametrize("kind", [CAPTURED, REFUND])
def test_a_card_is_a_card_but_in_germany_which_wants_its_number(kind: SettlementKind) -> None:
    assert [payment_means(invoice(kind), form) for form in (CII, UBL)] == [PaymentMeans("48")] * 2
    assert payment_means(invoice(kind), XRECHNUNG) == PaymentMeans("68")
    assert payment_means(invoice(kind, seller="DE", buyer="DE"), UBL) == PaymentMeans("68")
    assert payment_means(invoice(kind, seller="DE", buyer="DE"), CII) == PaymentMeans("48")


def test_a_transfer_within_denmark_has_a_code_that_denmark_takes() -> None:
    within = invoice(ON_ACCOUNT, seller="DK", buyer="DK", currency="DKK")
    assert payment_means(within, UBL) == PaymentMeans("31", names_account=True)
    assert payment_means(within, CII) == PaymentMeans("30", names_account=True)
    assert payment_means(invoice(ON_ACCOUNT, seller="DK", currency="DKK"), UBL) == PaymentMeans(
        "30", names_account=True
    )


def test_a_dutch_seller_says_nothing_where_no_dutch_code_fits_and_nothing_is_to_be_paid() -> None:
    credited = invoice(CREDITED, seller="NL")
    assert payment_means(credited, UBL) is None
    assert payment_means(credited, CII) == PaymentMeans("97")
    assert payment_means(invoice(PAID_BEFORE, seller="NL", paid="119.00"), UBL) is None
    in_part = invoice(PAID_BEFORE, seller="NL", paid="100.00")
    assert payment_means(in_part, UBL) == PaymentMeans("58", names_account=True), "NL-R-007"
    assert payment_means(invoice(PAID_BEFORE, None, seller="NL", paid="1.00"), UBL) == PaymentMeans("1"), "told too"
    assert payment_means(invoice(CAPTURED, seller="NL"), UBL) == PaymentMeans("48")
    assert payment_means(invoice(ON_ACCOUNT, None, seller="NL"), UBL) == PaymentMeans("1"), "told as missing"
