"""The fixed orders of the automatic job: three that it must find, five that it must leave alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demo.orders import people
from demo.orders.basket import Basket, price_basket
from demo.orders.exact_json import JsonObject
from demo.orders.head import Customer, Delivery, Head
from demo.orders.manual import line
from demo.orders.markets import GERMANY, OUTLET, UNITED_STATES, Market
from demo.orders.order_json import order_json

LONG_AGO = timedelta(days=3)
"""Well over the threshold of 24 hours."""
JUST_NOW = timedelta(hours=2)


@dataclass(frozen=True)
class Case:
    """An order, and what of it an automatic job looks at."""

    market: Market
    customer: Customer
    basket: Basket
    delivered_ago: timedelta | None = LONG_AGO
    in_window: bool = True
    in_mixin: bool = True
    status: str = "CONFIRMED"
    extended_status: str = "70"
    invoiced: bool = False

    def document(self, order_id: str, now: datetime) -> JsonObject:
        """The order as of `now` (aware)."""
        ended = (now - self.delivered_ago).astimezone(self.market.zone) if self.delivered_ago else None
        head = Head(
            order_id,
            self.market.site,
            self.customer,
            created=now - timedelta(days=7),
            delivery=Delivery(ended, self.in_window, self.in_mixin) if ended else None,
            status=self.status,
            extended_status=self.extended_status,
            languages=self.market.languages,
        )
        document = order_json(head, price_basket(self.basket))
        if self.invoiced:
            document["mixins"]["invoice"] = {"invoiceNo": "OLD-0815"}
        return document


TYPICAL = Case(
    GERMANY, people.JUERGEN, Basket(GERMANY.till, (line("Rucksack|Backpack", GERMANY.rates["standard"], "1", "45.00"),))
)

CASES: dict[str, Case] = {
    "EON9101": TYPICAL,
    "EON9102": Case(
        OUTLET,
        people.PAUL,
        Basket(OUTLET.till, (line("Bildband|Photo book", OUTLET.rates["reduced"], "2", "19.99"),)),
        in_mixin=False,
        status="CREATED",
        extended_status="75",
    ),
    "EON9103": Case(
        UNITED_STATES,
        people.EMILY,
        Basket(UNITED_STATES.till, (line("Baseball cap", UNITED_STATES.rates["standard"], "3", "15.00"),)),
        in_window=False,
        extended_status="76",
    ),
    "EON9111": replace(TYPICAL, status="SHIPPED"),
    "EON9112": replace(TYPICAL, extended_status="10"),
    "EON9113": replace(TYPICAL, delivered_ago=JUST_NOW),
    "EON9114": replace(TYPICAL, delivered_ago=None),
    "EON9115": replace(TYPICAL, invoiced=True),
}
ELIGIBLE = ("EON9101", "EON9102", "EON9103")

AUTOMATIC: dict[str, Callable[[str, datetime], JsonObject]] = {
    order_id: case.document for order_id, case in CASES.items()
}
"""Id in the first round -> builder, called with the id in the round at hand and the time of seeding."""
