"""What Peppol BIS Billing 3.0 asks for beyond EN 16931: R003, and the fatal rules of single countries."""

import re
from collections.abc import Callable, Iterator

from stdnum.gr import vat as greek_vat
from stdnum.no import orgnr

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.need import BUYER, CUSTOMER, FINANCE, HOME_BASE, SELLER, Need, lacking, unset
from invoicing.electronic.parties import buyer_tax_ids, is_within, seller_tax_ids, xml_text
from invoicing.invoice import Address, Invoice, InvoiceKind, TaxCategory

DANISH_REGISTER = "0184"
ICELANDIC_REGISTER = "0196"
DUTCH_REGISTERS = frozenset({"0106", "0190"})
SWEDISH_RATES = frozenset({6, 12, 25})
SWEDISH_APPROVAL = "GODKÄND FÖR F-SKATT"


def _reference(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    if form is DocumentForm.UBL and not (
        xml_text(invoice.buyer.reference) or xml_text(invoice.purchase_order_reference)
    ):
        message = f"The buyer's reference or order number is missing: set either in {BUYER}, or in the invoice"
        yield lacking("BT-10", "PEPPOL-EN16931-R003", "buyer.reference", message)


def _national(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    if form is DocumentForm.UBL:
        for rules in (_by_vat_identifier(invoice), _by_address(invoice)):
            yield from rules(invoice)


def _by_vat_identifier(invoice: Invoice) -> Callable[[Invoice], Iterator[MissingTerm]]:
    """The rules of the country whose prefix the seller's VAT identifier has; without one, of the seller's address."""
    country = (seller_tax_ids(invoice).vat or invoice.seller.address.country)[:2]
    return {"NO": _norway, "IT": _italy, "EL": _greece, "GR": _greece}.get(country, _nothing)


def _by_address(invoice: Invoice) -> Callable[[Invoice], Iterator[MissingTerm]]:
    rules = {"DK": _denmark, "SE": _sweden, "IS": _iceland, "NL": _netherlands}
    return rules.get(invoice.seller.address.country, _nothing)


def _nothing(_invoice: Invoice) -> Iterator[MissingTerm]:
    return iter(())


def _norway(invoice: Invoice) -> Iterator[MissingTerm]:
    vat = seller_tax_ids(invoice).vat
    if vat and not (re.fullmatch(r"NO[0-9]{9}MVA", vat) and orgnr.is_valid(vat[2:11])):
        message = f"A Norwegian VAT identifier is NO, nine digits and MVA: correct it in {FINANCE}"
        yield lacking("BT-31", "NO-R-001", "seller.tax_id", message)


def _denmark(invoice: Invoice) -> Iterator[MissingTerm]:
    seller = invoice.seller
    if not xml_text(seller.registration_id):
        yield unset("BT-30", "DK-R-002", "seller.registration_id", "The seller's CVR number", SELLER)
    elif xml_text(seller.registration_scheme) != DANISH_REGISTER:
        yield _register("DK-R-014", DANISH_REGISTER)
    if invoice.kind is InvoiceKind.CREDIT_NOTE and is_within(invoice, "DK") and invoice.totals.payable < 0:
        message = "A Danish credit note cannot be over less than nothing"
        yield lacking("BT-115", "DK-R-016", "totals.payable", message)


def _italy(invoice: Invoice) -> Iterator[MissingTerm]:
    tax_number = seller_tax_ids(invoice).other
    if tax_number and not re.fullmatch(r"[A-Z0-9]{11,16}", tax_number):
        message = f"An Italian tax number has 11 to 16 digits and capital letters: correct it in {SELLER}"
        yield lacking("BT-32", "IT-R-001", "seller.tax_number", message)
    yield from _complete(invoice.seller.address, "seller", ("IT-R-002", "IT-R-003", "IT-R-004"))


def _sweden(invoice: Invoice) -> Iterator[MissingTerm]:
    tax_ids = seller_tax_ids(invoice)
    if tax_ids.vat and tax_ids.vat.startswith("SE"):
        if not re.fullmatch(r"SE[0-9]{12}", tax_ids.vat):
            message = f"A Swedish VAT identifier is SE and twelve digits: correct it in {FINANCE}"
            yield lacking("BT-31", "SE-R-001", "seller.tax_id", message)
        for i, group in enumerate(invoice.tax_groups):
            if group.tax_category is TaxCategory.STANDARD and group.tax_rate not in SWEDISH_RATES:
                message = f"Sweden has no rate of {group.tax_rate} %: it is 25, 12 or 6"
                yield lacking("BT-119", "SE-R-006", f"tax_groups[{i}].tax_rate", message)
    other = tax_ids.other
    if other and xml_text(invoice.seller.registration_id) and other.upper() != SWEDISH_APPROVAL:
        message = f"A Swedish seller's tax number must read Godkänd för F-skatt: correct it in {SELLER}"
        yield lacking("BT-32", "SE-R-005", "seller.tax_number", message)


def _iceland(invoice: Invoice) -> Iterator[MissingTerm]:
    if not xml_text(invoice.seller.registration_id):
        yield unset("BT-30", "IS-R-002", "seller.registration_id", "The seller's kennitala", SELLER)
    elif xml_text(invoice.seller.registration_scheme) != ICELANDIC_REGISTER:
        yield _register("IS-R-002", ICELANDIC_REGISTER)
    yield from _complete(invoice.seller.address, "seller", ("IS-R-003", None, "IS-R-003"))
    if is_within(invoice, "IS"):
        message = "The buyer's kennitala under scheme 0196 is not kept here: no Peppol invoice within Iceland"
        yield lacking("BT-47", "IS-R-004", "buyer.tax_id", message)
        yield from _complete(invoice.buyer.address, "buyer", ("IS-R-005", None, "IS-R-005"))


def _netherlands(invoice: Invoice) -> Iterator[MissingTerm]:
    yield from _complete(invoice.seller.address, "seller", ("NL-R-002", "NL-R-002", "NL-R-002"))
    if xml_text(invoice.seller.registration_id) and xml_text(invoice.seller.registration_scheme) not in DUTCH_REGISTERS:
        yield _register("NL-R-003", "0106 or 0190")
    if is_within(invoice, "NL"):
        yield from _complete(invoice.buyer.address, "buyer", ("NL-R-004", "NL-R-004", "NL-R-004"))


def _greece(invoice: Invoice) -> Iterator[MissingTerm]:
    """Its tax office numbers every invoice (MARK), which is not done here."""
    message = (
        "A Greek seller's invoice must bear the number that the tax office gave it (MARK), which is not known here"
    )
    yield lacking("BT-122", "GR-R-004-1", "seller.address.country", message)
    vat = seller_tax_ids(invoice).vat or ""
    if not greek_vat.is_valid(vat.removeprefix("EL")):
        yield lacking("BT-31", "GR-R-003", "seller.tax_id", f"It is no Greek VAT identifier: correct it in {FINANCE}")
    buyer = buyer_tax_ids(invoice).vat or ""
    if is_within(invoice, "GR") and not (buyer.startswith("EL") and greek_vat.is_valid(buyer[2:])):
        yield unset("BT-48", "GR-R-006", "buyer.tax_id", "The buyer's Greek VAT identifier", CUSTOMER)


def _register(rule: str, schemes: str) -> MissingTerm:
    message = f"The seller's registration must be of the register {schemes}: set registrationScheme in {SELLER}"
    return lacking("BT-30", rule, "seller.registration_scheme", message)


def _complete(address: Address, party: str, rules: tuple[str, str | None, str]) -> Iterator[MissingTerm]:
    """Street, city and post code, each by the rule that asks for it, if one does."""
    terms = ("BT-35", "BT-37", "BT-38") if party == "seller" else ("BT-50", "BT-52", "BT-53")
    where = HOME_BASE if party == "seller" else CUSTOMER
    for term, member, name, rule in zip(
        terms, ("street", "city", "zip_code"), ("street", "city", "post code"), rules, strict=True
    ):
        if rule and not xml_text(getattr(address, member)):
            yield unset(term, rule, f"{party}.address.{member}", f"The {party}'s {name}", where)


NEEDS_OF_PEPPOL: tuple[Need, ...] = (_reference, _national)
