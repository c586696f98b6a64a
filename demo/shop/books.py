"""The shop's own books: what demo and tests hold the service's word against."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from demo.shop.store import Store


class Page(BaseModel):
    """A part of the books; camelCase on the wire, amounts as text."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class Capture(Page):
    """Money taken."""

    order_id: str
    transaction_id: str
    amount: Decimal
    currency: str
    capture_id: str
    at: str


class Refund(Capture):
    """Money given back."""

    refund_id: str


class InvoiceReport(Page):
    """What the service wrote into an order's `mixins.invoice`; the same words again are not listed again."""

    order_id: str
    invoice_no: str | None
    invoice_document: str | None


class Books(Page):
    """How many orders the shop has, and what became of them."""

    orders: int
    captures: tuple[Capture, ...]
    refunds: tuple[Refund, ...]
    invoice_reports: tuple[InvoiceReport, ...]


MONEY = """
SELECT transactions.order_id, entries.* FROM entries
JOIN transactions ON transactions.tenant = entries.tenant AND transactions.id = entries.transaction_id
WHERE entries.type = ? AND entries.successful AND substr(transactions.order_id, 1, length(?)) = ?
ORDER BY entries.position
"""
REPORTS = """
SELECT order_id, json_extract(body, '$.mixins.invoice.invoiceNo') AS invoice_no,
    json_extract(body, '$.mixins.invoice.invoiceDocument') AS invoice_document
FROM patches
WHERE json_extract(body, '$.mixins.invoice') IS NOT NULL AND substr(order_id, 1, length(?)) = ?
GROUP BY 1, 2, 3
ORDER BY min(position)
"""


def read_books(store: Store, prefix: str = "") -> Books:
    """The books of all tenants, or of the orders whose id begins with `prefix`."""
    count = store.row("SELECT count(*) AS n FROM orders WHERE substr(id, 1, length(?)) = ?", prefix, prefix)
    captures = store.rows(MONEY, "CAPTURE", prefix, prefix)
    refunds = store.rows(MONEY, "REFUND", prefix, prefix)
    reports = store.rows(REPORTS, prefix, prefix)
    return Books(
        orders=count["n"] if count else 0,
        captures=tuple(Capture.model_validate(dict(row)) for row in captures),
        refunds=tuple(Refund.model_validate(dict(row)) for row in refunds),
        invoice_reports=tuple(InvoiceReport.model_validate(dict(row)) for row in reports),
    )
