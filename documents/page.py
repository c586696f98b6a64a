"""The invoice as the page shows it: every value a string in the reader's locale, every decision about layout made."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter, formatter_for
from documents.line_rows import Columns, Row, columns_for, line_rows
from documents.payment_text import grouped_iban, payment_sentences
from documents.postal_address import address_lines, buyer_lines, place
from documents.texts import Texts
from documents.total_rows import TaxRow, Total, amount_due, tax_rows, total_rows
from invoicing.invoice import Invoice

LETTER_COUNTRIES = frozenset({"CA", "CL", "CO", "MX", "PH", "US", "VE"})
"""Countries whose paper is Letter; A4 everywhere else."""


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
    paper: str
    issued: str
    """ISO 8601, for the file's metadata."""
    number: str
    seller: str
    sender: str
    """The seller in one line, above the address."""
    recipient: list[str]
    facts: list[Fact]
    ship_to: str
    price_note: str
    rows: list[Row]
    columns: Columns
    taxes: list[TaxRow]
    totals: list[Total]
    due: Total
    payment: list[str]
    footer: list[list[str]]
    """Columns of lines."""


def page_of(invoice: Invoice) -> Page:
    """Put an invoice into words and figures.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    formatter = formatter_for(invoice)
    texts, seller, home = formatter.texts, invoice.seller, invoice.seller.address.country
    rows = line_rows(invoice.lines, formatter)
    return Page(
        texts=texts,
        title=texts("document_title", number=invoice.number, seller=seller.name),
        paper="letter" if home in LETTER_COUNTRIES else "a4",
        issued=invoice.issue_date.isoformat(),
        number=invoice.number,
        seller=seller.name,
        sender=" · ".join([seller.name, *place(seller.address, home, formatter.locale)]),
        recipient=buyer_lines(invoice.buyer, home, formatter.locale),
        facts=[Fact(texts(label), value) for label, value in _facts(invoice, formatter)],
        ship_to=_ship_to(invoice, formatter),
        price_note=texts(_price_note(invoice), currency=invoice.currency),
        rows=rows,
        columns=columns_for(rows),
        taxes=tax_rows(invoice, formatter),
        totals=total_rows(invoice, formatter),
        due=amount_due(invoice, formatter),
        payment=payment_sentences(invoice, formatter),
        footer=footer_lines(invoice, formatter),
    )


def _facts(invoice: Invoice, formatter: Formatter) -> Iterator[tuple[str, str]]:
    yield "invoice_number", invoice.number
    yield "issue_date", formatter.date(invoice.issue_date)
    if invoice.due_date and invoice.totals.payable > 0:
        yield "due_date", formatter.date(invoice.due_date)
    yield "order_number", invoice.order_id
    if invoice.order_date:
        yield "order_date", formatter.date(invoice.order_date)
    if invoice.delivery_date:
        yield "delivery_date", formatter.date(invoice.delivery_date)
    if invoice.buyer.customer_id:
        yield "customer_number", invoice.buyer.customer_id


def _price_note(invoice: Invoice) -> str:
    return "prices_include_tax" if invoice.tax_inclusive else "prices_exclude_tax"


def _ship_to(invoice: Invoice, formatter: Formatter) -> str:
    """Where the goods went, when that is not where the invoice goes."""
    if invoice.ship_to is None:
        return ""
    home = invoice.seller.address.country
    lines = address_lines(invoice.ship_to, home, formatter.locale)
    known = buyer_lines(invoice.buyer, home, formatter.locale)
    return "" if set(lines) <= set(known) else ", ".join(lines)


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
