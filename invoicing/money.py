"""Money: ISO 4217 minor units, the one rounding function, and sharing an amount without losing a cent."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import cache

from iso4217 import Currency as IsoCurrency


class UnsupportedCurrency(ValueError):
    """The code is no ISO 4217 currency that has a minor unit."""


PRECISION = 100
ZERO = Decimal(0)
"""Added to a number, it takes the sign off a negative zero, which nobody wants to read on an invoice."""
_EXACT = Context(prec=PRECISION, traps=[DivisionByZero, InvalidOperation, Overflow])


def exact() -> AbstractContextManager[Context]:
    """The context to compute money in, whatever context the caller is in.

    The largest quotient of numbers that the domain admits (up to 10^12, with up to twelve decimals) has 33 digits
    before the point, and lies at least 10^-34 from a half unit that it is not: 67 digits decide every rounding.
    """
    return localcontext(_EXACT)  # which takes a copy


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of `currency`, as ISO 4217 lists it.

    Raises:
        UnsupportedCurrency: unknown code, or one without a minor unit (XAU, XXX, ...).

    >>> minor_unit("EUR"), minor_unit("JPY"), minor_unit("KWD")
    (Decimal('0.01'), Decimal('1'), Decimal('0.001'))
    """
    try:
        exponent = IsoCurrency(currency).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        raise UnsupportedCurrency(f"currency {currency!r} is not supported")
    return Decimal(1).scaleb(-exponent)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up (away from zero) to the currency's minor unit: the only rounding of money in the service.

    >>> round_money(Decimal("8.235"), "EUR"), round_money(Decimal("-8.235"), "EUR")
    (Decimal('8.24'), Decimal('-8.24'))
    """
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP) + ZERO


def share(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split a rounded `total` in proportion to non-negative `weights` so that the shares sum to it exactly.

    With no weight at all, everything goes to the first. Units that cannot be split go as in `round_to_total`.

    >>> share(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)], "EUR")
    [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
    """
    if not weights:
        return []
    whole = sum(weights)
    if not whole:
        return [total, *(Decimal(0) for _ in weights[1:])]
    with exact():
        return round_to_total([total * weight / whole for weight in weights], total, currency)


def round_to_total(parts: Sequence[Decimal], total: Decimal, currency: str) -> list[Decimal]:
    """Round `parts`, of either sign, to the minor unit so that they sum to `total`, their own sum rounded.

    Largest remainder method: every part is rounded towards less, then the units left over go to the largest
    remainders, the earlier first. Turning every sign turns every result. `total` is a multiple of the minor unit and
    less than one unit from the sum of the parts, so no result lies a unit or more from its part.

    >>> round_to_total([Decimal("2.505"), Decimal("-0.505"), Decimal("1.004")], Decimal("3.00"), "EUR")
    [Decimal('2.51'), Decimal('-0.51'), Decimal('1.00')]
    """
    if total < 0:
        return [-part for part in round_to_total([-part for part in parts], -total, currency)]
    unit = minor_unit(currency)
    rounded = [part.quantize(unit, ROUND_FLOOR) + ZERO for part in parts]
    left = int((total - sum(rounded)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda i: (rounded[i] - parts[i], i))
    for i in by_remainder[:left]:
        rounded[i] += unit
    return rounded


def plain(number: Decimal) -> Decimal:
    """The same number without an exponent, without zeros at its end, and without a sign where it is zero.

    >>> plain(Decimal("1E+1")), plain(Decimal("7.50"))
    (Decimal('10'), Decimal('7.5'))
    """
    with exact():
        return (number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()) + ZERO
