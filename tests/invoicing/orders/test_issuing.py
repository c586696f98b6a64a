"""From a priced order to an invoice that stands alone."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from invoicing.invoice import Address, Invoice, Seller, SettlementKind
from invoicing.orders.issuing import IssueDetails, address_of, mail_address_of, make_invoice
from invoicing.orders.payment import plan_payment
from invoicing.orders.pricing import price_order
from tests.invoicing.orders.samples import D, entry, order_json, price, read, sample

SELLER = Seller(name="Nordlicht GmbH", address=Address(city="Hamburg", country="DE"), tax_id="DE123456789")
BERLIN = ZoneInfo("Europe/Berlin")
STREET = {"street": "Lindenallee", "streetNumber": "5", "zipCode": "10115", "city": "Berlin", "country": "de"}


def issued(order: dict[str, Any], timezone: ZoneInfo = BERLIN) -> Invoice:
    read_order = read(order)
    priced = price_order(read_order, tax_inclusive=False, language="de", tolerance_minor=1)
    details = IssueDetails(
        invoice_id=UUID(int=7),
        tenant="acme",
        number="INV261001",
        issue_date=date(2026, 3, 1),
        seller=SELLER,
        site_code="main",
        timezone=timezone,
        locale="de_DE",
    )
    return make_invoice(read_order, priced, plan_payment(read_order, priced.totals, priced.rounding_margin), details)


def small(**members: Any) -> dict[str, Any]:
    return order_json(entry("1", price("10.00", "11.90", "19")), gross="11.90", **members)


def test_an_invoice_copies_everything_that_it_shows() -> None:
    """Figures of the sample order as the reference states them."""
    invoice = issued(sample())
    assert (invoice.id, invoice.tenant, invoice.number, invoice.issue_date) == (
        UUID(int=7), "acme", "INV261001", date(2026, 3, 1),
    )  # fmt: skip
    assert (invoice.order_id, invoice.site_code, invoice.currency, invoice.locale) == (
        "EON9001", "main", "EUR", "de_DE",
    )  # fmt: skip
    assert invoice.seller == SELLER
    assert (invoice.totals.net, invoice.totals.gross, invoice.totals.payable) == (D("248.46"), D("288.95"), D("0"))
    assert (invoice.settlement.kind, invoice.settlement.captured) == (SettlementKind.CAPTURED, D("288.95"))
    assert invoice.buyer.email == "ada@example.com"
    assert sum((line.net for line in invoice.lines), D("0")) == invoice.totals.lines_net


def test_an_invoice_survives_being_written_and_read() -> None:
    invoice = issued(sample())
    assert Invoice.model_validate(invoice.model_dump(mode="json")) == invoice
    assert Invoice.model_validate_json(invoice.model_dump_json()) == invoice


@pytest.mark.parametrize(
    ("created", "timezone", "day"),
    [
        ("2026-02-28T23:30:00.000Z", "Europe/Berlin", date(2026, 3, 1)),
        ("2026-02-28T23:30:00.000Z", "America/New_York", date(2026, 2, 28)),
        ("2026-03-01T00:30:00+01:00", "UTC", date(2026, 2, 28)),
        ("2026-02-28T23:30:00", "Europe/Berlin", date(2026, 3, 1)),  # without a zone it is UTC
    ],
)
def test_the_order_date_is_the_day_where_the_seller_lives(created: str, timezone: str, day: date) -> None:
    assert issued(small(created=created), ZoneInfo(timezone)).order_date == day


def test_an_order_without_dates_makes_an_invoice_without_them() -> None:
    invoice = issued(small())
    assert (invoice.order_date, invoice.delivery_date) == (None, None)


def test_the_delivery_date_is_the_windows() -> None:
    invoice = issued(small(deliveryWindow={"deliveryDate": "2026-02-05", "deliveryTimeRange": {"timeTo": "14:30"}}))
    assert invoice.delivery_date == date(2026, 2, 5)


def test_a_shipping_address_is_shown_when_it_is_another_one() -> None:
    billing, elsewhere = {**STREET, "contactName": "Ada"}, {**STREET, "street": "Hafenweg"}
    same = issued(small(billingAddress=billing, shippingAddress=dict(billing)))
    assert (same.buyer.address.street, same.ship_to) == ("Lindenallee", None)
    other = issued(small(billingAddress=billing, shippingAddress=elsewhere))
    assert other.ship_to is not None
    assert (other.buyer.address.street, other.ship_to.street) == ("Lindenallee", "Hafenweg")


def test_without_a_billing_address_the_shipping_address_is_billed() -> None:
    invoice = issued(small(shippingAddress=STREET))
    assert (invoice.buyer.address.street, invoice.ship_to) == ("Lindenallee", None)


def test_without_any_address_the_invoice_is_made_all_the_same() -> None:
    assert issued(small()).buyer.address == Address()


def test_an_address_keeps_every_line_it_has() -> None:
    address = address_of(
        read(
            small(
                billingAddress={
                    **STREET,
                    "companyName": "Mustermann KG",
                    "contactName": "Erika Mustermann",
                    "streetAppendix": "Hinterhaus",
                    "extraLine1": "",
                    "extraLine2": "3. OG",
                    "extraLine4": "links",
                    "state": "BE",
                    "zipCode": 10115,
                }
            )
        ).billing_address
    )
    assert address == Address(
        company="Mustermann KG",
        contact="Erika Mustermann",
        street="Lindenallee",
        street_number="5",
        extra_lines=("Hinterhaus", "3. OG", "links"),
        zip_code="10115",
        city="Berlin",
        state="BE",
        country="DE",
    )
    assert address_of(None) is None


@pytest.mark.parametrize(
    ("customer", "billing", "name"),
    [
        ({"company": "Ada AG", "firstName": "Ada"}, {"companyName": "Mustermann KG"}, "Mustermann KG"),
        ({"company": "Ada AG", "firstName": "Ada"}, {"contactName": "Erika"}, "Ada AG"),
        ({"name": "Ada Example", "firstName": "A."}, {"contactName": "Erika"}, "Ada Example"),
        ({"firstName": "Ada", "lastName": "Example"}, {"contactName": "Erika"}, "Ada Example"),
        ({"lastName": "Example"}, {}, "Example"),
        ({}, {"contactName": "Erika"}, "Erika"),
        ({}, {}, ""),
        (None, {}, ""),
    ],
)
def test_the_buyer_is_the_company_else_the_person(
    customer: dict[str, str] | None, billing: dict[str, str], name: str
) -> None:
    assert issued(small(customer=customer, billingAddress=billing)).buyer.name == name


@pytest.mark.parametrize(
    ("customer", "address"),
    [
        ({"email": " ada@example.com \n"}, "ada@example.com"),
        ({"email": "  "}, None),
        ({"email": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_mail_goes_to_the_customers_own_address(customer: dict[str, str] | None, address: str | None) -> None:
    assert mail_address_of(read(small(customer=customer))) == address


def test_what_an_electronic_invoice_says_of_the_buyer_is_the_orders_else_the_customers() -> None:
    usual = {"taxId": "DE129273398", "peppolId": "9930:DE129273398", "buyerReference": "Floor 3"}
    own = {"buyerReference": "Desk 9", "purchaseOrderReference": "PO-7", "peppolId": None}
    customer = {"id": "1", "email": "ada@example.org", "mixins": {"eInvoice": usual}}
    invoice = issued(small(customer=customer, mixins={"eInvoice": own}))
    buyer = invoice.buyer
    assert (buyer.tax_id, buyer.peppol_id, buyer.reference) == ("DE129273398", "9930:DE129273398", "Desk 9")
    assert invoice.purchase_order_reference == "PO-7"


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"mixins": {"eInvoice": None}},
        {"mixins": {"eInvoice": "somebody else's"}},
        {"customer": {"email": "ada@example.org", "mixins": []}},
        {"customer": {"email": "ada@example.org", "mixins": {"eInvoice": [1]}}},
    ],
)
def test_an_order_that_says_nothing_of_it_is_invoiced_all_the_same(members: dict[str, Any]) -> None:
    invoice = issued(small(**members))
    assert (invoice.buyer.tax_id, invoice.buyer.peppol_id, invoice.buyer.reference) == (None, None, None)
    assert invoice.purchase_order_reference is None
