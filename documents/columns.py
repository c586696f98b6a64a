"""How wide the columns of the lines' table are.

Given widths let the layout engine place the table in one pass and keep the widest figure inside its column.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from documents.label import Label
from documents.line_rows import Row
from documents.total_rows import Total
from invoicing.look import Layout

MM_A_POINT = 25.4 / 72
NARROW = frozenset("., \u00a0\u2008\u2009\u202f\u2019'")
BROAD = frozenset("%\u2030")
NARROW_EM, WIDE_EM, BROAD_EM = 0.29, 0.63, 1.0
"""The widest advances in our fonts: separators; digits, signs and on average letters; percent, Chinese and Japanese."""
BOLD = 1.06
"""How much wider a head's words are than those beneath."""
GUTTER_MM = 3


@dataclass(frozen=True)
class Setting:
    """Type sizes of a layout's table in points, as its style sheet sets them."""

    cells: float
    dense: float
    heads: float
    room: float
    """mm that the columns beside the description may take before the table turns dense."""


SETTINGS = {
    Layout.CLASSIC: Setting(cells=8.8, dense=7, heads=7.2, room=112),
    Layout.COMPACT: Setting(cells=7.6, dense=6.6, heads=6.6, room=116),
    Layout.LETTER: Setting(cells=8.8, dense=7, heads=7.2, room=112),
}


@dataclass(frozen=True)
class Columns:
    """Column widths in mm, 0 where a column is left out; the description takes what is left."""

    width: dict[str, int]
    dense: bool
    """Figures so long that they are set smaller."""


def columns_for(rows: Sequence[Row], heads: Mapping[str, Label], layout: Layout) -> Columns:
    """Columns as wide as their widest cell and as the words above them, which break where there is too little room."""
    setting = SETTINGS[layout]
    for broken in (False, True):
        width = _widths(rows, _least(heads, setting.heads, broken=broken), setting.cells)
        if sum(width.values()) <= setting.room:
            return Columns(width, dense=False)
    return Columns(_widths(rows, _least(heads, setting.heads, broken=True), setting.dense), dense=True)


def sum_width(totals: Sequence[Total], points: float) -> int:
    """Mm that the amounts of totals need in a type of this size."""
    return _mm(_widest(total.amount for total in totals) * BOLD, points)


def _widths(rows: Sequence[Row], least: Mapping[str, int], size: float) -> dict[str, int]:
    """A column whose cells are all empty is left out."""
    widest = {column: _widest(text for row in rows for text in _texts(row, column)) for column in least}
    return {column: max(least[column], _mm(em, size)) if em else 0 for column, em in widest.items()}


def _texts(row: Row, column: str) -> tuple[str, ...]:
    cell: str | tuple[str, ...] = getattr(row, column)
    return (cell,) if isinstance(cell, str) else cell


def _least(heads: Mapping[str, Label], size: float, *, broken: bool) -> dict[str, int]:
    """What the heads need: a line in each language, or as many as they have words."""
    lines = {column: [label, label.second] for column, label in heads.items()}
    if broken:
        lines = {column: " ".join(words).split() for column, words in lines.items()}
    return {column: _mm(_widest(words) * BOLD, size) for column, words in lines.items()}


def _mm(ems: float, points: float) -> int:
    """Whole ones, so that few widths differ: the layout engine keeps what it knows about each."""
    return ceil(ems * points * MM_A_POINT + GUTTER_MM)


def _widest(texts: Iterable[str]) -> float:
    """In ems. Most cells of a column are as wide as others, and each is measured once."""
    return max((sum(map(_em, text)) for text in set(texts)), default=0.0)


def _em(char: str) -> float:
    if char in NARROW:
        return NARROW_EM
    if char in BROAD or unicodedata.east_asian_width(char) in "WF":
        return BROAD_EM
    return WIDE_EM
