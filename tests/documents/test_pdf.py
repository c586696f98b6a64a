from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from documents.failures import TemplateFailed
from documents.request import Picture
from invoicing.invoice import Address, ChargeKind, SettlementKind, TaxCategory
from tests.documents.invoices import (
    AMERICAN_BUYER,
    AMERICAN_SELLER,
    FRENCH_BUYER,
    FRENCH_SELLER,
    GERMAN_BUYER,
    GERMAN_SELLER,
    Item,
    items,
    make_invoice,
)
from tests.documents.pictures import PICTURES, SVG_LOGO, picture
from tests.documents.printed import pages_of, printed, render_pdf, text_of

CHARGES = (
    (ChargeKind.SHIPPING, "DHL Paket", "4.90", "19"),
    (ChargeKind.PAYMENT_FEE, "", "1.20", "19"),
)
AMERICAN: dict[str, Any] = {
    "seller": AMERICAN_SELLER,
    "buyer": AMERICAN_BUYER,
    "language": "en",
    "locale": "en_US",
    "currency": "USD",
}
FRENCH: dict[str, Any] = {"seller": FRENCH_SELLER, "buyer": FRENCH_BUYER, "language": "fr", "locale": "fr_FR"}
LINE_HEADS = "Pos. Bezeichnung Menge Einzelpreis"


def german(amount: Decimal) -> str:
    """An amount as a German writes it, without Babel."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def test_one_line_and_its_totals_are_on_one_page() -> None:
    pdf = printed(make_invoice([Item(name="Teekanne", quantity="2", price="10.00", rate="19")]))
    (page,) = pages_of(pdf)
    for text in (
        "Rechnung RE-2026-00017",
        "Rechnungsdatum 21.11.2026",
        "Bestellnummer EON9001",
        "Bestelldatum 19.11.2026",
        "Lieferdatum 20.11.2026",
        "Kundennummer K-10482",
        "Nordlicht Handel GmbH · Speicherstraße 12a · 20457 Hamburg",
        "Mustermann & Söhne KG Erika Mustermann Lindenallee 5 Hinterhaus, 3. OG 10115 Berlin",
        "1 Teekanne Artikel TK-0815 2 Stk. 10,00 19 % 20,00",
        "Steuersatz Netto USt. Brutto 19 % 20,00 3,80 23,80",
        "Summe netto 20,00",
        "Umsatzsteuer 3,80",
        "Summe brutto 23,80 €",
        "Bezahlt -23,80",
        "Offener Betrag 0,00 €",
        "Vollständig bezahlt per Kreditkarte.",
        "USt-IdNr. DE123456789",
        "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX",
        "Seite 1 von 1",
    ):
        assert text in page


def test_sixty_lines_are_all_there_with_a_head_on_every_page() -> None:
    invoice = make_invoice(items(60), charges=CHARGES)
    pages = pages_of(printed(invoice))
    whole = " ".join(pages)
    assert len(pages) > 2
    assert all(LINE_HEADS in page for page in pages)
    for line in invoice.lines:
        assert f"Artikel {line.sku} " in whole
        assert whole.count(german(line.amount)) >= 1
    assert f"Zwischensumme {german(sum((line.amount for line in invoice.lines), Decimal(0)))}" in whole
    assert "DHL Paket (19 %) 4,90" in whole
    assert "Zahlungsgebühr (19 %) 1,20" in whole


def test_the_second_of_three_pages_says_so_and_whose_invoice_it_is() -> None:
    pages = pages_of(printed(make_invoice(items(40))))
    assert len(pages) == 3
    assert "Seite 2 von 3" in pages[1]
    assert "Nordlicht Handel GmbH · Rechnung RE-2026-00017" in pages[1]
    assert "Nordlicht Handel GmbH · Rechnung RE-2026-00017" not in pages[0]
    assert all("IBAN DE89 3704 0044 0532 0130 00" in page for page in pages)


@pytest.mark.parametrize("count", [8, 9, 10, 11])
def test_the_totals_never_stand_alone_on_a_page(count: int) -> None:
    last = pages_of(printed(make_invoice(items(count), charges=CHARGES)))[-1]
    assert "Offener Betrag" in last
    assert "Steuersatz" in last
    assert f"Artikel NL-{999 + count}" in last


def test_prices_with_tax_say_so_and_show_the_tax_within() -> None:
    text = text_of(make_invoice([Item(price="119.00", rate="19")], inclusive=True))
    assert "Alle Preise in EUR inklusive Umsatzsteuer." in text
    assert "Summe brutto 119,00 € darin Umsatzsteuer 19,00 Summe netto 100,00" in text
    assert "19 % 100,00 19,00 119,00" in text


def test_zero_rates_are_printed_as_such_and_exemption_is_named() -> None:
    text = text_of(
        make_invoice([Item(rate="0", price="8.00"), Item(rate="0", price="5.00", category=TaxCategory.EXEMPT)])
    )
    assert "0 % 8,00 0,00 8,00" in text
    assert "0 % steuerfrei 5,00 0,00 5,00" in text
    assert "Umsatzsteuer 0,00" in text


def test_on_account_says_where_to_transfer_how_much_by_when() -> None:
    text = text_of(make_invoice(kind=SettlementKind.ON_ACCOUNT, due_date=date(2026, 12, 5)))
    assert "Fällig am 05.12.2026" in text
    assert "Bitte überweisen Sie 11,90 € bis zum 05.12.2026 auf das Konto DE89 3704 0044 0532 0130 00" in text
    assert "Offener Betrag 11,90 €" in text
    assert "Bezahlt" not in text


def test_a_rounding_difference_is_a_row_of_its_own() -> None:
    text = text_of(make_invoice(rounding="-0.01"))
    assert "Rundung -0,01 Bezahlt -11,89 Offener Betrag 0,00 €" in text
    assert "Rundung" not in text_of(make_invoice())


def test_a_discount_has_a_column_only_where_there_is_one() -> None:
    assert "Rabatt" not in text_of(make_invoice())
    assert "10,00 -1,50 19 % 8,50" in text_of(make_invoice([Item(discount="1.50")]))


def test_the_place_of_delivery_is_named_when_it_is_another() -> None:
    elsewhere = Address(company="Lager Süd", street="Am Hafen", street_number="1", zip_code="80331", city="München")
    assert "Geliefert an: Lager Süd, Am Hafen 1, 80331 München" in text_of(make_invoice(ship_to=elsewhere))
    assert "Geliefert an" not in text_of(make_invoice(ship_to=GERMAN_BUYER.address))


def test_yen_have_no_decimals() -> None:
    text = text_of(make_invoice([Item(price="1200", rate="10")], currency="JPY", language="en", locale="en_US"))
    assert "1,200 10% 1,200" in text
    assert "Total ¥1,320" in text


def test_an_american_invoice_is_in_english_on_letter_paper() -> None:
    pdf = printed(make_invoice([Item(price="1234.50", rate="8.875")], **AMERICAN))
    box = pdf.pages[0].mediabox
    assert (float(box.width), float(box.height)) == (612, 792)
    (page,) = pages_of(pdf)
    for text in (
        "Invoice date Nov 21, 2026",
        "John Q. Public 1428 Elm Street Springfield, IL 62704",
        "1,234.50 8.875% 1,234.50",
        "Total before tax 1,234.50 Tax 109.56 Total $1,344.06",
        "Tax ID 36-1234567",
        "Page 1 of 1",
    ):
        assert text in page


def test_a_french_invoice_is_in_french_on_a4() -> None:
    pdf = printed(make_invoice([Item(price="1234.50", rate="20")], **FRENCH))
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    (page,) = pages_of(pdf)
    for text in ("Date de facture 21 nov. 2026", "15 rue Lepic 75018 Paris", "Total TTC 1 481,40 €", "Page 1 sur 1"):
        assert text in page


def test_hostile_text_is_printed_as_text() -> None:
    pdf = printed(
        make_invoice(
            [
                Item(name="<script>alert(1)</script><img src=x onerror=y>"),
                Item(name="{{ 7*7 }} {% raw %}"),
                Item(name="bell \x07 \x00 \ufffe \u202eturned\u202c end"),
            ],
            buyer=GERMAN_BUYER.model_copy(update={"name": "Łukasz Παπαδόπουλος Дмитрий"}),
            number='RE"><b>1</b>',
        )
    )
    text = " ".join(pages_of(pdf))
    assert "<script>alert(1)</script><img src=x onerror=y>" in text
    assert "{{ 7*7 }} {% raw %}" in text
    assert "Łukasz Παπαδόπουλος Дмитрий" in text
    assert "bell turned end" in text
    assert 'Rechnung RE"><b>1</b>' in text
    assert not pdf.pages[0].images


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x85, 0x202E, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE])
def test_no_character_stops_an_invoice(code: int) -> None:
    seller = GERMAN_SELLER.model_copy(update={"name": f"Nord{chr(code)}licht"})
    assert "Rechnung RE-2026-00017" in text_of(make_invoice([Item(name=f"a{chr(code)}b")], seller=seller))


@pytest.mark.parametrize("name", ["\U0001f468\u200d\U0001f469", "\u65e5\u672c", "\u05d0\u05d1", "\u0645\u0631"])
def test_letters_that_our_fonts_lack_stop_no_invoice(name: str) -> None:
    buyer = GERMAN_BUYER.model_copy(update={"name": name})
    assert len(printed(make_invoice([Item(name=name)], buyer=buyer)).pages) == 1


def test_amounts_of_any_length_keep_apart() -> None:
    invoice = make_invoice([Item(price="123456789.12", quantity="1234.5678", discount="1000.00")], currency="IDR")
    amount = german(invoice.lines[0].amount)
    assert f"1.234,5678 Stk. 123.456.789,12 -1.000,00 19 % {amount}" in text_of(invoice)


@pytest.mark.parametrize(("file_format", "mode", "media_type"), PICTURES)
def test_a_logo_is_printed_and_speaks_the_seller_s_name(file_format: str, mode: str, media_type: str) -> None:
    logo = Picture(content=picture(file_format, mode, size=(300, 100)), media_type=media_type)
    assert len(printed(make_invoice(), logo).pages[0].images) == 1


@pytest.mark.parametrize("logo", [None, Picture(content=b"not a picture", media_type="image/png")])
def test_without_a_readable_logo_the_seller_s_name_is_set_in_its_place(logo: Picture | None) -> None:
    above_sender_footer = 3
    assert text_of(make_invoice(), logo).count("Nordlicht Handel GmbH") == above_sender_footer


def test_an_svg_logo_is_drawn_instead_of_the_name() -> None:
    text = text_of(make_invoice(), Picture(content=SVG_LOGO, media_type="image/svg+xml")).replace(" ", "")
    assert text.count("NordlichtHandelGmbH") == 2
    assert text.count("Nordlicht") == 3


def test_an_invoice_that_cannot_be_set_fails_without_quoting_it() -> None:
    with pytest.raises(TemplateFailed) as failure:
        render_pdf(make_invoice().model_copy(update={"currency": "XXX"}), None)
    assert str(failure.value) == "the invoice could not be set: UnsupportedCurrency"
    assert GERMAN_SELLER.name not in repr(failure.value)
