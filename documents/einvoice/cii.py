"""Cross Industry Invoice in the EN 16931 profile of Factur-X (BT-24 `urn:cen.eu:en16931:2017`)."""

from documents.einvoice.generator import cii_tree
from documents.einvoice.schemas import checked
from documents.einvoice.terms import terms_of
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def cii(invoice: Invoice) -> bytes:
    """The invoice, or the credit note (381), as it lies in the PDF.

    Raises:
        StructuredInvoiceInvalid: its schema refuses it.
    """
    root = cii_tree(terms_of(invoice, DocumentForm.CII))
    for element in root.iter():
        element.attrib.pop(NIL, None)  # factur-x calls an empty delivery nil, which no schema admits
    return checked(root)
