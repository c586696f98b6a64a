"""How wide words are that end in a figure, as articles' numbers do: all different, and all alike.

What is before the figure, with the figure's first character, is as wide as Pango says; what follows is the sum of its
characters where those are known to sum ([figures](figures.py)).
"""

from documents.shortcuts.figures import Figures, Measure, layout_of
from documents.shortcuts.numbered import HEAD, MOST_HEADS, halves
from documents.shortcuts.untyped import Untyped


class Measures:
    """What is known of such words in one style."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[Untyped, ...]] = {}
        self._tails = Figures()

    def measure(self, text: str, by_pango: Measure) -> tuple[Untyped, ...] | None:
        """As `weasyprint.text.line_break.split_first_line` where there is room for all; None while it is not known."""
        head, tail = halves(text)
        if not (head and tail and HEAD.fullmatch(head)) or tail[-1] == " ":
            return None
        _layout, _length, _resume_index, _width, *height = self._tails.measure(tail, by_pango)
        after = self._tails.width(tail)
        first = self._tails.width(tail[0])
        if after is None or first is None:
            return None
        start = head + tail[0]
        if start not in self._heads:
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[start] = by_pango(start)
        _layout, length, resume_index, before, *height_before = self._heads[start]
        if resume_index is not None or length != len(start.encode()) or height_before != height:
            return None
        return layout_of(text), len(text.encode()), None, before - first + after, *height


def measures_of(style: Untyped) -> Measures | None:
    """What is known in a style; None where words are turned, spaced or underlined."""
    known = style.__dict__
    if "measures" not in known:
        is_plain = (
            style["direction"] == "ltr"
            and style["letter_spacing"] == "normal"
            and style["word_spacing"] == 0
            and style["text_decoration_line"] == "none"
        )
        known["measures"] = Measures() if is_plain else None
    return known["measures"]  # type: ignore[no-any-return]
