"""The limits are those of EPC069-12 v2.1, 3: the elements of the code, their order and lengths."""

from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from documents.payment_code import code_image, payment_code
from invoicing.invoice import Invoice, SettlementKind
from tests.documents.data_urls import picture_in
from tests.documents.invoices import GERMAN_SELLER, Item, make_invoice
from tests.documents.sales_invoices import credit_note

SWISS = "CH9300762011623852957"


def owing(amount: str = "123.45", seller: dict[str, Any] | None = None, **changes: Any) -> Invoice:
    """An invoice that leaves so much to be transferred."""
    invoice = make_invoice(
        kind=SettlementKind.ON_ACCOUNT, seller=GERMAN_SELLER.model_copy(update=seller or {}), **changes
    )
    return invoice.model_copy(update={"totals": invoice.totals.model_copy(update={"payable": Decimal(amount)})})


def test_the_code_fills_in_who_gets_how_much_for_what() -> None:
    assert payment_code(owing()) == (
        "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordlicht Handel GmbH\nDE89370400440532013000\nEUR123.45\n\n\nRE-2026-00017"
    )


def test_within_the_eea_the_account_alone_is_enough() -> None:
    code = payment_code(owing(seller={"bic": None}))
    assert code is not None
    assert code.split("\n")[4:7] == ["", "Nordlicht Handel GmbH", "DE89370400440532013000"]


def test_outside_the_eea_the_bank_has_to_be_known() -> None:
    assert payment_code(owing(seller={"iban": SWISS, "bic": None})) is None
    assert payment_code(owing(seller={"iban": SWISS, "bic": "POFICHBEXXX"})) is not None


@pytest.mark.parametrize("amount", ["0.01", "999999999.99"])
def test_the_least_and_the_most_amount(amount: str) -> None:
    assert f"\nEUR{amount}\n" in (payment_code(owing(amount)) or "")


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "1000000000.00"])
def test_no_code_for_an_amount_that_cannot_be_transferred(amount: str) -> None:
    assert payment_code(owing(amount)) is None


@pytest.mark.parametrize(
    "invoice",
    [
        make_invoice(),
        owing(currency="CHF"),
        owing(seller={"iban": None}),
        owing(seller={"iban": "DE88370400440532013000"}),
        owing(seller={"iban": "DE8937040044053201300\u0660"}),
        owing(seller={"iban": "DE89 WEST"}),
        owing(seller={"iban": "BR1800360305000010009795493C1", "bic": "BRASBRRJXXX"}),
        credit_note(),
        owing(number="9" * 141),
    ],
    ids=[
        "paid",
        "no euro",
        "no account",
        "wrong check digits",
        "digits of another script",
        "no account number",
        "out of reach",
        "credit note",
        "long reference",
    ],
)
def test_no_code_where_it_would_lead_to_no_transfer(invoice: Invoice) -> None:
    assert payment_code(invoice) is None


def test_a_reference_of_140_characters_fits() -> None:
    assert (payment_code(owing(number="9" * 140)) or "").endswith("\n" + "9" * 140)


def test_a_name_is_cut_to_70_characters_and_one_line() -> None:
    code = payment_code(owing(seller={"account_holder": "Nordlicht\nTreuhand " + "x" * 90}))
    assert code is not None
    assert code.split("\n")[5] == "Nordlicht Treuhand " + "x" * 51


def test_a_code_of_more_than_331_bytes_is_none() -> None:
    """4 + 4 + 2 + 4 + 12 + 141 + 23 + 10 + 2 = 202 before the reference, which leaves 129 for it."""
    name = {"account_holder": "\u00e4" * 70}
    assert payment_code(owing(seller=name, number="9" * 129)) is not None
    assert payment_code(owing(seller=name, number="9" * 130)) is None


def test_what_the_buyer_withholds_is_not_transferred() -> None:
    invoice = make_invoice([Item(price="100.00")], kind=SettlementKind.ON_ACCOUNT, withheld=Decimal("19.00"))
    assert "\nEUR100.00\n" in (payment_code(invoice) or "")


def test_the_image_is_the_code_eight_pixels_a_module_without_a_frame() -> None:
    """117 bytes at M need version 7 (ISO/IEC 18004, table 7): 45 modules."""
    image = picture_in(code_image("x" * 117))
    assert image.size == (45 * 8, 45 * 8)
    assert _finder(image) == "1111111" + "1000001" + "1011101" * 3 + "1000001" + "1111111"


def _finder(image: Image.Image) -> str:
    """The pattern in the upper left corner, module by module."""
    grey = image.convert("L")
    return "".join("1" if not grey.getpixel((x * 8 + 4, y * 8 + 4)) else "0" for y in range(7) for x in range(7))
