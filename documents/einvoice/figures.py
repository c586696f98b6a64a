"""Numbers as XML writes them: no exponent, no sign before a zero."""

from decimal import Decimal

from invoicing.money import ZERO, exact, plain

CENT = Decimal("0.01")


def amount(value: Decimal) -> str:
    """An amount as it is stored; zeros beyond the second decimal, which EN 16931 does not admit, are left out.

    >>> amount(Decimal("5.00")), amount(Decimal("1.500")), amount(Decimal("1.234")), amount(Decimal("100"))
    ('5.00', '1.50', '1.234', '100')
    """
    with exact():
        in_cents = value.quantize(CENT)
        finer = value.as_tuple().exponent < CENT.as_tuple().exponent  # type: ignore[operator]
        return f"{(in_cents if finer and in_cents == value else value) + ZERO:f}"


def number(value: Decimal) -> str:
    """A price, a quantity or a percentage, without zeros at its end.

    >>> number(Decimal("1E+1")), number(Decimal("19.00"))
    ('10', '19')
    """
    return f"{plain(value):f}"
