import pytest

from invoicing.document_forms import DocumentForm
from invoicing.electronic.parties import (
    Endpoint,
    TaxIds,
    buyer_tax_ids,
    deliver_to,
    electronic_address,
    endpoint_of,
    follows_german_rules,
    seller_identifier,
    seller_tax_ids,
    xml_text,
)
from invoicing.invoice import Address, Buyer, Invoice, Seller, TaxCategory
from tests.documents.sales_invoices import free, line, sales_invoice

HOME = Address(street="Ring", street_number="1", zip_code="1010", city="Wien", country="AT")
CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG


def invoice(category: TaxCategory = TaxCategory.ZERO, seller_country: str = "DE", **seller: str | None) -> Invoice:
    return sales_invoice(
        [line(tax=free(category))],
        seller=Seller(name="Seller", address=Address(country=seller_country), **seller),
        buyer=Buyer(name="Buyer", address=HOME, tax_id="ATU12345675"),
    )


@pytest.mark.parametrize(
    ("tax_id", "tax_number", "ids"),
    [
        ("DE 123 456 789", None, TaxIds("DE123456789", None)),
        ("de123456789", None, TaxIds("DE123456789", None)),
        ("EL094259216", None, TaxIds("EL094259216", None)),
        ("22/815/08154", None, TaxIds(None, "22/815/08154")),
        ("36-1234567", None, TaxIds(None, "36-1234567")),
        ("QQ123", None, TaxIds(None, "QQ123")),
        ("1A123", None, TaxIds(None, "1A123")),
        ("DE123456789", "22/815/08154", TaxIds("DE123456789", "22/815/08154")),
        (" ", None, TaxIds(None, None)),
        (None, None, TaxIds(None, None)),
    ],
)
def test_a_vat_identifier_begins_with_a_country(tax_id: str | None, tax_number: str | None, ids: TaxIds) -> None:
    assert seller_tax_ids(invoice(tax_id=tax_id, tax_number=tax_number)) == ids


def test_outside_the_scope_of_tax_nobody_has_a_vat_identifier() -> None:
    outside = invoice(TaxCategory.OUTSIDE_SCOPE, tax_id="DE123456789", tax_number="22/815/08154")
    assert seller_tax_ids(outside) == TaxIds(None, "22/815/08154")
    assert buyer_tax_ids(outside) == TaxIds(None, None)
    assert buyer_tax_ids(invoice()) == TaxIds("ATU12345675", None)


def test_a_seller_is_identified_by_what_else_is_known() -> None:
    assert seller_identifier(invoice(tax_id="DE123456789")) is None
    assert seller_identifier(invoice(registration_id="HRB 1", tax_id="36-1")) is None
    assert seller_identifier(invoice(peppol_id="0088:7300010000001", tax_id="36-1")) == Endpoint(
        "0088", "7300010000001"
    )
    assert seller_identifier(invoice(peppol_id="9930:x", tax_id="36-1")) == Endpoint("", "36-1"), "9930 is no register"
    assert seller_identifier(invoice(tax_number="22/815")) == Endpoint("", "22/815")
    outside = invoice(TaxCategory.OUTSIDE_SCOPE, tax_id="DE123456789")
    assert seller_identifier(outside) == Endpoint("", "DE123456789")
    assert seller_identifier(invoice()) is None


def test_an_electronic_address_has_two_parts() -> None:
    assert endpoint_of("0088:7300010000001") == Endpoint("0088", "7300010000001")
    assert endpoint_of("EM:a:b@example.org") == Endpoint("EM", "a:b@example.org")
    assert [endpoint_of(text) for text in (None, "", "0088", "0088:", ":1")] == [None] * 5


def test_only_an_xrechnung_may_go_to_a_mail_address() -> None:
    buyer = Buyer(name="Buyer", address=HOME, email="a@example.org")
    assert [electronic_address(buyer, form) for form in (CII, UBL, XRECHNUNG)] == [
        None,
        None,
        Endpoint("EM", "a@example.org"),
    ]
    routed = buyer.model_copy(update={"peppol_id": "9915:b"})
    assert electronic_address(routed, XRECHNUNG) == Endpoint("9915", "b")


def test_an_intra_community_supply_went_somewhere() -> None:
    assert deliver_to(invoice()) is None
    assert deliver_to(invoice(TaxCategory.INTRA_COMMUNITY)) == HOME
    elsewhere = invoice(TaxCategory.INTRA_COMMUNITY).model_copy(update={"ship_to": Address(country="IT")})
    assert deliver_to(elsewhere) == Address(country="IT")


def test_germanys_rules_hold_for_its_form_and_within_the_country() -> None:
    from_germany, within = (
        invoice(),
        invoice().model_copy(update={"buyer": Buyer(name="B", address=Address(country="DE"))}),
    )
    assert [follows_german_rules(from_germany, form) for form in (CII, UBL, XRECHNUNG)] == [False, False, True]
    assert [follows_german_rules(within, form) for form in (CII, UBL, XRECHNUNG)] == [False, True, True]


def test_a_text_loses_what_xml_cannot_carry() -> None:
    assert xml_text(" Tea\x00pot\x0b\ufffe ") == "Teapot"
    assert xml_text("one\n\ttwo") == "one\n\ttwo"
    assert [xml_text(text) for text in (None, "", " \x1f ")] == [None] * 3
