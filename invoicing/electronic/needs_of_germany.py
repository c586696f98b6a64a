"""What Germany asks for: BR-DE-1 to -28 of an XRechnung; the same as DE-R-0nn in Peppol, where both sides are German.

BR-DE-1 (payment means) and BR-DE-23 to -25 are kept by `payment_means`, BR-DE-14 (rates) by the XML, BR-DE-16 (tax
identifiers) by the rules of the categories, BR-DE-18 is in `needs_of_payment`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.need import BUYER, CUSTOMER, DELIVERY, HOME_BASE, SELLER, Need, lacking, unset
from invoicing.electronic.parties import follows_german_rules, xml_text
from invoicing.invoice import Invoice

THREE_DIGITS = re.compile(r"(.*\d){3}", re.DOTALL)
_ATOM = r"[a-zA-Z0-9!#$%&\"*+/=?^_`{|}~-]+"
_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
MAIL_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}")


class _Required(NamedTuple):
    number: int
    """Of the rule."""
    term: str
    field: str
    value: str | None
    what: str
    where: str


def _required(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    if not follows_german_rules(invoice, form):
        return
    for one in (*_of_seller(invoice), *_of_buyer(invoice), *_of_delivery(invoice)):
        if not xml_text(one.value):
            yield unset(one.term, _rule(one.number, form), one.field, one.what, one.where)


def _of_seller(invoice: Invoice) -> Iterator[_Required]:
    seller = invoice.seller
    yield _Required(3, "BT-37", "seller.address.city", seller.address.city, "The seller's city", HOME_BASE)
    yield _Required(4, "BT-38", "seller.address.zip_code", seller.address.zip_code, "The seller's post code", HOME_BASE)
    yield _Required(5, "BT-41", "seller.contact", seller.contact, "The seller's contact", SELLER)
    yield _Required(6, "BT-42", "seller.phone", seller.phone, "The phone number of the seller's contact", SELLER)
    yield _Required(7, "BT-43", "seller.email", seller.email, "The mail address of the seller's contact", SELLER)


def _of_buyer(invoice: Invoice) -> Iterator[_Required]:
    buyer = invoice.buyer
    yield _Required(8, "BT-52", "buyer.address.city", buyer.address.city, "The buyer's city", CUSTOMER)
    yield _Required(9, "BT-53", "buyer.address.zip_code", buyer.address.zip_code, "The buyer's post code", CUSTOMER)
    what, where = "The buyer's reference (in public procurement the Leitweg-ID)", f"{BUYER}, as buyerReference"
    yield _Required(15, "BT-10", "buyer.reference", buyer.reference, what, where)


def _of_delivery(invoice: Invoice) -> Iterator[_Required]:
    address = invoice.ship_to
    if address is not None:
        yield _Required(10, "BT-77", "ship_to.city", address.city, "The deliver-to city", DELIVERY)
        yield _Required(11, "BT-78", "ship_to.zip_code", address.zip_code, "The deliver-to post code", DELIVERY)


def _contact(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    """The rules advise, but receivers turn such invoices down."""
    if not follows_german_rules(invoice, form):
        return
    phone, email = xml_text(invoice.seller.phone), xml_text(invoice.seller.email)
    if phone and not THREE_DIGITS.match(phone):
        message = f"The phone number of the seller's contact must have three digits or more: correct it in {SELLER}"
        yield lacking("BT-42", _rule(27, form), "seller.phone", message)
    if email and not MAIL_ADDRESS.fullmatch(email):
        message = f"The mail address of the seller's contact is none: correct it in {SELLER}"
        yield lacking("BT-43", _rule(28, form), "seller.email", message)


def _rule(number: int, form: DocumentForm) -> str:
    return f"BR-DE-{number}" if form is DocumentForm.XRECHNUNG else f"DE-R-{number:03}"


NEEDS_OF_GERMANY: tuple[Need, ...] = (_required, _contact)
