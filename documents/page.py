"""The invoice as the page shows it: every value a string in the reader's locale, every decision about layout made."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter, formatter_for
from documents.line_rows import Columns, Row, adjustment_head, columns_for, line_rows
from documents.payment_text import amount_to_pay, grouped_iban, payment_sentences
from documents.postal_address import address_lines, buyer_lines, place
from documents.rate_names import RateNames
from documents.texts import Texts
from documents.total_rows import TaxRow, Total, amount_due, exchange_lines, tax_rows, total_rows
from invoicing.invoice import Address, Invoice, InvoiceKind

LETTER_COUNTRIES = frozenset({"CA", "CL", "CO", "MX", "PH", "US", "VE"})
"""Countries whose paper is Letter; A4 everywhere else."""

FACTS = (
    "due_date",
    "order_number",
    "purchase_order",
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
    """One row of the box beside the address."""

    label: str
    value: str


@dataclass(frozen=True)
class Page:
    """All that the template prints."""

    texts: Texts
    title: str
    kind: str
    """What the document is called."""
    paper: str
    issued: str
    """ISO 8601, for the file's metadata."""
    number: str
    seller: str
    sender: str
    """The seller in one line, above the address."""
    recipient: list[str]
    facts: list[Fact]
    notes: list[str]
    """Sentences above the lines."""
    rows: list[Row]
    columns: Columns
    adjustment_head: str
    taxes: list[TaxRow]
    reasons: list[str]
    """Why a tax group bears no tax."""
    exchange: list[str]
    totals: list[Total]
    due: Total
    payment: list[str]
    memo: list[str]
    """Its lines."""
    footer: list[list[str]]
    """Columns of lines."""


def page_of(invoice: Invoice) -> Page:
    """Put an invoice into words and figures.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    formatter = formatter_for(invoice)
    texts, seller, home = formatter.texts, invoice.seller, invoice.seller.address.country
    rates = RateNames(invoice, formatter)
    rows = line_rows(invoice.lines, rates, formatter)
    kind, title = _kind_and_title(invoice)
    return Page(
        texts=texts,
        title=texts(title, number=invoice.number, seller=seller.name),
        kind=texts(kind),
        paper="letter" if home in LETTER_COUNTRIES else "a4",
        issued=invoice.issue_date.isoformat(),
        number=invoice.number,
        seller=seller.name,
        sender=" · ".join([seller.name, *place(seller.address, home, formatter.locale)]),
        recipient=buyer_lines(invoice.buyer, home, formatter.locale),
        facts=[Fact(texts(label), value) for label, value in _facts(invoice, formatter)],
        notes=[note for note in _notes(invoice, formatter) if note],
        rows=rows,
        columns=columns_for(rows),
        adjustment_head=adjustment_head(invoice.lines, formatter),
        taxes=tax_rows(invoice, rates, formatter),
        reasons=[reason for group in invoice.tax_groups if (reason := rates.reason(group))],
        exchange=exchange_lines(invoice, formatter),
        totals=total_rows(invoice, rates, formatter),
        due=amount_due(invoice, formatter),
        payment=payment_sentences(invoice, formatter),
        memo=(invoice.memo or "").strip().splitlines(),
        footer=footer_lines(invoice, formatter),
    )


def _kind_and_title(invoice: Invoice) -> tuple[str, str]:
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return "credit_note", "credit_note_title"
    return "invoice", "document_title"


def _facts(invoice: Invoice, formatter: Formatter) -> Iterator[tuple[str, str]]:
    yield from document_facts(invoice, formatter)
    due_date = invoice.due_date if amount_to_pay(invoice) > 0 and invoice.preceding is None else None
    dates = {
        "due_date": due_date,
        "order_date": invoice.order_date,
        "delivery_date": invoice.delivery_date,
    }
    texts = {
        "tax_point": _tax_point(invoice, formatter),
        "order_number": invoice.order_id,
        "purchase_order": invoice.purchase_order_reference,
        "customer_number": invoice.buyer.customer_id,
        "customer_tax_id": invoice.buyer.tax_id,
        "peppol_id": invoice.buyer.peppol_id,
    }
    known = {name: formatter.date(day) for name, day in dates.items() if day} | {
        name: text for name, text in texts.items() if text
    }
    yield from ((name, known[name]) for name in FACTS if name in known)


def _tax_point(invoice: Invoice, formatter: Formatter) -> str | None:
    """When the tax becomes due: a day (BT-7), or the day of something (BT-8); an unknown code as it is."""
    if invoice.tax_point_date:
        return formatter.date(invoice.tax_point_date)
    code = (invoice.tax_point_code or "").strip()
    return formatter.texts(f"tax_point.{TAX_POINTS[code]}") if code in TAX_POINTS else code


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


def _notes(invoice: Invoice, formatter: Formatter) -> Iterator[str]:
    texts = formatter.texts
    note = "prices_include_tax" if invoice.tax_inclusive else "prices_exclude_tax"
    yield texts(note, currency=invoice.currency)
    if invoice.is_opening:
        yield texts("opening_invoice")
    home, locale = invoice.seller.address.country, formatter.locale
    shown = {
        "ship_to": _elsewhere(invoice.ship_to, buyer_lines(invoice.buyer, home, locale), formatter, home),
        "ship_from": _elsewhere(invoice.ship_from, footer_lines(invoice, formatter)[0], formatter, home),
    }
    yield " \u00b7 ".join(f"{texts(name)}: {', '.join(lines)}" for name, lines in shown.items() if lines)


def _elsewhere(address: Address | None, known: list[str], formatter: Formatter, home: str) -> list[str]:
    """The address, unless the page shows it already."""
    lines = address_lines(address, home, formatter.locale) if address else []
    return [] if set(lines) <= set(known) else lines


def footer_lines(invoice: Invoice, formatter: Formatter) -> list[list[str]]:
    """Who the seller is and where, how to reach and identify them, their bank: a column each."""
    texts, seller = formatter.texts, invoice.seller
    home = "" if invoice.buyer.address.country != seller.address.country else seller.address.country
    bank = [texts("iban", iban=grouped_iban(seller.iban))] if seller.iban else []
    if bank and seller.bic:
        bank.append(texts("bic", bic=seller.bic))
    return [
        [seller.name, *place(seller.address, home, formatter.locale)],
        [line for line in (seller.email, _tax_id(invoice, formatter)) if line],
        bank,
    ]


def _tax_id(invoice: Invoice, formatter: Formatter) -> str:
    """VAT identification numbers begin with two letters (EN 16931 BR-CO-09), other tax numbers do not."""
    tax_id = (invoice.seller.tax_id or "").strip()
    if not tax_id:
        return ""
    return formatter.texts("vat_id" if tax_id[:2].isalpha() else "tax_number", id=tax_id)
