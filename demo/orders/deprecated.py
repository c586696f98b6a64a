"""An order as shops wrote it before `calculatedPrice` (Emporix A.5, deprecated members)."""

from demo.orders.arithmetic import Price, total
from demo.orders.basket import PricedBasket, PricedLine
from demo.orders.exact_json import JsonObject


def with_deprecated_members(order: JsonObject, priced: PricedBasket) -> JsonObject:
    """The same order without a single `calculated...` member; `totalPrice` is the gross with shipping."""
    currency = priced.basket.till.currency
    goods = priced.basket.till.groups((line.goods for line in priced.lines), priced.basket.method)
    entries = [
        deprecated_entry(entry, line, currency) for entry, line in zip(order["entries"], priced.lines, strict=True)
    ]
    old = {name: member for name, member in order.items() if name not in {"calculatedPrice", "entries", "discounts"}}
    return old | {
        "entries": entries,
        "tax": tax_json(goods, priced.final, currency),
        "subTotalPrice": total(goods).net,
        "totalPrice": priced.final.gross,
    }


def deprecated_entry(entry: JsonObject, line: PricedLine, currency: str) -> JsonObject:
    """`unitPrice`, `totalPrice` (net) and `tax` in place of the calculated prices."""
    kept = {name: member for name, member in entry.items() if not name.startswith("calculated")}
    return kept | {
        "unitPrice": line.line.unit_price,
        "originalPrice": line.line.unit_price,
        "totalPrice": line.goods.net,
        "tax": tax_json([line.goods], line.goods, currency),
    }


def tax_json(groups: list[Price], whole: Price, currency: str) -> JsonObject:
    """`tax`: lines of the goods; the total contains the tax of the shipping, as the vendor's samples have it."""
    return {
        "lines": [
            {
                "amount": group.tax,
                "currency": currency,
                "code": group.rate.code,
                "name": group.rate.code,
                "rate": group.rate.percent,
                "sequenceId": position,
                "inclusive": False,
            }
            for position, group in enumerate(groups, 1)
            if group.rate
        ],
        "total": {"amount": whole.tax, "currency": currency, "inclusive": False},
    }
