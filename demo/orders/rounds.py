"""A round of the demo: which orders the shop must hold, and which ids the jobs are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from demo.orders.automatic import AUTOMATIC, ELIGIBLE
from demo.orders.ends import ExpectedEnd, Reason, fixed_ends, generated_end
from demo.orders.exact_json import JsonObject
from demo.orders.generator import generated_id, generated_order, in_round
from demo.orders.head import transaction_id
from demo.orders.manual import MANUAL

DECLINED = "Insufficient funds"
"""What the gateway says when it declines."""


@dataclass(frozen=True)
class Round:
    """The demo's round `number` (from 1) with `orders` generated orders beside the fixed ones."""

    number: int
    orders: int

    def fixed(self, now: datetime) -> Iterator[JsonObject]:
        """The fixed orders; `now` is what the automatic ones' deliveries are counted back from."""
        for order_id, build in MANUAL.items():
            yield build(in_round(order_id, self.number))
        for order_id, build_as_of in AUTOMATIC.items():
            yield build_as_of(in_round(order_id, self.number), now)

    def generated(self) -> Iterator[JsonObject]:
        """The generated orders."""
        return (generated_order(index, self.number) for index in range(1, self.orders + 1))

    def declines(self) -> dict[str, str]:
        """Transaction id -> the message with which the gateway declines it."""
        return {
            transaction_id(end.order_id): DECLINED
            for end in self.manual_ends()
            if end.reason is Reason.PAYMENT_DECLINED
        }

    def manual_ids(self) -> list[str]:
        """The fixed orders of the manual job, the unknown one among them."""
        return [end.order_id for end in self.manual_ends()]

    def beforehand_ids(self) -> list[str]:
        """Those of the manual orders that a job of their own must invoice first."""
        return [end.order_id for end in self.manual_ends() if end.reason is Reason.ALREADY_INVOICED]

    def automatic_ids(self) -> list[str]:
        """The orders that the automatic job must find."""
        return [in_round(order_id, self.number) for order_id in ELIGIBLE]

    def generated_ids(self) -> list[str]:
        """The ids of the generated orders."""
        return [generated_id(index, self.number) for index in range(1, self.orders + 1)]

    def manual_ends(self) -> list[ExpectedEnd]:
        """How the fixed orders of the manual job must end."""
        return [end.in_round(self.number) for end in fixed_ends().manual]

    def automatic_ends(self) -> list[ExpectedEnd]:
        """How the orders that the automatic job finds must end."""
        return [end.in_round(self.number) for end in fixed_ends().automatic]

    def generated_ends(self) -> list[ExpectedEnd]:
        """How the generated orders must end."""
        return [generated_end(order) for order in self.generated()]
