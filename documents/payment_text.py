"""What an invoice says about its payment, in full sentences; the page and the mail say the same."""

from decimal import Decimal

from documents.formatting import NO_BREAK_SPACE, Formatter
from documents.texts import Texts
from invoicing.invoice import Invoice, InvoiceKind, SettlementKind
from invoicing.sales.balance import Balance


def payment_sentences(invoice: Invoice, formatter: Formatter) -> list[str]:
    """What has been paid and how, then what is left to transfer, where to and by when.

    A credit note says what becomes of its amount instead, and asks for nothing.
    """
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return _given_back(invoice, formatter)
    terms = [formatter.texts("payment_terms", terms=invoice.payment_terms)] if invoice.payment_terms else []
    return [*_payment(invoice, formatter), *terms]


def amount_to_pay(invoice: Invoice) -> Decimal:
    """BT-115, less what the buyer withholds; below zero where the seller owes."""
    if not invoice.withheld:
        return invoice.totals.payable
    return Balance(total=invoice.totals.total, prepaid=invoice.totals.paid, withheld=invoice.withheld).due


def _payment(invoice: Invoice, formatter: Formatter) -> list[str]:
    due = amount_to_pay(invoice)
    if due > 0:
        return [*_paid_in_part(invoice, formatter), _transfer(invoice, due, formatter)]
    if due < 0:
        return [formatter.texts("in_your_favour", amount=formatter.money(-due))]
    if invoice.totals.paid <= 0:
        return [formatter.texts("nothing_to_pay")]
    method = payment_method(invoice, formatter)
    if method is None:
        return [formatter.texts("paid_in_full")]
    return [formatter.texts("paid_in_full_by", method=method)]


def grouped_iban(iban: str, texts: Texts) -> str:
    """An IBAN in groups of four, as ISO 13616 wants it on paper.

    In text that runs from right to left the groups of a second line would change places: there it is kept in one.
    """
    compact = "".join(iban.split()).upper()
    blank = NO_BREAK_SPACE if texts.direction == "rtl" else " "
    return blank.join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _paid_in_part(invoice: Invoice, formatter: Formatter) -> list[str]:
    if invoice.totals.paid <= 0:
        return []
    paid, method = formatter.money(invoice.totals.paid), payment_method(invoice, formatter)
    if method is None:
        return [formatter.texts("paid_in_part", paid=paid)]
    return [formatter.texts("paid_in_part_by", paid=paid, method=method)]


def _given_back(invoice: Invoice, formatter: Formatter) -> list[str]:
    """What is refunded, and what lowers the invoice that is credited."""
    texts, credited = formatter.texts, invoice.preceding.number if invoice.preceding else ""
    refund = invoice.settlement.captured
    if invoice.settlement.kind is not SettlementKind.REFUND or not refund:
        return [texts("credited", invoice=credited)]
    method, amount = payment_method(invoice, formatter), formatter.money(refund)
    sentence = texts("refunded_by", amount=amount, method=method) if method else texts("refunded", amount=amount)
    if refund >= invoice.totals.total:
        return [sentence]
    return [sentence, texts("rest_is_credited", invoice=credited)]


def _transfer(invoice: Invoice, due: Decimal, formatter: Formatter) -> str:
    values = {"amount": formatter.money(due), "number": invoice.number}
    key = "transfer"
    if invoice.seller.iban:
        key += "_to"
        values["iban"] = grouped_iban(invoice.seller.iban, formatter.texts)
    if invoice.due_date:
        key += "_by"
        values["date"] = formatter.date(invoice.due_date)
    return formatter.texts(key, **values)


def payment_method(invoice: Invoice, formatter: Formatter) -> str | None:
    """The payment method's name in the invoice's language; the shop's own word where we have none."""
    method = invoice.settlement.method
    if not method or invoice.settlement.kind is SettlementKind.ON_ACCOUNT:
        return None
    return formatter.texts.find(f"method.{method.lower()}") or method.replace("_", " ")
