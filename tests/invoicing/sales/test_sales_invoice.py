"""A sales invoice is made of figures, parties and terms."""

from datetime import date
from uuid import UUID

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft
from invoicing.invoice import Address, Buyer, Invoice, SettlementKind, TaxCategory
from invoicing.rules.all_rules import violations
from invoicing.sales.sales_invoice import SalesParties, SalesTerms, make_sales_invoice, sales_document, untaxed
from invoicing.site import read_site
from tests.invoicing.drafts import D, line

SITE = read_site(
    {
        "code": "de",
        "name": "Nordlicht",
        "defaultLanguage": "de",
        "homeBase": {"address": {"street": "Kai", "city": "Hamburg", "country": "DE"}},
        "mixins": {"merchantInfo": {"merchantName": "Nordlicht GmbH"}},
    }
)
HERE = Address(street="Weg 1", city="Berlin", country="DE")


def figures(paid: str = "0") -> Figures:
    return calculate(Draft(currency="EUR", lines=(line("2", "60", "7"),), paid=D(paid)))


def made(figures: Figures, **parties: Address) -> Invoice:
    whole = SalesParties(buyer=Buyer(name="Ada", address=HERE), **parties)
    terms = SalesTerms(issue_date=date(2026, 1, 31), due_date=date(2026, 3, 2), memo="Thanks")
    return make_sales_invoice(sales_document("acme", SITE, whole, terms, figures), UUID(int=1), "0000001")


def test_everything_is_copied_into_the_invoice() -> None:
    invoice = made(figures())
    assert (invoice.number, invoice.tenant, invoice.site_code, invoice.order_id) == ("0000001", "acme", "de", None)
    assert (invoice.seller.name, invoice.language, invoice.locale) == ("Nordlicht GmbH", "de", "de_DE")
    assert (invoice.issue_date, invoice.due_date, invoice.memo) == (date(2026, 1, 31), date(2026, 3, 2), "Thanks")
    assert (str(invoice.totals.gross), invoice.lines, violations(invoice)) == ("128.40", figures().lines, ())


def test_addresses_that_repeat_another_are_left_out() -> None:
    invoice = made(figures(), ship_to=HERE, ship_from=SITE.address)
    assert (invoice.ship_to, invoice.ship_from) == (None, None)
    elsewhere = Address(street="Weg 2", country="DE")
    invoice = made(figures(), ship_to=elsewhere, ship_from=elsewhere)
    assert (invoice.ship_to, invoice.ship_from) == (elsewhere, elsewhere)


def test_what_was_paid_before_is_said_once_nothing_is_left() -> None:
    assert made(figures()).settlement.kind is SettlementKind.ON_ACCOUNT
    assert made(figures("28.40")).settlement.kind is SettlementKind.ON_ACCOUNT
    assert made(figures("128.40")).settlement.kind is SettlementKind.PAID_BEFORE


def test_a_part_without_a_tax_is_zero_rated_or_exempt() -> None:
    assert untaxed(None).category is TaxCategory.ZERO
    assert (untaxed("Charity").category, untaxed("Charity").exemption_reason) == (TaxCategory.EXEMPT, "Charity")
