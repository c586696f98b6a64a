"""What sales invoices and credit notes say beyond an order's invoice, read back from the PDF.

Figures of `everything`, by hand: 3 x 1234.5678 / 100 = 37.04, less 10 % = 3.70, plus 1.50 = 34.84; 12.5 x 80 - 25 =
975.00; -40.00; 19.90; together 989.74. At 19 %: 34.84 - 2 % (0.70) + 35.00 = 69.14, tax 13.14; at 7 %: 935.00, tax
65.45; exempt 19.90. Net 1024.04, tax 78.59, gross 1102.63, with rounding 1102.64, less 100.00 paid = 1002.64, less
50.00 withheld = 952.64. In CHF at 0.93415: tax 73.41, total 1030.03.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.draft import ExchangeRate, TaxTreatment
from invoicing.invoice import TaxCategory
from tests.documents.printed import printed, text_of
from tests.documents.sales_invoices import (
    ALLOWANCE,
    CHARGE,
    COMPANY,
    LANGUAGES,
    SEVEN,
    adjustment,
    credit_note,
    everything,
    extra,
    free,
    line,
    sales_invoice,
)

ENGLISH, FRENCH = LANGUAGES["en"], LANGUAGES["fr"]


def words_of(invoice: Any) -> str:
    return text_of(invoice).replace("\u00a0", " ")


def test_every_figure_of_a_full_invoice_is_on_the_page() -> None:
    text = words_of(everything())
    for words in (
        "Rechnungsnummer 0000002",
        "Fällig am 21.12.2026",
        "Ihre Referenz PO-4711",
        "Lieferdatum 18.11.2026",
        "Steuerzeitpunkt 19.11.2026",
        "Ihre USt-IdNr. CHE123456788MWST",
        "Peppol-ID 0183:CHE123456788",
        "Aus früheren Büchern übernommen.",
        "Geliefert an: Lager Nord, Am Hafen 1, Kiel · Versandt von: Werk Süd, Industriering 9, Ulm",
        "Menge Einzelpreis Rab./Zuschl. USt. Betrag",
        "1 Stahlschrauben M8, verzinkt Artikel P-0000001 Treuerabatt 10 % von 37,04: -3,70 Kleinmengenzuschlag: 1,50",
        "3 kg 1.234,5678 je 100 kg -3,70 1,50 19 % 34,84",
        "12,5 Std. 80,00 -25,00 7 % 975,00",
        "Rücknahme Palette Artikel P-0000001 -1 Paletten 40,00 7 % -40,00",
        "4 Lehrgang 1 Stk. 19,90 0 % 19,90",
        "19 % 69,14 13,14 82,28",
        "7 % 935,00 65,45 1.000,45",
        "0 % steuerfrei 19,90 0,00 19,90",
        "0 %: Steuerfrei nach § 4 Nr. 21 UStG",
        "Wechselkurs vom 20.11.2026: 1 EUR = 0,93415 CHF. In CHF: Umsatzsteuer 73,41, Summe 1.030,03.",
        "Zwischensumme 989,74",
        "Projektrabatt 2 % von 34,84 (19 %) -0,70",
        "Anfahrt (19 %) 35,00",
        "Summe netto 1.024,04",
        "Umsatzsteuer 78,59",
        "Summe brutto 1.102,63 €",
        "Rundung 0,01",
        "Bezahlt -100,00",
        "Zahlbetrag 1.002,64",
        "Von Ihnen einbehalten -50,00",
        "Offener Betrag 952,64 €",
        "100,00 € sind bereits bezahlt. Bitte überweisen Sie 952,64 € bis zum 21.12.2026",
        "Zahlungsbedingungen: 30 Tage netto, 2 % Skonto bei Zahlung in 10 Tagen.",
        "Vielen Dank für die gute Zusammenarbeit. Bitte beachten Sie unsere neue Adresse.",
    ):
        assert words in text, words
    assert "Bestell" not in text


def test_the_same_in_english_and_french() -> None:
    english, french = words_of(everything(**ENGLISH)), words_of(everything(**FRENCH))
    for words in (
        "Your reference PO-4711",
        "Carried over from earlier books.",
        "Delivered to: Lager Nord",
        "Shipped from: Werk Süd",
        "Treuerabatt 10% of 37.04: -3.70",
        "per 100 kg",
        "Exchange rate of 20 Nov 2026: 1 EUR = 0.93415 CHF. In CHF: VAT 73.41, total 1,030.03.",
        "Projektrabatt 2% of 34.84 (19%) -0.70",
        "Payable 1,002.64 Withheld by you -50.00 Amount due €952.64",
        "Terms of payment: 30 Tage netto",
    ):
        assert words in english, words
    for words in (
        "Votre référence PO-4711",
        "Reprise d\u2019une comptabilité antérieure.",
        "Treuerabatt 10 % de 37,04: -3,70",
        "par 100 kg",
        "Taux de change du 20 nov. 2026 : 1 EUR = 0,93415 CHF. En CHF : TVA 73,41, total 1 030,03.",
        "Montant à payer 1 002,64 Retenu par vous -50,00 Reste à payer 952,64 €",
    ):
        assert words in french, words


@pytest.mark.parametrize(
    ("category", "german", "english", "french"),
    [
        (
            TaxCategory.REVERSE_CHARGE,
            "0 %: Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).",
            "0%: Reverse charge \u2013 VAT is to be accounted for by the recipient.",
            "0 %: Autoliquidation \u2013 TVA due par le preneur.",
        ),
        (
            TaxCategory.INTRA_COMMUNITY,
            "0 %: Steuerfreie innergemeinschaftliche Lieferung.",
            "0%: Intra-Community supply, exempt from VAT.",
            "0 %: Livraison intracommunautaire, exonérée de TVA.",
        ),
        (
            TaxCategory.EXPORT,
            "0 %: Steuerfreie Ausfuhrlieferung.",
            "0%: Export outside the EU, exempt from VAT.",
            "0 %: Exportation hors UE, exonérée de TVA.",
        ),
        (
            TaxCategory.OUTSIDE_SCOPE,
            "\u2013: Nicht steuerbar.",
            "\u2013: Not subject to VAT.",
            "\u2013: Hors du champ d\u2019application de la TVA.",
        ),
    ],
)
def test_a_category_without_tax_says_why_in_the_readers_language(
    category: TaxCategory, german: str, english: str, french: str
) -> None:
    lines = (line("50.00", tax=free(category)),)
    rate = "\u2013" if category is TaxCategory.OUTSIDE_SCOPE else "0 %"
    assert f"{rate} 50,00 0,00 50,00 {german}" in words_of(sales_invoice(lines))
    assert english in words_of(sales_invoice(lines, **ENGLISH))
    assert french in words_of(sales_invoice(lines, **FRENCH))


def test_the_sellers_own_reason_is_printed_as_it_is() -> None:
    lines = (line(tax=free(TaxCategory.REVERSE_CHARGE, "Reverse charge, Art. 196 MwStSystRL")),)
    text = words_of(sales_invoice(lines))
    assert "0 %: Reverse charge, Art. 196 MwStSystRL" in text
    assert "Steuerschuldnerschaft" not in text


def test_an_exemption_that_is_known_by_its_code_alone_is_named() -> None:
    tax = TaxTreatment(category=TaxCategory.EXEMPT, exemption_code="VATEX-EU-132")
    assert "0 % steuerfrei 100,00 0,00 100,00" in words_of(sales_invoice((line(tax=tax),)))


def test_groups_of_one_rate_are_told_apart() -> None:
    lines = (
        line("1.00", tax=free(TaxCategory.REVERSE_CHARGE)),
        line("2.00", tax=free(TaxCategory.INTRA_COMMUNITY)),
        line("3.00", tax=TaxTreatment(category=TaxCategory.ZERO)),
    )
    text = words_of(sales_invoice(lines))
    for words in (
        "0 % AE 1,00",
        "0 % K 2,00",
        "0 % 3,00 0,00 3,00",
        "0 % AE: Steuerschuld",
        "0 % K: Steuerfreie inner",
    ):
        assert words in text, words


def test_a_blended_rate_is_cut_to_four_decimals() -> None:
    tax = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal("7.692308"))
    text = words_of(sales_invoice((line(tax=tax),)))
    assert "7,6923 % 100,00 7,69 107,69" in text
    assert "7,69230" not in text


def test_a_surcharge_alone_heads_its_column() -> None:
    lines = (line(adjustments=(adjustment(CHARGE, amount="2.50"),)),)
    assert "Einzelpreis Zuschlag USt. Betrag 1 Beratung vor Ort Artikel P-0000001 1 Stk. 100,00 2,50 19 % 102,50" in (
        words_of(sales_invoice(lines))
    )


def test_several_nameless_adjustments_are_told_one_by_one() -> None:
    lines = (line(adjustments=(adjustment(ALLOWANCE, amount="2.00"), adjustment(ALLOWANCE, percent="5"))),)
    text = words_of(sales_invoice(lines))
    assert "Rabatt: -2,00 Rabatt 5 % von 100,00: -5,00 1 Stk. 100,00 -7,00 19 % 93,00" in text


def test_allowances_of_the_document_stand_between_subtotal_and_total() -> None:
    charges = (extra(ALLOWANCE, "", amount="10.00"), extra(CHARGE, "", amount="4.00", tax=SEVEN))
    text = words_of(sales_invoice((line(), line("50.00", tax=SEVEN)), charges=charges))
    assert "Zwischensumme 150,00 Rabatt (19 %) -6,67 Rabatt (7 %) -3,33 Zuschlag (7 %) 4,00 Summe netto 144,00" in text


def test_an_invoice_below_zero_asks_for_nothing() -> None:
    text = words_of(sales_invoice((line("10.00", "-3"),)))
    assert "Offener Betrag -35,70 €" in text
    assert "35,70 € sind zu Ihren Gunsten." in text
    assert "überweisen" not in text
    assert "Fällig" not in text


@pytest.mark.parametrize(("code", "words"), [("35", "Lieferdatum"), ("72", "Tag der Zahlung"), ("99", "99")])
def test_a_tax_point_may_be_the_day_of_something(code: str, words: str) -> None:
    assert f"Steuerzeitpunkt {words} Kundennummer" in words_of(sales_invoice(tax_point_code=code))


def test_what_is_withheld_in_full_leaves_nothing_due() -> None:
    text = words_of(sales_invoice(withheld="119.00"))
    assert "Zahlbetrag 119,00 Von Ihnen einbehalten -119,00 Offener Betrag 0,00 €" in text
    assert "überweisen" not in text


def test_the_base_currency_has_its_own_decimals() -> None:
    rate = ExchangeRate(base_currency="KWD", rate=Decimal("0.0019876"), rate_date=date(2026, 11, 20))
    text = words_of(sales_invoice((line("1200", "3"),), currency="JPY", exchange_rate=rate, **ENGLISH))
    # 4284 x 0.0019876 = 8.5148784, 684 x 0.0019876 = 1.3595184
    assert "1 JPY = 0.0019876 KWD. In KWD: VAT 1.360, total 8.515." in text


def test_a_refunding_credit_note_says_what_goes_back_and_asks_for_nothing() -> None:
    pdf = printed(credit_note((line("100.00"),), refunded="119.00"))
    text = words_of(credit_note((line("100.00"),), refunded="119.00"))
    for words in (
        "Rechnungskorrektur CN-0000001",
        "Nummer CN-0000001 Datum 21.11.2026 Zu Rechnung RE-2026-00017 vom 02.11.2026",
        "19 % 100,00 19,00 119,00",
        "Summe brutto 119,00 €",
        "Gutschrift 119,00 €",
        "119,00 € werden Ihnen per Kreditkarte erstattet.",
    ):
        assert words in text, words
    for words in ("überweisen", "Offener Betrag", "Fällig", "verrechnet", "Rechnungsdatum"):
        assert words not in text, words
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Rechnungskorrektur CN-0000001 von Nordlicht Handel GmbH"
    assert pdf.metadata.keywords == "Rechnungskorrektur, CN-0000001"


@pytest.mark.parametrize(
    ("language", "title", "due", "part", "rest"),
    [
        (
            "en",
            "Credit note CN-0000001",
            "Amount credited €119.00",
            "€20.00 are refunded to you by credit card. The rest is set against invoice RE-2026-00017.",
            "The amount is set against invoice RE-2026-00017.",
        ),
        (
            "fr",
            "Avoir CN-0000001",
            "Total crédité 119,00 €",
            "20,00 € vous sont remboursés par carte de crédit. Le reste est imputé sur la facture RE-2026-00017.",
            "Le montant est imputé sur la facture RE-2026-00017.",
        ),
    ],
)
def test_a_credit_note_in_other_languages(language: str, title: str, due: str, part: str, rest: str) -> None:
    refunded, credited = (words_of(credit_note(refunded=r, **LANGUAGES[language])) for r in ("20.00", None))
    for words in (title, due, part):
        assert words in refunded, words
    assert rest in credited


def test_a_credit_note_of_an_order_names_the_order() -> None:
    assert "Bestellnummer EON9001" in words_of(credit_note(order_id="EON9001"))


def test_an_invoice_without_anything_special_says_nothing_special() -> None:
    text = words_of(sales_invoice(buyer=COMPANY.model_copy(update={"tax_id": None, "peppol_id": None})))
    for words in (
        "Wechselkurs",
        "Rundung",
        "einbehalten",
        "USt-IdNr. CHE",
        "Peppol",
        "Zwischensumme",
        "Rabatt",
        "None",
    ):
        assert words not in text, words
