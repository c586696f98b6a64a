"""Latin words and figures inside text that runs from right to left (Unicode, annex 9)."""

import unicodedata

LEFT_TO_RIGHT = "\u200e"
"""The mark LRM: no look of its own, and it reaches no further than the text it stands in."""
RIGHT_TO_LEFT_LETTERS = frozenset({"R", "AL"})


def in_order(value: str) -> str:
    """A value as it has to stand in text that runs from right to left.

    Unmarked, `2026-17` turns into `17-2026` behind Arabic letters, and `12 Main Street` into `Main Street 12` at the
    beginning of a line. A value that begins with Arabic or Hebrew letters stays as it is.

    >>> in_order("2026-17") == f"{LEFT_TO_RIGHT}2026-17{LEFT_TO_RIGHT}"
    True
    """
    first = next((kind for char in value if (kind := unicodedata.bidirectional(char)) in {"L", "R", "AL"}), "L")
    if first in RIGHT_TO_LEFT_LETTERS or not value:
        return value
    return f"{LEFT_TO_RIGHT}{value}{LEFT_TO_RIGHT}"
