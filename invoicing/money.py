"""Money: ISO 4217 minor units, the one rounding function, and sharing an amount without losing a cent."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency as IsoCurrency


class UnsupportedCurrency(ValueError):
    """The code is no ISO 4217 currency that has a minor unit."""


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
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def share(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split a rounded `total` in proportion to non-negative `weights` so that the shares sum to it exactly.

    Largest remainder method: every share is rounded down, then the units left over go to the largest remainders,
    the earlier first. With no weight at all, everything goes to the first.

    >>> share(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)], "EUR")
    [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
    """
    if not weights:
        return []
    whole = sum(weights)
    if not whole:
        return [total, *(Decimal(0) for _ in weights[1:])]
    unit = minor_unit(currency)
    exact = [total * weight / whole for weight in weights]
    shares = [part.quantize(unit, ROUND_DOWN) for part in exact]
    left = int((total - sum(shares)) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for i in by_remainder[: abs(left)]:
        shares[i] += unit if left > 0 else -unit
    return shares
