"""Orders by the number: the same index gives the same order, on every machine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from unicodedata import normalize

from demo.orders.arithmetic import Rate, TaxMethod
from demo.orders.basket import Basket, Discount, Fee, Line, PricedBasket, Shipping, price_basket
from demo.orders.catalogue import Article, Kind, catalogue
from demo.orders.exact_json import JsonObject
from demo.orders.head import Customer, Delivery, Head, Payment
from demo.orders.markets import MARKETS, Market
from demo.orders.order_json import order_json

LINE_COUNTS = ((80, 1, 8), (15, 9, 25), (5, 26, 60))
"""(weight, fewest, most) lines."""
YEN_PER_HUNDREDTH = Decimal("1.6")
FRACTIONAL_UNITS = ("KGM", "LTR", "MTR")
FIRST_DAY = datetime(2026, 1, 5, 9, 30)  # noqa: DTZ001 (wall clock of the market, its zone is set where it is used)


class Dice(Random):
    """Seeded dice that also say yes or no."""

    def yes(self, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self.random() * 100 < percent


def generated_id(index: int, round_number: int) -> str:
    """`GEN-00001` in the first round, `GEN-00001-r2` in the second."""
    return in_round(f"GEN-{index:05d}", round_number)


def in_round(order_id: str, round_number: int) -> str:
    """The id of the same order in a later round of the demo."""
    return order_id if round_number == 1 else f"{order_id}-r{round_number}"


def generated_order(index: int, round: int = 1) -> JsonObject:  # noqa: A002 (the demo counts rounds)
    """The order `index` as Order Service v2 writes it; rounds differ in their ids only."""
    head, priced = generated(index, round)
    return order_json(head, priced)


def expected_capture(order: JsonObject) -> bool:
    """Whether invoicing this order must capture a card payment."""
    return any(payment["status"] == "AUTHORIZATION_SUCCESS" for payment in order["payments"])


def generated(index: int, round_number: int) -> tuple[Head, PricedBasket]:
    """The order before it is written down."""
    dice = Dice(f"order-{index}")
    market = dice.choices(MARKETS, [market.share for market in MARKETS])[0]
    payment = Payment.ON_ACCOUNT if dice.yes(15) else Payment.CARD
    basket = roll_basket(dice, market, payment)
    created = FIRST_DAY.replace(tzinfo=market.zone) + timedelta(days=index % 60, minutes=dice.randrange(600))
    head = Head(
        order_id=generated_id(index, round_number),
        site=market.site,
        customer=roll_customer(dice, market, index),
        created=created,
        delivery=Delivery(created + timedelta(days=dice.randint(1, 5))) if dice.yes(70) else None,
        payment=payment,
        languages=market.languages,
    )
    return head, price_basket(basket)


def roll_basket(dice: Dice, market: Market, payment: Payment) -> Basket:
    """Lines of one to three rates, and around them what an order may carry."""
    kinds: list[Kind] = dice.sample(list(market.rates), dice.randint(1, len(market.rates)))
    _, fewest, most = dice.choices(LINE_COUNTS, [count[0] for count in LINE_COUNTS])[0]
    coupon = roll_coupon(dice)
    fees = dice.yes(30)
    lines = [roll_line(dice, market, kinds, coupon, fees=fees) for _ in range(dice.randint(fewest, most))]
    rate = market.rates[kinds[0]]
    return Basket(
        till=market.till,
        lines=tuple(lines),
        shipping=roll_shipping(dice, market, rate) if dice.yes(85) else None,
        payment_fee=roll_payment_fee(dice, market, rate) if payment is Payment.CARD and dice.yes(20) else None,
        method=TaxMethod.PER_PART if dice.yes(33) else TaxMethod.PER_GROUP,
    )


def roll_coupon(dice: Dice) -> Discount | None:
    """A percentage off every line, on a quarter of the orders."""
    if not dice.yes(25):
        return None
    percent = dice.choice(("5", "7.5", "10", "12.5", "15", "33"))
    return Discount(f"SAVE{percent.replace('.', '')}", percent=Decimal(percent))


def roll_line(dice: Dice, market: Market, kinds: Sequence[Kind], coupon: Discount | None, *, fees: bool) -> Line:
    """One product, its quantity and price, its discount and perhaps a fee."""
    kind = dice.choice(kinds)
    article = dice.choice(catalogue().of_kind(kind))
    rate = market.rates[kind]
    quantity, unit_price = roll_quantity(dice, article), money(market, dice.randint(article.low, article.high))
    return Line(
        product=article.product,
        quantity=quantity,
        unit_price=unit_price,
        rate=rate,
        discount=coupon or roll_reduction(dice, market, unit_price * quantity),
        fees=(roll_fee(dice, market, rate),) if fees and dice.yes(30) else (),
    )


def money(market: Market, hundredths: int) -> Decimal:
    """An amount at the currency's scale, from hundredths of a euro, dollar, pound or franc; yen are scaled up."""
    if market.till.scale == 0:
        return market.till.round(hundredths * YEN_PER_HUNDREDTH)
    return Decimal(hundredths).scaleb(-2)


def roll_quantity(dice: Dice, article: Article) -> Decimal:
    """Whole pieces, mostly few; weighed goods to the gram or the hundred grams."""
    if article.bulk:
        return Decimal(dice.choice((50, 100, 250, 1000)))
    if article.unit in FRACTIONAL_UNITS:
        return Decimal(dice.randint(2, 75)).scaleb(-1) if dice.yes(70) else Decimal(dice.randint(105, 4995)).scaleb(-3)
    return Decimal(dice.choices((1, 2, 3, 5, 12, 144), (50, 22, 12, 8, 6, 2))[0])


def roll_reduction(dice: Dice, market: Market, amount: Decimal) -> Discount | None:
    """On one line in twelve an amount off, less than half of the line."""
    if not dice.yes(8):
        return None
    off = market.till.round(amount * dice.randint(5, 45) / 100)
    return Discount(f"REDUCED-{off}", amount=off) if off else None


def roll_fee(dice: Dice, market: Market, rate: Rate) -> Fee:
    """Gift wrap bears the line's rate; a deposit bears the standard rate, whatever it is paid on."""
    if dice.yes(20):
        return Fee("deposit", {"de": "Pfand", "en": "Deposit"}, market.rates["standard"], money(market, 25))
    names = {"de": "Geschenkverpackung", "en": "Gift wrap"}
    return Fee("gift-wrap", names, rate, money(market, dice.choice((150, 200, 349))))


def roll_shipping(dice: Dice, market: Market, rate: Rate) -> Shipping:
    """Parcel or freight."""
    code, name, price = dice.choice((("dhl", "DHL", 490), ("ups", "UPS Express", 1295), ("freight", "Spedition", 4900)))
    return Shipping(code, name, money(market, price), rate)


def roll_payment_fee(dice: Dice, market: Market, rate: Rate) -> Fee:
    """A percentage or a small amount for paying by card."""
    names = {"de": "Kartengebühr", "en": "Card fee"}
    if dice.yes(50):
        return Fee("card-fee", names, rate, percent=dice.choice((Decimal(1), Decimal("1.9"), Decimal(3))))
    return Fee("card-fee", names, rate, amount=money(market, 99))


def roll_customer(dice: Dice, market: Market, index: int) -> Customer:
    """Someone of the market's country; a company on a third of the orders, a stated language on some."""
    data = catalogue()
    first, last = dice.choice(data.first_names), dice.choice(data.last_names)
    return Customer(
        number=20_000_000 + index,
        first_name=first,
        last_name=last,
        email=f"{mailbox(first)}.{mailbox(last)}.{index}@example.com",
        address=dice.choice(data.addresses[market.country]),
        company=dice.choice(data.companies) if dice.yes(33) else None,
        language=dice.choice((None, None, None, "de", "en", "fr")),
    )


def mailbox(name: str) -> str:
    """A name as it can stand in an e-mail address.

    >>> mailbox("Zoë")
    'zoe'
    """
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())
