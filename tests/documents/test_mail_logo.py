"""Logos as mails show them."""

from io import BytesIO

import pytest
from PIL import Image

from documents.mail_logo import mail_logo
from documents.request import Picture


def picture(size: tuple[int, int], kind: str = "PNG", colour: object = (10, 20, 30)) -> Picture:
    file = BytesIO()
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    Image.new(mode, size, colour).save(file, kind)  # type: ignore[arg-type]
    return Picture(content=file.getvalue(), media_type=f"image/{kind.lower()}")


@pytest.mark.parametrize(
    ("size", "sent", "shown"),
    [
        ((100, 40), (100, 40), (100, 40)),
        ((180, 60), (180, 60), (180, 60)),
        ((300, 100), (300, 100), (180, 60)),
        ((3600, 600), (360, 60), (180, 30)),
        ((600, 600), (120, 120), (60, 60)),
        ((2000, 1), (360, 1), (180, 1)),
    ],
)
def test_a_logo_keeps_its_shape_and_is_sharp_on_fine_screens(
    size: tuple[int, int], sent: tuple[int, int], shown: tuple[int, int]
) -> None:
    logo = mail_logo(picture(size))
    assert logo is not None
    assert (logo.width, logo.height) == shown
    with Image.open(BytesIO(logo.content)) as image:
        assert (image.size, image.format) == (sent, "PNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_kind_of_picture_becomes_one_that_all_mail_programs_know(kind: str) -> None:
    logo = mail_logo(picture((90, 30), kind))
    assert logo is not None
    assert logo.content.startswith(b"\x89PNG")


def test_what_is_transparent_is_white() -> None:
    logo = mail_logo(picture((90, 30), colour=(0, 0, 0, 0)))
    assert logo is not None
    with Image.open(BytesIO(logo.content)) as image:
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "unusable",
    [
        Picture(content=b"<svg xmlns='http://www.w3.org/2000/svg'/>", media_type="image/svg+xml"),
        Picture(content=b"\x89PNG nothing", media_type="image/png"),
        Picture(content=picture((90, 30)).content[:60], media_type="image/png"),
    ],
)
def test_what_mails_cannot_show_is_left_out(unusable: Picture) -> None:
    assert mail_logo(unusable) is None
