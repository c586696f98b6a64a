"""What became of an order so far, in one look: its invoices, its captures, its refunds."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from database.effects import EffectKind, EffectState
from database.invoices import PDF, MailState
from invoicing.invoice import InvoiceKind

PAST = text(
    """
    SELECT live.id, live.number, live.is_complete, credited.order_round, credited.numbers,
        EXISTS (
            SELECT FROM effects refund
            WHERE refund.tenant = :tenant AND refund.order_id = :order_id AND refund.kind = :refund
                AND NOT EXISTS (
                    SELECT FROM effects made
                    WHERE made.tenant = :tenant AND made.order_id = :order_id AND made.kind = :refund
                        AND made.credit_note_id = refund.credit_note_id AND made.state = :done
                )
        ) AS has_open_refunds,
        (
            SELECT capture.state FROM effects capture
            WHERE capture.tenant = :tenant AND capture.order_id = :order_id AND capture.kind = :capture
                AND capture.order_round = credited.order_round
            ORDER BY capture.created_at DESC, capture.key DESC LIMIT 1
        ) AS latest_capture
    FROM (
        SELECT count(*) AS order_round, array_agg(invoice.number) AS numbers
        FROM invoices invoice JOIN sales_invoices sale ON sale.invoice_id = invoice.id
        WHERE invoice.tenant = :tenant AND invoice.order_id = :order_id AND invoice.kind = :invoice
            AND sale.credited_in_full
    ) credited
    LEFT JOIN LATERAL (
        SELECT invoice.id, invoice.number,
            EXISTS (
                SELECT FROM invoice_documents document
                WHERE document.invoice_id = invoice.id AND document.media_type = :pdf
            ) AND EXISTS (
                SELECT FROM mail_deliveries mail WHERE mail.invoice_id = invoice.id AND mail.state = :sent
            ) AS is_complete
        FROM invoices invoice LEFT JOIN sales_invoices sale ON sale.invoice_id = invoice.id
        WHERE invoice.tenant = :tenant AND invoice.order_id = :order_id AND invoice.kind = :invoice
            AND sale.credited_in_full IS NOT TRUE
        LIMIT 1
    ) live ON true
    """
)
WORDS = {
    "invoice": InvoiceKind.INVOICE.value,
    "capture": EffectKind.CAPTURE.value,
    "refund": EffectKind.REFUND.value,
    "done": EffectState.DONE.value,
    "sent": MailState.SENT.value,
    "pdf": PDF,
}


@dataclass(frozen=True)
class LiveInvoice:
    """The order's invoice that stands; complete once it is printed and mailed."""

    id: UUID
    number: str
    is_complete: bool


@dataclass(frozen=True)
class OrderPast:
    """What became of an order so far.

    `order_round`: how many of its invoices were credited in full, `credited` their numbers. `may_have_moved_money`: of
    this round, a capture is done or its outcome unknown. `has_open_refunds`: the money of a credited invoice has not
    gone back yet.
    """

    invoice: LiveInvoice | None
    order_round: int
    credited: frozenset[str]
    may_have_moved_money: bool
    has_open_refunds: bool


async def past_of_order(session: AsyncSession, tenant: str, order_id: str) -> OrderPast:
    """Everything that decides what may be done with the order now."""
    row = (await session.execute(PAST, {"tenant": tenant, "order_id": order_id, **WORDS})).one()
    return OrderPast(
        invoice=LiveInvoice(row.id, row.number, row.is_complete) if row.id is not None else None,
        order_round=row.order_round,
        credited=frozenset(row.numbers or ()),
        may_have_moved_money=row.latest_capture not in {None, EffectState.REFUSED},
        has_open_refunds=row.has_open_refunds,
    )
