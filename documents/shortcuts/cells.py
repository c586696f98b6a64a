"""Table cells that hold one run of words in one line: placed without the search for floats, breaks and first letters.

Most cells of an invoice are so. Every step here is a step of `block_container_layout` that does something for such a
cell, in the same order and with the same arithmetic.
"""

from weasyprint.formatting_structure.boxes import LineBox, TableCellBox, TextBox  # type: ignore[import-untyped]
from weasyprint.layout import block, inline  # type: ignore[import-untyped]

from documents.shortcuts.lengths import resolve_percentages
from documents.shortcuts.lines import UNBROKEN, split_first_line, strut
from documents.shortcuts.untyped import Untyped

MOST = 1 + 1e-9
"""How far words may stick out, as of rounding."""

in_general = block.block_container_layout


def block_container_layout(
    context: Untyped, box: Untyped, bottom_space: float, skip_stack: Untyped, *further: Untyped, **named: Untyped
) -> tuple[Untyped, ...]:
    """In place of `weasyprint.layout.block.block_container_layout`; tables look it up there for every cell."""
    made = None
    if isinstance(box, TableCellBox) and skip_stack is None and not context.footnotes and _is_simple(box):
        made = _laid_out(context, box)
    if made is None or context.overflows_page(bottom_space, made.position_y + made.border_height()):
        return in_general(context, box, bottom_space, skip_stack, *further, **named)  # type: ignore[no-any-return]
    return made, None, {"break": "any", "page": None}, [], False, named["max_lines"]


def _is_simple(cell: Untyped) -> bool:
    if len(cell.children) != 1 or type(cell.children[0]) is not LineBox or len(cell.children[0].children) != 1:
        return False
    (line,) = cell.children
    (words,) = line.children
    return (
        type(words) is TextBox
        and not words.justification_spacing
        and not (words.text[0] == " " or words.text[-1] == " " or "\n" in words.text)
        and cell.first_letter_style is None
        and cell.first_line_style is None
        and _has_simple_style(cell, line, words)
    )


def _has_simple_style(cell: Untyped, line: Untyped, words: Untyped) -> bool:
    """Known of the words' style: those of line and cell are its parents."""
    known = words.style.__dict__
    if "simple" not in known:
        of_cell, of_line, of_words = cell.style, line.style, words.style
        known["simple"] = (
            of_words.parent_style is of_cell
            and of_line.parent_style is of_cell
            and of_words["white_space"] in UNBROKEN
            and of_words["vertical_align"] == "baseline"
            and all(style["position"] == "static" for style in (of_cell, of_line, of_words))
            and all(style["direction"] == "ltr" for style in (of_cell, of_line))
            and of_cell["box_decoration_break"] == of_line["box_decoration_break"] == "slice"
            and of_cell["max_lines"] == "none"
            and of_cell["continue"] != "discard"
            and of_line["text_indent"].value == 0
        )
    return bool(known["simple"])


def _laid_out(context: Untyped, cell: Untyped) -> Untyped:
    """The cell with its line; None where the words do not fit."""
    (line,) = cell.children
    x, y = cell.content_box_x(), cell.content_box_y()
    right = x + cell.width
    words = _words(context, cell, x, y, right * MOST - x)
    if words is None or x + words.margin_width() > right * MOST:
        return None
    resolve_percentages(line, cell)
    line = line.copy_with_children([words])
    line.position_x, line.resume_at = x, None
    line.width = words.position_x + words.margin_width() - line.content_box_x()
    inline._adjust_line_height(line)  # noqa: SLF001 - what this is instead of calls it
    offset = inline.text_align(context, line, right - x, last=True)
    bottom, top = inline.line_box_verticality(line)
    line.baseline, line.position_y, line.height = -top, top, bottom - top
    line.margin_top = line.margin_bottom = 0
    line.translate(offset, y - top)
    line.position_y = y  # top and the way from it do not sum to y exactly
    cell = cell.copy_with_children([line])
    if cell.height == "auto":
        cell.height = max(0, line.position_y + line.height - cell.content_box_y())
    cell.height = max(min(cell.height, cell.max_height), cell.min_height)
    return cell


def _words(context: Untyped, cell: Untyped, x: float, y: float, available: float) -> Untyped:
    """As `weasyprint.layout.inline.split_text_box`, of words that are not split."""
    box = cell.children[0].children[0]
    resolve_percentages(box, cell)
    layout, length, resume_index, width, height, baseline = split_first_line(
        box.text, box.style, context, available, 0, is_line_start=True
    )
    if resume_index is not None or length <= 0:
        return None
    words = box.copy_with_text(layout.text)
    words.position_x, words.position_y, words.width, words.height, words.pango_layout = x, y, width, height, layout
    line_height, _baseline = strut(box.style)
    words.margin_top = words.margin_bottom = (line_height - height) / 2
    words.baseline = baseline + words.margin_top
    return words
