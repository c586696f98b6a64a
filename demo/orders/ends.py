"""How every order of a round must end: the fixed ones by `expected_ends.json`, the generated ones by what they are.

An end speaks of the whole round: an order that is refused because an earlier job invoiced it still has that job's
invoice, capture and mail, once each.
"""

from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from demo.orders.exact_json import JsonObject
from demo.orders.generator import expected_capture, in_round


class Reason(StrEnum):
    """Why an order is meant to fail."""

    UNKNOWN_ORDER = "unknown_order"
    ALREADY_INVOICED = "already_invoiced"
    PAYMENT_DECLINED = "payment_declined"
    TOTALS_DIFFER = "totals_differ"


class ExpectedEnd(BaseModel):
    """The end of one order; `total` is the invoice's, `captured` what its card was charged, None where none was."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)

    order_id: str
    status: Literal["SUCCESS", "FAILURE"]
    reason: Reason | None
    total: Decimal | None
    currency: str | None
    captured: Decimal | None
    mail: bool

    def in_round(self, round_number: int) -> "ExpectedEnd":
        """The end of the same order in another round."""
        return self.model_copy(update={"order_id": in_round(self.order_id, round_number)})


class FixedEnds(BaseModel):
    """`expected_ends.json`: the orders of the manual job, and those that the automatic job must find."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    manual: tuple[ExpectedEnd, ...]
    automatic: tuple[ExpectedEnd, ...]


@lru_cache
def fixed_ends() -> FixedEnds:
    """The expected ends as they stand in the file, with the ids of the first round."""
    return FixedEnds.model_validate_json(Path(__file__).with_name("expected_ends.json").read_bytes())


def generated_end(order: JsonObject) -> ExpectedEnd:
    """A generated order always succeeds, at the total it states."""
    total: Decimal = order["calculatedPrice"]["finalPrice"]["grossValue"]
    return ExpectedEnd(
        order_id=order["id"],
        status="SUCCESS",
        reason=None,
        total=total,
        currency=order["currency"],
        captured=total if expected_capture(order) else None,
        mail=True,
    )
