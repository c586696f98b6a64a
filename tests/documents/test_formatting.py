from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from documents.formatting import Formatter, formatter_for, locale_of
from documents.texts import texts_in
from tests.documents.invoices import make_invoice

FIGURE, PUNCTUATION = "\u2007", "\u2008"
LRM, RLM = "\u200e", "\u200f"


def formatter(locale: str, currency: str) -> Formatter:
    parsed = Locale.parse(locale)
    return Formatter(parsed, currency, texts_in(parsed.language, parsed.territory))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "money"),
    [
        ("de_DE", "EUR", "1234.5", "1.234,50 €"),
        ("de_DE", "EUR", "-0.01", "-0,01 €"),
        ("en_US", "USD", "1234.5", "$1,234.50"),
        ("fr_FR", "EUR", "1234567.89", "1 234 567,89 €"),
        ("en_GB", "GBP", "0", "£0.00"),
        ("de_CH", "CHF", "1234.5", "CHF 1\u2019234.50"),
        ("pl_PL", "PLN", "12345.6", "12 345,60 zł"),
        ("en_IN", "INR", "1234567.5", "₹12,34,567.50"),
        ("es_ES", "EUR", "12345.6", "12.345,60 €"),
        ("it_IT", "EUR", "12345.6", "12.345,60 €"),
        ("nl_NL", "EUR", "12345.6", "€ 12.345,60"),
        ("pt_PT", "EUR", "12345.6", "12 345,60 €"),
        ("pt_BR", "BRL", "12345.6", "R$ 12.345,60"),
        ("ja_JP", "JPY", "12345", "￥12,345"),
        ("zh_CN", "CNY", "12345.6", "¥12,345.60"),
        ("ar_EG", "EGP", "12345.6", f"{RLM}12,345.60 ج.م.{RLM}"),
        ("ar_AE", "EUR", "-12345.6", f"{RLM}{LRM}-12,345.60 €"),
        ("he_IL", "ILS", "-12345.6", f"{RLM}{LRM}-12,345.60 {RLM}₪"),
    ],
)
def test_money_is_written_as_the_locale_writes_it(locale: str, currency: str, amount: str, money: str) -> None:
    assert plain(formatter(locale, currency).money(Decimal(amount))) == money


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("JPY", "1,235"), ("EUR", "1,234.60"), ("KWD", "1,234.600"), ("IQD", "1,234.600")],
)
def test_iso_4217_says_how_many_decimals_a_currency_has(currency: str, amount: str) -> None:
    value = Decimal(1235) if currency == "JPY" else Decimal("1234.6")
    assert formatter("en_US", currency).amount(value) == amount


def test_the_last_cent_of_an_amount_beyond_float_is_kept() -> None:
    assert formatter("en_US", "EUR").amount(Decimal("90071992547409931234.57")) == "90,071,992,547,409,931,234.57"


@pytest.mark.parametrize(("price", "written"), [("9.9", "9,90"), ("0.12345", "0,12345"), ("3", "3,00")])
def test_a_unit_price_keeps_decimals_beyond_the_currency(price: str, written: str) -> None:
    assert formatter("de_DE", "EUR").unit_price(Decimal(price)) == written


@pytest.mark.parametrize(
    ("quantity", "written"), [("2.000", "2"), ("1.50", "1,5"), ("1E+3", "1.000"), ("0.001", "0,001")]
)
def test_a_quantity_has_the_decimals_it_needs(quantity: str, written: str) -> None:
    assert formatter("de_DE", "EUR").quantity(Decimal(quantity)) == written


@pytest.mark.parametrize(
    ("locale", "rate", "written"),
    [
        ("de_DE", "19", "19 %"),
        ("de_DE", "7.7", "7,7 %"),
        ("en_US", "8.875", "8.875%"),
        ("fr_FR", "0", "0 %"),
        ("pl_PL", "8.5", "8,5%"),
        ("ja_JP", "10", "10%"),
        ("ar_EG", "14", "14%"),
        ("he_IL", "18", "18%"),
    ],
)
def test_a_rate_is_written_in_percent(locale: str, rate: str, written: str) -> None:
    assert plain(formatter(locale, "EUR").percent(Decimal(rate))) == written


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("de_DE", "05.03.2026"),
        ("en_US", "Mar 5, 2026"),
        ("fr_FR", "5 mars 2026"),
        ("es_ES", "5 mar 2026"),
        ("it_IT", "5 mar 2026"),
        ("nl_NL", "5 mrt 2026"),
        ("pl_PL", "5 mar 2026"),
        ("pt_PT", "05/03/2026"),
        ("ja_JP", "2026年3月5日"),
        ("zh_CN", "2026年3月5日"),
        ("ar_EG", "5 مارس 2026"),
        ("he_IL", "5 במרץ 2026"),
    ],
)
def test_a_date_is_written_as_the_locale_writes_it(locale: str, written: str) -> None:
    assert formatter(locale, "EUR").date(date(2026, 3, 5)) == written


@pytest.mark.parametrize(
    ("locale", "code", "name"),
    [("de_DE", "H87", "Stk."), ("en_US", "H87", "pcs"), ("fr_FR", "KGM", "kg"), ("de_DE", "Q3X", "Q3X")],
)
def test_a_unit_has_a_short_name_or_its_code(locale: str, code: str, name: str) -> None:
    assert formatter(locale, "EUR").unit(code) == name


def test_decimal_marks_meet_when_numbers_are_aligned_to_the_right() -> None:
    numbers = formatter("de_DE", "EUR").aligned(["1.250", "1,5", "0,25"])
    assert numbers == [f"1.250{PUNCTUATION}{FIGURE}{FIGURE}", f"1,5{FIGURE}", "0,25"]


def test_whole_numbers_are_aligned_as_they_are() -> None:
    assert formatter("en_US", "EUR").aligned(["1", "1,250"]) == ["1", "1,250"]


def test_padded_numbers_keep_their_padding_behind_them_among_words_from_right_to_left() -> None:
    assert formatter("ar_EG", "EUR").aligned(["1.5", "0.25"]) == [f"{LRM}1.5{FIGURE}{LRM}", f"{LRM}0.25{LRM}"]


def test_a_minus_sign_stays_before_its_number_among_words_from_right_to_left() -> None:
    assert formatter("he_IL", "EUR").amount(Decimal(-3)) == f"{LRM}-3.00"
    assert formatter("ja_JP", "EUR").amount(Decimal(-3)) == "-3.00"


def test_every_language_writes_figures_in_latin_digits_and_has_dates() -> None:
    for language in sorted(locale for locale in locale_identifiers() if "_" not in locale):
        written = formatter(language, "EUR")
        figures = written.money(Decimal("-1234567.89")), written.percent(Decimal("8.5")), written.quantity(Decimal(10))
        digits = ["".join(char for char in text if char.isdecimal()) for text in figures]
        assert (language, digits) == (language, ["123456789", "85", "10"])
        assert written.date(date(2026, 3, 5))


@pytest.mark.parametrize(
    ("code", "language", "locale"),
    [
        ("de_AT", "de", "de_AT"),
        ("de-AT", "de", "de_AT"),
        ("klingon", "fr", "fr"),
        ("", "", "en"),
        ("xx_YY", "de", "de"),
        ("ar_IR", "ar", "ar"),
        ("zh-Hant-TW", "zh", "zh_Hant_TW"),
    ],
)
def test_an_odd_locale_falls_back_to_the_language_then_to_english(code: str, language: str, locale: str) -> None:
    assert str(locale_of(code, language)) == locale


def test_labels_follow_the_language_and_figures_the_locale() -> None:
    mixed = formatter_for(make_invoice(language="de", locale="en_US"))
    assert mixed.texts("invoice") == "Rechnung"
    assert mixed.amount(Decimal("1234.5")) == "1,234.50"
