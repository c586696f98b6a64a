"""Logos of every kind that sellers have, drawn here."""

from io import BytesIO

from PIL import Image, ImageDraw

PICTURES = [
    ("PNG", "RGB", "image/png"),
    ("PNG", "RGBA", "image/png"),
    ("PNG", "P", "image/png"),
    ("PNG", "1", "image/png"),
    ("PNG", "LA", "image/png"),
    ("PNG", "I;16", "image/png"),
    ("JPEG", "RGB", "image/jpeg"),
    ("JPEG", "L", "image/jpeg"),
    ("JPEG", "CMYK", "image/jpeg"),
    ("GIF", "P", "image/gif"),
    ("WEBP", "RGBA", "image/webp"),
]
SVG_LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 60">
<circle cx="30" cy="30" r="26" fill="#0f4c5c"/><path d="M18 40 L30 14 L42 40 Z" fill="#fff"/>
<text x="68" y="39" font-family="IBM Plex Sans" font-size="26" font-weight="600" fill="#0f4c5c">Nordlicht</text>
</svg>"""


def picture(file_format: str, mode: str, *, size: tuple[int, int]) -> bytes:
    """A rectangle in a rectangle, in one of Pillow's formats and modes."""
    drawing = Image.new("RGB", size, "white")
    ImageDraw.Draw(drawing).rectangle((size[0] // 8, size[1] // 8, size[0] // 2, size[1] // 2), fill=(15, 76, 92))
    image = Image.new("I;16", size, 40_000) if mode == "I;16" else drawing.convert(mode)
    file = BytesIO()
    image.save(file, file_format)
    return file.getvalue()
