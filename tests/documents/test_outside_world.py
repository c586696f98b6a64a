"""What an SVG logo may want to load from elsewhere stays there."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PageObject

from documents.request import Picture
from tests.documents.invoices import make_invoice
from tests.documents.pictures import picture
from tests.documents.printed import printed

PIXELS = picture("PNG", "RGB", size=(30, 10))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def svg(inside: str, before: str = "") -> Picture:
    drawing = (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 60 20"><rect width="9" height="9"/>{inside}</svg>'
    )
    return Picture(content=drawing.encode(), media_type="image/svg+xml")


def page_with(logo: Picture) -> PageObject:
    (page,) = printed(make_invoice(), logo).pages
    return page


def pictures_drawn(page: PageObject) -> int:
    contents = page.get_contents()
    assert contents is not None
    return contents.get_data().count(b" Do\n")


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="{url}/a.png" width="30" height="10"/>',
        '<image xlink:href="{url}/a.svg" width="30" height="10"/>',
        '<use href="{url}/a.svg#x"/>',
        '<style>@import url("{url}/a.css");</style>',
        '<style>@font-face {{ font-family: x; src: url("{url}/a.ttf") }}</style><text font-family="x">a</text>',
        '<rect width="9" height="9" fill="url({url}/a.svg#g)"/>',
    ],
)
def test_a_logo_reaches_no_server(listener: socket.socket, inside: str) -> None:
    page_with(svg(inside.format(url=f"http://127.0.0.1:{listener.getsockname()[1]}")))
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_style_sheet_named_before_the_logo_is_not_fetched(listener: socket.socket) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.css"
    page_with(svg("", before=f'<?xml-stylesheet href="{url}"?>'))
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_logo_reads_no_file(tmp_path: Path) -> None:
    file = tmp_path / "secret.png"
    file.write_bytes(PIXELS)
    assert pictures_drawn(page_with(svg(f'<image href="{file.as_uri()}" width="30" height="10"/>'))) == 0


def test_a_logo_may_carry_a_picture_inside_itself() -> None:
    data = base64.b64encode(PIXELS).decode()
    assert pictures_drawn(page_with(svg(f'<image href="data:image/png;base64,{data}" width="30" height="10"/>'))) == 1


def test_a_logo_may_not_carry_another_drawing_that_loads_things(listener: socket.socket) -> None:
    inner = svg(f'<image href="http://127.0.0.1:{listener.getsockname()[1]}/a.png" width="30" height="10"/>')
    data = base64.b64encode(inner.content).decode()
    page_with(svg(f'<image href="data:image/svg+xml;base64,{data}" width="30" height="10"/>'))
    with pytest.raises(BlockingIOError):
        listener.accept()
