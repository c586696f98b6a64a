"""Seller (BG-4), buyer (BG-7) and deliver-to party (BG-13) in the terms of factur-x."""

from typing import Any

from invoicing.document_forms import DocumentForm
from invoicing.electronic.parties import (
    Endpoint,
    buyer_tax_ids,
    deliver_to,
    electronic_address,
    is_within,
    seller_identifier,
    seller_tax_ids,
    xml_text,
)
from invoicing.electronic.payment_means import DENMARK, NETHERLANDS
from invoicing.invoice import Address, Invoice

Terms = dict[str, Any]


def stated(terms: Terms) -> Terms:
    """The terms that say something: the XML must have no empty element (Peppol R008)."""
    return {term: value for term, value in terms.items() if value not in (None, "", [], {})}


def seller_terms(invoice: Invoice, form: DocumentForm) -> Terms:
    """BG-4 to BG-6."""
    seller, tax_ids = invoice.seller, seller_tax_ids(invoice)
    identifier = seller_identifier(invoice)
    return stated(
        {
            "name": xml_text(seller.name),
            "identifiers": {identifier.scheme or None: identifier.identifier} if identifier else None,
            "legal_identifier": xml_text(seller.registration_id),
            "legal_identifier_schemeid": xml_text(seller.registration_scheme),
            "vat_identifier": tax_ids.vat,
            "tax_identifier": tax_ids.other,
            "contacts": _contact(seller.contact, seller.phone, seller.email),
            **_endpoint(electronic_address(seller, form)),
            **_address(seller.address),
        }
    )


def buyer_terms(invoice: Invoice, form: DocumentForm) -> Terms:
    """BG-7 to BG-9; an identifier without a scheme is left out where Peppol wants one with it (DK-R-013, NL-R-005)."""
    buyer, tax_ids = invoice.buyer, buyer_tax_ids(invoice)
    company = xml_text(buyer.address.company)
    danish, dutch = (form is DocumentForm.UBL and is_within(invoice, country) for country in (DENMARK, NETHERLANDS))
    return stated(
        {
            "name": xml_text(buyer.name),
            "biz_name": company if company != xml_text(buyer.name) else None,
            "identifiers": {None: xml_text(buyer.customer_id)} if xml_text(buyer.customer_id) and not danish else None,
            "legal_identifier": None if dutch else tax_ids.other,
            "vat_identifier": tax_ids.vat,
            "contacts": _contact(buyer.address.contact, None, buyer.email),
            **_endpoint(electronic_address(buyer, form)),
            **_address(buyer.address),
        }
    )


def deliver_to_terms(invoice: Invoice) -> Terms | None:
    """BG-13 and BG-15; what has no name of its own went to the buyer."""
    address = deliver_to(invoice)
    if address is None:
        return None
    name = xml_text(address.company) or xml_text(address.contact) or xml_text(invoice.buyer.name)
    return stated({"name": name, **_address(address)})


def _endpoint(endpoint: Endpoint | None) -> Terms:
    if endpoint is None:
        return {}
    return {"einvoicing_addr": endpoint.identifier, "einvoicing_addr_schemeid": endpoint.scheme}


def _contact(name: str | None, phone: str | None, email: str | None) -> list[Terms]:
    contact = stated({"name": xml_text(name), "phone": xml_text(phone), "email": xml_text(email)})
    return [contact] if contact else []


def _address(address: Address) -> Terms:
    first, second, *others = [*_lines(address), "", ""]
    return {
        "addr_l1": first,
        "addr_l2": second,
        "addr_l3": ", ".join(line for line in others if line),
        "postcode": xml_text(address.zip_code),
        "city": xml_text(address.city),
        "country_subdivision": xml_text(address.state),
        "country_code": address.country,
    }


def _lines(address: Address) -> list[str]:
    street = xml_text(f"{address.street} {address.street_number}")
    extra = (xml_text(line) for line in address.extra_lines)
    return [line for line in (street, *extra) if line]
