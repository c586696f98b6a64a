"""The shop's orders, as exact JSON text in SQLite."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from demo.orders.exact_json import JsonObject, dump, parse, parse_object
from demo.shop.query import Query
from demo.shop.refusals import invalid, order_refused
from demo.shop.scalars import values_at
from demo.shop.store import Store

AUTHORISED = "AUTHORIZATION_SUCCESS"


class SeededPayment(BaseModel):
    """A payment that has a transaction at the gateway."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    status: str = "PENDING"
    transaction_id: str
    authorized_amount: Decimal | None = None
    currency: str


class OrderShelf:
    """Finds, adds and patches orders."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, tenant: str, order_id: str, text: str) -> bool:
        """Put an order on the shelf as it is written, and its authorised payments into the gateway.

        Returns:
            False if there is one of that id; it stays as it is.
        """
        return self.add_all(tenant, [(order_id, text)]) == 1

    def add_all(self, tenant: str, orders: Iterable[tuple[str, str]]) -> int:
        """Put many (id, text) on the shelf at once; how many were new."""
        with self.store.writing() as connection:
            return sum(insert(connection, tenant, order_id, text) for order_id, text in orders)

    def text(self, tenant: str, order_id: str) -> str:
        """An order as JSON.

        Raises:
            Refusal: 404.
        """
        row = self.store.row("SELECT body FROM orders WHERE tenant = ? AND id = ?", tenant, order_id)
        if not row:
            message = f"Order with ID '{order_id}' does not exist"
            raise order_refused(404, "element_resource_non_existing", message)
        body: str = row["body"]
        return body

    def find(self, tenant: str, query: Query) -> list[tuple[str, object]]:
        """Text and document of the orders that match, oldest first.

        SQLite narrows by the members that have a column, so that a search among many orders reads few.
        """
        rows = self.store.rows(
            """
            SELECT body FROM orders WHERE tenant = ?
            AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))
            AND (? IS NULL OR status IN (SELECT value FROM json_each(?)))
            AND (? IS NULL OR extended_status IN (SELECT value FROM json_each(?)))
            ORDER BY position
            """,
            tenant,
            *twice(query.wanted("id")),
            *twice(query.wanted("status")),
            *twice(query.wanted("mixins", "generalAttributes", "extendedOrderStatus")),
        )
        documents = ((row["body"], parse(row["body"])) for row in rows)
        return [(text, document) for text, document in documents if query.matches(document)]

    def patch(self, tenant: str, order_id: str, changes: JsonObject) -> None:
        """Merge `changes` into an order and raise its version.

        Raises:
            Refusal: 404; 409 if `changes` carry a version that is not the current one; 400 if they change the id.
        """
        with self.store.writing() as connection:
            document = parse_object(self.text(tenant, order_id))
            if changes.get("id", order_id) != order_id:
                raise invalid("The id of an order cannot be changed", "id")
            version = current_version(document)
            sent = next(values_at(changes, ("metadata", "version")), None)
            if sent is not None and sent != version:
                raise order_refused(
                    409, "conflict_resource", "Order update cannot be done. Update version is not valid."
                )
            merged = merge(document, changes)
            merged["metadata"] = merge(merged.get("metadata") or {}, {"version": version + 1})
            connection.execute(
                "UPDATE orders SET body = ?, status = ?, extended_status = ? WHERE tenant = ? AND id = ?",
                (dump(merged), *columns(merged), tenant, order_id),
            )
            connection.execute(
                "INSERT INTO patches (tenant, order_id, body, at) VALUES (?, ?, ?, ?)",
                (tenant, order_id, dump(changes), datetime.now(UTC).isoformat()),
            )

    def authorise_again(self, tenant: str, order_id: str, transaction_id: str) -> None:
        """Let the customer pay once more: the order gets a second payment like its first, authorised anew.

        What it says of the first one stays, as in a shop that learns of refunds late or never.

        Raises:
            Refusal: 404.
        """
        with self.store.writing() as connection:
            document = parse_object(self.text(tenant, order_id))
            payment = {**document["payments"][0], "status": AUTHORISED, "transactionId": transaction_id}
            document["payments"] = [*document["payments"], payment]
            connection.execute(
                "UPDATE orders SET body = ? WHERE tenant = ? AND id = ?", (dump(document), tenant, order_id)
            )
            open_transactions(connection, tenant, order_id, document)


def twice(texts: frozenset[str] | None) -> tuple[str | None, str | None]:
    """A JSON array for a parameter that the query names twice."""
    array = None if texts is None else dump(sorted(texts))
    return array, array


def insert(connection: sqlite3.Connection, tenant: str, order_id: str, text: str) -> bool:
    """Add one order unless its id is taken."""
    document = parse(text)
    added = connection.execute(
        "INSERT OR IGNORE INTO orders (tenant, id, status, extended_status, body) VALUES (?, ?, ?, ?, ?)",
        (tenant, order_id, *columns(document), text),
    )
    if added.rowcount != 1:
        return False
    open_transactions(connection, tenant, order_id, document)
    return True


def open_transactions(connection: sqlite3.Connection, tenant: str, order_id: str, document: object) -> None:
    """Put an order's payments into the gateway; those that are there stay as they are."""
    for payment in payments_of(document):
        authorised = payment.authorized_amount if payment.status == AUTHORISED else None
        connection.execute(
            "INSERT OR IGNORE INTO transactions (tenant, id, order_id, authorised, currency) VALUES (?, ?, ?, ?, ?)",
            (tenant, payment.transaction_id, order_id, authorised and format(authorised, "f"), payment.currency),
        )


def columns(document: object) -> tuple[str | None, str | None]:
    """Status and extended status as text."""
    status = next(values_at(document, ("status",)), None)
    extended = next(values_at(document, ("mixins", "generalAttributes", "extendedOrderStatus")), None)
    return (
        None if status is None else str(status),
        None if extended is None else str(extended),
    )


def payments_of(document: object) -> list[SeededPayment]:
    """The payments that name a transaction; what is no payment (tests seed odd orders) is passed over."""
    found: list[SeededPayment] = []
    for payment in values_at(document, ("payments",)):
        try:
            found.append(SeededPayment.model_validate(payment))
        except ValidationError:
            continue
    return found


def current_version(document: JsonObject) -> int:
    """`metadata.version`, 1 where an order has none."""
    version = next(values_at(document, ("metadata", "version")), 1)
    return version if isinstance(version, int) else 1


def merge(document: JsonObject, changes: JsonObject) -> JsonObject:
    """Objects are merged member by member, everything else is replaced."""
    merged = dict(document)
    for name, change in changes.items():
        present = merged.get(name)
        merged[name] = merge(present, change) if isinstance(present, dict) and isinstance(change, dict) else change
    return merged
