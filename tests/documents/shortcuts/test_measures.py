"""Words that end in a figure are as wide as Pango would say, without its being asked."""

import pytest

from documents.fonts import use_own_fonts

use_own_fonts()

from documents.shortcuts.measures import Measures  # noqa: E402 - after the fonts are chosen

WIDTHS = {"N": 7.0, "L": 5.0, "-": 4.0, "1": 6.0, "2": 6.0, " ": 2.0, "日": 12.0}


class Pango:
    """Kerns an L before a minus and a 1 before a 1."""

    def __init__(self, high: str = "") -> None:
        self.asked: list[str] = []
        self._high = high

    def __call__(self, text: str) -> tuple[object, int, int | None, float, float, float]:
        self.asked.append(text)
        width = sum(map(WIDTHS.__getitem__, text)) - text.count("L-") - 2 * text.count("11")
        height = 15.0 if self._high and self._high in text else 12.0
        return object(), len(text.encode()), None, width, height, 9.0


def taught(*words: str) -> tuple[Measures, Pango]:
    """What is known after these."""
    measures, pango = Measures(), Pango()
    for text in words:
        measures.measure(text, pango)
    pango.asked.clear()
    return measures, pango


def test_what_begins_alike_needs_no_shaping() -> None:
    measures, pango = taught("NL-12", "NL-21")
    known = measures.measure("NL-2121", pango)
    assert known is not None
    layout, *sizes = known
    assert pango.asked == []
    assert layout.text == "NL-2121"
    assert sizes == [7, None, 39.0, 12.0, 9.0]  # 7 + 5 + 4 + 4 * 6, less 1 between L and minus


def test_another_beginning_is_shaped_with_the_first_character_of_its_figure() -> None:
    measures, pango = taught("NL-12", "NL-21")
    known = measures.measure("N2121", pango)
    assert pango.asked == ["N2"]
    assert known is not None
    assert known[3] == 31.0


@pytest.mark.parametrize("text", ["NL-112", "N11"])
def test_a_figure_that_is_kerned_is_not_known(text: str) -> None:
    measures, pango = taught("NL-12", "NL-21")
    assert measures.measure(text, pango) is None


@pytest.mark.parametrize("text", ["NL", "12", "NL-12 ", "日12"])
def test_other_words_are_not_known(text: str) -> None:
    measures, pango = taught("NL-12", "NL-21")
    assert measures.measure(text, pango) is None
    assert pango.asked == []


def test_a_beginning_in_a_higher_font_is_not_known() -> None:
    measures, pango = Measures(), Pango(high="N")
    assert [measures.measure(text, pango) for text in ("NL-12", "NL-21", "NL-12")] == [None, None, None]
