"""Logos and pictures of goods, drawn here."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from documents.request import Picture

DEEP, PALE, WARM = "#0f4c5c", "#d9e6e8", "#c8553d"
SIDE = 480

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 60">
<g fill="none" stroke="#0f4c5c" stroke-width="3"><path d="M8 44 Q30 8 52 44"/><path d="M16 44 Q30 22 44 44"/></g>
<circle cx="30" cy="14" r="5" fill="#c8553d"/>
<text x="70" y="41" font-family="IBM Plex Sans" font-weight="600" font-size="30" fill="#0f4c5c">Nordlicht</text>
</svg>"""


def logo_url(kind: str) -> str:
    """Where a seller keeps the logo: `png`, `svg`, `wide`."""
    return f"https://shop.example/logo-{kind}"


def goods_url(name: str) -> str:
    """Where the shop keeps a picture of what it sells: `pot`, `book`, `lamp`, `frame`."""
    return f"https://shop.example/goods/{name}"


@cache
def pictures() -> dict[str, Picture]:
    """All of them, by their URLs."""
    return {
        logo_url("svg"): Picture(content=SVG.encode(), media_type="image/svg+xml"),
        logo_url("png"): _png(_badge()),
        logo_url("wide"): _png(_banner()),
        **{goods_url(name): _png(draw()) for name, draw in GOODS.items()},
    }


def _png(image: Image.Image) -> Picture:
    file = BytesIO()
    image.save(file, "PNG")
    return Picture(content=file.getvalue(), media_type="image/png")


def _canvas(width: int = SIDE, height: int = SIDE, paper: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), paper)
    return image, ImageDraw.Draw(image)


def _badge() -> Image.Image:
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 10, SIDE - 10, SIDE - 10), fill=DEEP)
    draw.polygon([(110, 350), (240, 110), (370, 350)], fill="white")
    draw.polygon([(185, 350), (240, 250), (295, 350)], fill=WARM)
    return image


def _banner() -> Image.Image:
    image, draw = _canvas(1600, 200)
    for place in range(8):
        draw.rounded_rectangle((place * 200 + 10, 20, place * 200 + 180, 180), 40, fill=DEEP if place % 2 else WARM)
    return image


def _pot() -> Image.Image:
    image, draw = _canvas(paper=PALE)
    draw.arc((150, 60, 330, 260), 180, 360, fill=DEEP, width=16)
    draw.ellipse((90, 170, 390, 410), fill=DEEP)
    draw.polygon([(370, 260), (450, 200), (455, 225), (380, 330)], fill=DEEP)
    draw.ellipse((215, 145, 265, 195), fill=WARM)
    return image


def _book() -> Image.Image:
    image, draw = _canvas(paper="#f4ead5")
    draw.rounded_rectangle((120, 70, 370, 410), 14, fill=WARM)
    draw.rectangle((120, 70, 155, 410), fill="#8f3a2a")
    draw.rectangle((200, 140, 325, 200), fill="#f4ead5")
    return image


def _lamp() -> Image.Image:
    image, draw = _canvas(paper="#eef1e6")
    draw.ellipse((140, 380, 340, 430), fill="#b08d57")
    draw.line([(240, 400), (180, 240), (300, 140)], fill="#b08d57", width=18)
    draw.pieslice((230, 60, 430, 260), 110, 290, fill="#3d5a45")
    return image


def _frame() -> Image.Image:
    image, draw = _canvas(640, 400, "#ffffff")  # wider than high, as photographs are
    draw.rectangle((40, 40, 600, 360), fill="#a47148")
    draw.rectangle((80, 80, 560, 320), fill="#e8eff2")
    draw.polygon([(80, 320), (240, 150), (330, 250), (420, 180), (560, 320)], fill=DEEP)
    return image


GOODS = {"pot": _pot, "book": _book, "lamp": _lamp, "frame": _frame}
