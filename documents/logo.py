"""The seller's logo, made ready for print.

Raster images are turned upright, put on white, converted to RGB (an archivable PDF has one colour space) and brought
down to what a printer can show, once a process. SVG goes in as it is, and is refused what it might want to load.
"""

from functools import lru_cache
from io import BytesIO
from xml.etree import ElementTree as ET

from PIL import Image, ImageFile, ImageOps

from invoicing.frozen import Frozen

LOGO_URL = "logo:seller"
"""How the page calls the logo that it is given."""
SVG = "image/svg+xml"
RASTER_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 16_000_000
"""Pillow refuses twice as many: a small file can claim a picture that fills the memory."""
PRINTED_PIXELS = (840, 260)
"""70 mm by 21 mm at 300 dots an inch."""


class Logo(Frozen):
    """An image as it was fetched: PNG, JPEG, GIF, WebP or SVG. Decoding it is left to the process that prints."""

    content: bytes
    media_type: str


@lru_cache(maxsize=32)
def printable(logo: Logo) -> Logo | None:
    """The logo as it goes into the PDF; None when it cannot be decoded, and the seller's name is printed instead."""
    try:
        return _svg(logo) if logo.media_type == SVG else _raster(logo)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _svg(logo: Logo) -> Logo | None:
    if b"<!ENTITY" in logo.content:
        return None
    root = ET.fromstring(logo.content)  # noqa: S314 - the danger is in entities
    return logo if root.tag.rpartition("}")[2] == "svg" else None


def _raster(logo: Logo) -> Logo:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on; half a logo is worse than none
    with Image.open(BytesIO(logo.content), formats=RASTER_FORMATS) as image:
        upright = ImageOps.exif_transpose(image)
    coloured = upright.convert("RGBA") if upright.has_transparency_data else upright.convert("RGB").convert("RGBA")
    coloured.thumbnail(PRINTED_PIXELS, Image.Resampling.LANCZOS)
    paper = Image.new("RGB", coloured.size, "white")
    paper.paste(coloured, mask=coloured)
    file = BytesIO()
    paper.save(file, "PNG")
    return Logo(content=file.getvalue(), media_type="image/png")
