"""What the tax categories ask for beside the figures.

EN 16931 BR-S-2 to BR-G-4, BR-IC-11, -12, BR-CL-6, -22; Peppol P0104 to P0111.
"""

from collections.abc import Iterator

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.code_lists import EXEMPTION_CODES
from invoicing.electronic.need import CUSTOMER, FINANCE, SELLER, Need, lacking, unset
from invoicing.electronic.parties import TaxIds, buyer_tax_ids, seller_tax_ids, xml_text
from invoicing.invoice import Invoice, TaxCategory
from invoicing.rules.tax import PREFIXES

NEEDS_SELLER = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO, TaxCategory.EXEMPT, TaxCategory.REVERSE_CHARGE})
"""Some tax identifier of the seller's: BT-31 or BT-32."""
NEEDS_SELLERS_VAT = frozenset({TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT})
"""BT-31."""
TAX_POINT_CODES = frozenset({"3", "5", "29", "35", "72", "432"})
"""Of issue, delivery and payment, by UNTDID 2005 (UBL) and 2475 (CII)."""
CATEGORIES_OF_CODES = {
    "VATEX-EU-G": ("PEPPOL-EN16931-P0104", TaxCategory.EXPORT),
    "VATEX-EU-O": ("PEPPOL-EN16931-P0105", TaxCategory.OUTSIDE_SCOPE),
    "VATEX-EU-IC": ("PEPPOL-EN16931-P0106", TaxCategory.INTRA_COMMUNITY),
    "VATEX-EU-AE": ("PEPPOL-EN16931-P0107", TaxCategory.REVERSE_CHARGE),
    "VATEX-EU-D": ("PEPPOL-EN16931-P0108", TaxCategory.EXEMPT),
    "VATEX-EU-F": ("PEPPOL-EN16931-P0109", TaxCategory.EXEMPT),
    "VATEX-EU-I": ("PEPPOL-EN16931-P0110", TaxCategory.EXEMPT),
    "VATEX-EU-J": ("PEPPOL-EN16931-P0111", TaxCategory.EXEMPT),
}
"""What a code of the VATEX list is for."""


def _tax_ids(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    """Each missing identifier once, by the first category that asks for it."""
    used = {group.tax_category for group in invoice.tax_groups}
    seller, buyer = seller_tax_ids(invoice), buyer_tax_ids(invoice)
    yield from _first(_of_seller(used, seller))
    yield from _first(_of_buyer(used, buyer))


def _first(found: Iterator[MissingTerm]) -> Iterator[MissingTerm]:
    for one in found:
        yield one
        return


def _of_seller(used: set[TaxCategory], seller: TaxIds) -> Iterator[MissingTerm]:
    for category, prefix in PREFIXES.items():
        rule = f"{prefix}-02"
        if category in used & NEEDS_SELLERS_VAT and not seller.vat:
            where = f"merchantSalesTaxId of {FINANCE}"
            yield unset("BT-31", rule, "seller.tax_id", "The seller's VAT identifier", where)
        elif category in used & NEEDS_SELLER and not (seller.vat or seller.other):
            where = f"merchantSalesTaxId of {FINANCE}, or taxNumber of {SELLER}"
            yield unset("BT-31", rule, "seller.tax_id", "The seller's VAT identifier or tax number", where)


def _of_buyer(used: set[TaxCategory], buyer: TaxIds) -> Iterator[MissingTerm]:
    if TaxCategory.INTRA_COMMUNITY in used and not buyer.vat:
        yield unset("BT-48", "BR-IC-02", "buyer.tax_id", "The buyer's VAT identifier", CUSTOMER)
    if TaxCategory.REVERSE_CHARGE in used and not (buyer.vat or buyer.other):
        yield unset("BT-48", "BR-AE-02", "buyer.tax_id", "The buyer's VAT identifier", CUSTOMER)


def _delivery(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    """BR-IC-12 is kept by `deliver_to`; a country that is missing there is told as that of the address itself."""
    within = any(group.tax_category is TaxCategory.INTRA_COMMUNITY for group in invoice.tax_groups)
    if within and invoice.delivery_date is None:
        message = "The day of the delivery is missing, which an intra-Community supply must state, as deliveryDate"
        yield lacking("BT-72", "BR-IC-11", "delivery_date", message)


def _exemption_codes(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    for i, group in enumerate(invoice.tax_groups):
        code = xml_text(group.exemption_code)
        field = f"tax_groups[{i}].exemption_code"
        if code is None:
            continue
        if code not in EXEMPTION_CODES:
            yield lacking("BT-121", "BR-CL-22", field, f"{code} is not on the VATEX list: correct it in the tax")
        elif form is DocumentForm.UBL and code in CATEGORIES_OF_CODES:
            rule, category = CATEGORIES_OF_CODES[code]
            if group.tax_category is not category:
                yield lacking("BT-121", rule, field, f"{code} is for category {category}: correct it in the tax")


def _tax_point(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    code = xml_text(invoice.tax_point_code)
    if code and code not in TAX_POINT_CODES:
        message = f"{code} is no code of a tax point: it is 3 (issue), 35 (delivery) or 432 (payment)"
        yield lacking("BT-8", "BR-CL-06", "tax_point_code", message)


NEEDS_OF_TAX: tuple[Need, ...] = (_tax_ids, _delivery, _exemption_codes, _tax_point)
