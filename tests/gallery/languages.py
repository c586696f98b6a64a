"""The page in every language that it speaks, and in two at once."""

from functools import partial

from invoicing.invoice import AdjustmentKind, ChargeKind, Invoice
from invoicing.look import Layout, Look
from tests.gallery.exhibit import Room
from tests.gallery.houses import (
    AMERICAN,
    ARABIC,
    BRITISH,
    CHINESE,
    DUTCH,
    FRENCH,
    GERMAN,
    HEBREW,
    ITALIAN,
    JAPANESE,
    POLISH,
    PORTUGUESE,
    SPANISH,
    House,
)
from tests.gallery.invoices import adjustment, extra, invoice, line, lines_of

ROOM = Room("Languages")
NAMES = {
    "german": GERMAN,
    "english": BRITISH,
    "american": AMERICAN,
    "french": FRENCH,
    "spanish": SPANISH,
    "italian": ITALIAN,
    "dutch": DUTCH,
    "polish": POLISH,
    "portuguese": PORTUGUESE,
    "japanese": JAPANESE,
    "chinese": CHINESE,
    "arabic": ARABIC,
    "hebrew": HEBREW,
}


def spoken(house: House, look: Look) -> Invoice:
    """All that the house sells, the first line at ten percent off, with shipping."""
    discounted = line(house, adjustments=(adjustment(AdjustmentKind.ALLOWANCE, None, percent="10"),))
    shipping = extra(
        AdjustmentKind.CHARGE, "DHL", amount="12.00", tax=house.tax(house.goods[0]), charge_kind=ChargeKind.SHIPPING
    )
    return invoice([discounted, *lines_of(house)[1:]], house=house, charges=[shipping], look=look)


for name, house in NAMES.items():
    ROOM.add(name, f"{house.locale}, {house.currency}", partial(spoken, house, Look()))

ROOM.add("german-and-english", "German with English beside it", partial(spoken, GERMAN, Look(second_language="en")))
ROOM.add("japanese-and-english", "Japanese with English", partial(spoken, JAPANESE, Look(second_language="en")))
ROOM.add("arabic-and-english", "From right to left, with English", partial(spoken, ARABIC, Look(second_language="en")))
ROOM.add("hebrew-letter", "The letter layout from right to left", partial(spoken, HEBREW, Look(layout=Layout.LETTER)))
