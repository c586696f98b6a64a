"""Columns are as wide as their widest figure, whatever is in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

import documents.fonts
from documents.columns import _em
from tests.documents.layout import laid_out
from tests.gallery.exhibit import Exhibit
from tests.gallery.rooms import EXHIBITS

LAST_LINES = 45
"""More of them are more of the same."""
ROUNDING = 1e-6
FIGURES = "0123456789.,-+% \u00a0\u2007\u2008\u202f"
REGULAR = sorted(Path(documents.fonts.__file__).parent.glob("*-Regular.ttf"))
OURS = [one for one in EXHIBITS if one.template is None]


@pytest.mark.parametrize("exhibit", OURS, ids=lambda one: one.name)
def test_nothing_in_a_table_sticks_out_of_its_cell(exhibit: Exhibit) -> None:
    invoice = exhibit.make()
    if len(invoice.lines) > LAST_LINES:
        pytest.skip("long")
    document = laid_out(invoice, is_draft=exhibit.is_draft)
    cells = [cell for page in document.pages for cell in _inside(page._page_box, "TableCellBox")]
    assert cells
    words = [(one, cell) for cell in cells for one in _inside(cell, "TextBox")]
    assert [one.text for one, cell in words if one.width > cell.width + ROUNDING] == []


@pytest.mark.parametrize("font", REGULAR, ids=lambda font: font.stem)
def test_no_figure_is_wider_than_estimated(font: Path) -> None:
    read = TTFont(font)
    names, advances, em = read.getBestCmap(), read["hmtx"], read["head"].unitsPerEm
    assert [char for char in FIGURES if ord(char) in names and advances[names[ord(char)]][0] / em > _em(char)] == []


def _inside(box: Any, kind: str) -> Iterator[Any]:
    for child in getattr(box, "children", []):
        placed = getattr(child, "_box", child)
        if type(placed).__name__ == kind:
            yield placed
        yield from _inside(placed, kind)
