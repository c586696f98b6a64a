"""What an order states as its total, and whether its parts come to the same."""

from decimal import Decimal

from invoicing.frozen import Frozen
from invoicing.invoice import Totals
from invoicing.money import minor_unit, round_money
from invoicing.orders.order import Order


class TotalsDiffer(ValueError):
    """The order's stated total is not what its parts come to: a person decides which is right."""


class StatedTotal(Frozen):
    """What the order states of itself, in its currency and with as many decimals as the shop sent."""

    gross: Decimal | None
    """Its total with tax."""
    tax: Decimal | None
    """The tax in it."""
    parts_gross: Decimal
    """What its parts state with tax in all."""


def stated_total(order: Order, parts_gross: Decimal) -> StatedTotal:
    """The order's own total: `calculatedPrice.finalPrice`, else the deprecated `totalPrice`."""
    return StatedTotal(gross=_gross(order), tax=_tax(order), parts_gross=parts_gross)


def differing_total(
    stated: StatedTotal, ours: Totals, currency: str, *, margin: Decimal, tolerance: Decimal
) -> str | None:
    """How the stated total contradicts the recalculated one; None where they agree.

    The parts' own gross prices may differ from ours by `margin`, the total by `tolerance` from either.
    """
    if abs(stated.parts_gross - ours.gross) > margin:
        parts = round_money(stated.parts_gross, currency)
        return f"the order's parts state {parts} {currency} with tax, their tax rates make it {ours.gross}"
    if stated.gross is None:
        return f"the order states no total; its parts come to {ours.gross} {currency}"
    if min(abs(stated.gross - ours.gross), abs(stated.gross - stated.parts_gross)) > tolerance:
        return (
            f"the order states {stated.gross} {currency}, its parts come to {ours.gross} "
            f"(a difference of {tolerance} is tolerated)"
        )
    return None


def differing_tax(stated: StatedTotal, ours: Totals, currency: str, *, margin: Decimal) -> str | None:
    """How the stated tax contradicts the recalculated one by more than `margin`; None where they agree.

    On a tax-inclusive site a wrong rate changes no total, only how much of it is tax.
    """
    if stated.tax is None or abs(stated.tax - ours.tax) <= margin:
        return None
    return f"the order states {stated.tax} {currency} of tax, its tax rates make it {ours.tax}"


def tolerated(currency: str, tolerance_minor: int) -> Decimal:
    """The tolerance as an amount."""
    return minor_unit(currency) * tolerance_minor


def _gross(order: Order) -> Decimal | None:
    final = order.calculated_price.final_price if order.calculated_price else None
    if final is None:
        return order.total_price
    if final.gross_value is None and final.net_value is not None and final.tax_value is not None:
        return final.net_value + final.tax_value
    return final.gross_value if final.gross_value is not None else order.total_price


def _tax(order: Order) -> Decimal | None:
    final = order.calculated_price.final_price if order.calculated_price else None
    if final is None:
        return None
    if final.tax_value is None and final.gross_value is not None and final.net_value is not None:
        return final.gross_value - final.net_value
    return final.tax_value
