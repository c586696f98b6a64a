"""Small orders for the domain's tests, as JSON objects with exact numbers."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.orders.exact_json import dump
from invoicing.orders.order import Order, parse_order

SAMPLE = Path(__file__).parents[3] / "demo" / "orders" / "eon9001.json"


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
    """An order whose total is `gross`, or else what its lines state."""
    stated = D(gross) if gross is not None else sum((_gross(entry) for entry in entries), D("0"))
    final = {"finalPrice": {"grossValue": stated}}
    return {
        "id": "O1",
        "currency": "EUR",
        "siteCode": "main",
        "entries": list(entries),
        "customer": {"email": "ada@example.com"},
        "calculatedPrice": final,
        **members,
    }


def _gross(entry: dict[str, Any]) -> Decimal:
    stated = entry.get("calculatedPrice", {}).get("price", {})
    return Decimal(stated.get("grossValue", 0))


def read(order: dict[str, Any]) -> Order:
    return parse_order(dump(order))
