"""What a customer buys, and what it comes to: lines, discounts, fees, shipping, payment fee."""

from dataclasses import dataclass
from decimal import Decimal

from demo.orders.arithmetic import HUNDRED, Price, Rate, TaxMethod, Till, total

Names = dict[str, str]
"""Language to text."""


@dataclass(frozen=True)
class Product:
    """An article of the catalogue; `unit` is a UN/ECE Recommendation 20 code (H87 piece, KGM kilogram)."""

    id: str
    names: Names
    unit: str = "H87"


@dataclass(frozen=True)
class Discount:
    """A percentage, or an amount off the whole line (net or gross, as the site's prices are)."""

    code: str
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Fee:
    """A charge of a line or of a payment; an amount of the site's kind, or (payments only) a percentage."""

    id: str
    names: Names
    rate: Rate
    amount: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True)
class Line:
    """An ordered product; `unit_price` is of the site's kind, already at the currency's scale."""

    product: Product
    quantity: Decimal
    unit_price: Decimal
    rate: Rate
    discount: Discount | None = None
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True)
class Shipping:
    """One shipping line."""

    code: str
    name: str
    amount: Decimal
    rate: Rate


@dataclass(frozen=True)
class Basket:
    """Everything that has a price."""

    till: Till
    lines: tuple[Line, ...]
    shipping: Shipping | None = None
    payment_fee: Fee | None = None
    method: TaxMethod = TaxMethod.PER_GROUP


@dataclass(frozen=True)
class PricedLine:
    """A line with its figures: `final` is the discounted price plus the fees (A.5)."""

    line: Line
    unit: Price
    price: Price
    discounted: Price | None
    fees: tuple[Price, ...]
    final: Price

    @property
    def discount(self) -> Price | None:
        """What the discount took off."""
        return self.price - self.discounted if self.discounted else None

    @property
    def goods(self) -> Price:
        """The price of the goods without fees."""
        return self.discounted or self.price


@dataclass(frozen=True)
class PricedBasket:
    """A basket with its figures; `groups` is the tax aggregate, `final` its sum."""

    basket: Basket
    lines: tuple[PricedLine, ...]
    shipping: Price | None
    payment_fee: Price | None
    groups: tuple[Price, ...]
    final: Price

    @property
    def parts(self) -> list[Price]:
        """Every price that counts into the tax aggregate."""
        return parts_of(self.lines, self.shipping, self.payment_fee)


def parts_of(lines: tuple[PricedLine, ...], shipping: Price | None, payment_fee: Price | None) -> list[Price]:
    """Goods, fees, shipping and payment fee, each with its own rate."""
    goods_and_fees = [price for line in lines for price in (line.goods, *line.fees)]
    return goods_and_fees + [price for price in (shipping, payment_fee) if price]


def discount_amount(till: Till, discount: Discount, of: Decimal) -> Decimal:
    """What a discount takes off a line amount, rounded."""
    if discount.percent is not None:
        return till.round(of * discount.percent / HUNDRED)
    return discount.amount or Decimal(0)


def price_line(till: Till, line: Line) -> PricedLine:
    """Quantity times unit price, rounded half up, less the discount, plus the fees."""
    amount = till.round(line.unit_price * line.quantity)
    price = till.price(amount, line.rate)
    discounted = till.price(amount - discount_amount(till, line.discount, amount), line.rate) if line.discount else None
    fees = tuple(till.price(fee.amount or Decimal(0), fee.rate) for fee in line.fees)
    final = total([discounted or price, *fees])
    return PricedLine(line, till.price(line.unit_price, line.rate), price, discounted, fees, final)


def price_payment_fee(till: Till, fee: Fee, base: list[Price]) -> Price:
    """A percentage is taken of the lines' final prices and the shipping (A.5)."""
    amount = fee.amount
    if fee.percent is not None:
        amount = till.round(sum((till.amount(price) for price in base), Decimal(0)) * fee.percent / HUNDRED)
    return till.price(amount or Decimal(0), fee.rate)


def price_basket(basket: Basket) -> PricedBasket:
    """Price every part of a basket, then the whole."""
    till = basket.till
    lines = tuple(price_line(till, line) for line in basket.lines)
    shipping = till.price(basket.shipping.amount, basket.shipping.rate) if basket.shipping else None
    base = [line.final for line in lines] + ([shipping] if shipping else [])
    payment_fee = price_payment_fee(till, basket.payment_fee, base) if basket.payment_fee else None
    groups = tuple(till.groups(parts_of(lines, shipping, payment_fee), basket.method))
    return PricedBasket(basket, lines, shipping, payment_fee, groups, total(groups))
