"""The order in which boxes are drawn: the tree is copied only where something is taken out of it."""

from weasyprint import stacking  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import (  # type: ignore[import-untyped]
    BlockBox,
    LineBox,
    ParentBox,
    TableBox,
    TableCellBox,
    TableRowBox,
    TableRowGroupBox,
    TextBox,
)

from documents.shortcuts.quiet import holds_words_alone, stays_in_place
from documents.shortcuts.untyped import Untyped

BLOCKS = frozenset({BlockBox, TableBox})
INSIDE = frozenset({LineBox, TableRowGroupBox, TableRowBox})
"""Boxes whose content is drawn with what is around them."""

in_general = stacking._dispatch  # noqa: SLF001 - what is replaced


def dispatch(  # noqa: PLR0917 - its signature
    box: Untyped, page: Untyped, contexts: Untyped, blocks: Untyped, floats: Untyped, blocks_and_cells: Untyped
) -> Untyped:
    """In place of `weasyprint.stacking._dispatch`."""
    kind = type(box)
    if kind is LineBox and holds_words_alone(box):
        return box
    if kind is TextBox or not (kind in BLOCKS or kind in INSIDE or kind is TableCellBox) or not _stays(box):
        return in_general(box, page, contexts, blocks, floats, blocks_and_cells)
    if kind in INSIDE:
        return dispatch_children(box, page, contexts, blocks, floats, blocks_and_cells)
    place = len(blocks)
    inside: dict[Untyped, Untyped] = {}
    box = dispatch_children(box, page, contexts, blocks, floats, inside)
    if kind is not TableCellBox:
        blocks.insert(place, box)
    blocks_and_cells[box] = inside
    return box


def _stays(box: Untyped) -> bool:
    return stays_in_place(box.style) and not box.is_grid_item


def dispatch_children(  # noqa: PLR0917 - its signature
    box: Untyped, page: Untyped, contexts: Untyped, blocks: Untyped, floats: Untyped, blocks_and_cells: Untyped
) -> Untyped:
    """In place of `weasyprint.stacking._dispatch_children`."""
    if not isinstance(box, ParentBox):
        return box
    kept = []
    is_changed = False
    for child in box.children:
        drawn = dispatch(child, page, contexts, blocks, floats, blocks_and_cells)
        if drawn is not child:
            is_changed = True
        if drawn is not None:
            kept.append(drawn)
    return box.copy_with_children(kept) if is_changed else box
