"""Structured invoices: an issued document as XML that machines read."""

from documents.einvoice.cii import cii
from documents.einvoice.ubl import ubl
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

__all__ = ["structured"]


def structured(invoice: Invoice, form: DocumentForm) -> bytes:
    """The document in a structured form; the same bytes whenever and wherever it is made.

    Whether it says all that the form's rules ask for was seen before it was issued
    (`invoicing.electronic.needs.missing_terms`); here only its schema is checked.

    Raises:
        StructuredInvoiceInvalid: its schema refuses it.
        ValueError: the form is no XML.
    """
    match form:
        case DocumentForm.CII:
            return cii(invoice)
        case DocumentForm.UBL | DocumentForm.XRECHNUNG:
            return ubl(invoice, form)
        case DocumentForm.PDF:
            raise ValueError("a PDF is no structured invoice")
