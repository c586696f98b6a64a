"""Inner functions of WeasyPrint, replaced by ones that come to the same in less time.

Each pays for itself ([decision 22](../../docs/decisions/0022-where-a-pages-time-goes.md) has the figures), and a test
holds that documents are the same bytes with and without. They are of one version of the library; with any other,
WeasyPrint does as it always does.
"""

import logging
import sys
from collections.abc import Callable

import weasyprint  # type: ignore[import-untyped]
from weasyprint import anchors, css, draw, stacking
from weasyprint.draw import border, text  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import Box, PageBox  # type: ignore[import-untyped]
from weasyprint.layout import background, block, percent  # type: ignore[import-untyped]
from weasyprint.pdf import tags  # type: ignore[import-untyped]
from weasyprint.pdf.stream import Stream  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]

from documents.shortcuts import boxes
from documents.shortcuts.backgrounds import have_none_by_default, layout_box_backgrounds
from documents.shortcuts.borders import draw_border, draw_table
from documents.shortcuts.cells import block_container_layout
from documents.shortcuts.drawing import draw_block_level, draw_text, set_color
from documents.shortcuts.kept_styles import style_for
from documents.shortcuts.layers import dispatch, dispatch_children
from documents.shortcuts.lengths import resolve_percentages
from documents.shortcuts.lines import split_first_line, strut
from documents.shortcuts.walks import descendants, draw_outline, gather_anchors, is_in_normal_flow
from documents.tagging import add_tags

VERSION = "70.0"

log = logging.getLogger(__name__)


def take_shortcuts() -> None:
    """From now on, in this process."""
    if weasyprint.__version__ != VERSION:
        log.warning("WeasyPrint is %s, not %s: pages are set without shortcuts", weasyprint.__version__, VERSION)
        return
    for take in SHORTCUTS.values():
        take()


def _styles() -> None:
    css.StyleFor = style_for


def _boxes() -> None:
    Box.is_settled = False
    Box.process_whitespace = boxes.process_whitespace
    Box.process_text_transform = boxes.process_text_transform
    _replace(boxes.in_general, boxes.element_to_box)
    for walk, unless_settled in boxes.WALKS.items():
        _replace(walk, unless_settled)


def _cells() -> None:
    block.block_container_layout = block_container_layout


def _lines() -> None:
    _replace(line_break.split_first_line, split_first_line)
    _replace(line_break.strut, strut)


def _lengths() -> None:
    _replace(percent.resolve_percentages, resolve_percentages)


def _backgrounds() -> None:
    have_none_by_default()
    _replace(background.layout_box_backgrounds, layout_box_backgrounds)


def _words() -> None:
    Stream.set_color = set_color
    _replace(text.draw_text, draw_text)
    _replace(draw.draw_block_level, draw_block_level)


def _borders() -> None:
    _replace(border.draw_border, draw_border)
    _replace(draw.draw_table, draw_table)


def _walks() -> None:
    PageBox.descendants = descendants
    Box.is_in_normal_flow = is_in_normal_flow
    _replace(anchors.gather_anchors, gather_anchors)
    _replace(border.draw_outline, draw_outline)
    _replace(stacking._dispatch, dispatch)  # noqa: SLF001 - what the library calls
    _replace(stacking._dispatch_children, dispatch_children)  # noqa: SLF001 - what the library calls


def _tags() -> None:
    _replace(tags.add_tags, add_tags)


SHORTCUTS: dict[str, Callable[[], None]] = {
    "styles": _styles,
    "boxes": _boxes,
    "cells": _cells,
    "lines": _lines,
    "lengths": _lengths,
    "backgrounds": _backgrounds,
    "words": _words,
    "borders": _borders,
    "walks": _walks,
    "tags": _tags,
}
"""Each stands alone; `bench.render.shortcuts` measures what one pays."""


def _replace(old: Callable[..., object], new: Callable[..., object]) -> None:
    """Wherever the library has imported it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)
