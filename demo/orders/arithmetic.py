"""How this shop rounds and taxes: its own arithmetic, written apart from the service that must agree with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from iso4217 import Currency

HUNDRED = Decimal(100)


class TaxMethod(StrEnum):
    """Where a shop rounds its tax."""

    PER_GROUP = "per group"
    """Once for each (code, rate), on the sum."""
    PER_PART = "per part"
    """On every line, fee and shipping; the sum of the rounded taxes is the tax. Cents away from the above."""


@dataclass(frozen=True)
class Rate:
    """A tax code with its rate in percent."""

    code: str
    percent: Decimal


@dataclass(frozen=True)
class Price:
    """Net, tax and gross in the order's currency; `rate` is None where several rates are summed."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    rate: Rate | None

    def __add__(self, other: "Price") -> "Price":
        rate = self.rate if self.rate == other.rate else None
        return Price(self.net + other.net, self.tax + other.tax, self.gross + other.gross, rate)

    def __sub__(self, other: "Price") -> "Price":
        return self + Price(-other.net, -other.tax, -other.gross, other.rate)


def total(prices: Iterable[Price]) -> Price:
    """The sum of one price or more."""
    first, *others = prices
    for price in others:
        first += price
    return first


@dataclass(frozen=True)
class Till:
    """Rounds half up at the currency's minor unit; knows whether the site's prices contain their tax."""

    currency: str
    inclusive: bool

    @property
    def scale(self) -> int:
        """Decimals of the currency (ISO 4217)."""
        return Currency(self.currency).exponent or 0

    def round(self, amount: Decimal) -> Decimal:
        """Half up, at the minor unit."""
        return amount.quantize(Decimal(1).scaleb(-self.scale), ROUND_HALF_UP)

    def price(self, amount: Decimal, rate: Rate) -> Price:
        """Split a rounded amount of this site's kind: a gross one where prices contain tax, else a net one."""
        if self.inclusive:
            tax = self.round(amount * rate.percent / (HUNDRED + rate.percent))
            return Price(amount - tax, tax, amount, rate)
        tax = self.round(amount * rate.percent / HUNDRED)
        return Price(amount, tax, amount + tax, rate)

    def amount(self, price: Price) -> Decimal:
        """The member of a price that is authoritative on this site."""
        return price.gross if self.inclusive else price.net

    def groups(self, parts: Iterable[Price], method: TaxMethod) -> list[Price]:
        """One price for each rate, in the order in which the rates appear; every part must have a rate."""
        sums: dict[Rate, Price] = {}
        for part in parts:
            if part.rate is None:
                raise ValueError("a part without a rate belongs to no group")
            sums[part.rate] = sums[part.rate] + part if part.rate in sums else part
        if method is TaxMethod.PER_PART:
            return list(sums.values())
        return [self.price(self.amount(group), rate) for rate, group in sums.items()]
