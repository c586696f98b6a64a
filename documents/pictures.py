"""Pictures made ready for print: the seller's logo, the lines' images.

Raster images are turned upright, put on white, converted to RGB (an archivable PDF has one colour space) and brought
down to what a printer can show, once a process. SVG goes in as it is, and is refused what it might want to load.
"""

from collections import OrderedDict
from hashlib import sha256
from io import BytesIO
from xml.etree import ElementTree as ET

from PIL import Image, ImageFile, ImageOps

from documents.request import Picture, Pictures
from invoicing.invoice import Invoice

SVG = "image/svg+xml"
RASTER_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 16_000_000
"""Pillow refuses twice as many: a small file can claim a picture that fills the memory."""

Size = tuple[int, int]
LOGO_PIXELS: Size = (840, 260)
"""70 mm by 21 mm at 300 dots an inch."""
LINE_PIXELS: Size = (190, 190)
"""16 mm by 16 mm at 300 dots an inch."""

KEPT = 256
"""Pictures that a process keeps as they are printed: at most 0.6 MiB each before compression, mostly a few KiB."""


class Printed:
    """The pictures of one document, under URLs that say what they are: WeasyPrint rewrites others."""

    def __init__(self, invoice: Invoice, pictures: Pictures) -> None:
        self.content: dict[str, Picture] = {}
        """By the URL that the page names."""
        logo = invoice.seller.logo_url
        self.logo_url = self._take(logo, pictures, LOGO_PIXELS)
        """How the page calls the seller's logo; None where there is none that can be printed."""
        named = dict.fromkeys(line.image_url for line in invoice.lines)
        taken = {url: self._take(url, pictures, LINE_PIXELS) for url in named}
        self.line_urls = {url: printed for url, printed in taken.items() if url and printed}
        """How the page calls the images that can be printed, by the URLs that the lines name."""

    def _take(self, url: str | None, pictures: Pictures, size: Size) -> str | None:
        fetched = pictures.get(url) if url else None
        picture = printable(fetched, size) if fetched else None
        if picture is None:
            return None
        printed = f"picture:{sha256(picture.content).hexdigest()}"
        self.content[printed] = picture
        return printed


_kept: OrderedDict[tuple[bytes, str, Size], Picture | None] = OrderedDict()


def printable(picture: Picture, size: Size) -> Picture | None:
    """A picture as it goes into the PDF, no larger than so many pixels; None when it cannot be decoded."""
    key = (sha256(picture.content).digest(), picture.media_type, size)
    if key in _kept:
        _kept.move_to_end(key)
    else:
        _kept[key] = _prepared(picture, size)
    if len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[key]


def _prepared(picture: Picture, size: Size) -> Picture | None:
    try:
        return _svg(picture) if picture.media_type == SVG else _raster(picture, size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _svg(picture: Picture) -> Picture | None:
    if b"<!ENTITY" in picture.content:
        return None
    root = ET.fromstring(picture.content)  # noqa: S314 - the danger is in entities
    return picture if root.tag.rpartition("}")[2] == "svg" else None


def _raster(picture: Picture, size: Size) -> Picture:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on; half a picture is worse than none
    with Image.open(BytesIO(picture.content), formats=RASTER_FORMATS) as image:
        upright = ImageOps.exif_transpose(image)
    coloured = upright.convert("RGBA") if upright.has_transparency_data else upright.convert("RGB").convert("RGBA")
    coloured.thumbnail(size, Image.Resampling.LANCZOS)
    paper = Image.new("RGB", coloured.size, "white")
    paper.paste(coloured, mask=coloured)
    file = BytesIO()
    paper.save(file, "PNG")
    return Picture(content=file.getvalue(), media_type="image/png")
