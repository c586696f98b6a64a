"""Blocks of nothing but words: their lines placed without the search for floats, breaks and first letters.

Every step here is a step of `weasyprint.layout.inline.get_next_linebox` that does something for words alone, in the
same order and with the same arithmetic.
"""

from weasyprint.formatting_structure.boxes import LineBox, TextBox  # type: ignore[import-untyped]
from weasyprint.layout import inline  # type: ignore[import-untyped]

from documents.shortcuts.lengths import lengths_of
from documents.shortcuts.lines import split_first_line, strut
from documents.shortcuts.untyped import Untyped

MOST = 1 + 1e-9
"""How far words may stick out, as of rounding."""
COLLAPSING = frozenset({"normal", "nowrap"})
LINES = COLLAPSING | {"pre"}
"""Values of `white-space` in whose lines only spaces are left out, if anything."""
SIDES = ("top", "right", "bottom", "left")


def holds_words(box: Untyped) -> bool:
    """Whether a box holds a run of words and nothing else, from left to right."""
    if len(box.children) != 1 or type(box.children[0]) is not LineBox or len(box.children[0].children) != 1:
        return False
    (line,) = box.children
    (words,) = line.children
    return (
        type(words) is TextBox
        and not words.justification_spacing
        and words.text.strip(" ") == words.text != ""
        and "\n" not in words.text
        and box.first_letter_style is None
        and box.first_line_style is None
        and is_plain(box.style)
        and is_inner(line.style)
        and is_inner(words.style)
    )


def is_plain(style: Untyped) -> bool:
    """Whether a box of this style stays where it is put; known of the style."""
    known = style.__dict__
    if "plain" not in known:
        known["plain"] = (
            style["white_space"] in LINES
            and style["position"] == "static"
            and style["direction"] == "ltr"
            and style["box_decoration_break"] == "slice"
            and style["max_lines"] == "none"
            and style["continue"] != "discard"
            and getattr(style["text_indent"], "value", None) == 0  # `calc()` has none
            and style["page"] == ""
            and style["font_size"] > 0
        )
    return bool(known["plain"])


def is_bare(style: Untyped) -> bool:
    """Whether a box of this style has nothing around it and is as wide and high as what is in it."""
    lengths = lengths_of(style)
    return (
        lengths is not None
        and not any(lengths[f"{kind}_{side}"] for kind in ("margin", "padding") for side in SIDES)
        and not any(lengths[f"border_{side}_width"] for side in SIDES)
        and lengths["width"] == lengths["height"] == "auto"
    )


def is_inner(style: Untyped) -> bool:
    """Whether a line or words of this style have no room of their own around them; known of the style."""
    known = style.__dict__
    if "inner" not in known:
        known["inner"] = is_plain(style) and is_bare(style) and style["vertical_align"] == "baseline"
    return bool(known["inner"])


def lines_of(context: Untyped, box: Untyped, x: float, y: float) -> list[Untyped] | None:
    """The lines of a box that holds words, the first one at `x` and `y`; None where they break in an unusual way."""
    (line,) = box.children
    (words,) = line.children
    available = x + box.width - x
    lines: list[Untyped] = []
    skip: int | None = 0
    while skip is not None:
        placed, skip = next_words(context, words, skip, x, (x + available) * MOST - x)
        if placed is None:
            return None
        made = line.copy_with_children([placed])
        made.__dict__.update(
            lengths_of(line.style), position_x=x, position_y=y, resume_at=None if skip is None else {0: {skip: None}}
        )
        _fill(context, made, placed, available)
        lines.append(made)
        y += made.height
    return lines


def next_words(
    context: Untyped, box: Untyped, skip: int, x: float, available: float, *, is_line_start: bool = True
) -> tuple[Untyped, int | None]:
    """As `weasyprint.layout.inline.split_text_box`: words of a line, and how many bytes lie before the next one's.

    None where they break in an unusual way.
    """
    text, style = box.text, box.style
    if skip:
        rest = text.encode()[skip:].decode()
        text = rest.lstrip(" ") if style["white_space"] in COLLAPSING else rest
        skip += len(rest) - len(text)  # spaces are of one byte
    layout, length, resume_index, width, height, baseline = split_first_line(
        text, style, context, available, 0, is_line_start=is_line_start
    )
    if length <= 0:
        return None, None
    if resume_index is not None:
        if layout.text.endswith(" ") or text.encode()[length:resume_index].strip(b" "):
            return None, None  # a break of the text's own
        resume_index += skip
    half_leading = (strut(style)[0] - height) / 2
    words = box.copy()
    words.__dict__.update(
        lengths_of(style),
        text=layout.text,
        pango_layout=layout,
        position_x=x,
        width=width,
        height=height,
        margin_top=half_leading,
        margin_bottom=half_leading,
        baseline=baseline + half_leading,
    )
    return words, resume_index


def _fill(context: Untyped, line: Untyped, words: Untyped, available: float) -> None:
    """Put words into their line, which ends up as wide and high as they are."""
    line.width = line.position_x + words.width - line.position_x
    offset = inline.text_align(context, line, available, last=line.resume_at is None)
    top, bottom = _extent(line.style, words)
    line.baseline, line.height = -top, bottom - top
    line.position_x += offset
    words.position_x += offset
    words.position_y = -words.baseline + (line.position_y - top)


def _extent(style: Untyped, words: Untyped) -> tuple[float, float]:
    """From the baseline: top and bottom of a line of this style, as `weasyprint.layout.inline.line_box_verticality`."""
    line_height, baseline = strut(style)
    size = style["font_size"]
    half_leading = (line_height - size) / 2
    bottom = -baseline + (size + half_leading + half_leading)
    bottom_of_words = -words.baseline + (words.height + words.margin_top + words.margin_bottom)
    return min(-baseline, -words.baseline), max(bottom, bottom_of_words)
