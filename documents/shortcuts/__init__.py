"""Inner functions of WeasyPrint, replaced by ones that come to the same in less time.

Each pays for itself ([decision 22](../../docs/decisions/0022-where-a-pages-time-goes.md) has the figures), and a test
holds that documents are the same bytes with and without. They are of one version of the library; with any other,
WeasyPrint does as it always does.
"""

import logging
import sys
from collections.abc import Callable

import pydyf  # type: ignore[import-untyped]
import weasyprint  # type: ignore[import-untyped]
from weasyprint import css
from weasyprint.draw import border, text  # type: ignore[import-untyped]
from weasyprint.layout import background, block, percent  # type: ignore[import-untyped]
from weasyprint.pdf.stream import Stream  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]

from documents.shortcuts.backgrounds import layout_box_backgrounds
from documents.shortcuts.cells import block_container_layout
from documents.shortcuts.drawing import draw_border, draw_text, set_color
from documents.shortcuts.kept_styles import style_for
from documents.shortcuts.lengths import resolve_percentages
from documents.shortcuts.lines import split_first_line, strut
from documents.shortcuts.page_references import page_references

VERSION = "70.0"

log = logging.getLogger(__name__)


def take_shortcuts() -> None:
    """From now on, in this process."""
    if weasyprint.__version__ != VERSION:
        log.warning("WeasyPrint is %s, not %s: pages are set without shortcuts", weasyprint.__version__, VERSION)
        return
    css.StyleFor = style_for
    pydyf.PDF.page_references = property(page_references)
    Stream.set_color = set_color
    block.block_container_layout = block_container_layout
    _replace(background.layout_box_backgrounds, layout_box_backgrounds)
    _replace(percent.resolve_percentages, resolve_percentages)
    _replace(line_break.split_first_line, split_first_line)
    _replace(line_break.strut, strut)
    _replace(text.draw_text, draw_text)
    _replace(border.draw_border, draw_border)


def _replace(old: Callable[..., object], new: Callable[..., object]) -> None:
    """Wherever the library has imported it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)
