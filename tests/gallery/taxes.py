"""Every tax category of EN 16931, prices with and without tax, other currencies."""

from datetime import date
from decimal import Decimal

from invoicing.draft import ExchangeRate, TaxTreatment
from invoicing.invoice import Address, AdjustmentKind, Buyer, ChargeKind, Invoice, TaxCategory
from tests.gallery.exhibit import Room
from tests.gallery.houses import ARABIC, FRENCH, GERMAN, JAPANESE, gln, taxed
from tests.gallery.invoices import extra, invoice, line, lines_of

ROOM = Room("Taxes and currencies")
VIENNESE = Buyer(
    customer_id="K-20011",
    name="Café Central Betriebs GmbH",
    email="buchhaltung@cafe.example",
    address=Address(street="Herrengasse", street_number="14", zip_code="1010", city="Wien", country="AT"),
    tax_id="ATU13585627",
    peppol_id=gln("900999900028"),
)
SWISS = Buyer(
    customer_id="K-20340",
    name="Werkhof Zürich AG",
    email="rechnung@werkhof.example",
    address=Address(street="Hardstrasse", street_number="201", zip_code="8005", city="Zürich", country="CH"),
    peppol_id=gln("760999900029"),
)
HERE = GERMAN.seller.address


def untaxed(category: TaxCategory, reason: str | None = None, code: str | None = None) -> TaxTreatment:
    return TaxTreatment(category=category, exemption_reason=reason, exemption_code=code)


def all_at(tax: TaxTreatment, **changes: object) -> Invoice:
    """Three lines, all in one category."""
    return invoice(lines_of(GERMAN, 3, tax=tax), **changes)  # type: ignore[arg-type]


@ROOM.shows("S: one rate")
def standard_rate() -> Invoice:
    return all_at(taxed("19"))


@ROOM.shows("S and Z: four rates on one page, shipping shared over them")
def several_rates() -> Invoice:
    zero = TaxTreatment(category=TaxCategory.ZERO)
    taxes = (taxed("20"), taxed("10"), taxed("5.5"), taxed("2.1"), zero, taxed("20"))
    lines = [line(FRENCH, place, position=place, tax=tax) for place, tax in enumerate(taxes)]
    shipping = extra(AdjustmentKind.CHARGE, "Colissimo", amount="14.90", charge_kind=ChargeKind.SHIPPING)
    return invoice(lines, house=FRENCH, charges=[shipping])


@ROOM.shows("Z: zero rated")
def zero_rated() -> Invoice:
    return all_at(TaxTreatment(category=TaxCategory.ZERO))


@ROOM.shows("E: exempt, with the law's reason; beside a taxed line")
def exempt() -> Invoice:
    lesson = untaxed(TaxCategory.EXEMPT, "Steuerfrei nach § 4 Nr. 21 UStG", "VATEX-EU-132")
    return invoice([line(), line(GERMAN, 8, position=1, name="Lehrgang Buchbinden, 2 Tage", tax=lesson)])


@ROOM.shows("AE: reverse charge")
def reverse_charge() -> Invoice:
    return all_at(untaxed(TaxCategory.REVERSE_CHARGE), buyer=VIENNESE)


@ROOM.shows("K: intra-Community supply, delivered elsewhere")
def intra_community() -> Invoice:
    there = Address(
        company="Lager Süd", street="Hafenstraße", street_number="77", zip_code="4020", city="Linz", country="AT"
    )
    return all_at(untaxed(TaxCategory.INTRA_COMMUNITY), buyer=VIENNESE, ship_to=there, ship_from=HERE)


@ROOM.shows("G: export")
def export() -> Invoice:
    return all_at(untaxed(TaxCategory.EXPORT), buyer=SWISS)


@ROOM.shows("O: outside the scope of VAT, by a seller without a VAT number")
def outside_scope() -> Invoice:
    association = GERMAN.seller.model_copy(update={"name": "Verein zur Pflege alter Druckkunst e. V.", "tax_id": None})
    buyer = GERMAN.buyer.model_copy(update={"tax_id": None})
    return all_at(untaxed(TaxCategory.OUTSIDE_SCOPE), seller=association, buyer=buyer)


@ROOM.shows("Prices with tax, two rates, a discount and shipping")
def tax_inclusive() -> Invoice:
    charges = [
        extra(AdjustmentKind.ALLOWANCE, "Gutschein HERBST", amount="25.00"),
        extra(AdjustmentKind.CHARGE, "DHL Paket", amount="5.90", tax=taxed("19"), charge_kind=ChargeKind.SHIPPING),
    ]
    return invoice(inclusive=True, charges=charges)


@ROOM.shows("Swiss francs, with rate and tax in euro")
def exchange_rate() -> Invoice:
    rate = ExchangeRate(base_currency="EUR", rate=Decimal("1.07052"), rate_date=date(2026, 11, 20))
    return invoice(currency="CHF", exchange_rate=rate)


@ROOM.shows("Yen: no decimals", has_cii=True)
def yen_in_english() -> Invoice:
    return invoice(house=JAPANESE, language="en", locale="en_US", buyer=SWISS)


@ROOM.shows("Kuwaiti dinar: three decimals, which EN 16931 does not know", has_cii=False)
def three_decimals() -> Invoice:
    lines = [
        line(ARABIC, place, position=place, unit_price=Decimal(price))
        for place, price in enumerate(("19.875", "3.250"))
    ]
    return invoice(lines, house=ARABIC, currency="KWD", locale="ar_KW")
