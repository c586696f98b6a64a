from typing import Any

from documents.footer import footer_lines
from documents.formatting import formatter_for
from tests.documents.invoices import GERMAN_SELLER, make_invoice


def columns(**seller: Any) -> list[list[str]]:
    invoice = make_invoice(seller=GERMAN_SELLER.model_copy(update=seller), language="en", locale="en_GB")
    return footer_lines(invoice, formatter_for(invoice))


def test_the_footer_says_who_where_and_by_which_bank() -> None:
    assert columns() == [
        ["Nordlicht Handel GmbH", "Speicherstra\u00dfe 12a", "20457 Hamburg"],
        ["hallo@nordlicht.example", "VAT ID DE123456789"],
        ["IBAN DE89 3704 0044 0532 0130 00", "BIC COBADEFFXXX"],
    ]


def test_all_that_identifies_the_seller_is_named() -> None:
    known = columns(contact="Anna K\u00fchn", phone="+49 40 1234", tax_number="27/123/4567", registration_id="HRB 9")
    assert known[1] == [
        "Anna K\u00fchn \u00b7 +49 40 1234",
        "hallo@nordlicht.example",
        "VAT ID DE123456789",
        "Tax no. 27/123/4567",
        "Company no. HRB 9",
    ]


def test_an_account_in_another_name_says_so() -> None:
    assert columns(account_holder="Nordlicht Treuhand")[2][0] == "Nordlicht Treuhand"
    assert columns(account_holder="Nordlicht Handel GmbH")[2][0].startswith("IBAN")


def test_a_seller_of_whom_little_is_known_has_short_columns() -> None:
    assert columns(tax_id=None, email=None, iban=None, bic="COBADEFFXXX")[1:] == [[], []]
