"""The tree of boxes: elements that hold words only, and such elements in rows, are given their final shape at once.

WeasyPrint walks the whole tree seven times to take out space, transform letters, and put in the boxes that tables,
flex, grids, lines and blocks need. For most of an invoice's elements it is known when they are built that the first
six will find nothing and the last will wrap the words in a line. They are built so, called settled, and passed over.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from weasyprint.formatting_structure import build  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import (  # type: ignore[import-untyped]
    BlockBox,
    Box,
    LineBox,
    TableCellBox,
    TableRowBox,
    TextBox,
)
from weasyprint.html import HTML_HANDLERS  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

SETTLED_WORDS = re.compile(r"[^ \t\r\n]+(?: [^ \t\r\n]+)*")
"""No space in them collapses."""
PSEUDO_ELEMENTS = ("before", "after", "first-letter", "first-line")
KINDS = {("block", "flow"): BlockBox, ("table-cell",): TableCellBox}
"""Boxes that hold lines or blocks, by their `display`."""
HOLDERS = frozenset(KINDS.values())

in_general = build.element_to_box
whitespace_in_general = Box.process_whitespace
transform_in_general = Box.process_text_transform


def element_to_box(
    element: Element, style_for: Callable[..., Untyped], *further: Untyped, **named: Untyped
) -> list[Untyped]:
    """In place of `weasyprint.formatting_structure.build.element_to_box`."""
    if (
        not len(element)
        and element.text
        and SETTLED_WORDS.fullmatch(element.text)
        and isinstance(element.tag, str)
        and not (element.get("colspan") or element.get("rowspan"))  # a cell reads them when it is made
    ):
        style = style_for(element)
        known = style.__dict__
        if "of_words" not in known:
            known["of_words"] = _shape(element, style) if _is_plain(element, style, style_for) else None
        if known["of_words"] is not None:
            return [_of_words(element, *known["of_words"])]
    made: list[Untyped] = in_general(element, style_for, *further, **named)
    for box in made:
        _settle(box)
    return made


def _unless_settled(walk: Callable[[Untyped], Untyped]) -> Callable[[Untyped], Untyped]:
    def walk_on(box: Untyped) -> Untyped:
        return box if box.is_settled else walk(box)

    return walk_on


WALKS = {
    walk: _unless_settled(walk)
    for walk in (
        build.anonymous_table_boxes,
        build.flex_boxes,
        build.grid_boxes,
        build.inline_in_block,
        build.block_in_inline,
    )
}
"""Those that put boxes in, and what stands in place of each."""


def process_whitespace(box: Untyped, following_collapsible_space: bool = False) -> bool:  # noqa: FBT001, FBT002 - its signature
    """In place of `weasyprint.formatting_structure.boxes.Box.process_whitespace`."""
    if box.is_settled:
        return False
    return whitespace_in_general(box, following_collapsible_space)  # type: ignore[no-any-return]


def process_text_transform(box: Untyped) -> None:
    """In place of `weasyprint.formatting_structure.boxes.Box.process_text_transform`."""
    if not box.is_settled:
        transform_in_general(box)


def _is_plain(element: Element, style: Untyped, style_for: Callable[..., Untyped]) -> bool:
    """Whether an element in this style counts, marks and tells nothing."""
    return (
        element.tag not in HTML_HANDLERS
        and style["display"] in KINDS
        and _is_untouched(style)
        and not style["counter_reset"]
        and not style["counter_set"]
        and (style["counter_increment"] == "auto" or not style["counter_increment"])
        and not style["anchor"]
        and style["string_set"] == "none"
        and style["bookmark_level"] == "none"
        and all(style_for(element, pseudo) is None for pseudo in PSEUDO_ELEMENTS)
    )


def _shape(element: Element, style: Untyped) -> tuple[Untyped, ...]:
    """Box, line and words, of which those of all elements in the style are copies."""
    box = KINDS[style["display"]](element.tag, style, element, ())
    box.is_settled, box.string_set = True, []
    shape = box, LineBox.anonymous_from(box, ()), TextBox.anonymous_from(box, element.text)
    for one in shape:
        one.element = None  # or the document would be held as long as the style
    return shape


def _of_words(element: Element, *shape: Untyped) -> Untyped:
    box, line, words = (one.copy() for one in shape)
    for one in (box, line, words):
        one.element, one.remove_decoration_sides = element, set()
    words.text = element.text
    line.children = (words,)
    box.children, box.string_set = [line], []
    return box


def _settle(box: Untyped) -> None:
    """Give a box its final shape, if that is known."""
    kind = type(box)
    if kind is TableRowBox:
        box.is_settled = _is_untouched(box.style) and all(_is_settled(cell, TableCellBox) for cell in box.children)
    elif kind in HOLDERS and box.children and _is_untouched(box.style):
        first, *blocks = box.children
        if not all(_is_settled(block, BlockBox) for block in blocks):
            return
        if type(first) is TextBox and SETTLED_WORDS.fullmatch(first.text):
            line = LineBox.anonymous_from(box, [first])
            box.children = [BlockBox.anonymous_from(box, [line]) if blocks else line, *blocks]
            box.is_settled = True
        else:
            box.is_settled = _is_settled(first, BlockBox)


def _is_settled(box: Untyped, kind: type[Untyped]) -> bool:
    return type(box) is kind and bool(box.is_settled)


def _is_untouched(style: Untyped) -> bool:
    """Whether the walks through the tree have nothing to do for a box of this style."""
    known = style.__dict__
    if "untouched" not in known:
        known["untouched"] = (
            style["position"] == "static"
            and style["float"] == "none"
            and style["content"] in {"normal", "none"}
            and style["text_transform"] == "none"
            and style["hyphens"] != "none"
        )
    return bool(known["untouched"])
