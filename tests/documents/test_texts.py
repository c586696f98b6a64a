import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import documents.texts
from documents.direction import LEFT_TO_RIGHT
from documents.texts import languages, texts_in

FOLDER = Path(documents.texts.__file__).parent
ROOM = FOLDER.parent
TRANSLATED = ("ar", "de", "es", "fr", "he", "it", "ja", "nl", "pl", "pt", "zh")
OF_A_TERRITORY = ("de_CH", "en_CA", "en_US")

NAMES = {"method.amazon_pay", "method.apple_pay", "method.google_pay", "method.klarna", "method.paypal"}
CODES = {"bank_account", "bank_code", "bic", "iban", "peppol_id"}
METRIC = ("CMK", "CMT", "GRM", "HUR", "KGM", "KMT", "KWH", "LTR", "MGM", "MIN", "MLT", "MMT", "MTK", "MTQ", "MTR")
SYMBOLS = {f"unit.{code}" for code in (*METRIC, "SEC", "TNE")}
THE_SAME_WORD = {
    "es": {"mail.total", "subtotal", "total"},
    "fr": {"contact", "credit_note_date", "email", "total", "unit.E48", "unit.XCT"},
    "it": {"email", "per_base"},
    "ja": {"position"},
    "nl": {"email", "per_base", "unit.SET", "unit.XPX"},
    "pl": {"email", "tax", "tax_total"},
    "pt": {"email", "mail.total", "subtotal", "total"},
}
"""What these languages write as English does."""
LATIN_WORDS = {"BIC", "EU", "IBAN", "ID", "No", "PDF", "Peppol", "QR", "SEPA"} | {
    "Amazon", "Apple", "Google", "Klarna", "Pay", "PayPal",
}  # fmt: skip


def catalogue(name: str) -> Catalog:
    with (FOLDER / name).open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def english() -> dict[str, str]:
    return {message.context: str(message.id) for message in catalogue("document.pot") if message.context}


def wordings(name: str) -> dict[str, str]:
    return {message.context: str(message.string) for message in catalogue(f"{name}.po") if message.context}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_catalogues_in_twelve_languages() -> None:
    assert languages() == {"en", *TRANSLATED}
    assert {file.stem for file in FOLDER.glob("*.po")} == {*TRANSLATED, *OF_A_TERRITORY}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_a_wording_for_every_text_that_english_has(language: str) -> None:
    translated = wordings(language)
    assert translated.keys() == english().keys()
    assert not [key for key, text in translated.items() if not text.strip()]


@pytest.mark.parametrize("name", [*TRANSLATED, *OF_A_TERRITORY])
def test_a_wording_translates_the_english_of_today(name: str) -> None:
    source = english()
    translated = {message.context: message.id for message in catalogue(f"{name}.po") if message.context}
    assert translated == {key: source[key] for key in translated if key}


@pytest.mark.parametrize("name", [*TRANSLATED, *OF_A_TERRITORY])
def test_a_translation_fills_in_the_same_values(name: str) -> None:
    source, translated = english(), wordings(name)
    assert {key: placeholders(text) for key, text in translated.items()} == {
        key: placeholders(source[key]) for key in translated
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: str) -> None:
    source = english()
    same = {key for key, text in wordings(language).items() if text == source[key]}
    assert same <= NAMES | CODES | SYMBOLS | THE_SAME_WORD.get(language, set())


@pytest.mark.parametrize("language", ["ar", "he", "ja", "zh"])
def test_a_language_of_another_script_has_no_latin_words_but_names_and_codes(language: str) -> None:
    texts = {key: text for key, text in wordings(language).items() if key not in SYMBOLS}
    latin = {word for text in texts.values() for word in re.findall(r"[A-Za-z]+", re.sub(r"{\w+}", "", text))}
    assert latin <= LATIN_WORDS


@pytest.mark.parametrize(
    ("language", "invoice", "tax", "rate"),
    [
        ("en", "Invoice", "VAT", "VAT rate"),
        ("de", "Rechnung", "USt.", "Steuersatz"),
        ("fr", "Facture", "TVA", "Taux de TVA"),
        ("es", "Factura", "IVA", "Tipo de IVA"),
        ("it", "Fattura", "IVA", "Aliquota IVA"),
        ("nl", "Factuur", "Btw", "Btw-tarief"),
        ("pl", "Faktura", "VAT", "Stawka VAT"),
        ("pt", "Fatura", "IVA", "Taxa de IVA"),
        ("ja", "請求書", "消費税", "税率"),
        ("zh", "发票", "增值税", "税率"),
        ("ar", "فاتورة", "الضريبة", "نسبة الضريبة"),
        ("he", "חשבונית", "מע״מ", "שיעור מע״מ"),
    ],
)
def test_tax_is_called_what_the_country_calls_it(language: str, invoice: str, tax: str, rate: str) -> None:
    texts = texts_in(language)
    assert (texts("invoice"), texts("tax"), texts("tax_rate")) == (invoice, tax, rate)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Steuerschuldnerschaft des Leistungsempfängers"),
        ("es", "Inversión del sujeto pasivo"),
        ("fr", "Autoliquidation"),
        ("it", "Inversione contabile"),
        ("nl", "Btw verlegd"),
        ("pl", "Odwrotne obciążenie"),
        ("pt", "autoliquidação"),
    ],
)
def test_reverse_charge_is_said_in_the_words_that_the_directive_asks_for(language: str, words: str) -> None:
    """Directive 2006/112/EC, article 226 (11a), in its language versions."""
    texts = texts_in(language)
    assert words in texts("exemption.AE")
    assert words in texts("reverse_charge_note")


def test_every_text_that_is_asked_for_by_name_exists() -> None:
    code = "".join(file.read_text() for file in [*ROOM.rglob("*.py"), *ROOM.glob("templates/*.*")])
    asked = set(re.findall(r"\b(?:texts|named|t|pieces)\(\s*['\"]([a-z_.]+)['\"]", code))
    assert len(asked) > 30
    assert asked <= english().keys()


def test_a_territory_may_word_a_text_its_own_way() -> None:
    assert (texts_in("en", "GB")("tax"), texts_in("en", "US")("tax")) == ("VAT", "Tax")
    assert (texts_in("de", "AT")("tax"), texts_in("de", "CH")("tax")) == ("USt.", "MWST")


def test_an_unknown_language_is_printed_in_english_and_says_so() -> None:
    texts = texts_in("tlh", "US")
    assert (texts.language, texts.direction, texts("invoice"), texts("tax")) == ("en", "ltr", "Invoice", "Tax")


@pytest.mark.parametrize("odd", ["", "../de", "de_CH", "document", "DE"])
def test_only_a_language_s_own_code_opens_its_catalogue(odd: str) -> None:
    assert texts_in(odd).language == "en"


def test_arabic_and_hebrew_run_from_right_to_left() -> None:
    assert {language for language in languages() if texts_in(language).direction == "rtl"} == {"ar", "he"}


def test_a_second_language_says_the_same_in_its_own_words() -> None:
    texts = texts_in("de", "US", second="en")
    assert texts.second is not None
    assert (texts("tax"), texts.second("tax"), texts.second.second) == ("USt.", "Tax", None)


@pytest.mark.parametrize("second", [None, "de", "tlh", ""])
def test_without_another_language_that_we_have_there_is_no_second(second: str | None) -> None:
    assert texts_in("de", second=second).second is None


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_page_stands_before_the_number_of_pages(language: str) -> None:
    """The layout engine knows both only later, and puts them between these pieces in this order."""
    texts = texts_in(language)
    before, between, after = texts.pieces("page_number")
    assert before + "{page}" + between + "{pages}" + after == (
        english()["page_number"] if language == "en" else wordings(language)["page_number"]
    )


def test_a_value_keeps_its_order_among_words_that_run_from_right_to_left() -> None:
    assert texts_in("ar")("sku", sku="2026-17").endswith(f"{LEFT_TO_RIGHT}2026-17{LEFT_TO_RIGHT}")
    assert texts_in("ar").apart("17/2") == f"{LEFT_TO_RIGHT}17/2{LEFT_TO_RIGHT}"
    assert texts_in("en")("sku", sku="2026-17") == "Item 2026-17"
    assert texts_in("en").apart("17/2") == "17/2"


def test_a_value_with_braces_is_printed_as_it_is() -> None:
    assert texts_in("en")("iban", iban="{seller}") == "IBAN {seller}"


def test_a_text_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_text"):
        texts_in("de")("no_such_text")
