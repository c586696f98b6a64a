"""Inner functions of WeasyPrint, replaced by ones that come to the same in less time.

Each pays for itself ([decision 22](../docs/decisions/0022-where-a-pages-time-goes.md) has the figures), and a test
holds that documents are the same bytes with and without. They are of one version of the library; with any other,
WeasyPrint does as it always does.
"""

import logging
import sys
from collections.abc import Callable
from math import inf
from typing import Any, TypeAlias

import weasyprint  # type: ignore[import-untyped]
from weasyprint import css
from weasyprint.css import StyleFor  # type: ignore[import-untyped]
from weasyprint.css.functions import check_math  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import Box, PageBox  # type: ignore[import-untyped]
from weasyprint.layout import percent  # type: ignore[import-untyped]

from documents.kept_styles import KeptStyles

VERSION = "70.0"
Untyped: TypeAlias = Any
"""WeasyPrint has no types."""

log = logging.getLogger(__name__)


def take_shortcuts() -> None:
    """From now on, in this process."""
    if weasyprint.__version__ != VERSION:
        log.warning("WeasyPrint is %s, not %s: pages are set without shortcuts", weasyprint.__version__, VERSION)
        return
    css.StyleFor = style_for
    _replace(percent.resolve_percentages, resolve_percentages)


def _replace(old: Callable[..., object], new: Callable[..., object]) -> None:
    """Wherever the library has imported it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def style_for(html: Untyped, sheets: Untyped, _hints: Untyped, font_config: Untyped, targets: Untyped) -> StyleFor:
    """In place of the class `weasyprint.css.StyleFor`."""
    if getattr(html, "keeps_styles", False):
        return KeptStyles(html, sheets, font_config, targets)
    return StyleFor(html, sheets, _hints, font_config, targets)


def resolve_percentages(box: Untyped, containing_block: Untyped) -> None:
    """In place of `weasyprint.layout.percent.resolve_percentages`: most lengths are in pixels."""
    width, height = (
        (containing_block.width, containing_block.height) if isinstance(containing_block, Box) else containing_block
    )
    vertical = height if isinstance(box, PageBox) else width
    style = box.style
    box.margin_left, box.margin_right = _length(style, "margin_left", width), _length(style, "margin_right", width)
    box.margin_top, box.margin_bottom = (
        _length(style, "margin_top", vertical),
        _length(style, "margin_bottom", vertical),
    )
    box.padding_left, box.padding_right = _length(style, "padding_left", width), _length(style, "padding_right", width)
    box.padding_top, box.padding_bottom = (
        _length(style, "padding_top", vertical),
        _length(style, "padding_bottom", vertical),
    )
    box.width, box.max_width = _length(style, "width", width), _length(style, "max_width", width)
    box.min_width = _least(_length(style, "min_width", width))
    if height == "auto":
        own = style["height"]
        box.height = "auto" if own == "auto" or check_math(own) or own.unit == "%" else own.value
        box.min_height, box.max_height = _least(_length(style, "min_height", 0)), _length(style, "max_height", inf)
    else:
        box.height, box.max_height = _length(style, "height", height), _length(style, "max_height", height)
        box.min_height = _least(_length(style, "min_height", height))
    _resolve_borders(box, style)
    if style["box_sizing"] != "content-box":
        percent.adjust_box_sizing(box, "width")
        percent.adjust_box_sizing(box, "height")


def _resolve_borders(box: Untyped, style: Untyped) -> None:
    collapses = style["border_collapse"] == "collapse"
    for name in ("border_top_width", "border_right_width", "border_bottom_width", "border_left_width"):
        if not (collapses and hasattr(box, name)):
            setattr(box, name, style[name])


def _length(style: Untyped, name: str, whole: Untyped) -> Untyped:
    value = style[name]
    if value == "auto":
        return value
    if getattr(value, "unit", None) == "px":
        return value.value
    return percent.percentage(value, style, whole)


def _least(value: Untyped) -> Untyped:
    return 0 if value == "auto" else value
