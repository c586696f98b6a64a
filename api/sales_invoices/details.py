"""What a sales invoice keeps of its request: all accepted members by their names, with what the service assigned."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.deskera import Json, stored
from api.sales_invoices.bodies import SalesInvoiceBody
from database.tables import JsonObject
from invoicing.calculation import Figures
from invoicing.sales.stated_figures import line_sum

NOT_KEPT = {"id", "sales_invoice_items", "draft", "due_amount", "tax_amount", "total_amount"}


@dataclass(frozen=True)
class Codes:
    """Codes that were drawn for one invoice: of its items in their order, and of its journal entry once issued."""

    items: Sequence[str]
    journal_entry: str | None


def details_of(body: SalesInvoiceBody, figures: Figures | None, codes: Codes) -> JsonObject:
    """The request as it is kept and answered, decimals as text.

    Figures that the caller stated are replaced by those that the invoice came to.
    """
    members = body.model_dump(by_alias=True, exclude=NOT_KEPT)
    details: JsonObject = stored(
        {
            **members,
            "exchangeRate": _rate(body, figures),
            "journalEntryCode": codes.journal_entry,
            "salesInvoiceItems": None if body.sales_invoice_items is None else _items(body, figures, codes),
        }
    )
    return details


def _rate(body: SalesInvoiceBody, figures: Figures | None) -> object:
    """The stated rate; where none is needed the invoice is in the base currency, and it is 1."""
    if body.exchange_rate is not None or figures is None:
        return body.exchange_rate
    return figures.exchange.rate if figures.exchange else 1


def _items(body: SalesInvoiceBody, figures: Figures | None, codes: Codes) -> list[Json]:
    if figures is None:
        return []
    shown = []
    for item, line, code in zip(body.items, figures.lines, codes.items, strict=True):
        own = line_sum(line, tax_inclusive=figures.tax_inclusive)
        shown.append(
            {
                **item.model_dump(by_alias=True),
                "id": int(code.rpartition("-")[2]),
                "salesInvoiceItemCode": code,
                "taxAmount": own.tax,
                "totalAmount": own.total,
            }
        )
    return shown
