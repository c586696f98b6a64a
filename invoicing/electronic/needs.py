"""What a structured invoice must say and an invoice does not: all of it at once, before the invoice is issued.

An invoice that lacks nothing here is accepted by the form's schema and schematron.
"""

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.need import Need
from invoicing.electronic.needs_of_figures import NEEDS_OF_FIGURES
from invoicing.electronic.needs_of_germany import NEEDS_OF_GERMANY
from invoicing.electronic.needs_of_parties import NEEDS_OF_PARTIES
from invoicing.electronic.needs_of_payment import NEEDS_OF_PAYMENT
from invoicing.electronic.needs_of_peppol import NEEDS_OF_PEPPOL
from invoicing.electronic.needs_of_tax import NEEDS_OF_TAX
from invoicing.invoice import Invoice

__all__ = ["missing_terms"]

NEEDS: tuple[Need, ...] = (
    *NEEDS_OF_PARTIES,
    *NEEDS_OF_TAX,
    *NEEDS_OF_PAYMENT,
    *NEEDS_OF_FIGURES,
    *NEEDS_OF_PEPPOL,
    *NEEDS_OF_GERMANY,
)


def missing_terms(invoice: Invoice, form: DocumentForm) -> tuple[MissingTerm, ...]:
    """Everything that `form` needs and the invoice lacks or has wrongly; nothing for a PDF.

    The number (BT-1) is not looked at: it is drawn when all else is right.
    """
    if form is DocumentForm.PDF:
        return ()
    return tuple(term for need in NEEDS for term in need(invoice, form))
