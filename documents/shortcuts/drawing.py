"""What is drawn: colours that are known, borders that are straight, and words that have been drawn before."""

import re
from dataclasses import dataclass

import pydyf  # type: ignore[import-untyped]
from weasyprint.draw import border, text  # type: ignore[import-untyped]
from weasyprint.draw.color import get_color  # type: ignore[import-untyped]
from weasyprint.pdf.stream import Stream  # type: ignore[import-untyped]

from documents.shortcuts.figures import CHARACTERS, figures_of
from documents.shortcuts.untyped import Untyped

MOST_WORDS = 200
"""Of one style."""
TOUCHING = 1e-6
"""Pixels between two lines that are one."""
SIDES = ("top", "right", "bottom", "left")
FIGURES = ""
"""In whose place the last figure of a style is kept: all are in one font."""
GLYPHS = re.compile(rb"<([0-9a-f]+)>")

any_color = Stream.set_color
any_border = border.draw_border
any_text = text.draw_text


def set_color(stream: Untyped, color: Untyped, stroke: object = False) -> None:  # noqa: FBT002 - its signature
    """In place of `weasyprint.pdf.stream.Stream.set_color`, which converts what needs no conversion."""
    if color.space != "srgb" or None in color.coordinates:
        any_color(stream, color, stroke)
        return
    stream.set_alpha(color.alpha, stroke)
    place = "_current_color_stroke" if stroke else "_current_color"
    key = (color.space, *color.coordinates)
    if key != getattr(stream, place):
        setattr(stream, place, key)
        stream.set_color_rgb(*color.coordinates, stroke)


def draw_border(stream: Untyped, box: Untyped) -> None:
    """In place of `weasyprint.draw.border.draw_border`, which clips and fills two outlines for one straight line."""
    widths = [box.border_top_width, box.border_right_width, box.border_bottom_width, box.border_left_width]
    drawn = [index for index, width in enumerate(widths) if width]
    style = box.style
    if len(drawn) != 1 or not _is_plain(box, style, SIDES[drawn[0]]):
        any_border(stream, box)
        return
    side, width = drawn[0], widths[drawn[0]]
    x, y, across, down = box.border_box_x(), box.border_box_y(), box.border_width(), box.border_height()
    line = ((x, y, across, width), (x + across - width, y, width, down),
            (x, y + down - width, across, width), (x, y, width, down))[side]  # fmt: skip
    _rule(stream, get_color(style, f"border_{SIDES[side]}_color"), line)


def _rule(stream: Untyped, color: Untyped, line: tuple[float, float, float, float]) -> None:
    """A straight line; where it goes on from the one before, as under a row of cells, that one is made longer."""
    x, y, across, down = line
    is_tagged = stream._tags is not None  # noqa: SLF001 - as `Stream.artifact`
    length, kind, start, end = stream.__dict__.get("known_rule", (0, (), 0, 0))
    if length == len(stream.stream) and kind == (y, down, *color) and abs(x - end) < TOUCHING:
        del stream.stream[-3 if is_tagged else -2 :]
    else:
        start = x
        if is_tagged:
            pydyf.Stream.begin_marked_content(stream, "Artifact")
        stream.set_color(color)
    stream.rectangle(start, y, x + across - start, down)
    stream.fill()
    if is_tagged:
        pydyf.Stream.end_marked_content(stream)
    stream.known_rule = len(stream.stream), (y, down, *color), start, x + across


def _is_plain(box: Untyped, style: Untyped, side: str) -> bool:
    """Whether its one border is a straight line, and nothing else is to be drawn."""
    return (
        style["visibility"] == "visible"
        and style[f"border_{side}_style"] == "solid"
        and bool(get_color(style, f"border_{side}_color").alpha)
        and style["border_image_source"][0] == "none"
        and style["column_width"] == style["column_count"] == "auto"
        and not any(radius != (0, 0) for radius in _radii(box))
    )


def _radii(box: Untyped) -> tuple[Untyped, ...]:
    return (
        box.border_top_left_radius,
        box.border_top_right_radius,
        box.border_bottom_right_radius,
        box.border_bottom_left_radius,
    )


@dataclass(frozen=True)
class _Words:
    """How words were drawn."""

    font: object
    """Its key among the document's fonts."""
    size: float
    glyphs: frozenset[int]
    shown: bytes
    """The operator that shows them."""


def draw_text(stream: Untyped, textbox: Untyped, offset_x: float, text_overflow: str, block_ellipsis: Untyped) -> None:
    """In place of `weasyprint.draw.text.draw_text`, which has Pango shape every word once more."""
    style, layout = textbox.style, textbox.pango_layout
    if (
        text_overflow != "clip"
        or block_ellipsis != "none"
        or layout.justification_spacing
        or style["visibility"] != "visible"
        or style["text_decoration_line"] != "none"
    ):
        any_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    known = style.__dict__.setdefault("words", {})
    figures = figures_of(style) if CHARACTERS.issuperset(layout.text) else None
    words = known.get(FIGURES if figures else layout.text)
    if words is not None and figures is not None:
        words = _figure(words, figures.shown(layout.text))
    if words is not None and _show(stream, textbox, words):
        return
    any_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
    if len(known) >= MOST_WORDS:
        known.clear()
    if (words := _drawn(stream)) is not None:
        known[FIGURES if figures else layout.text] = words
        if figures is not None:
            figures.learn(layout.text, words.shown)


def _figure(words: _Words, shown: bytes | None) -> _Words | None:
    """A figure in the font of another one in the same style."""
    return None if shown is None else _Words(words.font, words.size, _glyphs(shown), shown)


def _show(stream: Untyped, textbox: Untyped, words: _Words) -> bool:
    """Draw words as before, if this document has the font and each of the glyphs already."""
    font = stream._fonts.get(words.font)  # noqa: SLF001 - as the function that this is instead of
    if font is None or not (words.glyphs <= font.widths.keys() and words.glyphs <= font.to_unicode.keys()):
        return False
    stream.set_color(textbox.style["color"])
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, -1, textbox.position_x, textbox.position_y + textbox.baseline)
    stream.set_font_size(font.hash, words.size)
    stream.stream.append(words.shown)
    stream.end_text()
    return True


def _drawn(stream: Untyped) -> _Words | None:
    """What was drawn last, if it was of one font and in one go."""
    before, chosen, shown, ended = (*[b""] * 4, *stream.stream[-4:])[-4:]
    if not shown.endswith(b" TJ") or ended != b"ET":
        return None
    if not (chosen.endswith(b" Tm") or (chosen.endswith(b" Tf") and before.endswith(b" Tm"))):
        return None
    name, size = stream._old_font  # noqa: SLF001 - see above
    key, font = next((key, font) for key, font in stream._fonts.items() if font.hash == name)  # noqa: SLF001
    if font.bitmap or font.svg or font.png or font.colr:
        return None
    return _Words(key, size, _glyphs(shown), shown)


def _glyphs(shown: bytes) -> frozenset[int]:
    digits = b"".join(GLYPHS.findall(shown))
    return frozenset(int(digits[start : start + 4], 16) for start in range(0, len(digits), 4))
