"""Table cells that hold words, runs or blocks of them: placed without asking what else might be in them.

Nearly all cells of an invoice are so. Every step here is a step of `block_container_layout` that does something for
such a cell, in the same order and with the same arithmetic.
"""

from math import inf

from weasyprint.formatting_structure.boxes import BlockBox, TableCellBox  # type: ignore[import-untyped]
from weasyprint.layout import block  # type: ignore[import-untyped]

from documents.shortcuts.lengths import lengths_of
from documents.shortcuts.runs import holds_runs, line_of
from documents.shortcuts.untyped import Untyped
from documents.shortcuts.words import holds_words, is_bare, is_plain, lines_of

FREE = {
    "float": "none",
    "clear": "none",
    "overflow": "visible",
    "break_before": "auto",
    "break_after": "auto",
    "column_width": "auto",
    "column_count": "auto",
}
"""What a block's style says that lies between others and has nothing around it."""

in_general = block.block_container_layout


def block_container_layout(
    context: Untyped, box: Untyped, bottom_space: float, skip_stack: Untyped, *further: Untyped, **named: Untyped
) -> tuple[Untyped, ...]:
    """In place of `weasyprint.layout.block.block_container_layout`; tables look it up there for every cell."""
    made = None
    if isinstance(box, TableCellBox) and skip_stack is None and not context.footnotes:
        made = _laid_out(context, box)
    if made is None or context.overflows_page(bottom_space, _lowest(made)):
        return in_general(context, box, bottom_space, skip_stack, *further, **named)  # type: ignore[no-any-return]
    return made, None, {"break": "any", "page": None}, [], False, named["max_lines"]


def _lowest(cell: Untyped) -> float:
    """Where a cell ends, or what is in it and sticks out."""
    return max(float(cell.position_y + cell.border_height()), _bottom(cell.children[-1]))


def _laid_out(context: Untyped, cell: Untyped) -> Untyped:
    """The cell with what it holds; None where that is anything but words."""
    if holds_words(cell):
        children = lines_of(context, cell, cell.content_box_x(), cell.content_box_y())
    elif _holds_blocks(cell):
        children = _blocks(context, cell)
    elif holds_runs(cell):
        line = line_of(context, cell, cell.content_box_x(), cell.content_box_y())
        children = None if line is None else [line]
    else:
        return None
    if children is None:
        return None
    cell = cell.copy_with_children(children)
    if cell.height == "auto":
        cell.height = max(0, _bottom(children[-1]) - cell.content_box_y())
    cell.height = max(min(cell.height, cell.max_height), cell.min_height)
    return cell


def _holds_blocks(cell: Untyped) -> bool:
    return (
        bool(cell.children)
        and cell.first_letter_style is None
        and cell.first_line_style is None
        and is_plain(cell.style)
        and all(type(child) is BlockBox and _is_free(child.style) and holds_words(child) for child in cell.children)
    )


def _is_free(style: Untyped) -> bool:
    known = style.__dict__
    if "free" not in known:
        lengths = lengths_of(style)
        known["free"] = (
            all(style[name] == value for name, value in FREE.items())
            and "flow-root" not in style["display"]
            and lengths is not None
            and is_bare(style)
            and lengths["min_width"] == lengths["min_height"] == 0
            and lengths["max_width"] == lengths["max_height"] == inf
        )
    return bool(known["free"])


def _blocks(context: Untyped, cell: Untyped) -> list[Untyped] | None:
    """The cell's blocks of words, one below the other."""
    x, y = cell.content_box_x(), cell.content_box_y()
    blocks = []
    for index, box in enumerate(cell.children):
        box.width = max(0, cell.width)
        lines = lines_of(context, box, x, y)
        if lines is None:
            return None
        placed = box.copy_with_children(lines)
        placed.__dict__.update(lengths_of(box.style), position_x=x, position_y=y, index=index, clearance=None)
        placed.width, placed.height = box.width, max(0, _bottom(lines[-1]) - y)
        blocks.append(placed)
        y = _bottom(placed)
    return blocks


def _bottom(box: Untyped) -> float:
    return float(box.position_y + box.height)
