"""Words that end in a figure, as articles' numbers do and sums that are carried forward: all different, and all alike.

What is before the figure is drawn as it was before another one that begins with the same character, the figure as any
other ([figures](figures.py)).
"""

import re

from documents.shortcuts.figures import CHARACTERS, Figures, glyphs_of, operator_of
from documents.shortcuts.untyped import Untyped

MOST_HEADS = 200
"""Of one style."""
HEAD = re.compile(r"[ -\u024f\u2000-\u200a\u2010-\u2027\u20a0-\u20bf]*")
"""Latin letters, spaces, punctuation and signs of currencies: written to the right, their glyphs stand as they do."""
IN_FIGURES = "".join(CHARACTERS)


class Numbered:
    """What is known of such words in one style."""

    def __init__(self) -> None:
        self.face: tuple[object, float] | None = None
        """The font that all of them are in, by its key among the document's fonts, and its size."""
        self._heads: dict[str, list[bytes]] = {}
        """How what is before a figure is drawn, by that and the figure's first character."""
        self._tails = Figures()

    def shown(self, text: str) -> bytes | None:
        """The operator that shows words; None while that is not known."""
        head, tail = halves(text)
        if not head:
            return self._tails.shown(tail)
        before = self._heads.get(head + tail[:1])
        after = None if before is None else self._tails.glyphs(tail)
        return None if before is None or after is None else operator_of([*before, *after])

    def learn(self, text: str, face: tuple[object, float], shown: bytes) -> None:
        """Take in how words that end in a figure were drawn."""
        head, tail = halves(text)
        glyphs = glyphs_of(text, shown)
        if glyphs is None or not HEAD.fullmatch(head) or self.face not in {None, face}:
            return
        self.face = face
        before, after = glyphs[: len(head)], glyphs[len(head) :]
        self._tails.learn(tail, operator_of(after))
        if head and self._tails.glyphs(tail) == after:
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[head + tail[0]] = before


def halves(text: str) -> tuple[str, str]:
    """What is before the figure that words end in, and that figure, which may be missing."""
    head = text.rstrip(IN_FIGURES)
    return head, text[len(head) :]


def numbered_of(style: Untyped) -> Numbered | None:
    """What is known in a style; None where words are spaced."""
    known = style.__dict__
    if "numbered" not in known:
        is_plain = style["letter_spacing"] == "normal" and style["word_spacing"] == 0
        known["numbered"] = Numbered() if is_plain else None
    return known["numbered"]  # type: ignore[no-any-return]
