"""The block beside the address: numbers and dates by which both sides find the document again."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter
from documents.label import Label, Voice
from documents.payment_text import amount_to_pay
from invoicing.invoice import Invoice

FACTS = (
    "due_date",
    "order_number",
    "purchase_order",
    "buyer_reference",
    "order_date",
    "delivery_date",
    "tax_point",
    "customer_number",
    "customer_tax_id",
    "peppol_id",
)
"""What stands beneath number and date, in this order."""

TAX_POINTS = {"3": "invoice", "5": "invoice", "35": "delivery", "29": "delivery", "432": "payment", "72": "payment"}
"""BT-8 by UNTDID 2005 and by UNTDID 2475, the code lists of the two syntaxes of EN 16931."""


@dataclass(frozen=True)
class Fact:
    """One row of the block."""

    label: Label
    value: str


def facts_of(invoice: Invoice, voice: Voice) -> list[Fact]:
    """What is known of a document, its number and date first."""
    formatter = voice.first
    known = dict(_known(invoice, formatter))
    later = [(name, known[name]) for name in FACTS if known.get(name)]
    apart = formatter.texts.apart
    return [Fact(voice.named(name), apart(value)) for name, value in [*document_facts(invoice, formatter), *later]]


def document_facts(invoice: Invoice, formatter: Formatter) -> list[tuple[str, str]]:
    """Number and date, and which invoice a credit note corrects (BG-3), by the names of their texts."""
    day = formatter.date(invoice.issue_date)
    if invoice.preceding is None:
        return [("invoice_number", invoice.number), ("issue_date", day)]
    return [
        ("credit_note_number", invoice.number),
        ("credit_note_date", day),
        ("credited_invoice", invoice.preceding.number),
        ("credited_invoice_date", formatter.date(invoice.preceding.issue_date)),
    ]


def _known(invoice: Invoice, formatter: Formatter) -> Iterator[tuple[str, str]]:
    due_date = invoice.due_date if amount_to_pay(invoice) > 0 and invoice.preceding is None else None
    dates = {"due_date": due_date, "order_date": invoice.order_date, "delivery_date": invoice.delivery_date}
    yield from ((name, formatter.date(day)) for name, day in dates.items() if day)
    yield "tax_point", _tax_point(invoice, formatter)
    yield "order_number", invoice.order_id or ""
    yield "purchase_order", invoice.purchase_order_reference or ""
    yield "buyer_reference", invoice.buyer.reference or ""
    yield "customer_number", invoice.buyer.customer_id or ""
    yield "customer_tax_id", invoice.buyer.tax_id or ""
    yield "peppol_id", invoice.buyer.peppol_id or ""


def _tax_point(invoice: Invoice, formatter: Formatter) -> str:
    """When the tax becomes due: a day (BT-7), or the day of something (BT-8); an unknown code as it is."""
    if invoice.tax_point_date:
        return formatter.date(invoice.tax_point_date)
    code = (invoice.tax_point_code or "").strip()
    return formatter.texts(f"tax_point.{TAX_POINTS[code]}") if code in TAX_POINTS else code
