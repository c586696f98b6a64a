"""Small orders for the domain's tests, as JSON objects with exact numbers."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.orders.exact_json import dump
from invoicing.order import Order, parse_order

SAMPLE = Path(__file__).parents[2] / "demo" / "orders" / "eon9001.json"


def D(text: str) -> Decimal:  # noqa: N802 -- reads as a literal
    return Decimal(text)


def sample() -> dict[str, Any]:
    """The sample order of the reference: two rates, a coupon, a fee, shipping and a card fee."""
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(), parse_float=Decimal)
    return loaded


def price(net: str, gross: str, rate: str | None, code: str | None = "STANDARD") -> dict[str, Any]:
    stated: dict[str, Any] = {"netValue": D(net), "grossValue": D(gross), "taxValue": D(gross) - D(net)}
    if rate is not None:
        stated |= {"taxRate": D(rate), "taxCode": code}
    return stated


def entry(quantity: str, stated: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "E1",
        "amount": D(quantity),
        "product": {"id": "P1", "name": "Thing"},
        "calculatedPrice": {"price": stated, "finalPrice": stated, **more},
    }


def order_json(*entries: dict[str, Any], gross: str | None = None, **members: Any) -> dict[str, Any]:
    final = {} if gross is None else {"finalPrice": {"grossValue": D(gross)}}
    return {
        "id": "O1",
        "currency": "EUR",
        "siteCode": "main",
        "entries": list(entries),
        "customer": {"email": "ada@example.com"},
        "calculatedPrice": final,
        **members,
    }


def read(order: dict[str, Any]) -> Order:
    return parse_order(dump(order))
