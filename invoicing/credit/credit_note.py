"""The credit note as a document, and what it moves: who, what and why are the invoice's, the figures its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from invoicing.calculation import Figures
from invoicing.invoice import Invoice, InvoiceKind, Preceding, Settlement, SettlementKind

ZERO = Decimal(0)


@dataclass(frozen=True)
class CreditNoteDetails:
    """What issuing adds to the figures; `refund` is what the captured payment gives back of them."""

    credit_note_id: UUID
    number: str
    issue_date: date
    refund: Decimal = ZERO
    reason: str | None = None


def make_credit_note(invoice: Invoice, figures: Figures, details: CreditNoteDetails) -> Invoice:
    """The credit note as it is issued: parties and circumstances are the invoice's (BG-3 names it)."""
    settlement = Settlement(
        kind=SettlementKind.REFUND if details.refund else SettlementKind.CREDITED,
        method=invoice.settlement.method,
        captured=details.refund,
        transaction_id=invoice.settlement.transaction_id if details.refund else None,
    )
    return Invoice(
        id=details.credit_note_id,
        tenant=invoice.tenant,
        kind=InvoiceKind.CREDIT_NOTE,
        number=details.number,
        issue_date=details.issue_date,
        preceding=Preceding(invoice_id=invoice.id, number=invoice.number, issue_date=invoice.issue_date),
        order_id=invoice.order_id,
        order_date=invoice.order_date,
        purchase_order_reference=invoice.purchase_order_reference,
        delivery_date=invoice.delivery_date,
        site_code=invoice.site_code,
        currency=invoice.currency,
        language=invoice.language,
        locale=invoice.locale,
        tax_inclusive=invoice.tax_inclusive,
        seller=invoice.seller,
        buyer=invoice.buyer,
        ship_to=invoice.ship_to,
        ship_from=invoice.ship_from,
        memo=details.reason,
        lines=figures.lines,
        allowances=figures.allowances,
        charges=figures.charges,
        tax_groups=figures.tax_groups,
        totals=figures.totals,
        settlement=settlement,
        exchange=figures.exchange,
    )


def refund_of(total: Decimal, *, due: Decimal, captured: Decimal, refunded: Decimal) -> Decimal:
    """How much of a captured payment goes back with a credit note over `total`.

    What was still `due` before it is no longer owed, and no money moves for that; the rest is given back, up to what
    was captured and has not been given back.
    """
    return max(min(total - due, captured - refunded), ZERO)


def refunded_by(credit_notes: Iterable[Invoice]) -> Decimal:
    """What these credit notes give back of the captured payment."""
    return sum(
        (note.settlement.captured for note in credit_notes if note.settlement.kind is SettlementKind.REFUND), ZERO
    )
