"""A word across every page, over whatever stands there: no template can hide it or move it off the sheet.

It is set on an empty sheet of the same size, in a margin box, and that box is moved onto the page. So it is where its
own sheet puts it, whatever the page's style says; and like all margin boxes it is no content, but decoration (PDF/UA).
"""

from functools import lru_cache
from math import inf
from typing import Any

from weasyprint import CSS, HTML, Document  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import MarginBox  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

EMPTY = "<!DOCTYPE html><title>-</title>"
LONGEST_SHARE = 1.15
"""How long the word is, in widths of the sheet: it runs nearly along the diagonal."""
SHEET = """
@page {{
  size: {width}px {height}px;
  margin: {top}px 0 0 0;
  @top-center {{
    content: "{word}";
    width: 100%;
    vertical-align: middle;
    text-align: center;
    white-space: nowrap;
    transform: rotate(-52deg);
    font: 600 {size}px "IBM Plex Sans";
    color: rgb(28 38 48 / 10%);
  }}
}}
"""
Box = Any
"""WeasyPrint has no types."""


def lay_across(document: Document, word: str, fonts: FontConfiguration) -> None:
    """Put the word across every page of a laid out document."""

    @lru_cache
    def boxes_for(width: float, height: float) -> tuple[Box, ...]:
        top = height - 1  # the sheet's own content needs a place to be empty in
        size = min(LONGEST_SHARE * width / max(1, len(word)) / 0.62, height / 6)
        css = SHEET.format(width=width, height=height, top=top, size=size, word=_css_text(word))
        sheet = HTML(string=EMPTY).render(font_config=fonts, stylesheets=[CSS(string=css, font_config=fonts)])
        boxes = [child for child in sheet.pages[0]._page_box.children if isinstance(child, MarginBox)]  # noqa: SLF001
        for box in boxes:
            box.style["z_index"] = inf  # above any number that a style sheet can say
        return tuple(boxes)

    for page in document.pages:
        box = page._page_box  # noqa: SLF001 -- WeasyPrint has no other way to draw over a page
        box.children = (*box.children, *boxes_for(page.width, page.height))


def _css_text(text: str) -> str:
    """A text inside the quotes of a style sheet."""
    return "".join(char if char.isalnum() else f"\\{ord(char):06x}" for char in text)
