"""A copy of a recurring invoice: the parent's document of another day (Deskera B.7).

What the reference leaves open is settled here:

- Everything printed is the parent's as it was issued: parties, prices, taxes, memo, exchange rate and the rate's date.
  No rate is looked up: the copy costs what the parent cost, in the base currency too.
- What was paid before the parent was issued paid the parent: of the copy everything is due, on account.
- The copy is no order's invoice and no opening invoice, even where its parent is.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.invoice import Invoice, InvoiceKind, Settlement, SettlementKind
from invoicing.sales.recurrence import moved

DAY_FORMAT = "%d-%m-%Y"
"""As `details` write days (Deskera B.1)."""
NOT_COPIED: Mapping[str, object] = {
    "recurring": False,
    "recurringActivated": False,
    "salesInvoiceRecurring": None,
    "openingInvoice": False,
    "openingDocumentNumber": None,
    "documentSequenceCode": None,
    "prepaidAmount": None,
    "attachmentIds": None,
}
"""What is said of the parent alone."""
DAYS = ("due_date", "tax_point_date", "delivery_date")
"""Those beside the invoice date."""


def copy_of(parent: Invoice, invoice_id: UUID, number: str, day: date) -> Invoice:
    """The document dated `day`; its other days keep their distance from the invoice date."""
    totals = parent.totals.model_copy(update={"paid": Decimal(0), "payable": parent.totals.total})
    return parent.model_copy(
        update={
            "id": invoice_id,
            "kind": InvoiceKind.INVOICE,
            "number": number,
            "issue_date": day,
            **{name: _moved(getattr(parent, name), parent, day) for name in DAYS},
            "preceding": None,
            "is_opening": False,
            "order_id": None,
            "order_date": None,
            "totals": totals,
            "settlement": _settlement(parent),
        }
    )


def details_of_copy(details: Mapping[str, Any], copy: Invoice, start: date) -> dict[str, Any]:
    """The parent's request with the copy's days, without what is said of the parent alone.

    `start` is the parent's invoice date. An invoice that no request describes has no details, nor has its copy.
    """
    if not details:
        return {}
    return {
        **details,
        **NOT_COPIED,
        "salesInvoiceDate": _text(copy.issue_date),
        "salesInvoiceDueDate": _text(copy.due_date),
        "shipByDate": _text(_moved_text(details.get("shipByDate"), start, copy.issue_date)),
        "taxPointDate": _text(copy.tax_point_date),
        "deliveryDate": _text(copy.delivery_date),
        "exchangeRateDate": _text(copy.exchange.rate_date) if copy.exchange else None,
    }


def with_item_codes(details: Mapping[str, Any], codes: tuple[str, ...]) -> dict[str, Any]:
    """The same with codes of its own for its items, in their order: what is fulfilled of one is not of another."""
    items = details.get("salesInvoiceItems") or []
    return {
        **details,
        "salesInvoiceItems": [
            {**item, "id": int(code.rpartition("-")[2]), "salesInvoiceItemCode": code}
            for item, code in zip(items, codes, strict=True)
        ],
    }


def _settlement(parent: Invoice) -> Settlement:
    """On account; how a parent was paid that was paid at once says nothing of its copies."""
    is_on_account = parent.settlement.kind is SettlementKind.ON_ACCOUNT
    return Settlement(kind=SettlementKind.ON_ACCOUNT, method=parent.settlement.method if is_on_account else None)


def _moved(day: date | None, parent: Invoice, to: date) -> date | None:
    return moved(day, parent.issue_date, to) if day else None


def _moved_text(day: str | None, start: date, to: date) -> date | None:
    return moved(datetime.strptime(day, DAY_FORMAT).date(), start, to) if day else None  # noqa: DTZ007 -- a day


def _text(day: date | None) -> str | None:
    return day.strftime(DAY_FORMAT) if day else None
