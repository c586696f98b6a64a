"""How a structured invoice says that it is paid (EN 16931 BG-16): UNTDID 4461 codes."""

from typing import NamedTuple

from stdnum import iban

from invoicing.document_forms import DocumentForm
from invoicing.electronic.parties import follows_german_rules, is_within, xml_text
from invoicing.invoice import Invoice, SettlementKind

NOT_DEFINED = "1"
CREDIT_TRANSFER = "30"
DEBIT_TRANSFER = "31"
BANK_CARD = "48"
SEPA_CREDIT_TRANSFER = "58"
ONLINE_PAYMENT_SERVICE = "68"
CLEARING_BETWEEN_PARTNERS = "97"

DENMARK = "DK"
NETHERLANDS = "NL"
DUTCH_CODES = frozenset({"30", "48", "49", "57", "58", "59"})
"""NL-R-008"""

OWING = frozenset({SettlementKind.ON_ACCOUNT, SettlementKind.PAID_BEFORE})
"""Settlements that may leave something to be paid."""


class PaymentMeans(NamedTuple):
    """BT-81, and whether the seller's account stands beside it (BG-17)."""

    code: str
    names_account: bool = False


def payment_means(invoice: Invoice, form: DocumentForm) -> PaymentMeans | None:
    """What is said of the payment.

    - A transfer names the account: 58 in EUR to an IBAN, else 30; in Peppol within Denmark 31, which is what is left of
      DK-R-005 for an account that is no giro.
    - A card that was charged, or is given its money back, is 48. Germany wants the card's number with it (BR-DE-24-a),
      which nobody here has: there it is 68, the payment service that took it.
    - What was paid before, by we know not what, is 1; so is a transfer to an account that is not known. What is left to
      pay of it is a transfer, as the page says.
    - A credit note that is set against its invoice is 97.

    None where nothing has to be said and no code fits: in Peppol from the Netherlands (NL-R-007, NL-R-008).
    """
    means = _means(invoice, form)
    if is_dutch(invoice, form) and means.code not in DUTCH_CODES and not must_say(invoice):
        return None
    return means


def is_dutch(invoice: Invoice, form: DocumentForm) -> bool:
    """Whether NL-R-n hold."""
    return form is DocumentForm.UBL and invoice.seller.address.country == NETHERLANDS


def must_say(invoice: Invoice) -> bool:
    """Whether the buyer still has something to pay: all of it, or the rest of what was paid in part before."""
    return invoice.settlement.kind in OWING and invoice.totals.payable > 0


def is_transferred(invoice: Invoice) -> bool:
    """Whether the buyer pays by a transfer that bears the invoice's number (BT-83)."""
    return invoice.settlement.kind is SettlementKind.ON_ACCOUNT or must_say(invoice)


def _means(invoice: Invoice, form: DocumentForm) -> PaymentMeans:
    if is_transferred(invoice):
        return _transfer(invoice, form)
    match invoice.settlement.kind:
        case SettlementKind.CAPTURED | SettlementKind.REFUND:
            return PaymentMeans(ONLINE_PAYMENT_SERVICE if follows_german_rules(invoice, form) else BANK_CARD)
        case SettlementKind.CREDITED:
            return PaymentMeans(CLEARING_BETWEEN_PARTNERS)
    return PaymentMeans(NOT_DEFINED)


def _transfer(invoice: Invoice, form: DocumentForm) -> PaymentMeans:
    account = xml_text(invoice.seller.iban)
    if account is None:
        return PaymentMeans(NOT_DEFINED)
    if form is DocumentForm.UBL and is_within(invoice, DENMARK):
        return PaymentMeans(DEBIT_TRANSFER, names_account=True)
    is_sepa = invoice.currency == "EUR" and iban.is_valid(account)
    return PaymentMeans(SEPA_CREDIT_TRANSFER if is_sepa else CREDIT_TRANSFER, names_account=True)
