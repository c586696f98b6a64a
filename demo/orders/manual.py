"""The fixed orders of the manual job, each there for one reason; `expected_ends.json` says how each must end."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from demo.orders import people
from demo.orders.arithmetic import Rate
from demo.orders.basket import Basket, Discount, Line, PricedBasket, Product, Shipping, price_basket
from demo.orders.deprecated import with_deprecated_members
from demo.orders.exact_json import JsonObject, parse_object
from demo.orders.head import Customer, Delivery, Head, Payment, transaction_id
from demo.orders.long_order import long_basket
from demo.orders.markets import GERMANY, OUTLET, UNITED_STATES, Market
from demo.orders.order_json import order_json

EXPORT = Rate("ZERO", Decimal(0))
TWO_CENTS = Decimal("0.02")


def line(names: str, rate: Rate, quantity: str, price: str, discount: Discount | None = None) -> Line:
    """A line of a fixed order; `names` is `Deutsch|English`, and the product's id is made of the latter."""
    german, _, english = names.rpartition("|")
    product = Product(english.upper().replace(" ", "-"), {"de": german or english, "en": english})
    return Line(product, Decimal(quantity), Decimal(price), rate, discount)


def order(
    order_id: str, market: Market, customer: Customer, basket: Basket, payment: Payment = Payment.CARD
) -> tuple[Head, PricedBasket]:
    """An order of 2 February 2026, delivered three days later; no automatic job may find it (extended status 50)."""
    created = datetime(2026, 2, 2, 9, 15, tzinfo=market.zone)
    delivered = Delivery(datetime(2026, 2, 5, 14, 30, tzinfo=market.zone))
    head = Head(order_id, market.site, customer, created, delivered, payment, languages=market.languages)
    return head, price_basket(basket)


def coupon_fee_and_shipping(order_id: str) -> JsonObject:
    """The sample order of the reference, in the first round to the letter."""
    document = parse_object(Path(__file__).with_name("eon9001.json").read_bytes())
    if document["id"] != order_id:
        document["id"] = document["mixins"]["generalAttributes"]["orderNumber"] = order_id
        document["payments"][0]["transactionId"] = transaction_id(order_id)
    return document


def tax_inclusive(order_id: str) -> JsonObject:
    """Gross prices are authoritative, and the discount comes off the gross."""
    rates = OUTLET.rates
    basket = Basket(
        OUTLET.till,
        (
            line(
                "Kaffeemaschine|Coffee machine",
                rates["standard"],
                "1",
                "129.00",
                Discount("AUSSTELLUNG", amount=Decimal("10.00")),
            ),
            line("Röstkaffee 500 g|Roasted coffee 500 g", rates["reduced"], "3", "8.49"),
        ),
        Shipping("dhl", "DHL", Decimal("4.95"), rates["standard"]),
    )
    return order_json(*order(order_id, OUTLET, people.JUERGEN, basket))


def zero_rated(order_id: str) -> JsonObject:
    """An export to Switzerland."""
    basket = Basket(
        GERMANY.till,
        (
            line("Messschieber digital|Digital calliper", EXPORT, "2", "349.90"),
            line("Prüfplan|Test plan", EXPORT, "1", "58.25"),
        ),
        Shipping("ups", "UPS Standard", Decimal("24.00"), EXPORT),
    )
    return order_json(*order(order_id, GERMANY, people.URS, basket))


def on_account(order_id: str) -> JsonObject:
    """A company buys on account: nothing to capture."""
    standard = GERMANY.rates["standard"]
    basket = Basket(
        GERMANY.till,
        (
            line("Schweißdraht 5 kg|Welding wire 5 kg", standard, "12", "14.35"),
            line("Helm|Helmet", standard, "4", "49.99"),
        ),
    )
    return order_json(*order(order_id, GERMANY, people.GESINE, basket, Payment.ON_ACCOUNT))


def declined(order_id: str) -> JsonObject:
    """The gateway will answer `successful: false`."""
    standard = GERMANY.rates["standard"]
    basket = Basket(
        GERMANY.till,
        (line("Lautsprecher|Loudspeaker", standard, "1", "89.90"),),
        Shipping("dhl", "DHL", Decimal("5.00"), standard),
    )
    return order_json(*order(order_id, GERMANY, people.OEZLEM, basket))


def wrong_total(order_id: str) -> JsonObject:
    """The order says two cents more than its parts come to; one would be tolerated."""
    basket = Basket(GERMANY.till, (line("Regenjacke|Rain jacket", GERMANY.rates["standard"], "3", "50.00"),))
    document = order_json(*order(order_id, GERMANY, people.PAUL, basket))
    document["calculatedPrice"]["finalPrice"]["grossValue"] += TWO_CENTS
    document["payments"][0]["authorizedAmount"] += TWO_CENTS
    document["totalAuthorizedAmount"] += TWO_CENTS
    return document


def ordinary(order_id: str) -> JsonObject:
    """Nothing is special about it, but that the demo invoices it beforehand; its tax meets a half cent."""
    basket = Basket(
        GERMANY.till,
        (
            line("Teekanne|Teapot", GERMANY.rates["standard"], "1", "24.50"),
            line("Tee|Tea", GERMANY.rates["reduced"], "2", "12.00"),
        ),
    )
    return order_json(*order(order_id, GERMANY, people.MARLENE, basket))


def united_states(order_id: str) -> JsonObject:
    """Dollars, sales tax, English."""
    sales_tax = UNITED_STATES.rates["standard"]
    basket = Basket(
        UNITED_STATES.till,
        (line("Denim jacket", sales_tax, "2", "79.95"), line("Leather belt", sales_tax, "1", "12.49")),
        Shipping("ups", "UPS Ground", Decimal("9.95"), sales_tax),
    )
    return order_json(*order(order_id, UNITED_STATES, people.EMILY, basket))


def deprecated_members_only(order_id: str) -> JsonObject:
    """An order of an old shop: no `calculatedPrice` anywhere."""
    basket = Basket(
        GERMANY.till,
        (
            line("Notizbuch|Notebook", GERMANY.rates["standard"], "2", "31.50"),
            line("Wanderkarte|Hiking map", GERMANY.rates["reduced"], "5", "4.20"),
        ),
        Shipping("dhl", "DHL", Decimal("6.90"), GERMANY.rates["standard"]),
    )
    head, priced = order(order_id, GERMANY, people.HEINRICH, basket)
    return with_deprecated_members(order_json(head, priced), priced)


def long(order_id: str) -> JsonObject:
    """Sixty lines of long names and three rates."""
    return order_json(*order(order_id, GERMANY, people.BUEROWELT, long_basket()))


MANUAL: dict[str, Callable[[str], JsonObject]] = {
    "EON9001": coupon_fee_and_shipping,
    "EON9002": tax_inclusive,
    "EON9003": zero_rated,
    "EON9004": on_account,
    "EON9005": declined,
    "EON9006": wrong_total,
    "EON9008": ordinary,
    "EON9010": united_states,
    "EON9011": deprecated_members_only,
    "EON9012": long,
}
"""Id in the first round -> builder, called with the id in the round at hand."""
