"""Layouts, papers, colours, directions and drafts: where things stand, and what is on every page."""

import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pytest

from documents.page import page_of, paper_of
from documents.palette import palette_of
from documents.style import style_of
from documents.templates import page_html
from invoicing.invoice import Invoice, SettlementKind
from invoicing.look import Layout, Look, Paper, Typeface
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, GERMAN_BUYER, Item, items, make_invoice
from tests.documents.layout import PX_A_MM, Sheet, sheets
from tests.documents.sales_invoices import credit_note, everything

LANGUAGES = {
    "de": "de_DE",
    "en": "en_GB",
    "es": "es_ES",
    "fr": "fr_FR",
    "it": "it_IT",
    "ja": "ja_JP",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "pt": "pt_PT",
    "zh": "zh_CN",
    "ar": "ar_SA",
    "he": "he_IL",
}
DUE: dict[str, Any] = {"kind": SettlementKind.ON_ACCOUNT}
CARRIED = re.compile(r"^\u00dcbertrag\u2003([\d.,]+)$")
BROUGHT = re.compile(r"^\u00dcbertrag von der vorigen Seite\u2003([\d.,]+)$")


def looking(invoice: Invoice, **look: Any) -> Invoice:
    return invoice.model_copy(update={"look": Look(**look)})


def german(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def matched(sheet: Sheet, pattern: re.Pattern[str]) -> list[str]:
    return [match[1] for words in sheet.words if (match := pattern.match(words.text))]


def positions(sheet: Sheet, count: int) -> list[int]:
    """Which lines stand on a page, by their article numbers."""
    return [n for n in range(count) if sheet.holding(f"NL-{1000 + n}")]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layout_holds_everything_in_every_language(layout: Layout, language: str) -> None:
    words: dict[str, Any] = {"language": language, "locale": LANGUAGES[language]}
    for invoice in (looking(everything(**words), layout=layout), looking(credit_note(**words), layout=layout)):
        for sheet in sheets(invoice):
            assert sheet.colliding() == []
            assert sheet.cut() == []


@pytest.mark.parametrize(("language", "second"), [("de", "en"), ("en", "ar"), ("he", "en"), ("ja", "en"), ("fr", "pl")])
@pytest.mark.parametrize("layout", Layout)
def test_two_languages_have_room_beside_each_other(layout: Layout, language: str, second: str) -> None:
    words: dict[str, Any] = {"language": language, "locale": LANGUAGES[language]}
    for sheet in sheets(looking(everything(**words), layout=layout, second_language=second)):
        assert sheet.colliding() == []
        assert sheet.cut() == []


@pytest.mark.parametrize("typeface", Typeface)
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("layout", Layout)
def test_every_layout_fits_every_paper_in_every_typeface(layout: Layout, paper: Paper, typeface: Typeface) -> None:
    invoice = looking(make_invoice(items(30), **DUE), layout=layout, paper=paper, typeface=typeface)
    width, height = (210, 297) if paper is Paper.A4 else (215.9, 279.4)
    for sheet in sheets(invoice):
        assert (sheet.width / PX_A_MM, sheet.height / PX_A_MM) == pytest.approx((width, height))
        assert sheet.colliding() == []
        assert sheet.cut() == []


@pytest.mark.parametrize("layout", Layout)
def test_the_address_stands_in_the_window_of_a_german_envelope(layout: Layout) -> None:
    """DIN 5008 form B: the field begins 45 mm from the top and 20 mm from the left, 85 mm wide; its lower 27.3 mm are
    the address, 62.7 mm from the top."""
    sheet = sheets(looking(make_invoice(), layout=layout))[0]
    lines = [sheet.found(line) for line in ("Lindenallee 5", "Hinterhaus, 3. OG", "10115 Berlin")]
    # The company and the person stand above; the sum of both lines is 9 mm.
    assert min(line.top for line in lines) / PX_A_MM == pytest.approx(62.7 + 9 + 0.6, abs=1)
    assert max(line.bottom for line in lines) / PX_A_MM <= 90
    assert {round(line.left / PX_A_MM, 1) for line in lines} == {25.0}
    (sender,) = [words for words in sheet.holding("Speicherstra\u00dfe 12a \u00b7") if words.top / PX_A_MM < 100]
    assert 45 <= sender.top / PX_A_MM <= sender.bottom / PX_A_MM <= 62.7


@pytest.mark.parametrize("layout", Layout)
def test_the_address_stands_in_the_window_of_an_american_envelope(layout: Layout) -> None:
    """A #10 window is 4 1/2 by 1 1/8 inches, 7/8 inch from the left and 1/2 inch from the bottom of 4 1/8 by 9 1/2. A
    sheet of Letter, folded in three, is 3 2/3 inches high in it: at the bottom or at the top of the envelope, what lies
    between 2.5 and 3.17 inches from its top is seen; from side to side 0.875 to 4.375 inches."""
    invoice = make_invoice(seller=AMERICAN_SELLER, buyer=AMERICAN_BUYER, language="en", locale="en_US")
    sheet = sheets(looking(invoice, layout=layout))[0]
    for text in ("John Q. Public", "1428 Elm Street", "Springfield, IL 62704"):
        words = sheet.found(text)
        assert 2.5 * 25.4 - 0.5 <= words.top / PX_A_MM <= words.bottom / PX_A_MM <= 3.17 * 25.4
        assert 0.875 * 25.4 <= words.left / PX_A_MM <= words.right / PX_A_MM <= 4.375 * 25.4


def test_an_address_of_many_lines_uses_the_whole_window() -> None:
    lines = tuple(f"Zeile {n}" for n in range(4))
    address = GERMAN_BUYER.address.model_copy(update={"extra_lines": lines})
    sheet = sheets(make_invoice(buyer=GERMAN_BUYER.model_copy(update={"address": address})))[0]
    assert sheet.found("Mustermann & S\u00f6hne KG").top / PX_A_MM >= 45
    assert sheet.found("10115 Berlin").bottom / PX_A_MM <= 90


def test_the_paper_is_the_seller_s_country_s_unless_one_was_chosen() -> None:
    american = make_invoice(seller=AMERICAN_SELLER)
    assert paper_of(american) is Paper.LETTER
    assert paper_of(looking(american, paper=Paper.A4)) is Paper.A4
    assert paper_of(make_invoice()) is Paper.A4


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("count", [1, 10, 40, 120])
def test_what_is_carried_forward_is_the_sum_of_the_lines_so_far(layout: Layout, count: int) -> None:
    invoice = looking(make_invoice(items(count), **DUE), layout=layout)
    sums = list(accumulate((line.amount for line in invoice.lines), initial=Decimal(0)))
    pages, seen = sheets(invoice), 0
    assert matched(pages[0], BROUGHT) == []
    for sheet, following in zip(pages, [*pages[1:], None], strict=True):
        seen += len(positions(sheet, count))
        if following is None:
            assert matched(sheet, CARRIED) == []
        else:
            assert matched(sheet, CARRIED) == [german(sums[seen])]
            assert matched(following, BROUGHT) == [german(sums[seen])]
    assert seen == count


def test_five_hundred_lines_have_a_head_a_sum_and_a_number_on_every_page() -> None:
    pages = sheets(looking(make_invoice(items(500)), layout=Layout.COMPACT))
    assert [n for sheet in pages for n in positions(sheet, 500)] == list(range(500))
    for number, sheet in enumerate(pages, 1):
        assert sheet.holding("Bezeichnung")
        assert sheet.found(f"Seite {number} von {len(pages)}")
        assert bool(matched(sheet, CARRIED)) is (number < len(pages))
        assert bool(matched(sheet, BROUGHT)) is (number > 1)


def test_no_sum_is_carried_to_a_page_that_has_only_a_memo() -> None:
    pages = sheets(everything(memo="\n".join(f"Hinweis {n}" for n in range(150))))
    assert len(pages) > 2
    for sheet in pages[2:]:
        assert not sheet.holding("\u00dcbertrag")


@pytest.mark.parametrize("layout", Layout)
def test_the_totals_have_a_line_above_them_on_their_page(layout: Layout) -> None:
    for count in (9, 10, 11, 13):
        last = sheets(looking(make_invoice(items(count), **DUE), layout=layout))[-1]
        assert last.holding("Summe netto")
        assert positions(last, count)[-1:] == [count - 1]


def test_ten_lines_fit_on_one_page() -> None:
    assert len(sheets(make_invoice(items(10), **DUE))) == 1


def test_arabic_is_laid_out_from_right_to_left() -> None:
    ltr = sheets(make_invoice(items(3), **DUE))[0]
    rtl = sheets(make_invoice(items(3), language="ar", locale="ar_SA", **DUE))[0]
    middle = rtl.width / 2
    for text in ("Lindenallee 5", "Teekanne aus Gusseisen"):
        assert ltr.holding(text)[0].left < middle < rtl.holding(text)[0].right
    # The first column stands on the right, the amounts on the left.
    name, amount = rtl.holding("Notizbuch")[0], rtl.holding("321.04")[0]
    assert amount.right < name.left


def test_the_letter_greets_and_takes_its_leave() -> None:
    texts = [words.text for words in sheets(looking(make_invoice(), layout=Layout.LETTER))[0].words]
    assert "Guten Tag Erika Mustermann," in texts
    assert "Freundliche Gr\u00fc\u00dfe" in texts
    assert not any("Guten Tag" in text for text in (words.text for words in sheets(make_invoice())[0].words))


def test_both_languages_are_on_the_page_the_second_in_a_lighter_tone() -> None:
    invoice = looking(make_invoice(items(2), **DUE), second_language="en")
    (sheet,) = sheets(invoice)
    for text in ("Invoice", "Order date", "Description", "Unit price", "Total excl. VAT", "VAT rate"):
        assert sheet.holding(text), text
    quiet = [css for css in style_of(invoice.look, Paper.A4, "ltr") if ".second" in css]
    assert any("color: #5f6b78" in css for css in quiet)


def test_one_language_is_not_said_twice() -> None:
    html = page_html(page_of(make_invoice(items(2))), None, {})
    assert 'class="second"' not in html


def test_a_draft_says_so_on_every_page_and_asks_for_nothing() -> None:
    pages = sheets(make_invoice(items(40), **DUE), is_draft=True)
    assert len(pages) > 1
    for sheet in pages:
        assert [words for words in sheet.words if words.text == "Entwurf" and words.bottom - words.top > 20 * PX_A_MM]
    assert pages[0].holding("Dies ist ein Entwurf")
    page = page_of(make_invoice(items(2), **DUE), is_draft=True)
    assert page.payment_code is None
    assert page.payment == []
    assert not sheets(make_invoice(items(2)))[0].holding("Entwurf")


def test_the_brand_s_colour_is_in_the_style_and_nothing_else_from_the_look_is() -> None:
    look = Look(brand_colour="#b3261e")
    css = "".join(style_of(look, Paper.A4, "ltr"))
    palette = palette_of("#b3261e")
    assert {palette.brand, palette.tint} <= set(re.findall(r"#[0-9a-f]{6}", css))
    assert "body { display" not in "".join(style_of(Look(brand_colour="red; } body { display: none"), Paper.A4, "ltr"))


def test_sheets_that_do_not_depend_on_the_colour_are_the_same_text() -> None:
    """They are read once a process."""
    red, blue = (style_of(Look(brand_colour=colour), Paper.A4, "ltr") for colour in ("#b3261e", "#0f4c5c"))
    assert sum(one == other for one, other in zip(red, blue, strict=True)) == len(red) - 1


def test_the_code_for_the_bank_is_on_the_page_where_something_is_due() -> None:
    due = page_of(make_invoice([Item(price="100.00")], **DUE))
    assert due.payment_code is not None
    assert due.payment_code.alt.replace("\u00a0", " ").endswith("119,00 \u20ac an Nordlicht Handel GmbH")
    assert due.payment_code.image in page_html(due, None, {})
    assert page_of(make_invoice()).payment_code is None


def test_images_of_lines_have_a_text_and_only_those_that_can_be_printed_are_there() -> None:
    invoice = make_invoice(items(2))
    lines = [line.model_copy(update={"image_url": f"https://shop.example/{line.position}"}) for line in invoice.lines]
    page = page_of(invoice.model_copy(update={"lines": tuple(lines)}))
    html = page_html(page, None, {"https://shop.example/1": "picture:one"})
    assert html.count("<img") == 1
    assert f'<img src="picture:one" alt="{page.rows[0].picture_alt}"/>' in html
    assert "Teekanne" in page.rows[0].picture_alt


def test_the_amount_that_matters_is_told_at_the_top() -> None:
    due = page_of(make_invoice([Item(price="100.00")], **DUE)).glance
    paid = page_of(make_invoice([Item(price="100.00")])).glance
    credited = page_of(credit_note()).glance
    assert (due.label, due.amount, due.is_open) == ("Offener Betrag", "119,00\u00a0\u20ac", True)
    assert (paid.label, paid.amount, paid.remark, paid.is_open) == (
        "Bezahlt",
        "119,00\u00a0\u20ac",
        "Kreditkarte",
        False,
    )
    assert (credited.label, credited.amount, credited.is_open) == ("Gutschrift", "119,00\u00a0\u20ac", False)


def test_every_head_of_a_table_says_what_it_heads() -> None:
    """PDF/UA-1 (ISO 14289-1, 7.5)."""
    html = page_html(page_of(everything()), None, {})
    heads = re.findall(r"<th\b([^>]*)>(.*?)</th>", html)
    assert heads
    assert all("scope=" in attributes and words for attributes, words in heads)
