"""Boxes that walks through a laid out page need not enter: most are lines that hold words alone.

Such a line is in its place, draws nothing of its own, and is no target of anything.
"""

from weasyprint.formatting_structure.boxes import LineBox, TextBox  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

IN_PLACE = (("position", "static"), ("float", "none"), ("overflow", "visible"), ("opacity", 1))
NOTED = (("outline_width", 0), ("anchor", None))
"""Of a line that is styled as the first one; lines have nothing else that any walk does something with."""


def holds_words_alone(box: Untyped) -> bool:
    """Whether a box is a line of words, laid out, with nothing else in it.

    Walks ask for the type first themselves: they come by thousands of boxes, and a call takes longer than that.
    """
    if type(box) is not LineBox or not _is_quiet(box.style):
        return False
    for child in box.children:  # noqa: SIM110 - a generator takes three times as long, and every line is asked often
        if type(child) is not TextBox:  # of words themselves, no style says anything but how they are written
            return False
    return True


def stays_in_place(style: Untyped) -> bool:
    """Whether boxes of a style are drawn where they are in the tree."""
    known = style.__dict__
    if "stays" not in known:
        known["stays"] = all(style[name] == value for name, value in IN_PLACE) and not style["transform"]
    return bool(known["stays"])


def _is_quiet(style: Untyped) -> bool:
    known = style.__dict__
    if "quiet" not in known:
        known["quiet"] = stays_in_place(style) and all(style[name] == value for name, value in NOTED)
    return bool(known["quiet"])
