import pytest

from tests.documents.shortcuts.laid_out import drawn

PAGE = "@page { size: 100px 80px; margin: 10px } body { margin: 0 } div { width: 40px; height: 20px; %s }"


def border(style: str, html: str = "<div></div>") -> bytes:
    """What is drawn of a box of 40 by 20 pixels, 10 pixels from the corner of its page."""
    return drawn(html, PAGE % style)


@pytest.mark.parametrize(
    ("side", "rectangle"),
    [
        ("top", b"10 10 40 2 re"),
        ("right", b"50 10 2 20 re"),
        ("bottom", b"10 30 40 2 re"),
        ("left", b"10 10 2 20 re"),
    ],
)
def test_one_straight_border_is_one_rectangle(side: str, rectangle: bytes) -> None:
    operators = border(f"border-{side}: 2px solid #f00")
    assert rectangle in operators
    assert operators.count(b" re") == 1
    assert b"1 0 0 rg" in operators
    assert b"W" not in operators


@pytest.mark.parametrize(
    "style",
    [
        "border: 2px solid #f00",
        "border-bottom: 2px dotted #f00",
        "border-bottom: 2px solid #f00; border-left: 3px solid #00f",
        "border-bottom: 2px solid #f00; border-radius: 4px",
    ],
)
def test_other_borders_are_left_to_the_library(style: str) -> None:
    assert b"10 30 40 2 re" not in border(style)


ROWS = "<table><tr><td>a</td><td>b</td><td>c</td></tr><tr><td>d</td><td>e</td><td>f</td></tr></table>"
CELLS = """} table { border-spacing: 0; width: 60px; table-layout: fixed }
td { padding: 0; height: 10px; border-bottom: 1px solid #f00"""


def test_the_line_under_a_row_of_cells_is_one() -> None:
    operators = border(CELLS, ROWS)
    assert operators.count(b" re") == 2
    assert operators.count(b" 60 1 re") == 2


def test_lines_of_two_colours_are_two() -> None:
    operators = border(CELLS + "} .other { border-bottom-color: #00f", ROWS.replace("<td>b", '<td class="other">b'))
    assert operators.count(b" re") == 4


def test_a_line_ends_where_a_cell_has_none() -> None:
    operators = border(CELLS + "} .bare { border-bottom: 0", ROWS.replace("<td>b", '<td class="bare">b'))
    assert operators.count(b" re") == 3
    assert operators.count(b" 20 1 re") == 2


def test_cells_that_are_not_shown_have_no_line() -> None:
    operators = border(CELLS + "; empty-cells: hide", ROWS.replace("<td>c</td>", "<td></td>"))
    assert operators.count(b" 40 1 re") == 1
    assert operators.count(b" 60 1 re") == 1


def test_collapsed_borders_are_left_to_the_library() -> None:
    assert b" re" not in border(CELLS + "} table { border-collapse: collapse", ROWS)


def test_the_first_thing_that_is_drawn_may_be_a_line() -> None:
    group = "<div style='opacity: .5; border-bottom: 1px solid #f00'></div>"
    assert b"10 30 40 1 re" in border("", group)
