import pytest

from documents.palette import contrast, palette_of
from invoicing.look import HOUSE_COLOUR

BRANDS = ["#000000", "#ffffff", "#ffd400", "#0f4c5c", "#ff0000", "#00ff00", "#7f7f7f", "#e8a400", "#b3261e", "#00aaff"]
WHITE = (255, 255, 255)


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def test_contrast_is_that_of_the_guidelines() -> None:
    """WCAG 2.2: black on white is 21, #767676 on white the lightest grey that is enough."""
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), WHITE) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("brand", BRANDS)
def test_every_word_in_every_brand_s_colour_can_be_read(brand: str) -> None:
    palette = palette_of(brand)
    assert contrast(rgb(palette.ink), WHITE) >= 4.5
    assert contrast(rgb(palette.ink), rgb(palette.tint)) >= 4.5
    assert contrast(rgb(palette.on_brand), rgb(palette.brand)) >= 4.5


@pytest.mark.parametrize("brand", ["#0f4c5c", "#b3261e", "#7a4fb5"])
def test_a_colour_that_can_be_read_is_left_as_it_is(brand: str) -> None:
    palette = palette_of(brand)
    assert (palette.brand, palette.ink) == (brand, brand)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#0f4c5c; } body { display: none"])
def test_what_is_no_colour_is_the_house_colour(colour: str) -> None:
    assert palette_of(colour) == palette_of(HOUSE_COLOUR)
