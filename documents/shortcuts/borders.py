"""Borders that are straight lines: one rectangle each, and one under a whole row of cells."""

from collections.abc import Iterable
from typing import NamedTuple

from weasyprint import draw  # type: ignore[import-untyped]
from weasyprint.draw import border  # type: ignore[import-untyped]
from weasyprint.draw.color import get_color  # type: ignore[import-untyped]

from documents.shortcuts.backgrounds import SQUARE, is_bare
from documents.shortcuts.operands import operands
from documents.shortcuts.untyped import Untyped

TOUCHING = 1e-6
"""Pixels between two lines that are one."""
SIDES = ("top", "right", "bottom", "left")

any_border = border.draw_border
any_table = draw.draw_table


class _Rule(NamedTuple):
    """A straight line, in pixels from the page's corner."""

    start: float
    end: float
    y: float
    down: float
    color: Untyped


def draw_border(stream: Untyped, box: Untyped) -> None:
    """In place of `weasyprint.draw.border.draw_border`, which clips and fills two outlines for one straight line."""
    widths = _widths(box)
    if not any(widths) and _has_sides_alone(box.style):
        return
    rule = _rule_of(box, widths)
    if rule is None:
        any_border(stream, box)
    else:
        _draw(stream, rule)


def draw_table(stream: Untyped, table: Untyped) -> None:
    """In place of `weasyprint.draw.draw_table`, which sees to each cell's border alone."""
    if table.style["border_collapse"] == "collapse":
        any_table(stream, table)
        return
    for background in _backgrounds(table):
        if background is not None:
            draw.draw_background(stream, background)
    draw_border(stream, table)
    for group in table.children:
        for row in group.children:
            _draw_borders(stream, filter(_is_shown, row.children))


def _backgrounds(table: Untyped) -> Iterable[Untyped]:
    yield table.background
    for columns in table.column_groups:
        yield columns.background
        yield from [column.background for column in columns.children]
    for group in table.children:
        yield group.background
        for row in group.children:
            yield row.background
            yield from [cell.background for cell in row.children if cell.background is not None and _is_shown(cell)]


def _is_shown(cell: Untyped) -> bool:
    return cell.style["empty_cells"] == "show" or not cell.empty


def _draw_borders(stream: Untyped, cells: Iterable[Untyped]) -> None:
    """Of cells side by side: lines of which one goes on from the other are written as one."""
    before = None
    for cell in cells:
        rule = _rule_of(cell, _widths(cell))
        if before is not None:
            if rule is not None and _goes_on(before, rule):
                before = rule._replace(start=before.start)
                continue
            _draw(stream, before)
        before = rule
        if rule is None:
            draw_border(stream, cell)
    if before is not None:
        _draw(stream, before)


def _goes_on(before: _Rule, rule: _Rule) -> bool:
    return (
        abs(rule.start - before.end) < TOUCHING
        and (rule.y, rule.down) == (before.y, before.down)
        and (rule.color is before.color or tuple(rule.color) == tuple(before.color))
    )


def _draw(stream: Untyped, rule: _Rule) -> None:
    """Where it goes on from the one before, as from one cell's to the next cell's, that one is made longer."""
    content = stream.stream
    length, before = stream.__dict__.get("known_rule", (-1, rule))
    if length == len(content) and _goes_on(before, rule):
        rule = rule._replace(start=before.start)
        content.pop()
    elif stream._tags is None:  # noqa: SLF001 - as `Stream.artifact`
        stream.set_color(rule.color)
    else:
        content.append(b"/Artifact\nBMC")
        stream.set_color(rule.color)
    drawn = b"%b re\nf" % operands(rule.start, rule.y, rule.end - rule.start, rule.down)
    content.append(drawn if stream._tags is None else drawn + b"\nEMC")  # noqa: SLF001 - see above
    stream.known_rule = len(content), rule


def _widths(box: Untyped) -> tuple[float, float, float, float]:
    return box.border_top_width, box.border_right_width, box.border_bottom_width, box.border_left_width


def _rule_of(box: Untyped, widths: tuple[float, float, float, float]) -> _Rule | None:
    """The straight line that is all there is to be drawn of a box's borders."""
    if widths.count(0) != len(SIDES) - 1:
        return None
    side = next(side for side, width in zip(SIDES, widths, strict=True) if width)
    color = _color(box.style, side)
    if color is None or not (is_bare(box.style) or all(getattr(box, corner) == (0, 0) for corner in SQUARE)):
        return None
    x, y, across, down = box.border_box_x(), box.border_box_y(), box.border_width(), box.border_height()
    top, right, bottom, left = widths
    if top or bottom:
        return _Rule(x, x + across, y if top else y + down - bottom, top or bottom, color)
    start = x if left else x + across - right
    return _Rule(start, start + (left or right), y, down, color)


def _color(style: Untyped, side: str) -> Untyped:
    """Of a side that is drawn as a straight line; None where it is not."""
    known = style.__dict__.setdefault("straight", {})
    if side not in known:
        color = get_color(style, f"border_{side}_color")
        is_straight = style[f"border_{side}_style"] == "solid" and style["visibility"] == "visible" and color.alpha
        known[side] = color if is_straight and _has_sides_alone(style) else None
    return known[side]


def _has_sides_alone(style: Untyped) -> bool:
    """Whether a style has neither pictures round a box nor lines between columns."""
    known = style.__dict__
    if "sides_alone" not in known:
        known["sides_alone"] = (
            style["border_image_source"][0] == "none" and style["column_width"] == style["column_count"] == "auto"
        )
    return bool(known["sides_alone"])
