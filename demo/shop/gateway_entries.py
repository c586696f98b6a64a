"""The entries of a transaction: written when money is asked for, never changed."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from demo.orders.exact_json import JsonObject
from demo.shop.gateway_bodies import Asked, RefundRequest


def record(connection: sqlite3.Connection, asked: Asked, refusal: str | None) -> JsonObject:
    """Write the entry of a capture or refund, and make its answer; `refusal` says why the money does not move."""
    body = asked.body
    new_id = uuid4().hex
    capture_id = body.capture_id if isinstance(body, RefundRequest) else (None if refusal else new_id)
    refund_id = new_id if asked.kind == "REFUND" and not refusal else None
    connection.execute(
        "INSERT INTO entries (tenant, transaction_id, type, successful, amount, currency, capture_id, refund_id,"
        " idempotency_key, message, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            asked.tenant,
            asked.transaction_id,
            asked.kind,
            refusal is None,
            format(body.amount, "f"),
            body.currency,
            capture_id,
            refund_id,
            asked.key,
            refusal,
            datetime.now(UTC).isoformat(),
        ),
    )
    if refusal:
        return {"successful": False, "message": refusal}
    return {"successful": True} | ({"refundId": refund_id} if refund_id else {"captureId": capture_id})


def authorisation(transaction: sqlite3.Row) -> list[JsonObject]:
    """The entry that the checkout left behind."""
    if transaction["authorised"] is None:
        return []
    amount = {"amount": Decimal(transaction["authorised"]), "currency": transaction["currency"]}
    return [{"type": "AUTHORIZATION", "successful": True, "amount": amount}]


def entry_json(row: sqlite3.Row) -> JsonObject:
    """A capture or refund as the gateway shows it; ids, key and message where there are any."""
    optional = {
        "captureId": row["capture_id"],
        "refundId": row["refund_id"],
        "idempotencyKey": row["idempotency_key"],
        "summary": row["message"],
    }
    return {
        "type": row["type"],
        "successful": bool(row["successful"]),
        "amount": {"amount": Decimal(row["amount"]), "currency": row["currency"]},
        "createdAt": row["at"],
    } | {name: value for name, value in optional.items() if value is not None}
