"""The orders of a run: ordinary ones, and those that a person has to help along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from demo.expectations import slack
from demo.orders.basket import PricedBasket
from demo.orders.exact_json import JsonObject
from demo.orders.generator import Dice, generated
from demo.orders.head import Head, Payment, transaction_id
from demo.orders.order_json import order_json

TOO_MUCH = Decimal(10)
BASKETS_OF_A_TENANT = 100_000


class Kind(StrEnum):
    """What is the matter with an order, until somebody mends it."""

    ORDINARY = "ordinary"
    DECLINED = "declined"
    WRONG_TOTAL = "wrong total"
    NO_ADDRESS = "no address"
    UNKNOWN = "unknown"


SHARES = {Kind.ORDINARY: 86, Kind.DECLINED: 4, Kind.WRONG_TOTAL: 4, Kind.NO_ADDRESS: 3, Kind.UNKNOWN: 3}
HELD_FOR = {
    Kind.DECLINED: "payment_declined",
    Kind.WRONG_TOTAL: "totals_differ",
    Kind.NO_ADDRESS: "no_mail_address",
}
"""The reason for which such an order must be held before it is mended."""


@dataclass(frozen=True)
class PlannedOrder:
    """One order of one tenant. Tenants use the same ids for different orders."""

    tenant: str
    order_id: str
    basket: int
    kind: Kind

    @cached_property
    def made(self) -> tuple[Head, PricedBasket]:
        """Head and prices as the shop's generator makes them."""
        head, priced = generated(self.basket, 1)
        return replace(head, order_id=self.order_id), priced

    @property
    def is_known(self) -> bool:
        """Whether the shop has it."""
        return self.kind is not Kind.UNKNOWN

    @property
    def is_card(self) -> bool:
        """Whether invoicing it must capture a payment."""
        return self.made[0].payment is Payment.CARD

    @property
    def transaction(self) -> str:
        """Its payment's transaction at the gateway."""
        return transaction_id(self.order_id)

    @property
    def customer(self) -> str:
        """Whom the invoice goes to; no other order has the same."""
        return self.made[0].customer.email

    @property
    def total(self) -> Decimal:
        """What the invoice must come to, give or take `slack`."""
        return self.made[1].final.gross

    @property
    def slack(self) -> Decimal:
        """By how much it may differ, because the shop may round its tax in another place."""
        return slack(self.made[1])

    def mended(self) -> JsonObject:
        """The order as it ought to be."""
        return order_json(*self.made)

    def document(self) -> JsonObject:
        """The order as the shop has it first."""
        document = self.mended()
        if self.kind is Kind.NO_ADDRESS:
            del document["customer"]["email"]
        if self.kind is Kind.WRONG_TOTAL:
            document["calculatedPrice"]["finalPrice"]["grossValue"] += TOO_MUCH
            for payment in document["payments"]:
                payment["authorizedAmount"] = self.total + TOO_MUCH
        return document


def planned_orders(dice: Dice, tenants: Sequence[str], count: int) -> Iterator[PlannedOrder]:
    """So many orders, dealt out to the tenants in turn; each tenant counts its ids from 1."""
    for number in range(count):
        tenant = number % len(tenants)
        place = number // len(tenants) + 1
        yield _planned(dice, tenants[tenant], place, tenant * BASKETS_OF_A_TENANT + place)


def _planned(dice: Dice, tenant: str, place: int, basket: int) -> PlannedOrder:
    kind = dice.choices(list(SHARES), list(SHARES.values()))[0]
    order = PlannedOrder(tenant, f"CHAOS-{place:05d}", basket, kind)
    if kind is Kind.UNKNOWN:
        return replace(order, order_id=f"NONE-{place:05d}")
    if kind in {Kind.DECLINED, Kind.WRONG_TOTAL} and not order.is_card:
        return replace(order, kind=Kind.ORDINARY)
    return order
