"""Walks through all boxes of a page, for the few that they do something with."""

from weasyprint import anchors  # type: ignore[import-untyped]
from weasyprint.draw import border  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import Box, LineBox  # type: ignore[import-untyped]

from documents.shortcuts.quiet import holds_words_alone
from documents.shortcuts.untyped import Untyped

FLOWING = frozenset({"static", "relative"})

any_anchors = anchors.gather_anchors
any_outline = border.draw_outline
in_normal_flow_in_general = Box.is_in_normal_flow


def is_in_normal_flow(box: Untyped) -> bool:
    """In place of the method of `Box`, which asks for five ways out of it."""
    style = box.style
    if style["float"] == "none" and style["position"] in FLOWING:
        return True
    return in_normal_flow_in_general(box)  # type: ignore[no-any-return]


def descendants(page: Untyped, placeholders: bool = False) -> list[Untyped]:  # noqa: FBT001, FBT002 - its signature
    """In place of `descendants` of a page: those that its two callers do something with.

    They look for anchors, bookmarks, strings and references to other pages; a box without any is left out.
    """
    noted: list[Untyped] = []
    _note(page, noted, placeholders=placeholders)
    return noted


def _note(box: Untyped, noted: list[Untyped], *, placeholders: bool) -> None:
    if box.bookmark_label or box.string_set or box.missing_link or box.style["anchor"]:
        noted.append(box)
    if placeholders or isinstance(box, Box):
        for child in box.children:
            if not (type(child) is LineBox and holds_words_alone(child)):
                _note(child, noted, placeholders=placeholders)


def gather_anchors(
    box: Untyped, anchors: Untyped, links: Untyped, bookmarks: Untyped, forms: Untyped, *of_parent: Untyped
) -> None:
    """In place of `weasyprint.anchors.gather_anchors`."""
    style, element = box.style, box.element
    if (
        box.link
        or box.bookmark_label
        or style["anchor"]
        or style["transform"]
        or style["appearance"] == "auto"
        or any(of_parent)
        or (element is not None and element.tag == "form")
    ):
        any_anchors(box, anchors, links, bookmarks, forms, *of_parent)
        return
    for child in box.all_children():
        if not (type(child) is LineBox and holds_words_alone(child)):
            gather_anchors(child, anchors, links, bookmarks, forms)


def draw_outline(stream: Untyped, box: Untyped) -> None:
    """In place of `weasyprint.draw.border.draw_outline`."""
    if box.style["outline_width"]:
        any_outline(stream, box)
        return
    for child in box.children:
        if isinstance(child, Box) and not (type(child) is LineBox and holds_words_alone(child)):
            draw_outline(stream, child)
