"""The items of a sales invoice by their codes: what is fulfilled, and what a line of a request is called afterwards."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoicing.frozen import Frozen
from invoicing.invoice import Invoice


class SalesItem(Frozen):
    """One item."""

    code: str
    """`SII-0000001`; of an order's invoice `{number}-{position}`, since nobody gave its lines codes."""
    product_code: str
    quantity: Decimal


def sales_items(details: Mapping[str, Any], invoice: Invoice | None) -> tuple[SalesItem, ...]:
    """The items of a sales invoice: as its request had them, else the lines of its document."""
    stated: Sequence[Mapping[str, Any]] = details.get("salesInvoiceItems") or ()
    if stated:
        return tuple(
            SalesItem(
                code=item["salesInvoiceItemCode"],
                product_code=item["productCode"],
                quantity=Decimal(item["productQuantity"]),
            )
            for item in stated
        )
    lines = invoice.lines if invoice else ()
    return tuple(
        SalesItem(
            code=item_code(invoice.number if invoice else "", line.position),
            product_code=line.item_id,
            quantity=line.quantity,
        )
        for line in lines
    )


def item_code(number: str, position: int) -> str:
    """The code of a line that no request gave one."""
    return f"{number}-{position}"
