"""What may stand on an invoice as its logo: a whole PNG, JPEG, GIF or WebP of sane size, or a harmless SVG."""

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageFile

from integrations.faults import PermanentFault
from integrations.logo_svg import UnsafeSvg, check_svg

MOST_PIXELS = 16_000_000
SVG_MEDIA_TYPE = "image/svg+xml"
RASTER_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class LogoUnusable(PermanentFault):
    """The logo cannot be fetched or is no picture that we print; the message says why."""


@dataclass(frozen=True)
class LogoImage:
    """A checked picture; the media type is what the content is, whatever the server called it."""

    content: bytes = field(repr=False)
    media_type: str


def inspect_logo(content: bytes) -> LogoImage:
    """Look at the content, and at nothing else. Takes processor time: call it off the event loop.

    Raises:
        LogoUnusable: it is no such picture, damaged, too large when unpacked, or an SVG that reaches outside itself.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _inspect_svg(content)
    try:
        return LogoImage(content, _raster_media_type(content))
    except LogoUnusable:
        raise
    except Exception:  # noqa: BLE001 - a decoder that is fed foreign bytes may raise anything
        raise LogoUnusable("The logo is no PNG, JPEG, GIF, WebP or SVG picture, or a damaged one.") from None


def _inspect_svg(content: bytes) -> LogoImage:
    try:
        check_svg(content)
    except UnsafeSvg as error:
        raise LogoUnusable(f"The logo is no SVG picture that we print: {error}.") from None
    return LogoImage(content, SVG_MEDIA_TYPE)


def _raster_media_type(content: bytes) -> str:
    with Image.open(BytesIO(content), formats=RASTER_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise LogoUnusable(f"The logo has {image.width} x {image.height} pixels: more than {MOST_PIXELS:,}.")
        media_type = Image.MIME[image.format or ""]
        image.verify()
    # `verify` looks at checksums and `load` at the pixels; an image can only do one of them.
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for the whole process; half a logo is none
    with Image.open(BytesIO(content), formats=RASTER_FORMATS) as image:
        image.load()
    return media_type
