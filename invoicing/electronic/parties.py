"""How a structured invoice names its parties: tax identifiers, electronic addresses, where the goods went.

Both sides use it: what is checked before issuing, and what is written into the XML.
"""

import re
from typing import NamedTuple

from invoicing.document_forms import DocumentForm
from invoicing.electronic.code_lists import REGISTERS, TAX_ID_PREFIXES
from invoicing.invoice import Address, Buyer, Invoice, Seller, TaxCategory

PREFIX_LENGTH = 2
GERMANY = "DE"
EMAIL_SCHEME = "EM"
"""EAS code of mail addresses."""


class TaxIds(NamedTuple):
    """The identifiers of a party that tax law knows."""

    vat: str | None
    """BT-31, BT-48"""
    other: str | None
    """The seller's number at the tax office (BT-32), the number under which the buyer is registered (BT-47)."""


class Endpoint(NamedTuple):
    """An electronic address (BT-34, BT-49)."""

    scheme: str
    """EAS code"""
    identifier: str


def xml_text(text: str | None) -> str | None:
    r"""The text without blanks around it and without characters that XML 1.0 cannot carry; None where nothing is left.

    >>> xml_text(" Teapot\x0b "), xml_text(" \x00 ")
    ('Teapot', None)
    """
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text or "").strip() or None


def is_outside_scope(invoice: Invoice) -> bool:
    """Whether the invoice is of category O. It must not bear a VAT identifier then: EN 16931 BR-O-2, -3, -4."""
    return any(group.tax_category is TaxCategory.OUTSIDE_SCOPE for group in invoice.tax_groups)


def seller_tax_ids(invoice: Invoice) -> TaxIds:
    """The seller's; the VAT identifier is kept back outside the scope of VAT (`is_outside_scope`)."""
    vat, other = _split(invoice.seller.tax_id)
    return TaxIds(None if is_outside_scope(invoice) else vat, xml_text(invoice.seller.tax_number) or other)


def buyer_tax_ids(invoice: Invoice) -> TaxIds:
    """The buyer's; the VAT identifier is kept back outside the scope of VAT (`is_outside_scope`)."""
    vat, other = _split(invoice.buyer.tax_id)
    return TaxIds(None if is_outside_scope(invoice) else vat, other)


def seller_identifier(invoice: Invoice) -> Endpoint | None:
    """BT-29, where nothing else identifies the seller (BR-CO-26); its scheme is an ICD code, or empty.

    It is the electronic address where that is of a register, else the tax identifier that has no other place.
    """
    if xml_text(invoice.seller.registration_id) or seller_tax_ids(invoice).vat:
        return None
    endpoint = endpoint_of(invoice.seller.peppol_id)
    if endpoint is not None and endpoint.scheme in REGISTERS:
        return endpoint
    number = xml_text(invoice.seller.tax_id) or xml_text(invoice.seller.tax_number)
    return Endpoint("", number) if number else None


def endpoint_of(peppol_id: str | None) -> Endpoint | None:
    """The parts of `scheme:identifier`; None where there is none, or it is not of that form.

    >>> endpoint_of("0088:7300010000001")
    Endpoint(scheme='0088', identifier='7300010000001')
    """
    scheme, _, identifier = (xml_text(peppol_id) or "").partition(":")
    return Endpoint(scheme, identifier) if scheme and identifier else None


def electronic_address(party: Seller | Buyer, form: DocumentForm) -> Endpoint | None:
    """Where the party gets its invoices (BT-34, BT-49); an XRechnung may go by mail, Peppol's network knows no mail."""
    stated, email = xml_text(party.peppol_id), xml_text(party.email)
    if stated is None and email and form is DocumentForm.XRECHNUNG:
        return Endpoint(EMAIL_SCHEME, email)
    return endpoint_of(stated)


def deliver_to(invoice: Invoice) -> Address | None:
    """Where the goods went (BG-15), where the invoice says so or has to (BR-IC-12): the buyer's own address then."""
    if invoice.ship_to is None and any(
        group.tax_category is TaxCategory.INTRA_COMMUNITY for group in invoice.tax_groups
    ):
        return invoice.buyer.address
    return invoice.ship_to


def follows_german_rules(invoice: Invoice, form: DocumentForm) -> bool:
    """Whether Germany's rules hold: in an XRechnung (BR-DE-n), and in Peppol within Germany (DE-R-0nn)."""
    if form is DocumentForm.UBL:
        return is_within(invoice, GERMANY)
    return form is DocumentForm.XRECHNUNG


def is_within(invoice: Invoice, country: str) -> bool:
    """Whether seller and buyer are both there."""
    return {invoice.seller.address.country, invoice.buyer.address.country} == {country}


def _split(tax_id: str | None) -> TaxIds:
    text = xml_text(tax_id)
    if text is None:
        return TaxIds(None, None)
    compact = re.sub(r"\s", "", text)
    if compact[:PREFIX_LENGTH].upper() in TAX_ID_PREFIXES and compact[:PREFIX_LENGTH].isalpha():
        return TaxIds(compact[:PREFIX_LENGTH].upper() + compact[PREFIX_LENGTH:], None)
    return TaxIds(None, text)
