"""Credit notes as answers, in both dialects."""

from enum import StrEnum

from api.deskera import Json, print_date
from contracts.links import pdf_link
from database.credit_notes import CreditNoteView
from database.effects import EffectState
from database.tables import Effect
from invoicing.invoice import Charge, Invoice, InvoiceLine


class RefundStatus(StrEnum):
    """How far the captured payment has gone back."""

    NONE = "NONE"
    """No money moves: nothing was captured, or the credit only brings down what is due."""
    PENDING = "PENDING"
    REFUNDED = "REFUNDED"
    REFUSED = "REFUSED"
    """The gateway refused; the credit note waits for a person."""


STATUS = {
    EffectState.WANTED: RefundStatus.PENDING,
    EffectState.STARTED: RefundStatus.PENDING,
    EffectState.DONE: RefundStatus.REFUNDED,
    EffectState.REFUSED: RefundStatus.REFUSED,
}


def order_credit_note(view: CreditNoteView, public_base_url: str) -> Json:
    """A credit note of an order; amounts are text with the currency's decimals, as in a job's answer.

    The link works as soon as the PDF is made.
    """
    note = view.document
    return {
        "creditNoteId": str(note.id),
        "number": note.number,
        "invoiceNumber": note.preceding.number if note.preceding else None,
        "orderId": note.order_id,
        "issueDate": note.issue_date.isoformat(),
        "reason": note.memo,
        "lines": [
            {
                "position": line.position,
                "quantity": f"{line.credited_quantity or 0:f}",
                "amount": f"{line.amount:f}",
            }
            for line in note.lines
        ],
        "charges": [{"position": charge.corrects, "amount": f"{charge.amount:f}"} for charge in note.charges],
        "net": f"{note.totals.net:f}",
        "tax": f"{note.totals.tax:f}",
        "total": f"{note.totals.total:f}",
        "currency": note.currency,
        "refund": {
            "amount": f"{note.settlement.captured:f}",
            "status": refund_status(view.refund),
            "message": view.refund.message if view.refund else None,
        },
        "downloadLink": pdf_link(public_base_url, note.tenant, note.id),
    }


def sales_credit_note(view: CreditNoteView) -> Json:
    """A credit note of a sales invoice, in the words of its neighbours (Deskera B.4); numbers are numbers."""
    note = view.document
    return {
        "id": str(note.id),
        "creditNoteCode": note.number,
        "documentSequenceCode": note.number,
        "documentType": "CREDIT_NOTE",
        "salesInvoiceCode": note.preceding.number if note.preceding else None,
        "salesInvoiceDate": print_date(note.preceding.issue_date) if note.preceding else None,
        "orderId": note.order_id,
        "creditNoteDate": print_date(note.issue_date),
        "currency": note.currency,
        "exchangeRate": note.exchange.rate if note.exchange else 1,
        "unitPriceGstInclusive": note.tax_inclusive,
        "reason": note.memo,
        "contact": {"name": note.buyer.name, "peppolId": note.buyer.peppol_id},
        "creditNoteItems": [_item(line) for line in note.lines],
        "charges": [_charge(charge) for charge in note.charges],
        "allowances": [
            {"position": allowance.corrects, "name": allowance.name, "amount": allowance.amount}
            for allowance in note.allowances
        ],
        "netAmount": note.totals.net,
        "taxAmount": note.totals.tax,
        "roundOffAmount": note.totals.rounding,
        "totalAmount": note.totals.total,
        "totalAmountInBaseCurrency": _in_base(note),
        "refund": {
            "amount": note.settlement.captured,
            "status": refund_status(view.refund),
            "message": view.refund.message if view.refund else None,
        },
    }


def refund_status(refund: Effect | None) -> RefundStatus:
    """What the ledger says of a credit note's refund."""
    return STATUS[EffectState(refund.state)] if refund else RefundStatus.NONE


def _in_base(note: Invoice) -> object:
    return note.exchange.total if note.exchange else note.totals.total


def _item(line: InvoiceLine) -> Json:
    return {
        "position": line.position,
        "productCode": line.item_id,
        "productDescription": line.name,
        "productQuantity": line.quantity,
        "creditedQuantity": line.credited_quantity,
        "unitPrice": line.unit_price,
        "taxCode": line.tax_code,
        "taxCategory": line.tax_category,
        "taxRate": line.tax_rate,
        "amount": line.amount,
        "netAmount": line.net,
    }


def _charge(charge: Charge) -> Json:
    return {"position": charge.corrects, "name": charge.name, "amount": charge.amount, "netAmount": charge.net}
