"""How the document is paid, to whom it goes, and where it comes from."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from invoicing.invoice import Address, Buyer, Invoice, Settlement, SettlementKind
from invoicing.orders.issuing import IssueDetails, make_invoice
from invoicing.orders.payment import plan_payment
from invoicing.orders.pricing import price_order
from invoicing.sales.recurring_copy import copy_of
from tests.gallery.exhibit import Room
from tests.gallery.houses import DUTCH, GERMAN, gln
from tests.gallery.invoices import ISSUED, captured, invoice, lines_of
from tests.invoicing.orders.samples import read, sample

ROOM = Room("Payment and parties")
OFFICE = Buyer(
    customer_id="K-90001",
    name="Bundesanstalt für Leseförderung",
    email="rechnung@leseamt.example",
    address=Address(street="Platz der Republik", street_number="1", zip_code="11011", city="Berlin", country="DE"),
    peppol_id=gln("400123400099"),
    reference="04011000-1234512345-06",
)
PEPPOL_BUYER = DUTCH.buyer.model_copy(update={"peppol_id": gln("871999900021"), "reference": "INKOOP-77"})


@ROOM.shows("A shop's order, paid by card")
def shop_order() -> Invoice:
    order = read(sample())
    priced = price_order(order, tax_inclusive=False, language="de", tolerance_minor=1)
    details = IssueDetails(
        invoice_id=UUID(int=43),
        tenant="gallery",
        number="RE-2026-00018",
        issue_date=ISSUED,
        seller=GERMAN.seller,
        site_code="main",
        timezone=ZoneInfo("Europe/Berlin"),
        locale="de_DE",
    )
    return make_invoice(order, priced, plan_payment(order, priced.totals, priced.rounding_margin), details)


@ROOM.shows("On account: bank details and a code that a banking app reads")
def on_account() -> Invoice:
    return invoice(lines_of(GERMAN, 3), payment_terms="Zahlbar innerhalb von 30 Tagen ohne Abzug.")


@ROOM.shows("Partly paid before: the code asks for the rest")
def partly_paid() -> Invoice:
    return invoice(paid="250.00", rounding="0.02")


@ROOM.shows("Tax withheld by the buyer")
def withheld() -> Invoice:
    return invoice(withheld="75.00")


@ROOM.shows("Opening invoice, carried over from the books before")
def opening_invoice() -> Invoice:
    return invoice(lines_of(GERMAN, 1), is_opening=True, number="ALT-2019-0042")


@ROOM.shows("Next month's copy of a recurring invoice")
def recurring_copy() -> Invoice:
    return copy_of(invoice(lines_of(GERMAN, 2)), UUID(int=44), "RE-2026-00031", date(2026, 12, 21))


@ROOM.shows("For a Peppol buyer: UBL beside it")
def peppol_buyer() -> Invoice:
    return invoice(house=DUTCH, buyer=PEPPOL_BUYER)


@ROOM.shows("For a German public office: XRechnung, with the Leitweg-ID")
def public_office() -> Invoice:
    return invoice(buyer=OFFICE)


@ROOM.shows("A draft: large letters say so", is_draft=True)
def draft() -> Invoice:
    return invoice(number="DRAFT-0000012")


@ROOM.shows("A seller without a bank account, a buyer without a street")
def bare_parties() -> Invoice:
    bare = {"iban": None, "bic": None, "phone": None, "contact": None, "tax_number": None, "registration_id": None}
    walk_in = Buyer(name="Laufkundschaft", address=Address(city="Hamburg", country="DE"))
    cash = Settlement(kind=SettlementKind.PAID_BEFORE, method="cash")
    made = captured(invoice(lines_of(GERMAN, 2), seller=GERMAN.seller.model_copy(update=bare), buyer=walk_in))
    return made.model_copy(update={"settlement": cash})
