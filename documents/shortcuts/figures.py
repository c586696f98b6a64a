"""Figures: amounts are all different, but made of the same few characters.

How wide a character of theirs is and how it is drawn is learned from figures that Pango has shaped. A figure of which
every character has been met beside the very neighbour that it has needs no shaping: without kerning it is the sum of
its characters.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from weasyprint.text.line_break import Layout  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

CHARACTERS = frozenset("0123456789.,-%' \u00a0\u2008\u202f\u2019")
"""No font lets them flow into each other, as letters may."""
END = ""
GLYPH = re.compile(rb"[0-9a-f]{4}(?:>-?[0-9]+<)?")
"""A glyph, and what corrects its width, in the operand of `TJ`."""

Measure = Callable[[str], tuple[Untyped, ...]]


class Figures:
    """What is known of figures in one style."""

    def __init__(self) -> None:
        self._widths: dict[str, float] = {}
        self._height: tuple[float, ...] = ()
        """And the baseline."""
        self._summed: set[tuple[str, str]] = set()
        """Neighbours that are as wide together as each alone."""
        self._glyphs: dict[str, bytes] = {}
        self._drawn: set[tuple[str, str]] = set()
        """Neighbours that are drawn as each alone, the end being the last one's."""

    def measure(self, text: str, by_pango: Measure) -> tuple[Untyped, ...]:
        """As `weasyprint.text.line_break.split_first_line`, of a figure that is not to be broken."""
        if (known := self.width(text)) is not None:
            return layout_of(text), len(text.encode()), None, known, *self._height
        measured = by_pango(text)
        _layout_of, _length, resume_index, width, *height = measured
        self._widths |= {character: by_pango(character)[3] for character in set(text) - self._widths.keys()}
        self._height = self._height or tuple(height)
        if resume_index is None and tuple(height) == self._height and width == self._sum(text):
            self._summed.update(pairwise(text))
        return measured

    def width(self, text: str) -> float | None:
        """In pixels; None while it is not known."""
        return self._sum(text) if text[0] in self._widths and self._summed.issuperset(pairwise(text)) else None

    def _sum(self, text: str) -> float:
        return sum(map(self._widths.__getitem__, text))

    def glyphs(self, text: str) -> list[bytes] | None:
        """Of a figure, one for each character; None while they are not known."""
        if text[0] in self._glyphs and self._drawn.issuperset(pairwise((*text, END))):
            return [self._glyphs[character] for character in text]
        return None

    def shown(self, text: str) -> bytes | None:
        """The operator that shows a figure; None while that is not known."""
        glyphs = self.glyphs(text)
        return None if glyphs is None else operator_of(glyphs)

    def learn(self, text: str, shown: bytes) -> None:
        """Take in how a figure was drawn."""
        glyphs = glyphs_of(text, shown)
        if glyphs is not None and all(
            self._glyphs.setdefault(character, glyph) == glyph for character, glyph in zip(text, glyphs, strict=True)
        ):
            self._drawn.update(pairwise((*text, END)))


def glyphs_of(text: str, shown: bytes) -> list[bytes] | None:
    """That an operator shows, one for each character of a text; None where it is not that simple."""
    glyphs = GLYPH.findall(shown.replace(b"] TJ", b"<] TJ"))
    return glyphs if len(glyphs) == len(text) and operator_of(glyphs) == shown else None


def operator_of(glyphs: list[bytes]) -> bytes:
    """As `weasyprint.draw.text.draw_first_line` puts it together."""
    string = b"<%b" % b"".join(glyphs)
    return b"[%b] TJ" % (string[:-1] if string.endswith(b"<") else string + b">")


def layout_of(text: str) -> Layout:
    """What Pango's would be after it has measured a line."""
    layout = Layout.__new__(Layout)
    layout.text, layout.justification_spacing, layout.max_width, layout.first_line_direction = text, 0, None, 0
    layout.ascent = layout.underline_position = layout.strikethrough_position = None
    return layout


def figures_of(style: Untyped) -> Figures | None:
    """What is known in a style; None where figures may be broken, spaced or turned."""
    known = style.__dict__
    if "figures" not in known:
        is_plain = (
            style["white_space"] in {"nowrap", "pre"}
            and style["direction"] == "ltr"
            and style["letter_spacing"] == "normal"
            and style["word_spacing"] == 0
            and style["text_decoration_line"] == "none"
        )
        known["figures"] = Figures() if is_plain else None
    return known["figures"]  # type: ignore[no-any-return]
