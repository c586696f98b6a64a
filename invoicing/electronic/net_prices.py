"""A line in net prices, as EN 16931 wants them: BT-146 and the line's allowances and charges.

The line's net amount (BT-131) is what counts and is never touched. Where prices contain the tax, the price is the unit
price without it, and allowances and charges are shared out of their net sums. Where that price would not explain the
net amount (Peppol R120: quantity x price / base quantity - allowances + charges, within 0.02), because the invoice's
cents were shared out or its currency has none, the price is what does, with as few decimals as that takes.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from invoicing.invoice import AdjustmentKind, InvoiceLine, LineAdjustment
from invoicing.money import exact, round_money, share

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
EXPLAINED = Decimal("0.005")
"""How far a price may be off: the net amount is what it comes to, rounded to cents."""
TOLERANCE = Decimal("0.02")
"""Peppol R040, R120."""
MOST_DECIMALS = 24


class Percentage(NamedTuple):
    """What an allowance or a charge was worked out from."""

    base: Decimal
    percent: Decimal


class NetAdjustment(NamedTuple):
    """An allowance (BG-27) or a charge (BG-28) without tax."""

    kind: AdjustmentKind
    amount: Decimal
    reason: str | None
    percentage: Percentage | None


class NetLine(NamedTuple):
    """What a line's net amount is made of."""

    price: Decimal
    """BT-146, not negative where the unit price is not."""
    adjustments: tuple[NetAdjustment, ...]
    unexplained: Decimal
    """How far BT-131 is from what price, allowances and charges come to."""


def net_line(line: InvoiceLine, currency: str, *, tax_inclusive: bool) -> NetLine:
    """The line without tax."""
    with exact():
        divisor = (HUNDRED + line.tax_rate) / HUNDRED if tax_inclusive else Decimal(1)
        adjustments = _adjustments(line, currency, divisor)
        price = _price(line, line.unit_price / divisor, line.net - _sum(adjustments))
        if price is None:
            price = _rounded(line.unit_price / divisor, len("0000"))
            adjustments = _explaining(adjustments, line.net - _worth(line, price))
        return NetLine(price, adjustments, line.net - _worth(line, price) - _sum(adjustments))


def stated_percentage(amount: Decimal, base: Decimal | None, percent: Decimal | None) -> Percentage | None:
    """Base and percentage where they come to the amount (Peppol R040) and are both known (R041, R042)."""
    if base is None or percent is None or base % CENT:
        return None
    with exact():
        return Percentage(base, percent) if abs(base * percent / HUNDRED - amount) <= TOLERANCE else None


def _adjustments(line: InvoiceLine, currency: str, divisor: Decimal) -> tuple[NetAdjustment, ...]:
    listed = line.adjustments or tuple(_sums(line))
    if divisor == 1:
        return tuple(
            NetAdjustment(one.kind, one.amount, one.reason, stated_percentage(one.amount, one.base_amount, one.percent))
            for one in listed
        )
    nets = {kind: iter(_nets(listed, kind, currency, divisor)) for kind in AdjustmentKind}
    return tuple(NetAdjustment(one.kind, next(nets[one.kind]), one.reason, None) for one in listed)


def _sums(line: InvoiceLine) -> Iterator[LineAdjustment]:
    """Of a line that knows only how much is taken off and added."""
    for kind, amount in ((AdjustmentKind.ALLOWANCE, line.discount), (AdjustmentKind.CHARGE, line.surcharge)):
        if amount:
            yield LineAdjustment(kind=kind, amount=amount)


def _nets(listed: tuple[LineAdjustment, ...], kind: AdjustmentKind, currency: str, divisor: Decimal) -> list[Decimal]:
    amounts = [one.amount for one in listed if one.kind is kind]
    return share(round_money(sum(amounts, Decimal(0)) / divisor, currency), amounts, currency)


def _sum(adjustments: tuple[NetAdjustment, ...]) -> Decimal:
    """What they add to the line."""
    return sum((_signed(one) for one in adjustments), Decimal(0))


def _signed(one: NetAdjustment) -> Decimal:
    return one.amount if one.kind is AdjustmentKind.CHARGE else -one.amount


def _worth(line: InvoiceLine, price: Decimal) -> Decimal:
    return line.quantity * price / line.base_quantity


def _price(line: InvoiceLine, unit_price: Decimal, worth: Decimal) -> Decimal | None:
    """The price at which the quantity is worth so much; None where none is."""
    explaining = [unit_price]
    if line.quantity:
        explaining.append(worth * line.base_quantity / line.quantity)
    for price in explaining:
        for rounded in _with_fewest_decimals_first(price):
            if rounded >= 0 and abs(_worth(line, rounded) - worth) <= EXPLAINED:
                return rounded
    return None


def _with_fewest_decimals_first(price: Decimal) -> Iterator[Decimal]:
    if _decimals(price) <= MOST_DECIMALS:
        yield price
    for decimals in range(len("00"), MOST_DECIMALS):
        yield _rounded(price, decimals)


def _explaining(adjustments: tuple[NetAdjustment, ...], wanted: Decimal) -> tuple[NetAdjustment, ...]:
    """The first one takes what the others leave of the wanted sum."""
    if not adjustments:
        return ()
    first, *others = adjustments
    amount = wanted - _sum(tuple(others))
    amount = _rounded(amount if first.kind is AdjustmentKind.CHARGE else -amount, len("00"))
    return (NetAdjustment(first.kind, amount, first.reason, None), *others)


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else MOST_DECIMALS + 1
