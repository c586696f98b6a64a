"""The same goods in every layout, on every paper."""

from functools import partial
from itertools import product

from invoicing.invoice import Invoice
from invoicing.look import Layout, Look, Paper, Typeface
from tests.gallery.drawings import goods_url, logo_url
from tests.gallery.exhibit import Room
from tests.gallery.houses import AMERICAN, GERMAN
from tests.gallery.invoices import captured, invoice, lines_of, with_images, with_logo

ROOM = Room("Layouts, papers, colours")


def looking(look: Look) -> Invoice:
    """Ten lines; on Letter, by a seller whose letters go into a #10 envelope."""
    house = AMERICAN if look.paper is Paper.LETTER else GERMAN
    made = invoice(lines_of(house, 10), house=house, look=look)
    return made if house is AMERICAN else with_logo(made, logo_url("svg"))


for layout, paper in product(Layout, Paper):
    ROOM.add(
        f"{layout}-on-{paper}-paper".lower(),
        f"Layout {layout} on {paper}, ten lines",
        partial(looking, Look(layout=layout, paper=paper)),
    )


@ROOM.shows("A serif, and the seller's own dark red; round logo")
def serif_in_dark_red() -> Invoice:
    return with_logo(invoice(look=Look(typeface=Typeface.SERIF, brand_colour="#7a1f2b")), logo_url("png"))


@ROOM.shows("A brand colour that is too light to read: text stays legible")
def pale_yellow_brand() -> Invoice:
    return invoice(look=Look(brand_colour="#ffe45c"))


@ROOM.shows("Black, without a logo, in the letter layout's serif")
def black_letter() -> Invoice:
    return invoice(
        lines_of(GERMAN, 4), look=Look(layout=Layout.LETTER, typeface=Typeface.SERIF, brand_colour="#000000")
    )


@ROOM.shows("A very wide logo, and pictures of the goods, some of them missing")
def line_images() -> Invoice:
    urls = (goods_url("pot"), goods_url("book"), None, goods_url("frame"), goods_url("lamp"))
    return with_logo(with_images(invoice(lines_of(GERMAN, 8)), *urls), logo_url("wide"))


@ROOM.shows("One line, paid by card: nothing is due")
def one_line() -> Invoice:
    return captured(invoice(lines_of(GERMAN, 1)))


@ROOM.shows("Forty lines: head and carried sums on every page")
def forty_lines() -> Invoice:
    return invoice(lines_of(GERMAN, 40))


@ROOM.shows("500 lines in the compact layout")
def five_hundred_lines() -> Invoice:
    return invoice(lines_of(GERMAN, 500), look=Look(layout=Layout.COMPACT))


@ROOM.shows("Sixty lines with pictures, classic")
def long_with_images() -> Invoice:
    urls = (goods_url("pot"), goods_url("book"), goods_url("lamp"))
    return with_images(invoice(lines_of(GERMAN, 60)), *urls)
