import pytest

from documents.direction import in_order

LRM = "\u200e"


@pytest.mark.parametrize("value", ["RE-2026-17", "2026-17", "12 Main Street", "(17) b", "1.234,50 EUR"])
def test_latin_words_and_figures_are_marked(value: str) -> None:
    assert in_order(value) == f"{LRM}{value}{LRM}"


@pytest.mark.parametrize("value", ["רחוב הרצל 12", "شارع 12", "12 רחוב", "\u200f1,234.50\u00a0\u200f₪", ""])
def test_arabic_and_hebrew_are_left_as_they_are(value: str) -> None:
    assert in_order(value) == value
