"""How every order of a round must end, and how exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from demo.orders.arithmetic import TaxMethod
from demo.orders.basket import PricedBasket
from demo.orders.ends import ExpectedEnd, generated_end
from demo.orders.exact_json import JsonObject
from demo.orders.generator import generated
from demo.orders.order_json import order_json
from demo.orders.rounds import Round


@dataclass(frozen=True)
class Expectation:
    """The end of one order.

    Attributes:
        end: status, reason, figures.
        customer: whom the mail must go to; None for an order that the shop does not have.
        slack: by how much the total may differ from the stated one. A shop that rounds its tax on every part is up to
            half a minor unit a part away from tax on the sum (EN 16931 BR-CO-17), to which the service recalculates.
    """

    end: ExpectedEnd
    customer: str | None
    slack: Decimal = Decimal(0)

    @property
    def order_id(self) -> str:
        """The order."""
        return self.end.order_id

    @property
    def is_invoiced(self) -> bool:
        """Whether the order must have an invoice at the end of the round, whichever job made it."""
        return self.end.total is not None


@dataclass(frozen=True)
class RoundExpectations:
    """The ends of a round, by job; `beforehand` are those of the manual orders that are invoiced before it."""

    manual: tuple[Expectation, ...]
    automatic: tuple[Expectation, ...]
    beforehand: frozenset[str]

    @property
    def all(self) -> tuple[Expectation, ...]:
        """Each order once."""
        return self.manual + self.automatic


def expectations(round_: Round) -> RoundExpectations:
    """What must become of a round."""
    customers = {order["id"]: order["customer"]["email"] for order in round_.fixed(datetime.now(UTC))}
    fixed = [Expectation(end, customers.get(end.order_id)) for end in round_.manual_ends()]
    return RoundExpectations(
        manual=(*fixed, *_generated(round_)),
        automatic=tuple(Expectation(end, customers[end.order_id]) for end in round_.automatic_ends()),
        beforehand=frozenset(round_.beforehand_ids()),
    )


def _generated(round_: Round) -> Iterator[Expectation]:
    for index in range(1, round_.orders + 1):
        head, priced = generated(index, round_.number)
        order: JsonObject = order_json(head, priced)
        yield Expectation(generated_end(order), head.customer.email, slack(priced))


def slack(priced: PricedBasket) -> Decimal:
    """Half a minor unit a part and one more, where the shop rounds a part at a time; else nothing.

    >>> from demo.orders.long_order import long_basket
    >>> from demo.orders.basket import price_basket
    >>> slack(price_basket(long_basket()))
    Decimal('0')
    """
    if priced.basket.method is TaxMethod.PER_GROUP:
        return Decimal(0)
    minor_unit = Decimal(1).scaleb(-priced.basket.till.scale)
    return (Decimal(len(priced.parts)) / 2 + 1) * minor_unit
