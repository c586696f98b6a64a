"""Figures that are put together from known characters are those that Pango would shape."""

from decimal import Decimal

import pytest

from documents.fonts import use_own_fonts

use_own_fonts()

from documents.shortcuts.figures import CHARACTERS, Figures, figures_of  # noqa: E402 - after the fonts are chosen
from documents.shortcuts.measures import measures_of  # noqa: E402 - as above
from documents.shortcuts.numbered import numbered_of  # noqa: E402 - as above
from tests.documents.shortcuts.laid_out import page_of  # noqa: E402 - as above

WIDTHS = {"1": 6.0, "2": 6.0, ",": 3.0, "-": 4.0}


class Pango:
    """Kerns a minus against a 1, and knows no other finesse."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> tuple[object, int, None, float, float, float]:
        self.asked.append(text)
        width = sum(WIDTHS[character] for character in text) - (0.5 if "-1" in text else 0)
        return object(), len(text), None, width, 12.0, 9.0


def test_a_figure_of_known_neighbours_is_the_sum_of_its_characters() -> None:
    figures, pango = Figures(), Pango()
    figures.measure("12,21", pango)
    pango.asked.clear()
    layout, *sizes = figures.measure("2,212", pango)
    assert pango.asked == []
    assert sizes == [5, None, 27.0, 12.0, 9.0]
    assert layout.text == "2,212"


def test_neighbours_that_have_not_met_are_shaped() -> None:
    figures, pango = Figures(), Pango()
    figures.measure("12,21", pango)
    pango.asked.clear()
    figures.measure("11", pango)
    assert pango.asked == ["11"]


def test_what_is_kerned_is_always_shaped() -> None:
    figures, pango = Figures(), Pango()
    for _ in range(3):
        assert figures.measure("-12", pango)[3] == 15.5
    assert pango.asked.count("-12") == 3


@pytest.mark.parametrize(
    ("met", "also_met", "expected"),
    [
        (b"[<00110012>] TJ", b"[<00120011>] TJ", b"[<001100120011>] TJ"),
        (b"[<0011>0<0012>0] TJ", b"[<0012>0<0011>0] TJ", b"[<0011>0<0012>0<0011>0] TJ"),
        (b"[<0011>0<0012>] TJ", b"[<00120011>0] TJ", b"[<0011>0<00120011>0] TJ"),
    ],
)
def test_a_figure_is_drawn_glyph_by_glyph_with_what_corrects_each(met: bytes, also_met: bytes, expected: bytes) -> None:
    figures = Figures()
    figures.learn("12", met)
    assert figures.shown("121") is None
    figures.learn("21", also_met)
    assert figures.shown("121") == expected


def test_a_glyph_that_looks_otherwise_beside_another_teaches_nothing() -> None:
    figures = Figures()
    figures.learn("12", b"[<00110012>] TJ")
    figures.learn("-1", b"[<0020>30<0099>] TJ")
    assert figures.shown("-1") is None


def test_what_corrects_a_glyph_for_its_neighbour_is_not_drawn_without_it() -> None:
    figures = Figures()
    figures.learn("12", b"[<0011>70<0012>] TJ")
    assert figures.shown("1") is None
    assert figures.shown("2") == b"[<0012>] TJ"


@pytest.mark.parametrize("spacing", ["letter-spacing: 1px", "word-spacing: 1px"])
def test_spaced_words_are_left_to_pango(spacing: str) -> None:
    style = page_of("<p>1</p>", f"p {{ white-space: nowrap; {spacing} }}").children[0].children[0].children[0].style
    assert [known_of(style) for known_of in (figures_of, measures_of, numbered_of)] == [None, None, None]


@pytest.mark.parametrize("shown", [b"[<0011>0.5<0012>] TJ", b"[<0011>] TJ", b"[<110012>] TJ"])
def test_what_is_not_a_glyph_a_character_teaches_nothing(shown: bytes) -> None:
    figures = Figures()
    figures.learn("12", shown)
    assert figures.shown("12") is None


def test_letters_are_no_figures() -> None:
    assert not CHARACTERS & set("fil\u0664\u65e5")
    assert CHARACTERS.issuperset(f"{Decimal('-1234.50'):,}")
