"""The colours of a document, derived from the one that the seller chose, so that every word on it can be read."""

import re
from dataclasses import dataclass

from invoicing.look import HOUSE_COLOUR

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: of text against what lies behind it."""
STEPS = 50
TINT = 0.09
"""How much of the brand's colour is in the ground behind a highlighted figure."""
LINEAR_BELOW = 0.04045
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)


@dataclass(frozen=True)
class Palette:
    """All colours as `#rrggbb`."""

    brand: str
    """The seller's colour as it is: areas and rules."""
    ink: str
    """As near to the brand's colour as text on white or on `tint` may be."""
    tint: str
    """A light ground."""
    on_brand: str
    """White or black: text on `brand`."""


def palette_of(colour: str) -> Palette:
    """The palette of a brand's colour, `#rrggbb`; anything else is taken for the house colour.

    >>> palette_of("#ffd400").on_brand, palette_of("#0f4c5c").on_brand
    ('#000000', '#ffffff')
    """
    brand = _rgb(colour if COLOUR.fullmatch(colour) else HOUSE_COLOUR)
    tint = _mixed(brand, WHITE, TINT)
    on_brand = max(WHITE, BLACK, key=lambda text: contrast(text, brand))
    return Palette(brand=_hex(brand), ink=_hex(_readable(brand, tint)), tint=_hex(tint), on_brand=_hex(on_brand))


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.2's ratio of two colours' luminance, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _readable(colour: Rgb, ground: Rgb) -> Rgb:
    """The colour, darkened until text in it can be read on the ground; white is lighter still."""
    shades = (_mixed(BLACK, colour, step / STEPS) for step in range(STEPS + 1))
    return next(shade for shade in shades if contrast(shade, ground) >= LEAST_CONTRAST)


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    """The curve of sRGB (IEC 61966-2-1)."""
    return part / 12.92 if part <= LINEAR_BELOW else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: str) -> Rgb:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + bytes(colour).hex()
