"""Where the words of an invoice end up on paper, as the layout engine placed them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from documents.fonts import use_own_fonts
from documents.page import page_of, paper_of
from documents.style import style_of
from documents.templates import page_html
from invoicing.invoice import Invoice

use_own_fonts()

from weasyprint import HTML  # type: ignore[import-untyped]  # noqa: E402 - after the fonts are chosen
from weasyprint.formatting_structure.boxes import TextBox  # type: ignore[import-untyped]  # noqa: E402

from documents.typesetter import Typesetter  # noqa: E402

PX_A_MM = 96 / 25.4
SLACK_PX = 1.0


@dataclass(frozen=True)
class Words:
    """A run of text on a page; positions in CSS pixels from the page's upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Words") -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > SLACK_PX and down > SLACK_PX


@dataclass(frozen=True)
class Sheet:
    """One page with its words."""

    width: float
    height: float
    words: list[Words]

    def colliding(self) -> list[tuple[str, str]]:
        return [(one.text, other.text) for one, other in combinations(self.words, 2) if one.overlaps(other)]

    def found(self, text: str) -> Words:
        """The one run of words that is `text`."""
        (words,) = [words for words in self.words if words.text.strip() == text]
        return words

    def holding(self, text: str) -> list[Words]:
        """The runs of words that hold `text`."""
        return [words for words in self.words if text in words.text]

    def cut(self, *, margin_mm: float = 10) -> list[str]:
        margin = margin_mm * PX_A_MM
        return [
            words.text
            for words in self.words
            if words.left < margin or words.right > self.width - margin or words.bottom > self.height - margin / 2
        ]


def sheets(invoice: Invoice, *, is_draft: bool = False) -> list[Sheet]:
    """The pages of an invoice without a logo."""
    pages = laid_out(invoice, is_draft=is_draft).pages
    return [Sheet(page.width, page.height, list(_words(page._page_box))) for page in pages]


def laid_out(invoice: Invoice, *, is_draft: bool = False) -> Any:
    """The document as WeasyPrint makes it from HTML, before it is written."""
    typesetter = _typesetter()
    page = page_of(invoice, is_draft=is_draft)
    sheets_of_style = style_of(invoice.look, paper_of(invoice), page.direction, is_draft=is_draft)
    styles = [typesetter._style(css) for css in sheets_of_style]
    return HTML(string=page_html(page, None, {})).render(font_config=typesetter._fonts, stylesheets=styles)


@cache
def _typesetter() -> Typesetter:
    return Typesetter()


def _words(box: object) -> Iterator[Words]:
    for child in getattr(box, "children", []):
        placed = getattr(child, "_box", child)
        if isinstance(placed, TextBox) and placed.text.strip():
            # Glyphs stand in the middle of their line, however high that is.
            middle, half = placed.position_y + placed.height / 2, placed.style["font_size"] * 0.5
            right = placed.position_x + placed.width
            yield Words(placed.text, placed.position_x, middle - half, right, middle + half)
        yield from _words(placed)
