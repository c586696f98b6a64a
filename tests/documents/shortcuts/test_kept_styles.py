"""Styles are kept between documents only as long as they depend on nothing else."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from weasyprint import CSS  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

import documents.shortcuts.kept_styles
from documents.pdf import render
from documents.request import OwnTemplate, PrintRequest
from documents.shortcuts.kept_styles import MOST_SETS, KeptStyles, _sets
from documents.style import style_of
from documents.typesetter import _Page
from invoicing.document_forms import DocumentForm
from invoicing.look import Layout, Look, Paper
from tests.documents.invoices import FRENCH_BUYER, items, make_invoice
from tests.documents.printed import render_pdf

BEYOND_ANCESTORS = re.compile(
    r":(?:nth-|first-|last-|only-|empty|has\()|[+~][^;{}()]*\{|footnote|note-call|\dv(?:w|h|i|b|min|max)\b"
)
"""Selectors of siblings and children, and what is measured on the page or belongs to a place on it."""
TABLE = "<html><head/><body><table><tr><td id='here'>words</td></tr></table></body></html>"
OWN = OwnTemplate(
    html="<html lang='en'><head><title>{{ page.title }}</title></head><body><p>{{ page.number }}</p></body></html>",
    css="p { color: #123456 }",
)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    _sets.clear()
    yield
    _sets.clear()


@pytest.mark.parametrize(
    ("layout", "paper", "direction", "is_draft"), list(product(Layout, Paper, ("ltr", "rtl"), (False, True)))
)
def test_our_sheets_look_at_ancestors_only(layout: Layout, paper: Paper, direction: str, is_draft: bool) -> None:
    sheets = style_of(Look(layout=layout), paper, direction, is_draft=is_draft)
    assert [found.group() for sheet in sheets for found in BEYOND_ANCESTORS.finditer(sheet)] == []


@pytest.mark.parametrize("layout", Layout)
def test_a_page_is_the_same_whatever_was_printed_before(layout: Layout) -> None:
    look = Look(layout=layout)
    invoice = make_invoice(items(30), look=look)
    first = render_pdf(invoice)
    for other in (make_invoice(items(2), look=look), make_invoice(items(70), look=look, language="fr", locale="fr_FR")):
        render_pdf(other)
    assert render_pdf(invoice) == first


def test_a_document_of_the_same_shape_computes_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    original = documents.shortcuts.kept_styles.KeptStyles._computed

    def counting(self: KeptStyles, *arguments: Any) -> Any:
        computed.append(arguments)
        return original(self, *arguments)

    monkeypatch.setattr(KeptStyles, "_computed", counting)
    render_pdf(make_invoice(items(12)))
    assert computed
    computed.clear()
    render_pdf(make_invoice(items(12), number="RE-2026-00018", buyer=FRENCH_BUYER))
    assert computed == []


def test_only_so_many_sets_of_sheets_are_kept() -> None:
    for n in range(MOST_SETS + 3):
        render_pdf(make_invoice(look=Look(brand_colour=f"#0000{n:02x}")))
    assert len(_sets) == MOST_SETS


def test_a_set_that_has_grown_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = make_invoice()
    first = render_pdf(invoice)
    (kept,) = _sets.values()
    monkeypatch.setattr(documents.shortcuts.kept_styles, "MOST_STYLES", kept.count - 1)
    assert render_pdf(invoice) == first
    assert list(_sets.values()) != [kept]


def test_of_a_tenants_own_template_nothing_is_kept() -> None:
    render(PrintRequest(invoice=make_invoice(), forms=(DocumentForm.PDF,), template=OWN), {})
    assert not _sets


def test_a_kept_style_is_corrected_from_the_first_time_it_is_asked_for() -> None:
    page = _Page(TABLE, URLFetcher(), keeps_styles=True)
    rendered = page.render(stylesheets=[CSS(string="td { margin: 7px } table { border-collapse: collapse }")])
    (cell,) = [box for box in rendered.pages[0]._page_box.descendants(placeholders=True) if box.element_tag == "td"]
    assert (cell.margin_left, cell.margin_top) == (0, 0)
