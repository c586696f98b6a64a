"""Reading one price of an order: the value that counts on this site, and the tax rate, stated or explained."""

from decimal import Decimal
from enum import StrEnum

from invoicing.orders.order import OldTax, OrderRejected, Price

CENT = Decimal("0.01")


class PriceMode(StrEnum):
    """Which of a price's two values counts: the site's `includesTax` decides (Emporix A.4)."""

    NET = "net"
    GROSS = "gross"


def value_of(price: Price, mode: PriceMode, rate: Decimal, path: str) -> Decimal:
    """The price's value in `mode`, not rounded; a missing one is worked out from the other and the rate.

    Raises:
        OrderRejected: neither value is there.
    """
    net, gross, factor = price.net_value, price.gross_value, 1 + rate / 100
    if net is None and gross is None:
        raise OrderRejected(f"{path}.netValue", "is missing, and so is grossValue")
    if mode is PriceMode.GROSS:
        return gross if gross is not None else (net or Decimal(0)) * factor
    return net if net is not None else (gross or Decimal(0)) / factor


def rate_of(*prices: Price, path: str, known: tuple[Decimal, ...] = ()) -> Decimal:
    """The first stated rate; else zero where no tax is stated; else the one of `known` that explains the tax.

    Raises:
        OrderRejected: there is tax, and no rate explains it.
    """
    for price in prices:
        if price.tax_rate is not None:
            return price.tax_rate
    tax = _stated_tax(prices[0])
    if not tax:
        return Decimal(0)
    net = prices[0].net_value
    for rate in known:
        if net is not None and abs(net * rate / 100 - tax) <= CENT:
            return rate
    raise OrderRejected(f"{path}.taxRate", "is missing")


def _stated_tax(price: Price) -> Decimal:
    if price.tax_value is not None:
        return price.tax_value
    if price.net_value is None or price.gross_value is None:
        return Decimal(0)
    return price.gross_value - price.net_value


def old_tax_of(tax: OldTax | None, path: str) -> tuple[str | None, Decimal, bool]:
    """(code, rate, inclusive) of a deprecated tax member; no tax at all is a rate of zero.

    Raises:
        OrderRejected: several rates on one price, or a tax without a rate.
    """
    line = tax.lines[0] if tax and tax.lines else (tax.total if tax else None)
    if tax is None or line is None:
        return None, Decimal(0), False
    if len({other.rate for other in tax.lines}) > 1:
        raise OrderRejected(f"{path}.lines", "hold several rates, and calculatedPrice is missing")
    rate = line.rate if line.rate is not None else tax.rate
    if rate is None and line.amount:
        raise OrderRejected(f"{path}.lines[0].rate", "is missing")
    return line.code, rate or Decimal(0), bool(line.inclusive or (tax.total and tax.total.inclusive))


def old_price_of(amount: Decimal, tax: tuple[str | None, Decimal, bool]) -> Price:
    """A deprecated amount with its tax as a price with both values, not rounded."""
    code, rate, inclusive = tax
    factor = 1 + rate / 100
    net, gross = (amount / factor, amount) if inclusive else (amount, amount * factor)
    return Price.model_construct(net_value=net, gross_value=gross, tax_code=code, tax_rate=rate)
