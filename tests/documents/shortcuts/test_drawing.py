import pydyf  # type: ignore[import-untyped]
import pytest

from documents.fonts import use_own_fonts

use_own_fonts()

from weasyprint import CSS, HTML  # type: ignore[import-untyped]  # noqa: E402 - after the fonts are chosen

from documents.shortcuts import take_shortcuts  # noqa: E402

PAGE = "@page { size: 100px 80px; margin: 10px } body { margin: 0 } div { width: 40px; height: 20px; %s }"


def drawn(style: str, html: str = "<div></div>") -> bytes:
    """What is drawn of a box of 40 by 20 pixels, 10 pixels from the corner of its page."""
    take_shortcuts()
    content: list[bytes] = []

    def keep(_document: object, pdf: pydyf.PDF) -> None:
        content.extend(b"\n".join(stream.stream) for stream in pdf.objects if type(stream).__name__ == "Stream")

    HTML(string=html).write_pdf(stylesheets=[CSS(string=PAGE % style)], finisher=keep)
    return b"\n".join(content)


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
    operators = drawn(f"border-{side}: 2px solid #f00")
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
    assert b"10 30 40 2 re" not in drawn(style)


ROWS = "<table><tr><td>a</td><td>b</td><td>c</td></tr><tr><td>d</td><td>e</td><td>f</td></tr></table>"
CELLS = "} table { border-spacing: 0; width: 60px } td { padding: 0; height: 10px; border-bottom: 1px solid #f00"


def test_the_line_under_a_row_of_cells_is_one() -> None:
    operators = drawn(CELLS, ROWS)
    assert operators.count(b" re") == 2
    assert operators.count(b" 60 1 re") == 2


def test_lines_of_two_colours_are_two() -> None:
    operators = drawn(CELLS + "} .other { border-bottom-color: #00f", ROWS.replace("<td>b", '<td class="other">b'))
    assert operators.count(b" re") == 4
