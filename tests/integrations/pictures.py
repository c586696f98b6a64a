"""Logos for the tests of the logo source."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def raster(picture_format: str, size: tuple[int, int] = (40, 20)) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(content, picture_format)
    return content.getvalue()


def svg(inside: str = "<rect width='4' height='4'/>", attributes: str = "") -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 4 4" {attributes}>{inside}</svg>'
    ).encode()


def png_bomb(side: int) -> bytes:
    """A PNG of `side` x `side` black pixels, of which only the beginning is there."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
