"""What an invoice says about its payment, in full sentences; the page and the mail say the same."""

from documents.formatting import Formatter
from invoicing.invoice import Invoice, SettlementKind


def payment_sentences(invoice: Invoice, formatter: Formatter) -> list[str]:
    """What has been paid and how, then what is left to transfer, where to and by when."""
    if invoice.totals.payable > 0:
        return [*_paid_in_part(invoice, formatter), _transfer(invoice, formatter)]
    if invoice.totals.paid <= 0:
        return [formatter.texts("nothing_to_pay")]
    method = _method(invoice, formatter)
    if method is None:
        return [formatter.texts("paid_in_full")]
    return [formatter.texts("paid_in_full_by", method=method)]


def grouped_iban(iban: str) -> str:
    """An IBAN in groups of four, as ISO 13616 wants it on paper."""
    compact = "".join(iban.split()).upper()
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _paid_in_part(invoice: Invoice, formatter: Formatter) -> list[str]:
    if invoice.totals.paid <= 0:
        return []
    paid, method = formatter.money(invoice.totals.paid), _method(invoice, formatter)
    if method is None:
        return [formatter.texts("paid_in_part", paid=paid)]
    return [formatter.texts("paid_in_part_by", paid=paid, method=method)]


def _transfer(invoice: Invoice, formatter: Formatter) -> str:
    values = {"amount": formatter.money(invoice.totals.payable), "number": invoice.number}
    key = "transfer"
    if invoice.seller.iban:
        key += "_to"
        values["iban"] = grouped_iban(invoice.seller.iban)
    if invoice.due_date:
        key += "_by"
        values["date"] = formatter.date(invoice.due_date)
    return formatter.texts(key, **values)


def _method(invoice: Invoice, formatter: Formatter) -> str | None:
    """The payment method's name in the invoice's language; the shop's own word where we have none."""
    method = invoice.settlement.method
    if not method or invoice.settlement.kind is SettlementKind.ON_ACCOUNT:
        return None
    return formatter.texts.find(f"method.{method.lower()}") or method.replace("_", " ")
