import pytest

from integrations.logo_image import LogoUnusable, inspect_logo
from tests.integrations.pictures import png_bomb, raster, svg


@pytest.mark.parametrize(
    ("picture_format", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_a_picture_is_what_its_content_says(picture_format: str, media_type: str) -> None:
    content = raster(picture_format)
    logo = inspect_logo(content)
    assert (logo.content, logo.media_type) == (content, media_type)


@pytest.mark.parametrize("picture_format", ["BMP", "TIFF", "PPM", "ICO"])
def test_other_formats_are_refused(picture_format: str) -> None:
    with pytest.raises(LogoUnusable, match="no PNG, JPEG, GIF, WebP or SVG picture"):
        inspect_logo(raster(picture_format))


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_half_a_picture_is_refused(picture_format: str) -> None:
    content = raster(picture_format, (300, 300))
    with pytest.raises(LogoUnusable, match="or a damaged one"):
        inspect_logo(content[: len(content) // 2])


def test_a_damaged_picture_is_refused() -> None:
    content = bytearray(raster("PNG", (300, 300)))
    content[-20] ^= 0xFF
    with pytest.raises(LogoUnusable):
        inspect_logo(bytes(content))


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"not found", b"\x00" * 100])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(LogoUnusable):
        inspect_logo(content)


@pytest.mark.parametrize("side", [5_000, 60_000])
def test_a_small_file_with_too_many_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(LogoUnusable, match=f"{side} x {side} pixels|or a damaged one"):
        inspect_logo(png_bomb(side))


@pytest.mark.parametrize("content", [svg(), b"\xef\xbb\xbf" + svg(), b'<?xml version="1.0"?>\n' + svg()])
def test_an_svg_is_a_picture(content: bytes) -> None:
    logo = inspect_logo(content)
    assert (logo.content, logo.media_type) == (content, "image/svg+xml")


def test_a_web_page_is_no_picture() -> None:
    with pytest.raises(LogoUnusable, match="no SVG picture that we print: its outermost element is not svg"):
        inspect_logo(b"<html><body>Not found</body></html>")
