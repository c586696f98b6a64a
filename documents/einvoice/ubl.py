"""UBL 2.1 invoices and credit notes, as Peppol BIS Billing 3.0 and XRechnung 3.0 want them."""

from lxml import etree  # type: ignore[import-untyped]

from documents.einvoice.generator import ubl_tree
from documents.einvoice.schemas import checked
from documents.einvoice.terms import terms_of
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

COMPONENTS = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
SPECIFICATIONS = {
    DocumentForm.UBL: "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    DocumentForm.XRECHNUNG: "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
"""BT-24"""


def ubl(invoice: Invoice, form: DocumentForm) -> bytes:
    """The invoice as Invoice, the credit note as CreditNote.

    Raises:
        StructuredInvoiceInvalid: its schema refuses it.
    """
    root = ubl_tree(terms_of(invoice, form))
    _mend(root, SPECIFICATIONS[form], invoice.currency)
    return checked(root)


def _mend(root: etree._Element, specification: str, currency: str) -> None:
    """What factur-x knows no better.

    It writes EN 16931's own BT-24, a version that the rules advise against (UBL-CR-001), BT-114 always in euro, and the
    tax point of a credit note behind the type code instead of before it.
    """
    root.find(f"{COMPONENTS}CustomizationID").text = specification
    root.remove(root.find(f"{COMPONENTS}UBLVersionID"))
    for rounding in root.iter(f"{COMPONENTS}PayableRoundingAmount"):
        rounding.set("currencyID", currency)
    type_code, tax_point = root.find(f"{COMPONENTS}CreditNoteTypeCode"), root.find(f"{COMPONENTS}TaxPointDate")
    if type_code is not None and tax_point is not None:
        type_code.addprevious(tax_point)
