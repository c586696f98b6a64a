"""Cells of words are placed directly, wherever the result is the same."""

import pytest

import documents.shortcuts.cells
from documents.shortcuts.untyped import Untyped
from invoicing.look import Layout, Look
from tests.documents.invoices import items, make_invoice
from tests.documents.printed import render_pdf
from tests.documents.shortcuts.laid_out import page_of

TABLE = "<table><tr><td>%s</td></tr></table>"
PLAIN = "table { table-layout: fixed; width: 300px } td { padding: 0 } "


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Elements whose boxes are left to the library."""
    elements: list[str] = []
    original = documents.shortcuts.cells.in_general

    def noting(context: Untyped, box: Untyped, *further: Untyped, **named: Untyped) -> Untyped:
        elements.append(box.element_tag)
        return original(context, box, *further, **named)

    monkeypatch.setattr(documents.shortcuts.cells, "in_general", noting)
    return elements


@pytest.mark.parametrize("layout", Layout)
def test_of_a_page_of_lines_no_cell_is_left_to_the_library(layout: Layout, left: list[str]) -> None:
    lines = [item for item in items(21) if item.discount == "0" and len(item.name) < 40]
    render_pdf(make_invoice(lines[:10], look=Look(layout=layout)))
    assert "td" not in left
    assert "div" in left


@pytest.mark.parametrize(
    "content",
    [
        "a word",
        "words that need more than a single line of a cell of this width, for there are many of them",
        "<div>one block</div>and<div>another</div>",
        "words<small> and small ones</small> and more <i>3</i>",
    ],
)
def test_words_are_placed_directly(content: str, left: list[str]) -> None:
    page_of(TABLE % content, PLAIN)
    assert "td" not in left


@pytest.mark.parametrize(
    ("content", "css"),
    [
        ("two<br/>lines", ""),
        ("<i>words of several runs</i> that need more than one line, <i>for there are far too many</i> of them", ""),
        ("<b>boxed</b> in a line", "b { padding: 1px }"),
        ("a <b>box</b>", "b { display: inline-block }"),
        ("<p>with margins</p>", ""),
        ("<div>afloat</div>", "div { float: left }"),
        ("<div>next page</div><div>next page</div>", "div { break-before: page }"),
        ("<div>below</div>", "div { clear: both }"),
        ("<div>narrow</div>", "div { width: 20px }"),
        ("<div>low</div>", "div { max-height: 2px }"),
        ("<div>half</div>", "div { padding-left: 50% }"),
        ("moved", "td { position: relative }"),
        ("turned", "td { direction: rtl }"),
        ("indented", "td { text-indent: 3px }"),
        ("first", "td::first-letter { color: red }"),
        ("line", "td::first-line { color: red }"),
        ("raised <sup>2</sup>", ""),
        ("kept\n", "td { white-space: pre }"),
    ],
)
def test_what_needs_more_is_left_to_the_library(content: str, css: str, left: list[str]) -> None:
    page_of(TABLE % content, PLAIN + css)
    assert "td" in left
