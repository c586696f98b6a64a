"""What seller, buyer and deliver-to address lack.

EN 16931 BR-6 to BR-11, BR-57, BR-62, BR-63, BR-CO-26, BR-CL-11, -14, -25; Peppol R010, R020, CL008, COMMON-R04n.
"""

from collections.abc import Iterator

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.code_lists import (
    COUNTRIES,
    ELECTRONIC_ADDRESS_SCHEMES,
    NOT_IN_FACTUR_X,
    NOT_IN_PEPPOL,
    REGISTERS,
)
from invoicing.electronic.endpoint_rules import broken_rule
from invoicing.electronic.need import BUYER, CUSTOMER, DELIVERY, HOME_BASE, MERCHANT, SELLER, Need, lacking, unset
from invoicing.electronic.parties import (
    Endpoint,
    electronic_address,
    endpoint_of,
    seller_identifier,
    seller_tax_ids,
    xml_text,
)
from invoicing.invoice import Invoice

CII = DocumentForm.CII


def _names(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    if not xml_text(invoice.seller.name):
        yield unset("BT-27", "BR-06", "seller.name", "The seller's name", f"{MERCHANT} (merchantName)")
    if not xml_text(invoice.buyer.name):
        yield unset("BT-44", "BR-07", "buyer.name", "The buyer's name", CUSTOMER)


def _countries(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    delivery = invoice.ship_to
    for term, rule, field, country, name, where in (
        ("BT-40", "BR-09", "seller.address", invoice.seller.address.country, "seller's", HOME_BASE),
        ("BT-55", "BR-11", "buyer.address", invoice.buyer.address.country, "buyer's", CUSTOMER),
        *([("BT-80", "BR-57", "ship_to", delivery.country, "deliver-to", DELIVERY)] if delivery is not None else []),
    ):
        if not country:
            yield unset(term, rule, f"{field}.country", f"The {name} country", where)
        elif country not in COUNTRIES:
            message = f"{country} is no ISO 3166-1 code: correct the {name} country in {where}"
            yield lacking(term, "BR-CL-14", f"{field}.country", message)


def _identification(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    seller = invoice.seller
    if not (xml_text(seller.registration_id) or seller_tax_ids(invoice).vat or seller_identifier(invoice)):
        message = f"Nothing identifies the seller: set a VAT identifier in {MERCHANT}, or a registration in {SELLER}"
        yield lacking("BT-30", "BR-CO-26", "seller.registration_id", message)
    scheme = xml_text(seller.registration_scheme)
    if xml_text(seller.registration_id) and scheme and scheme not in REGISTERS:
        message = f"{scheme} is no ISO 6523 code of a register: correct registrationScheme in {SELLER}"
        yield lacking("BT-30", "BR-CL-11", "seller.registration_scheme", message)


def _electronic_addresses(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    for party, term, field, where in (
        (invoice.seller, "BT-34", "seller.peppol_id", f"{SELLER}, as peppolId"),
        (invoice.buyer, "BT-49", "buyer.peppol_id", f"{BUYER}, as peppolId"),
    ):
        name = field.partition(".")[0]
        endpoint = electronic_address(party, form)
        if endpoint is not None:
            yield from _scheme(endpoint, form, term, field)
        elif xml_text(party.peppol_id) and endpoint_of(party.peppol_id) is None:
            rule = "BR-62" if name == "seller" else "BR-63"
            yield lacking(term, rule, field, f"The {name}'s electronic address must be scheme:identifier: see {where}")
        elif form is not CII:
            rule = "PEPPOL-EN16931-R020" if name == "seller" else "PEPPOL-EN16931-R010"
            yield unset(term, rule, field, f"The {name}'s electronic address", where)


def _scheme(endpoint: Endpoint, form: DocumentForm, term: str, field: str) -> Iterator[MissingTerm]:
    known = ELECTRONIC_ADDRESS_SCHEMES - (NOT_IN_FACTUR_X if form is CII else frozenset())
    if endpoint.scheme not in known:
        yield lacking(term, "BR-CL-25", field, f"{endpoint.scheme} is no scheme of electronic addresses (EAS list)")
    elif form is DocumentForm.UBL and endpoint.scheme in NOT_IN_PEPPOL:
        message = f"Peppol's network does not know addresses of the scheme {endpoint.scheme}"
        yield lacking(term, "PEPPOL-EN16931-CL008", field, message)


def _check_digits(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    if form is not DocumentForm.UBL:
        return
    seller = invoice.seller
    registration = Endpoint(xml_text(seller.registration_scheme) or "", xml_text(seller.registration_id) or "")
    for term, field, endpoint in (
        ("BT-34", "seller.peppol_id", endpoint_of(seller.peppol_id)),
        ("BT-30", "seller.registration_id", registration if registration.identifier else None),
        ("BT-49", "buyer.peppol_id", endpoint_of(invoice.buyer.peppol_id)),
    ):
        broken = broken_rule(*endpoint) if endpoint is not None else None
        if broken is not None:
            yield lacking(term, broken.rule, field, f"It is no {broken.name}, which its scheme says it is")


NEEDS_OF_PARTIES: tuple[Need, ...] = (_names, _countries, _identification, _electronic_addresses, _check_digits)
