"""The tree of boxes is the one that WeasyPrint builds, whatever stands in it."""

from collections.abc import Callable
from typing import TypeAlias
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from weasyprint import CSS  # type: ignore[import-untyped]
from weasyprint.css import get_all_computed_styles  # type: ignore[import-untyped]
from weasyprint.css.counters import CounterStyle  # type: ignore[import-untyped]
from weasyprint.css.targets import TargetCollector  # type: ignore[import-untyped]
from weasyprint.formatting_structure import build  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import Box, TextBox  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

from documents.shortcuts import boxes, take_shortcuts
from documents.shortcuts.untyped import Untyped
from documents.typesetter import _Page

Told: TypeAlias = tuple[object, ...]
Walk: TypeAlias = Callable[[Untyped], Untyped]
Functions: TypeAlias = dict[str, Untyped]

FONTS = FontConfiguration()
TOLD = (
    *("string_set", "bookmark_label", "first_letter_style", "text_overflow", "is_flex_item", "is_grid_item"),
    *("leading_collapsible_space", "trailing_collapsible_space", "colspan", "rowspan", "grid_x", "is_table_wrapper"),
)

SHEET = """
.upper { text-transform: uppercase }
.soft { hyphens: none }
.pre { white-space: pre }
.line { white-space: pre-line }
.block { display: block }
.inline { display: inline }
.aside { float: left }
.over { position: absolute }
.top { position: running(top) }
.item { display: list-item }
.cell { display: table-cell }
.row { display: table-row }
.flex { display: flex }
.grid { display: grid }
.none { display: none }
.more { counter-increment: here 2 }
.reset { counter-reset: here 7 }
.set { counter-set: here 4 }
.marked::before { content: "> " counter(here) }
.last::after { content: counters(here, ".") }
a.pointing::after { content: target-counter(attr(href url), here) target-text(attr(href url)) }
.worded { content: "instead" }
.big::first-letter { font-size: 2em }
.told { string-set: told content() attr(class) }
.clipped { overflow: hidden; text-overflow: ellipsis }
.outline { bookmark-level: 2; bookmark-label: content(text) }
"""
CLASSES = ["", *(rule.partition(" ")[0].partition("::")[0].strip(".") for rule in SHEET.strip().splitlines())]
WORDS = [
    "Tea",
    "Tea pot",
    " Tea",
    "Tea ",
    "Tea  pot",
    "\n",
    " ",
    "\t",
    "a\nb",
    "a\u00adb",
    "a\u00a0",
    "\u3000",
    "stra\u00dfe",
]

PLACES = (
    "Tea<p class='{name}'>{words}</p>",
    "<div>Tea <p class='{name}'>{words}</p></div>",
    "<div><p>Tea</p><p class='{name}'>{words}</p></div>",
    "<div class='{name}'>{words}<p>Tea</p></div>",
    "<div class='{name}'><p>Tea</p><p>{words}</p></div>",
    "<table><tr><td>Tea</td><td class='{name}'>{words}</td></tr></table>",
    "<table><tr class='{name}'><td>Tea</td><td>{words}</td></tr></table>",
    "<table><tr><td>Tea<p class='{name}'>{words}</p></td></tr></table>",
    "<div class='top'><p class='{name}'>{words}</p></div>",
    "<div class='flex'><p class='{name}'>{words}</p></div>",
    "<span>Tea<small class='{name}'>{words}</small></span>",
    "<a class='{name}' href='#there'>{words}</a>",
    "<span>Tea <td class='{name}'>{words}</td></span>",
)
"""Where words of a class may stand."""

words = st.sampled_from(WORDS)
tags = st.sampled_from(["p", "div", "span", "small", "td", "th", "tr", "tbody", "table", "h1", "br", "li"])
classes = st.sampled_from(CLASSES)


def _element(tag: str, name: str, inside: list[str]) -> str:
    return f'<{tag} class="{name}">{"".join(inside)}</{tag}>'


elements = st.recursive(
    st.builds(lambda tag, name, text: _element(tag, name, [text]), tags, classes, words),
    lambda inner: st.builds(_element, tags, classes, st.lists(st.one_of(words, inner), max_size=4)),
    max_leaves=12,
)
rows = st.builds(
    lambda cells: f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table>",
    st.lists(
        st.lists(st.builds(lambda name, text: _element("td", name, [text]), classes, words), max_size=3).map("".join),
        max_size=3,
    ),
)
pages = st.lists(st.one_of(elements, rows), max_size=3).map("".join)

WALKS = {walk.__name__: ours for walk, ours in boxes.WALKS.items()}
OURS: Functions = {"element_to_box": boxes.element_to_box, **WALKS}
THEIRS: Functions = {"element_to_box": boxes.in_general, **{walk.__name__: walk for walk in boxes.WALKS}}
OUR_METHODS: Functions = {
    "process_whitespace": boxes.process_whitespace,
    "process_text_transform": boxes.process_text_transform,
    "is_settled": False,
}
THEIR_METHODS: Functions = {
    "process_whitespace": boxes.whitespace_in_general,
    "process_text_transform": boxes.transform_in_general,
}


@pytest.fixture(scope="module")
def sheet() -> Untyped:
    take_shortcuts()
    return CSS(string=SHEET, font_config=FONTS)


def tree(body: str, sheet: Untyped, functions: Functions, methods: Functions, kept: bool) -> Told:
    """What WeasyPrint lays out."""
    page = _Page(f"<html><head/><body>{body}</body></html>", URLFetcher(), keeps_styles=kept)
    targets, counters = TargetCollector(), CounterStyle()
    style_for = styles(page, sheet, targets, counters)
    with mock.patch.multiple(build, **functions), mock.patch.multiple(Box, create=True, **methods):
        return told(build.build_formatting_structure(page.etree_element, style_for, None, None, targets, counters, []))


def styles(page: Untyped, sheet: Untyped, targets: TargetCollector, counters: CounterStyle) -> Untyped:
    return get_all_computed_styles(
        page,
        user_stylesheets=[sheet],
        presentational_hints=False,
        font_config=FONTS,
        counter_style=counters,
        color_profiles={},
        page_rules=[],
        layers=[],
        target_collector=targets,
        forms=False,
    )


def told(box: Untyped) -> Told:
    """A box, as far as its layout follows from it, with what is inside."""
    if box.is_running():
        box = in_margin(box)
    return (
        type(box).__name__,
        box.element_tag,
        dict(box.element.items()),
        type(box.style).__name__,
        box.style["display"],
        box.style["white_space"],
        {name: getattr(box, name, None) for name in TOLD},
        box.text
        if isinstance(box, TextBox)
        else [told(child) for child in (*box.children, *getattr(box, "column_groups", ()))],
    )


def in_margin(running: Untyped) -> Untyped:
    """A running box as it stands in the margin of a page: the walks have left it for then."""
    box = running.deepcopy()
    box.style = box.style.copy()
    box.style["position"] = "relative"
    for inner in box.descendants():
        if inner.style["content"] not in {"normal", "none"}:
            inner.children = build.content_to_boxes(
                inner.style, inner, [0], {}, None, TargetCollector(), CounterStyle()
            )
    box.process_whitespace()
    box.process_text_transform()
    return build.create_anonymous_boxes(box)


@given(pages, st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_it_is_the_same_tree(sheet: Untyped, body: str, kept: bool) -> None:
    theirs = tree(body, sheet, THEIRS, THEIR_METHODS, kept)
    assert tree(body, sheet, OURS, OUR_METHODS, kept) == theirs


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("place", PLACES)
def test_words_of_every_class_are_the_same_wherever_they_stand(sheet: Untyped, name: str, place: str) -> None:
    body = "".join(
        "<p class='more'>Tea</p>" + place.format(name=f"{name} {further}", words=text)
        for text in (*WORDS, "Tea")
        for further in ("", "block")
    )
    body += f"<p class='marked'>on</p><a class='pointing' href='#there'>see</a><p id='there' class='{name}'>Tea</p>"
    theirs = tree(body, sheet, THEIRS, THEIR_METHODS, kept=True)
    assert tree(body, sheet, OURS, OUR_METHODS, kept=True) == theirs


def test_rows_of_cells_of_words_are_passed_over(sheet: Untyped) -> None:
    """No walk looks at a cell, or into a row."""
    seen: list[str] = []

    def watched(walk: Walk) -> Walk:
        def walk_on(box: Untyped) -> Untyped:
            seen.append(box.element_tag)
            return walk(box)

        return walk_on

    functions: Functions = {
        name: boxes._unless_settled(watched(walk)) for name, walk in THEIRS.items() if name in WALKS
    }
    body = "<table><tbody><tr><td>1</td><td>Tea pot<small class='block'>black</small></td></tr></tbody></table>"
    assert "td" in str(tree(body, sheet, OURS | functions, OUR_METHODS, kept=True))
    assert "tbody" in seen
    assert not {"tr", "td", "small"} & set(seen)


def test_what_is_kept_with_a_style_holds_no_document(sheet: Untyped) -> None:
    page = _Page("<html><head/><body><p>Tea</p></body></html>", URLFetcher(), keeps_styles=True)
    style_for = styles(page, sheet, TargetCollector(), CounterStyle())
    (paragraph,) = page.etree_element.iter("p")
    boxes.element_to_box(paragraph, style_for, None, None, TargetCollector(), CounterStyle(), [])
    assert [box.element for box in style_for(paragraph).of_words] == [None] * 3
