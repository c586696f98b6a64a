"""Who the seller is, at the foot of every page and under every mail."""

from collections.abc import Iterator

from documents.formatting import Formatter
from documents.payment_text import grouped_iban
from documents.postal_address import place
from invoicing.invoice import Invoice, Seller


def footer_lines(invoice: Invoice, formatter: Formatter) -> list[list[str]]:
    """Who the seller is and where, how to reach and identify them, their bank: a column each."""
    seller = invoice.seller
    home = "" if invoice.buyer.address.country != seller.address.country else seller.address.country
    return [
        [seller.name, *place(seller.address, home, formatter.locale)],
        [*_reached(seller), *_identified(invoice, formatter)],
        list(_bank(invoice, formatter)),
    ]


def _reached(seller: Seller) -> Iterator[str]:
    if seller.contact or seller.phone:
        yield " \u00b7 ".join(filter(None, (seller.contact, seller.phone)))
    if seller.email:
        yield seller.email


def _identified(invoice: Invoice, formatter: Formatter) -> Iterator[str]:
    """VAT identification numbers begin with two letters (EN 16931 BR-CO-09), other tax numbers do not."""
    texts, seller = formatter.texts, invoice.seller
    tax_id, tax_number = (seller.tax_id or "").strip(), (seller.tax_number or "").strip()
    if tax_id:
        yield texts("vat_id" if tax_id[:2].isalpha() else "tax_number", id=tax_id)
    if tax_number and tax_number != tax_id:
        yield texts("tax_number", id=tax_number)
    if seller.registration_id:
        yield f"{texts('registration')} {seller.registration_id}"


def _bank(invoice: Invoice, formatter: Formatter) -> Iterator[str]:
    texts, seller = formatter.texts, invoice.seller
    if not seller.iban:
        return
    if seller.account_holder and seller.account_holder != seller.name:
        yield seller.account_holder
    yield texts("iban", iban=grouped_iban(seller.iban, texts))
    if seller.bic:
        yield texts("bic", bic=seller.bic)
