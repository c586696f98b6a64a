from io import BytesIO

import pytest
from PIL import Image

from documents.logo import Logo, printable
from tests.documents.pictures import PICTURES, SVG_LOGO, picture


def opened(logo: Logo | None) -> Image.Image:
    assert logo is not None
    assert logo.media_type == "image/png"
    return Image.open(BytesIO(logo.content))


@pytest.mark.parametrize(("file_format", "mode", "media_type"), PICTURES)
def test_every_kind_of_picture_becomes_rgb_that_a_printer_can_show(
    file_format: str, mode: str, media_type: str
) -> None:
    logo = Logo(content=picture(file_format, mode, size=(3000, 1000)), media_type=media_type)
    image = opened(printable(logo))
    assert image.mode == "RGB"
    assert image.size == (780, 260)


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(printable(Logo(content=picture("PNG", "RGB", size=(90, 30)), media_type="image/png"))).size == (
        90,
        30,
    )


def test_what_is_transparent_is_white_on_paper() -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    file = BytesIO()
    clear.save(file, "PNG")
    assert opened(printable(Logo(content=file.getvalue(), media_type="image/png"))).getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.new("RGB", (40, 20), "navy").save(file, "JPEG", exif=exif)
    assert opened(printable(Logo(content=file.getvalue(), media_type="image/jpeg"))).size == (20, 40)


def test_an_svg_goes_in_as_it_is() -> None:
    logo = Logo(content=SVG_LOGO, media_type="image/svg+xml")
    assert printable(logo) is logo


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "image/png"),
        (b"<html>not found</html>", "image/png"),
        (picture("PNG", "RGB", size=(300, 100))[:200], "image/png"),
        (picture("TIFF", "RGB", size=(30, 10)), "image/png"),
        (b"<svg", "image/svg+xml"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "image/svg+xml"),
        (b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "image/svg+xml"),
    ],
)
def test_what_cannot_be_decoded_is_left_out(content: bytes, media_type: str) -> None:
    assert printable(Logo(content=content, media_type=media_type)) is None
