"""Lines of text: the same words in the same style and width break the same way, in this document and in the next."""

from weasyprint.css import Style  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]
from weasyprint.text.line_break import Layout  # type: ignore[import-untyped]

from documents.shortcuts.figures import CHARACTERS, figures_of
from documents.shortcuts.measures import measures_of
from documents.shortcuts.untyped import Untyped

MOST_LINES = 200
"""Of one style."""
UNBROKEN = frozenset({"nowrap", "pre"})

measured = line_break.split_first_line
strut_of = line_break.strut


def split_first_line(
    text: str, style: Untyped, context: Untyped, max_width: float | None, spacing: float, **further: bool
) -> tuple[Untyped, ...]:
    """In place of `weasyprint.text.line_break.split_first_line`."""
    if not isinstance(style, Style) or spacing:
        return measured(text, style, context, max_width, spacing, **further)  # type: ignore[no-any-return]
    layout, *sizes = _broken(text, style, context, max_width, further)
    layout.max_width = max_width  # what is cut off with an ellipsis is cut off there
    return layout, *sizes


def _broken(
    text: str, style: Untyped, context: Untyped, max_width: float | None, further: dict[str, bool]
) -> tuple[Untyped, ...]:
    lines = style.__dict__.setdefault("lines", {})
    key = (text, None if style["white_space"] in UNBROKEN else max_width, *further.items())
    if key not in lines:
        if text and CHARACTERS.issuperset(text) and (figures := figures_of(style)) is not None:
            return figures.measure(text, lambda part: measured(part, style, context, None, 0))
        if text[-1:] in CHARACTERS and (measures := measures_of(style)) is not None:
            known = measures.measure(text, lambda part: measured(part, style, context, None, 0))
            if known is not None and (key[1] is None or known[3] <= max_width):
                return known
        if len(lines) >= MOST_LINES:
            lines.clear()
        lines[key] = measured(text, style, context, max_width, 0, **further)
    layout, *sizes = lines[key]
    copied = Layout.__new__(Layout)
    copied.__dict__.update(layout.__dict__)
    return copied, *sizes


def strut(style: Untyped) -> tuple[float, float]:
    """In place of `weasyprint.text.line_break.strut`, which writes down all about a font to find it in a cache."""
    if not isinstance(style, Style):
        return strut_of(style)  # type: ignore[no-any-return]
    known = style.__dict__
    if "strut" not in known:
        known["strut"] = strut_of(style)
    return known["strut"]  # type: ignore[no-any-return]
