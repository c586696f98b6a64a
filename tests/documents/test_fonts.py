"""What our fonts can print, and what a page in each language really takes from them."""

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pypdf import PdfReader

import documents.fonts
from documents.formatting import FIGURE_SPACE, PUNCTUATION_SPACE
from documents.texts import languages, texts_in
from invoicing.invoice import Invoice
from invoicing.look import Look, Typeface
from tests.documents.invoices import make_invoice
from tests.documents.printed import pages_of, printed, render_pdf

FOLDER = Path(documents.fonts.__file__).parent
FILES = sorted(FOLDER.glob("*.ttf"))
MOST_BYTES = 20 * 1024 * 1024
LOCALES = {
    "ar": "ar_AE", "de": "de_DE", "en": "en_GB", "es": "es_ES", "fr": "fr_FR", "he": "he_IL",
    "it": "it_IT", "ja": "ja_JP", "nl": "nl_NL", "pl": "pl_PL", "pt": "pt_PT", "zh": "zh_CN",
}  # fmt: skip

SCRIPTS = {
    "ar": ("IBM-Plex-Sans-Arabic", "IBM-Plex-Sans-Arabic-Semi-Bold"),
    "he": ("IBM-Plex-Sans-Hebrew", "IBM-Plex-Sans-Hebrew-Semi-Bold"),
    "ja": ("IBM-Plex-Sans-JP", "IBM-Plex-Sans-JP-Semi-Bold"),
    "zh": ("IBM-Plex-Sans-SC", "Invoice-Han-Semi-Bold"),
}


@cache
def characters(file: str) -> frozenset[int]:
    with TTFont(FOLDER / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def covered() -> frozenset[int]:
    return frozenset[int]().union(*(characters(file.name) for file in FILES))


def names(file: Path) -> dict[int, str]:
    with TTFont(file, lazy=True) as font:
        return {identifier: font["name"].getDebugName(identifier) or "" for identifier in (0, 1, 4, 6, 13, 16)}


def of_two_bytes(codec: str, first: range, second: range) -> set[int]:
    pairs = (bytes((row, cell)).decode(codec, "ignore") for row in first for cell in second)
    return {ord(character) for character in pairs if len(character) == 1}


def in_language(language: str, **values: Any) -> Invoice:
    return make_invoice(language=language, locale=LOCALES[language], **values)


def embedded(pdf: PdfReader) -> Iterator[str]:
    for page in pdf.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            yield str(font.get_object()["/BaseFont"]).rpartition("+")[2]


def all_words(language: str) -> str:
    return " ".join(texts_in(language)._wordings.values())


def unprintable(log: pytest.LogCaptureFixture) -> list[str]:
    return [message for record in log.records if ".notdef" in (message := record.getMessage())]


@pytest.fixture
def missing_glyphs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What WeasyPrint says about characters that no font has; the typesetter keeps it quiet."""
    printed(make_invoice())
    logger = logging.getLogger("weasyprint")
    logger.disabled = False
    caplog.clear()
    yield caplog
    logger.disabled = True


@pytest.mark.parametrize("language", sorted(languages()))
def test_there_is_a_glyph_for_every_character_of_every_text(language: str) -> None:
    shown = {char for char in all_words(language) if unicodedata.category(char) != "Cf"}
    assert {char for char in shown if ord(char) not in covered()} == set()


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_text_can_be_set_in_both_weights(language: str, missing_glyphs: pytest.LogCaptureFixture) -> None:
    from weasyprint import HTML  # type: ignore[import-untyped]  # noqa: PLC0415 - after the fonts are chosen

    words = escape(all_words(language))
    style = "body { font-family: IBM Plex Sans } b { font-weight: 600 }"
    html = f'<html lang="{language}"><style>{style}</style><p>{words}</p><p><b>{words}</b></p>'
    fonts = set(embedded(PdfReader(BytesIO(HTML(string=html).write_pdf()))))
    assert unprintable(missing_glyphs) == []
    assert {"IBM-Plex-Sans", "IBM-Plex-Sans-Semi-Bold", *SCRIPTS.get(language, ())} <= fonts


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("typeface", list(Typeface))
def test_a_page_has_all_its_glyphs_and_only_our_fonts(
    language: str, typeface: Typeface, missing_glyphs: pytest.LogCaptureFixture
) -> None:
    pdf = printed(in_language(language, look=Look(typeface=typeface)))
    assert unprintable(missing_glyphs) == []
    ours = {names(file)[4].replace(" ", "").removesuffix("Regular") for file in FILES}
    assert {name.replace("-", "") for name in embedded(pdf)} <= ours


def test_a_character_that_no_font_has_is_noticed(missing_glyphs: pytest.LogCaptureFixture) -> None:
    printed(make_invoice(memo="안녕"))
    assert unprintable(missing_glyphs)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ["فاتورة", "الكمية", "رقم الطلب", "11.90"]),
        ("de", ["Rechnung", "Menge", "Bestellnummer", "21.11.2026"]),
        ("en", ["Invoice", "Quantity", "Order no.", "21 Nov 2026"]),
        ("es", ["Factura", "Cantidad", "Pedido n.º", "21 nov 2026"]),
        ("fr", ["Facture", "Quantité", "Commande nº", "21 nov. 2026"]),
        ("he", ["חשבונית", "כמות", "מספר הזמנה", "11.90"]),
        ("it", ["Fattura", "Quantità", "Ordine n.", "21 nov 2026"]),
        ("ja", ["請求書", "数量", "注文番号", "2026年11月21日"]),
        ("nl", ["Factuur", "Aantal", "Bestelnummer", "21 nov 2026"]),
        ("pl", ["Faktura", "Ilość", "Zamówienie nr", "21 lis 2026"]),
        ("pt", ["Fatura", "Quantidade", "Encomenda n.º", "21/11/2026"]),
        ("zh", ["发票", "数量", "订单号", "2026年11月21日"]),
    ],
)
def test_the_words_of_a_page_can_be_read_back(language: str, words: list[str]) -> None:
    text = " ".join(pages_of(printed(in_language(language))))
    assert [word for word in words if word not in text] == []


def test_japanese_and_chinese_have_their_own_forms() -> None:
    """U+76F4 and U+9AA8 look different in the two countries."""
    buyer = make_invoice().buyer.model_copy(update={"name": "直骨"})
    japanese = set(embedded(printed(in_language("ja", buyer=buyer))))
    chinese = set(embedded(printed(in_language("zh", buyer=buyer))))
    assert japanese == {"IBM-Plex-Sans", "IBM-Plex-Sans-Semi-Bold", "IBM-Plex-Sans-JP", "IBM-Plex-Sans-JP-Semi-Bold"}
    assert chinese == {"IBM-Plex-Sans", "IBM-Plex-Sans-Semi-Bold", "IBM-Plex-Sans-SC", "Invoice-Han-Semi-Bold"}


def test_a_page_carries_only_the_glyphs_that_it_shows() -> None:
    plain, japanese = (len(render_pdf(in_language(language))) for language in ("en", "ja"))
    assert japanese < plain + 40_000


@pytest.mark.parametrize(
    "file", ["IBMPlexSans-Regular", "IBMPlexSans-SemiBold", "IBMPlexSerif-Regular", "IBMPlexSerif-SemiBold"]
)
def test_columns_of_figures_align_without_font_features(file: str) -> None:
    with TTFont(FOLDER / f"{file}.ttf", lazy=True) as font:
        glyphs, widths = font.getBestCmap(), font["hmtx"]
        assert len({widths[glyphs[ord(digit)]][0] for digit in "0123456789"}) == 1
        assert widths[glyphs[ord(".")]][0] == widths[glyphs[ord(",")]][0]


@pytest.mark.parametrize("file", ["IBMPlexSans-Regular", "IBMPlexSans-SemiBold"])
def test_the_padding_of_a_column_is_as_wide_as_what_it_stands_for(file: str) -> None:
    """Plex Serif has neither space, and takes them from Plex Sans: their digits are equally wide."""
    with TTFont(FOLDER / f"{file}.ttf", lazy=True) as font, TTFont(FOLDER / "IBMPlexSerif-Regular.ttf") as serif:
        glyphs, widths = font.getBestCmap(), font["hmtx"]
        assert widths[glyphs[ord(FIGURE_SPACE)]][0] == widths[glyphs[ord("0")]][0] == serif["hmtx"]["zero"][0]
        assert widths[glyphs[ord(PUNCTUATION_SPACE)]][0] == widths[glyphs[ord(".")]][0]


@pytest.mark.parametrize("file", ["IBMPlexSansJP-Regular.ttf", "IBMPlexSansJP-SemiBold.ttf"])
def test_everyday_japanese_is_covered_in_both_weights(file: str) -> None:
    """JIS X 0208; its macron, double bar, wave dash and some others are in Latin fonts too."""
    kanji_and_kana = {code for code in of_two_bytes("euc_jp", range(0xA4, 0xF5), range(0xA1, 0xFF)) if code > 0x3040}
    assert len(kanji_and_kana) > 6500
    assert kanji_and_kana <= characters(file)


@pytest.mark.parametrize("file", ["IBMPlexSansSC-Regular.ttf", "InvoiceHan-SemiBold.ttf"])
def test_everyday_chinese_is_covered_in_both_weights(file: str) -> None:
    """The 6,763 characters of GB 2312."""
    han = of_two_bytes("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))
    assert len(han) == 6763
    assert han <= characters(file)


def test_chinese_as_taiwan_writes_it_is_covered() -> None:
    """The 5,401 frequently used characters of Big5."""
    second = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    han = {
        ord(char)
        for row in range(0xA4, 0xC7)
        for cell in second
        if len(char := bytes((row, cell)).decode("big5", "ignore")) == 1 and "\u4e00" <= char <= "\u9fff"
    }
    assert len(han) == 5401
    assert len(han & characters("IBMPlexSansSC-Regular.ttf")) > 5380
    assert han <= covered()


@pytest.mark.parametrize("name", ["髙橋", "宮﨑", "𠮷田", "渡邉", "濵田", "王玥", "李龑", "张翀", "陳㛃"])
def test_rare_characters_of_names_are_covered(name: str) -> None:
    assert {ord(char) for char in name} <= covered()


def test_the_fonts_are_free_and_of_a_reasonable_size() -> None:
    assert all("Open Font License" in names(file)[13] for file in FILES)
    assert sum(file.stat().st_size for file in FILES) < MOST_BYTES


def test_a_modified_font_does_not_bear_the_reserved_name() -> None:
    """SIL Open Font License 1.1, condition 3."""
    han = names(FOLDER / "InvoiceHan-SemiBold.ttf")
    assert not [name for identifier, name in han.items() if identifier in {1, 4, 6, 16} and "Plex" in name]
