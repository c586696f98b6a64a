"""The invoice that every contestant sets: goods at two rates, paid by card, of a seller with a logo."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import demo.shop
from documents.request import Picture
from invoicing.invoice import (
    Address,
    Buyer,
    Invoice,
    InvoiceLine,
    Seller,
    Settlement,
    SettlementKind,
    TaxCategory,
    TaxGroup,
    Totals,
)
from invoicing.money import round_money

LOGO_URL = "https://shop.example/logo.svg"
NAMES = (
    "Teapot, cast iron, 0.8 l",
    "Notebook A5, dotted",
    "Wool scarf, midnight blue",
    "Desk lamp, brass foot",
    "Coffee, whole beans",
    "Oak picture frame 30 x 40 cm",
    "Linen napkins, set of 4",
)
STANDARD, REDUCED = Decimal(19), Decimal(7)


def logo() -> Picture:
    """The sample shop's."""
    file = Path(demo.shop.__file__).parent / "assets" / "logo.svg"
    return Picture(content=file.read_bytes(), media_type="image/svg+xml")


def invoice(lines: int, serial: int = 1) -> Invoice:
    """An invoice of so many lines; every serial has figures of its own."""
    rows = tuple(_line(position, serial) for position in range(1, lines + 1))
    groups = tuple(_group(rows, rate) for rate in (STANDARD, REDUCED) if any(row.tax_rate == rate for row in rows))
    net = sum((group.net for group in groups), Decimal(0))
    tax = sum((group.tax for group in groups), Decimal(0))
    return Invoice(
        id=UUID(int=serial),
        tenant="bench",
        number=f"RE-2026-{serial:05}",
        issue_date=date(2026, 11, 22),
        order_id=f"EON{serial:05}",
        order_date=date(2026, 11, 19),
        delivery_date=date(2026, 11, 20),
        site_code="main",
        currency="EUR",
        language="en",
        locale="en_GB",
        tax_inclusive=False,
        seller=SELLER,
        buyer=BUYER,
        lines=rows,
        tax_groups=groups,
        totals=Totals(
            lines_amount=net,
            charges_amount=Decimal(0),
            lines_net=net,
            charges_net=Decimal(0),
            net=net,
            tax=tax,
            gross=net + tax,
            paid=net + tax,
            payable=Decimal(0),
        ),
        settlement=Settlement(kind=SettlementKind.CAPTURED, method="credit_card", captured=net + tax),
    )


def _line(position: int, serial: int) -> InvoiceLine:
    price = Decimal(3 + (position + serial) * 37 % 1240) + Decimal((position * 13 + serial) % 100) / 100
    quantity = Decimal(1 + position * 7 % 12)
    return InvoiceLine(
        position=position,
        item_id=f"item-{position}",
        sku=f"NL-{1000 + position}",
        name=NAMES[position % len(NAMES)],
        quantity=quantity,
        unit_price=price,
        amount=round_money(quantity * price, "EUR"),
        net=round_money(quantity * price, "EUR"),
        tax_category=TaxCategory.STANDARD,
        tax_rate=REDUCED if position % 4 == 0 else STANDARD,
    )


def _group(rows: tuple[InvoiceLine, ...], rate: Decimal) -> TaxGroup:
    net = sum((row.net for row in rows if row.tax_rate == rate), Decimal(0))
    tax = round_money(net * rate / 100, "EUR")
    return TaxGroup(tax_category=TaxCategory.STANDARD, tax_rate=rate, net=net, tax=tax, gross=net + tax)


SELLER = Seller(
    name="Nordlicht Handel GmbH",
    address=Address(street="Speicherstrasse", street_number="12a", zip_code="20457", city="Hamburg", country="DE"),
    tax_id="DE123456789",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    email="hello@nordlicht.example",
    logo_url=LOGO_URL,
)
BUYER = Buyer(
    customer_id="K-10482",
    name="Erika Mustermann",
    address=Address(
        company="Mustermann KG",
        contact="Erika Mustermann",
        street="Lindenallee",
        street_number="5",
        zip_code="10115",
        city="Berlin",
        country="DE",
    ),
)
