"""An invoice in the terms of factur-x: its dictionary of EN 16931's BT and BG numbers, for both syntaxes.

Every amount is the stored figure. Only net unit prices, and allowances and charges of lines whose prices contain the
tax, are worked out (`invoicing.electronic.net_prices`); stored net amounts of lines and document stay what they are.

What the buyer withholds is no term of EN 16931. It does not lower BT-115, which is what the invoice is over; the note
(BT-22) says how much of that is kept back.
"""

from decimal import Decimal

from documents.einvoice.figures import amount, number
from documents.einvoice.line_terms import allowance_terms, charge_terms, line_terms
from documents.einvoice.party_terms import Terms, buyer_terms, deliver_to_terms, seller_terms, stated
from invoicing.document_forms import DocumentForm
from invoicing.electronic.parties import follows_german_rules, xml_text
from invoicing.electronic.payment_means import is_transferred, payment_means
from invoicing.invoice import Invoice, InvoiceKind, SettlementKind, TaxCategory, TaxGroup

TYPE_CODES = {InvoiceKind.INVOICE: "380", InvoiceKind.CREDIT_NOTE: "381"}
"""BT-3, UNTDID 1001"""
BILLING_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
"""BT-23 of Peppol, and of an XRechnung."""
SUBJECT_LENGTH = 3
"""Of a code of UNTDID 4451 (BT-21), which UBL writes before the note: `#AAI#`."""
SETTLED = {
    SettlementKind.REFUND: "The payment is given back.",
    SettlementKind.CREDITED: "It is set against the preceding invoice.",
}
"""How a credit note is settled; nothing else has such a settlement."""
TAX_POINTS = {
    **dict.fromkeys(("3", "5"), "invoice"),
    **dict.fromkeys(("35", "29"), "delivery"),
    **dict.fromkeys(("432", "72"), "payment"),
}
"""BT-8 by UNTDID 2005, which UBL takes, and by UNTDID 2475, which CII takes, to the word for both of factur-x."""


def terms_of(invoice: Invoice, form: DocumentForm) -> Terms:
    """The dictionary; made anew each time, since factur-x changes what it is given."""
    return stated(
        {
            **_head(invoice, form),
            "BG-4": seller_terms(invoice, form),
            "BG-7": buyer_terms(invoice, form),
            "BG-13": deliver_to_terms(invoice),
            "BT-72": invoice.delivery_date,
            **_payment(invoice, form),
            "BG-20": [allowance_terms(allowance, invoice) for allowance in invoice.allowances],
            "BG-21": [charge_terms(charge, invoice) for charge in invoice.charges],
            **_totals(invoice),
            "BG-23": [_tax_group(group, invoice, form) for group in invoice.tax_groups],
            "BG-25": [line_terms(line, invoice) for line in invoice.lines],
        }
    )


def _head(invoice: Invoice, form: DocumentForm) -> Terms:
    base = invoice.exchange.base_currency if invoice.exchange else invoice.currency
    return {
        "BT-1": xml_text(invoice.number),
        "BT-2": invoice.issue_date,
        "BT-3": TYPE_CODES[invoice.kind],
        "BT-5": invoice.currency,
        "BT-6": base if base != invoice.currency else None,
        "BT-7": invoice.tax_point_date,
        "BT-8": TAX_POINTS.get((invoice.tax_point_code or "").strip()),
        "BT-10": xml_text(invoice.buyer.reference),
        "BT-13": xml_text(invoice.purchase_order_reference),
        "BT-14": xml_text(invoice.order_id),
        "BT-23": None if form is DocumentForm.CII else BILLING_PROCESS,
        "BG-1": _notes(invoice, form),
        "BG-3": _preceding(invoice),
    }


def _notes(invoice: Invoice, form: DocumentForm) -> list[Terms]:
    """One at most: Peppol R002."""
    withheld = f"Withheld by the buyer: {amount(invoice.withheld)} {invoice.currency}" if invoice.withheld else None
    note = "\n".join(text for text in (xml_text(invoice.memo), withheld) if text)
    if form is not DocumentForm.CII:
        note = _without_subject(note)
    return [{"BT-22": note}] if note else []


def _without_subject(note: str) -> str:
    """The note with a blank behind its first #, where UBL would read three characters and a # as a subject (BT-21).

    A seller's text names none, and `Orders #17 #18` would be refused for an unknown one (BR-CL-08).
    """
    start, _, rest = note.partition("#")
    return f"{start}# {rest}" if rest.find("#") == SUBJECT_LENGTH else note


def _preceding(invoice: Invoice) -> list[Terms]:
    if invoice.preceding is None:
        return []
    return [{"BT-25": xml_text(invoice.preceding.number), "BT-26": invoice.preceding.issue_date}]


def _payment(invoice: Invoice, form: DocumentForm) -> Terms:
    """BG-16, and the terms of payment. A card's number is not known here, so BG-18 is never said."""
    terms: Terms = {"BT-9": invoice.due_date, "BT-20": _terms_of_payment(invoice)}
    means = payment_means(invoice, form)
    if means is None:
        return terms
    terms |= {"BT-81": means.code, "BT-82": _name_of_means(invoice)}
    if is_transferred(invoice):
        terms["BT-83"] = xml_text(invoice.number)
    if means.names_account:
        terms |= {
            "BT-84": "".join((xml_text(invoice.seller.iban) or "").split()),
            "BT-85": xml_text(invoice.seller.account_holder) or xml_text(invoice.seller.name),
            "BT-86": "".join((xml_text(invoice.seller.bic) or "").split()),
        }
    return terms


def _name_of_means(invoice: Invoice) -> str | None:
    """BT-82; by what a part was paid before is no name for how the rest is transferred."""
    is_rest = invoice.settlement.kind is SettlementKind.PAID_BEFORE and is_transferred(invoice)
    return None if is_rest else xml_text(invoice.settlement.method)


def _terms_of_payment(invoice: Invoice) -> str | None:
    """BT-20. A cash discount as Germany writes it, `#SKONTO#...#`, ends its line (BR-DE-18).

    Of a credit note it says how that is settled: older rules of receivers ask for it there too (BR-CO-25).
    """
    text = xml_text(invoice.payment_terms)
    if text is None and invoice.due_date is None:
        return SETTLED.get(invoice.settlement.kind)
    return f"{text}\n" if text and text.endswith("#") else text


def _totals(invoice: Invoice) -> Terms:
    """BG-22; sums over nothing, nothing paid and nothing rounded are not said."""
    totals, exchange = invoice.totals, invoice.exchange
    return {
        "BT-106": amount(totals.lines_net),
        "BT-107": amount(totals.allowances_net) if invoice.allowances else None,
        "BT-108": amount(totals.charges_net) if invoice.charges else None,
        "BT-109": amount(totals.net),
        "BT-110": amount(totals.tax),
        "BT-111": amount(exchange.tax) if exchange and exchange.base_currency != invoice.currency else None,
        "BT-112": amount(totals.gross),
        "BT-113": _unless_zero(totals.paid),
        "BT-114": _unless_zero(totals.rounding),
        "BT-115": amount(totals.payable),
    }


def _unless_zero(value: Decimal) -> str | None:
    return amount(value) if value else None


def _tax_group(group: TaxGroup, invoice: Invoice, form: DocumentForm) -> Terms:
    """BG-23. Outside the scope of tax there is no rate, but Germany wants one (BR-DE-14)."""
    without_rate = group.tax_category is TaxCategory.OUTSIDE_SCOPE and not follows_german_rules(invoice, form)
    return stated(
        {
            "BT-116": amount(group.net),
            "BT-117": amount(group.tax),
            "BT-118": group.tax_category.value,
            "BT-119": None if without_rate else number(group.tax_rate),
            "BT-120": xml_text(group.exemption_reason),
            "BT-121": xml_text(group.exemption_code),
            # factur-x looks for it here, and takes the date from the head.
            "BT-7": invoice.tax_point_date,
        }
    )
