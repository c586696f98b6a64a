"""What a document says in sentences, beside how it is paid (`documents.payment_text`)."""

from collections.abc import Iterator

from documents.footer import footer_lines
from documents.formatting import Formatter
from documents.postal_address import address_lines, buyer_lines
from documents.rate_names import RateNames
from invoicing.invoice import Address, Invoice


def notes_of(invoice: Invoice, formatter: Formatter, *, is_draft: bool) -> Iterator[str]:
    """Above the lines: how the prices are meant, and where the goods went."""
    texts = formatter.texts
    if is_draft:
        yield texts("draft_notice")
    yield texts("prices_include_tax" if invoice.tax_inclusive else "prices_exclude_tax", currency=invoice.currency)
    if invoice.is_opening:
        yield texts("opening_invoice")
    home, locale = invoice.seller.address.country, formatter.locale
    shown = {
        "ship_to": _elsewhere(invoice.ship_to, buyer_lines(invoice.buyer, home, locale), formatter, home),
        "ship_from": _elsewhere(invoice.ship_from, footer_lines(invoice, formatter)[0], formatter, home),
    }
    places = [f"{texts(name)}: {', '.join(lines)}" for name, lines in shown.items() if lines]
    if places:
        yield " \u00b7 ".join(places)


def reasons_of(invoice: Invoice, formatter: Formatter) -> Iterator[str]:
    """Why a tax group bears no tax (BT-120)."""
    rates = RateNames(invoice, formatter)
    yield from (reason for group in invoice.tax_groups if (reason := rates.reason(group)))


def salutation_of(invoice: Invoice, formatter: Formatter) -> str:
    """A letter's first words: to the person who is known, else to whoever opens it."""
    address, texts = invoice.buyer.address, formatter.texts
    company = (address.company or "").strip()
    name = (address.contact or "").strip() or invoice.buyer.name.strip()
    if not name or name == company:
        return texts("letter.salutation_nameless")
    return texts("letter.salutation", name=name)


def opening_of(invoice: Invoice, formatter: Formatter) -> str:
    """A letter's sentence that leads to the lines."""
    texts = formatter.texts
    if invoice.preceding:
        return texts("letter.credit_opening", invoice=invoice.preceding.number)
    if invoice.order_id:
        return texts("letter.order_opening", order=invoice.order_id)
    return texts("letter.opening")


def _elsewhere(address: Address | None, known: list[str], formatter: Formatter, home: str) -> list[str]:
    """The address, unless the page shows it already."""
    lines = address_lines(address, home, formatter.locale) if address else []
    return [] if set(lines) <= set(known) else lines
