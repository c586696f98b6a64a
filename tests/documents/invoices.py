"""Invoices to print: a factory whose sums are right, and words for every case that a page must survive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from invoicing.invoice import (
    Address,
    Buyer,
    Charge,
    ChargeKind,
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

GERMAN_SELLER = Seller(
    name="Nordlicht Handel GmbH",
    address=Address(street="Speicherstraße", street_number="12a", zip_code="20457", city="Hamburg", country="DE"),
    tax_id="DE123456789",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    email="hallo@nordlicht.example",
)
AMERICAN_SELLER = Seller(
    name="Lakeside Goods Inc.",
    address=Address(
        street="Wacker Drive", street_number="233", zip_code="60606", city="Chicago", state="IL", country="US"
    ),
    tax_id="36-1234567",
    email="billing@lakeside.example",
)
FRENCH_SELLER = Seller(
    name="Maison Duvallon SARL",
    address=Address(street="rue des Étoiles", street_number="7", zip_code="69002", city="Lyon", country="FR"),
    tax_id="FR40303265045",
    iban="FR1420041010050500013M02606",
)
GERMAN_BUYER = Buyer(
    customer_id="K-10482",
    name="Erika Mustermann",
    email="erika@example.org",
    address=Address(
        company="Mustermann & Söhne KG",
        contact="Erika Mustermann",
        street="Lindenallee",
        street_number="5",
        extra_lines=("Hinterhaus, 3. OG",),
        zip_code="10115",
        city="Berlin",
        country="DE",
    ),
)
AMERICAN_BUYER = Buyer(
    customer_id="C-7731",
    name="John Q. Public",
    address=Address(
        street="Elm Street", street_number="1428", zip_code="62704", city="Springfield", state="IL", country="US"
    ),
)
FRENCH_BUYER = Buyer(
    name="Amélie Poulain",
    address=Address(street="rue Lepic", street_number="15", zip_code="75018", city="Paris", country="FR"),
)
GOODS = (
    "Teekanne aus Gusseisen, 0,8 l",
    "Notizbuch A5, punktkariert",
    "Wollschal „Fjord“, nachtblau",
    "Schreibtischlampe mit Messingfuß und textilummanteltem Kabel, dimmbar, inklusive Leuchtmittel",
    "Kaffee, ganze Bohne",
    "Bilderrahmen Eiche 30 x 40 cm",
    "Leinenservietten, 4er-Set",
)


@dataclass(frozen=True)
class Item:
    """What a line is made from; the rest is worked out."""

    name: str = GOODS[0]
    quantity: str = "1"
    price: str = "10.00"
    rate: str = "19"
    discount: str = "0"
    unit: str = "H87"
    sku: str | None = "TK-0815"
    category: TaxCategory | None = None


def items(count: int) -> list[Item]:
    """`count` lines of everyday goods, at two tax rates, some discounted."""
    return [
        Item(
            name=GOODS[n % len(GOODS)],
            quantity=str(1 + n * 7 % 12) if n % 5 != 4 else f"{n % 3}.{n % 4}5",
            price=f"{3 + n * 37 % 240}.{n * 13 % 100:02}",
            rate="7" if n % 4 == 3 else "19",
            discount="1.50" if n % 6 == 2 else "0",
            unit="KGM" if n % 5 == 4 else "H87",
            sku=f"NL-{1000 + n}",
        )
        for n in range(count)
    ]


def make_invoice(
    lines: Iterable[Item] = (Item(),),
    *,
    charges: Iterable[tuple[ChargeKind, str, str, str]] = (),
    currency: str = "EUR",
    inclusive: bool = False,
    kind: SettlementKind = SettlementKind.CAPTURED,
    rounding: str = "0",
    **changes: Any,
) -> Invoice:
    """An invoice whose nets, taxes and totals follow EN 16931; `charges` are (kind, name, amount, rate)."""
    rows = [_line(n, item, currency, inclusive) for n, item in enumerate(lines, 1)]
    extras = [_charge(charge, currency, inclusive) for charge in charges]
    groups = _groups([*rows, *extras], currency, inclusive)
    totals = _totals(rows, extras, groups, Decimal(rounding), paid=kind is not SettlementKind.ON_ACCOUNT)
    fields: dict[str, Any] = {
        "id": UUID(int=7),
        "tenant": "acme",
        "number": "RE-2026-00017",
        "issue_date": date(2026, 11, 21),
        "order_id": "EON9001",
        "order_date": date(2026, 11, 19),
        "delivery_date": date(2026, 11, 20),
        "site_code": "main",
        "currency": currency,
        "language": "de",
        "locale": "de_DE",
        "tax_inclusive": inclusive,
        "seller": GERMAN_SELLER,
        "buyer": GERMAN_BUYER,
        "lines": tuple(rows),
        "charges": tuple(extras),
        "tax_groups": tuple(groups),
        "totals": totals,
        "settlement": Settlement(kind=kind, method="credit_card", captured=totals.paid),
    }
    return Invoice(**(fields | changes))


def _line(position: int, item: Item, currency: str, inclusive: bool) -> InvoiceLine:
    amount = round_money(Decimal(item.quantity) * Decimal(item.price) - Decimal(item.discount), currency)
    rate = Decimal(item.rate)
    return InvoiceLine(
        position=position,
        item_id=f"item-{position}",
        sku=item.sku,
        name=item.name,
        quantity=Decimal(item.quantity),
        unit=item.unit,
        unit_price=Decimal(item.price),
        discount=Decimal(item.discount),
        amount=amount,
        net=_net(amount, rate, currency, inclusive),
        tax_category=item.category or _category(rate),
        tax_rate=rate,
    )


def _charge(charge: tuple[ChargeKind, str, str, str], currency: str, inclusive: bool) -> Charge:
    kind, name, amount, rate = charge[0], charge[1], Decimal(charge[2]), Decimal(charge[3])
    net = _net(amount, rate, currency, inclusive)
    return Charge(kind=kind, name=name, amount=amount, net=net, tax_category=_category(rate), tax_rate=rate)


def _category(rate: Decimal) -> TaxCategory:
    return TaxCategory.STANDARD if rate else TaxCategory.ZERO


def _net(amount: Decimal, rate: Decimal, currency: str, inclusive: bool) -> Decimal:
    return round_money(amount / (1 + rate / 100), currency) if inclusive else amount


def _groups(parts: list[InvoiceLine | Charge], currency: str, inclusive: bool) -> list[TaxGroup]:
    def key(part: InvoiceLine | Charge) -> tuple[TaxCategory, Decimal]:
        return part.tax_category, part.tax_rate

    groups = []
    for (category, rate), members in groupby(sorted(parts, key=key, reverse=True), key):
        printed = sum((member.amount for member in list(members)), Decimal(0))
        net = _net(printed, rate, currency, inclusive)
        tax = printed - net if inclusive else round_money(net * rate / 100, currency)
        groups.append(TaxGroup(tax_category=category, tax_rate=rate, net=net, tax=tax, gross=net + tax))
    return groups


def _totals(
    rows: list[InvoiceLine], extras: list[Charge], groups: list[TaxGroup], rounding: Decimal, *, paid: bool
) -> Totals:
    net = sum((group.net for group in groups), Decimal(0))
    gross = sum((group.gross for group in groups), Decimal(0))
    charges_net = sum((charge.net for charge in extras), Decimal(0))
    due = gross + rounding
    return Totals(
        lines_amount=sum((row.amount for row in rows), Decimal(0)),
        charges_amount=sum((charge.amount for charge in extras), Decimal(0)),
        lines_net=net - charges_net,
        charges_net=charges_net,
        net=net,
        tax=gross - net,
        gross=gross,
        rounding=rounding,
        paid=due if paid else Decimal(0),
        payable=Decimal(0) if paid else due,
    )
