"""The figures of an order as Order Service v2 writes them: `calculatedPrice`, `discounts` (Emporix A.5)."""

from demo.orders.arithmetic import Price, Till, total
from demo.orders.basket import Discount, Names, PricedBasket, PricedLine
from demo.orders.exact_json import JsonObject


def price_json(price: Price) -> JsonObject:
    """Code and rate are there only when they hold for the whole price."""
    figures: JsonObject = {"netValue": price.net, "grossValue": price.gross, "taxValue": price.tax}
    return figures | ({"taxCode": price.rate.code, "taxRate": price.rate.percent} if price.rate else {})


def spoken(names: Names, languages: tuple[str, ...]) -> Names:
    """The names in the site's languages."""
    return {language: names[language] for language in languages if language in names}


def line_price_json(line: PricedLine, languages: tuple[str, ...], till: Till) -> JsonObject:
    """`calculatedPrice` of an entry."""
    members: JsonObject = {"price": price_json(line.price)}
    if line.discounted and line.discount and line.line.discount:
        applied = [applied_json(line.line.discount, line.discount, till)]
        members["discountedPrice"] = price_json(line.discounted) | {"appliedDiscounts": applied}
        members["totalDiscount"] = total_discount_json(line.discount, applied, till)
    if line.fees:
        members["fees"] = [
            {
                "id": fee.id,
                "type": "ABSOLUTE",
                "origin": "INTERNAL",
                "name": spoken(fee.names, languages),
                "price": price_json(price),
            }
            for fee, price in zip(line.line.fees, line.fees, strict=True)
        ]
        members["totalFee"] = price_json(total(line.fees))
    return members | {"finalPrice": price_json(line.final)}


def applied_json(discount: Discount, taken: Price, till: Till) -> JsonObject:
    """What one discount took off; `value` is net before tax, gross after tax."""
    return {
        "id": discount.code,
        "value": till.amount(taken),
        "price": price_json(taken),
        "discountType": "ABSOLUTE" if discount.percent is None else "PERCENT",
        "origin": "INTERNAL",
    }


def total_discount_json(taken: Price, applied: list[JsonObject], till: Till) -> JsonObject:
    """`totalDiscount` of an entry or of the order."""
    return {
        "calculationType": calculation_type(till),
        "value": till.amount(taken),
        "price": price_json(taken),
        "appliedDiscounts": applied,
    }


def calculation_type(till: Till) -> str:
    """Gross prices are discounted after tax, net prices before it."""
    return "ApplyDiscountAfterTax" if till.inclusive else "ApplyDiscountBeforeTax"


def taken_by_discount(priced: PricedBasket) -> dict[Discount, Price]:
    """What each discount took off over all lines."""
    taken: dict[Discount, Price] = {}
    for line in priced.lines:
        if line.line.discount and line.discount:
            earlier = taken.get(line.line.discount)
            taken[line.line.discount] = earlier + line.discount if earlier else line.discount
    return taken


def discounts_json(priced: PricedBasket) -> list[JsonObject]:
    """`discounts` of the order: one for each code."""
    till = priced.basket.till
    return [
        {
            "code": discount.code,
            "name": discount.code,
            "amount": till.amount(taken),
            "currency": till.currency,
            **({} if discount.percent is None else {"discountRate": discount.percent}),
            "calculationType": calculation_type(till),
            "discountType": "ABSOLUTE" if discount.percent is None else "PERCENT",
            "discountCalculationType": "SUBTOTAL",
            "sequenceId": position,
            "categoryRestricted": False,
        }
        for position, (discount, taken) in enumerate(taken_by_discount(priced).items(), 1)
    ]


def order_price_json(priced: PricedBasket) -> JsonObject:
    """`calculatedPrice` of the order."""
    till = priced.basket.till
    members: JsonObject = {"price": price_json(total(line.price for line in priced.lines))}
    if taken := taken_by_discount(priced):
        applied = [applied_json(discount, price, till) for discount, price in taken.items()]
        goods = total(line.goods for line in priced.lines)
        members["discountedPrice"] = price_json(goods) | {"appliedDiscounts": applied}
        members["totalDiscount"] = total_discount_json(total(taken.values()), applied, till)
    if priced.payment_fee:
        members["paymentFees"] = [payment_fee_json(priced, priced.payment_fee)]
    fees = [fee for line in priced.lines for fee in line.fees] + ([priced.payment_fee] if priced.payment_fee else [])
    if fees:
        members["fees"] = members["totalFee"] = price_json(total(fees))
    if priced.shipping:
        members["shipping"] = members["totalShipping"] = price_json(priced.shipping)
    aggregate = {"lines": [price_json(group) for group in priced.groups]}
    final = price_json(priced.final)
    return members | {"finalPrice": final | {"taxAggregate": aggregate}}


def payment_fee_json(priced: PricedBasket, price: Price) -> JsonObject:
    """The fee of the means of payment."""
    fee = priced.basket.payment_fee
    if fee is None:
        raise ValueError("a payment fee was priced that nobody asked for")
    kind = "ABSOLUTE" if fee.percent is None else "PERCENT"
    return {"id": fee.id, "type": kind, "origin": "INTERNAL", "name": fee.names, "price": price_json(price)}
