from io import BytesIO

import pytest
from PIL import Image

from documents.pictures import KEPT, LINE_PIXELS, LOGO_PIXELS, Printed, _kept, printable
from documents.request import Picture
from invoicing.invoice import Invoice
from tests.documents.invoices import items, make_invoice
from tests.documents.pictures import PICTURES, SVG_LOGO, picture
from tests.documents.printed import LOGO_URL, with_logo

LINE_URL = "https://shop.example/tea pot.jpg"


def png(size: tuple[int, int], mode: str = "RGB") -> Picture:
    return Picture(content=picture("PNG", mode, size=size), media_type="image/png")


def prepared(content: bytes, media_type: str = "image/png", size: tuple[int, int] = LOGO_PIXELS) -> Image.Image:
    made = printable(Picture(content=content, media_type=media_type), size)
    assert made is not None
    assert made.media_type == "image/png"
    return Image.open(BytesIO(made.content))


def illustrated(count: int) -> Invoice:
    """Every second line has a picture, all of them the same."""
    invoice = with_logo(make_invoice(items(count)))
    lines = [line.model_copy(update={"image_url": LINE_URL if n % 2 else None}) for n, line in enumerate(invoice.lines)]
    return invoice.model_copy(update={"lines": tuple(lines)})


@pytest.mark.parametrize(("file_format", "mode", "media_type"), PICTURES)
def test_every_kind_of_picture_becomes_rgb_that_a_printer_can_show(
    file_format: str, mode: str, media_type: str
) -> None:
    image = prepared(picture(file_format, mode, size=(3000, 1000)), media_type)
    assert image.mode == "RGB"
    assert image.size == (780, 260)


def test_a_small_picture_is_not_blown_up() -> None:
    assert prepared(picture("PNG", "RGB", size=(90, 30))).size == (90, 30)


def test_a_line_s_picture_is_brought_down_to_its_place() -> None:
    assert prepared(picture("PNG", "RGB", size=(600, 1200)), size=LINE_PIXELS).size == (95, 190)


def test_what_is_transparent_is_white_on_paper() -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    file = BytesIO()
    clear.save(file, "PNG")
    assert prepared(file.getvalue()).getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.new("RGB", (40, 20), "navy").save(file, "JPEG", exif=exif)
    assert prepared(file.getvalue(), "image/jpeg").size == (20, 40)


def test_an_svg_goes_in_as_it_is() -> None:
    logo = Picture(content=SVG_LOGO, media_type="image/svg+xml")
    assert printable(logo, LOGO_PIXELS) == logo


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
    assert printable(Picture(content=content, media_type=media_type), LOGO_PIXELS) is None


def test_a_page_calls_its_pictures_by_names_of_our_own() -> None:
    printed = Printed(illustrated(4), {LOGO_URL: png((30, 10)), LINE_URL: png((20, 20))})
    assert printed.logo_url is not None
    assert list(printed.line_urls) == [LINE_URL]
    assert set(printed.content) == {printed.logo_url, printed.line_urls[LINE_URL]}
    assert all(url.removeprefix("picture:").isalnum() for url in printed.content)


def test_a_page_names_no_picture_that_is_not_there() -> None:
    printed = Printed(illustrated(4), {LOGO_URL: Picture(content=b"broken", media_type="image/png")})
    assert (printed.logo_url, printed.line_urls, printed.content) == (None, {}, {})


def test_a_process_keeps_only_so_many_pictures() -> None:
    for width in range(KEPT + 10):
        printable(png((width + 1, 3)), LINE_PIXELS)
    assert len(_kept) == KEPT
