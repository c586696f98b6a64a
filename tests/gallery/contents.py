"""What stands on lines and beneath them, and everything that is longer than one likes."""

from decimal import Decimal
from typing import Any

from invoicing.invoice import Address, AdjustmentKind, Buyer, ChargeKind, Invoice
from tests.gallery.exhibit import Room
from tests.gallery.houses import GERMAN, taxed
from tests.gallery.invoices import adjustment, extra, invoice, line, lines_of

ROOM = Room("Lines, charges, long texts")
OFF, ON = AdjustmentKind.ALLOWANCE, AdjustmentKind.CHARGE
LONG_NAMES = (
    (
        "Schreibtischlampe mit Messingfuß und textilummanteltem Kabel, stufenlos dimmbar, Höhe 48 cm, inklusive "
        "Leuchtmittel (E27, 8 W, warmweiß), fünf Jahre Herstellergarantie, Lieferung im Mehrwegkarton"
    ),
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftssatzung, gebunden",
    "ERSATZTEILNUMMER-0815-4711-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789-OHNE-JEDE-LÜCKE-ZUM-UMBRECHEN",
    "Kurz",
)


@ROOM.shows("Discounts and surcharges of lines, by percent and amount, with reasons")
def line_adjustments() -> Invoice:
    return invoice(
        [
            line(adjustments=(adjustment(OFF, "Treuerabatt", percent="10"),)),
            line(place=1, position=1, adjustments=(adjustment(OFF, "Mengenrabatt", amount="12.50"),)),
            line(place=2, position=2, adjustments=(adjustment(ON, "Kleinmengenzuschlag", amount="1.50"),)),
            line(
                place=4,
                position=3,
                adjustments=(
                    adjustment(OFF, "Ausstellungsstück", percent="25"),
                    adjustment(ON, "Eilfertigung", percent="5"),
                ),
            ),
            line(place=5, position=4),
        ]
    )


@ROOM.shows("Discounts, fees and shipping on the whole document, shared over two rates")
def document_charges() -> Invoice:
    charges = [
        extra(OFF, "Projektrabatt", percent="5"),
        extra(OFF, "Gutschein WILLKOMMEN", amount="10.00", tax=taxed("19")),
        extra(ON, "DHL Paket", amount="6.90", charge_kind=ChargeKind.SHIPPING),
        extra(ON, "Geschenkverpackung", amount="4.50", tax=taxed("19"), charge_kind=ChargeKind.FEE),
        extra(ON, "Kreditkarte", percent="1.5", tax=taxed("19"), charge_kind=ChargeKind.PAYMENT_FEE),
    ]
    return invoice(charges=charges)


@ROOM.shows("Prices for a hundred and a thousand, with four decimals; goods taken back")
def base_quantities() -> Invoice:
    by_hundreds: dict[str, Any] = {"base_quantity": Decimal(100), "quantity": Decimal(2500)}
    return invoice(
        [
            line(name="Stahlschrauben M8 x 40, verzinkt", unit_price=Decimal("4.3275"), **by_hundreds),
            line(place=9, position=1, unit_price=Decimal("0.0489"), quantity=Decimal("1250.5")),
            line(
                place=6, position=2, name="Rücknahme Mehrwegpalette", quantity=Decimal(-2), unit_price=Decimal("8.50")
            ),
        ]
    )


@ROOM.shows("Names of goods that are too long, too wide or both")
def long_names() -> Invoice:
    return invoice([line(place=n, position=n, name=name) for n, name in enumerate(LONG_NAMES)])


@ROOM.shows("Addresses of eight lines, a long seller, a long memo and payment terms")
def long_addresses() -> Invoice:
    buyer = Buyer(
        customer_id="KUNDENNUMMER-2026-000000104821",
        name="Arbeitsgemeinschaft Sanierung Altes Rathaus und Nebengebäude GbR, vertreten durch Planungsbüro Süd",
        email="rechnungseingang.arbeitsgemeinschaft@rathaus-sanierung.example",
        address=Address(
            company="Arbeitsgemeinschaft Sanierung Altes Rathaus und Nebengebäude GbR",
            contact="Dr. Anna-Katharina Freifrau von Hohenstein-Waldburg",
            street="Straße der Freundschaft zwischen den Völkern",
            street_number="128-132a",
            extra_lines=("Eingang über den Hof, Treppenhaus C", "4. Obergeschoss links", "Postfach 10 20 30"),
            zip_code="18055",
            city="Hansestadt Rostock, Ortsteil Brinckmansdorf",
            state="Mecklenburg-Vorpommern",
            country="DE",
        ),
    )
    seller = GERMAN.seller.model_copy(
        update={"name": "Vereinigte Werkstätten für Handwerk, Gestaltung und Wohnkultur Nordlicht GmbH & Co. KG"}
    )
    memo = "\n".join(
        f"{n}. Bitte beachten Sie die Hinweise zur Pflege der gelieferten Waren, die der Sendung beilagen."
        for n in range(1, 9)
    )
    terms = "30 Tage netto; bei Zahlung innerhalb von 10 Tagen gewähren wir 2 % Skonto auf den Warenwert ohne Versand."
    return invoice(lines_of(GERMAN, 6), buyer=buyer, seller=seller, memo=memo, payment_terms=terms)


@ROOM.shows("An invoice that just fills the page: the closing block does not stand alone")
def nearly_full_page() -> Invoice:
    return invoice(lines_of(GERMAN, 17))
