"""Which decisions of a person a held or running order can take: the rules behind the validators of `OrderInvoice`."""

from typing import NamedTuple

from contracts.failures import Reason
from contracts.order_invoice import Choice, Outcome, Release, Step

NOT_HELD = "the order is not on hold"
MONEY_MOVED = "the money is captured, or may be: the order can only go forward"


class Decision(NamedTuple):
    """What a person wants of a held order, and who it is."""

    choice: Choice
    actor: str | None = None


def refusal_of_release(wish: Release, held: Outcome | None, *, may_be_charged: bool) -> str | None:
    """Why the order cannot be released like that, or None.

    `may_be_charged`: money was captured, or nobody knows.
    """
    if held is None:
        return NOT_HELD
    if wish.choice in {Choice.ACCEPT_OURS, Choice.ACCEPT_ORDERS} and held.reason is not Reason.TOTALS_DIFFER:
        return "the order is not on hold for a total that differs: there is none to accept"
    if wish.choice is Choice.ABANDON and may_be_charged and held.step is not Step.SEND_EMAIL:
        return MONEY_MOVED
    return None


def refusal_of_cancel(*, may_be_charged: bool) -> str | None:
    """Why the order cannot be cancelled any more, or None."""
    return MONEY_MOVED if may_be_charged else None
