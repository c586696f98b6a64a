"""Moving money: captures and refunds of the payment gateway (Emporix A.6), each at most once.

A payment that does not go through is an ordinary answer, `{"successful": false, "message": ...}` with status 200.
"""

import sqlite3
from decimal import Decimal

from demo.orders.exact_json import JsonObject, dump, parse_object
from demo.shop.gateway_bodies import Asked, CaptureRequest, RefundRequest, read_body
from demo.shop.gateway_entries import authorisation, entry_json, record
from demo.shop.refusals import gateway_refused
from demo.shop.store import Store

NOT_SUPPORTED = "The payment action is not supported."


class Gateway:
    """The payment gateway's counter.

    Args:
        store: the shop's books.
        careless: capture a transaction that was captured before, if only the key is another.
    """

    def __init__(self, store: Store, *, careless: bool = False) -> None:
        self.store = store
        self.careless = careless

    def capture(self, tenant: str, transaction_id: str, text: bytes, key: str | None) -> JsonObject:
        """Capture an authorised payment, once, up to what is authorised.

        Raises:
            Refusal: 404 no such transaction; 409 the key belongs to another request; 422 nothing authorised, a bad
                body, or another currency.
        """
        return self.answer_once(Asked(tenant, transaction_id, "CAPTURE", read_body(CaptureRequest, text), key))

    def refund(self, tenant: str, transaction_id: str, text: bytes, key: str | None) -> JsonObject:
        """Give back at most what a capture took.

        Raises:
            Refusal: as for a capture.
        """
        return self.answer_once(Asked(tenant, transaction_id, "REFUND", read_body(RefundRequest, text), key))

    def answer_once(self, asked: Asked) -> JsonObject:
        """The first answer given to a key is given to it for ever."""
        with self.store.writing() as connection:
            transaction = self.transaction(asked.tenant, asked.transaction_id)
            if earlier := self.earlier_answer(asked):
                return earlier
            check(transaction, asked.body)
            refusal = self.refusal(transaction, asked)
            answer = record(connection, asked, refusal)
            if asked.key is not None:
                connection.execute(
                    "INSERT INTO answers (tenant, key, transaction_id, request, successful, answer)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (asked.tenant, asked.key, asked.transaction_id, asked.text, refusal is None, dump(answer)),
                )
            return answer

    def earlier_answer(self, asked: Asked) -> JsonObject | None:
        """What this key was answered before."""
        if asked.key is None:
            return None
        row = self.store.row("SELECT * FROM answers WHERE tenant = ? AND key = ?", asked.tenant, asked.key)
        if row and row["request"] != asked.text:
            raise gateway_refused(409, "The idempotency key was used for another request.")
        return parse_object(row["answer"]) if row else None

    def transaction(self, tenant: str, transaction_id: str) -> sqlite3.Row:
        """The transaction's row.

        Raises:
            Refusal: 404.
        """
        row = self.store.row("SELECT * FROM transactions WHERE tenant = ? AND id = ?", tenant, transaction_id)
        if not row:
            raise gateway_refused(404, f"Transaction '{transaction_id}' does not exist.")
        return row

    def refusal(self, transaction: sqlite3.Row, asked: Asked) -> str | None:
        """Why the money does not move; None if it does."""
        if transaction["declined"] is not None:
            return str(transaction["declined"])
        if isinstance(asked.body, RefundRequest):
            left = self.left_of_capture(transaction, asked.body.capture_id)
            return None if asked.body.amount <= left else f"Only {left} of the capture can be refunded"
        if not self.careless and self.moved(transaction, "CAPTURE"):
            return "The transaction has already been captured"
        authorised = Decimal(transaction["authorised"])
        return None if asked.body.amount <= authorised else f"The amount is above the {authorised} authorised"

    def moved(self, transaction: sqlite3.Row, kind: str) -> list[sqlite3.Row]:
        """The successful entries of one kind."""
        return self.store.rows(
            "SELECT * FROM entries WHERE tenant = ? AND transaction_id = ? AND type = ? AND successful",
            transaction["tenant"],
            transaction["id"],
            kind,
        )

    def left_of_capture(self, transaction: sqlite3.Row, capture_id: str) -> Decimal:
        """What a capture took, less what was given back; 0 if there is no such capture."""

        def amount(kind: str) -> Decimal:
            rows = self.moved(transaction, kind)
            return sum((Decimal(row["amount"]) for row in rows if row["capture_id"] == capture_id), Decimal(0))

        return amount("CAPTURE") - amount("REFUND")

    def statement(self, tenant: str, transaction_id: str) -> JsonObject:
        """A transaction with its entries, as the gateway shows it.

        Raises:
            Refusal: 404.
        """
        transaction = self.transaction(tenant, transaction_id)
        rows = self.store.rows(
            "SELECT * FROM entries WHERE tenant = ? AND transaction_id = ? ORDER BY position", tenant, transaction_id
        )
        return {
            "id": transaction_id,
            "orderId": transaction["order_id"],
            "entries": [*authorisation(transaction), *map(entry_json, rows)],
        }

    def decline(self, tenant: str, transaction_id: str, message: str) -> None:
        """Make every further capture and refund of a transaction fail with `message`."""
        with self.store.writing() as connection:
            connection.execute(
                "UPDATE transactions SET declined = ? WHERE tenant = ? AND id = ?", (message, tenant, transaction_id)
            )

    def accept(self, tenant: str, transaction_id: str) -> None:
        """End `decline`; keys whose answer was a refusal may be used again."""
        with self.store.writing() as connection:
            connection.execute(
                "UPDATE transactions SET declined = NULL WHERE tenant = ? AND id = ?", (tenant, transaction_id)
            )
            connection.execute(
                "DELETE FROM answers WHERE tenant = ? AND transaction_id = ? AND NOT successful",
                (tenant, transaction_id),
            )


def check(transaction: sqlite3.Row, body: CaptureRequest) -> None:
    """Refuse what no gateway would pass on.

    Raises:
        Refusal: 422.
    """
    if transaction["authorised"] is None:
        raise gateway_refused(422, NOT_SUPPORTED)
    if body.currency != transaction["currency"]:
        raise gateway_refused(422, f"The transaction is in {transaction['currency']}.")
