"""What is missing for the buyer to pay: EN 16931 BR-CO-25, Danish and Dutch rules of payment means, cash discounts."""

import re
from collections.abc import Iterator

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.need import FINANCE, Need, lacking, unset
from invoicing.electronic.parties import follows_german_rules, xml_text
from invoicing.electronic.payment_means import DEBIT_TRANSFER, DUTCH_CODES, is_dutch, payment_means
from invoicing.invoice import Invoice, InvoiceKind

CASH_DISCOUNT = re.compile(r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#")
LINE_END = re.compile(r"\r?\n")
BETWEEN_SIGNS = re.compile(r"#.+#")
AT_LINE_END = re.compile(r"\s*\n")


def _when(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    """Not of a credit note, which nobody pays: the XML says how it is settled."""
    is_due = invoice.kind is InvoiceKind.INVOICE and invoice.totals.payable > 0
    if is_due and invoice.due_date is None and not xml_text(invoice.payment_terms):
        message = (
            "Something is to be paid, and neither a due date nor terms of payment say when: "
            "set one of them, or paymentDays in invoiceDocument"
        )
        yield lacking("BT-9", "BR-CO-25", "due_date", message)


def _dutch(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    means = payment_means(invoice, form)
    if is_dutch(invoice, form) and means is not None and means.code not in DUTCH_CODES:
        yield unset("BT-84", "NL-R-008", "seller.iban", "The seller's account", f"merchantIban of {FINANCE}")


def _danish(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    means = payment_means(invoice, form)
    if means is not None and means.code == DEBIT_TRANSFER and not xml_text(invoice.seller.bic):
        yield unset("BT-86", "DK-R-006", "seller.bic", "The bank of the seller's account", f"merchantBic of {FINANCE}")


def _cash_discount(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    """In Germany a line of the terms that begins with # is a cash discount, and ends the line.

    The rule looks for that end behind the last two # that one line has: there are no others below a discount.
    """
    if not follows_german_rules(invoice, form):
        return
    terms = xml_text(invoice.payment_terms) or ""
    discounts = [line.strip() for line in LINE_END.split(terms) if line.strip().startswith("#")]
    if not discounts:
        return
    ends_line = AT_LINE_END.match(f"{BETWEEN_SIGNS.split(terms)[-1]}\n")
    if not ends_line or not all(map(CASH_DISCOUNT.fullmatch, discounts)):
        rule = "BR-DE-18" if form is DocumentForm.XRECHNUNG else "DE-R-018"
        message = (
            "A line of the terms of payment that begins with # must be #SKONTO#TAGE=14#PROZENT=2.00#, "
            "and no line below it may hold two #"
        )
        yield lacking("BT-20", rule, "payment_terms", message)


NEEDS_OF_PAYMENT: tuple[Need, ...] = (_when, _dutch, _danish, _cash_discount)
