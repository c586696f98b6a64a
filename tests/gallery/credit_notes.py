"""Credit notes, made of invoices by the same functions as the service's."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from invoicing.credit.credit_note import CreditNoteDetails, make_credit_note
from invoicing.credit.crediting import EVERYTHING, CreditWish, LineWish, credit
from invoicing.invoice import Invoice
from invoicing.look import Look
from tests.gallery.exhibit import Room
from tests.gallery.houses import ARABIC, GERMAN
from tests.gallery.invoices import captured, invoice, lines_of

ROOM = Room("Credit notes")


def credited(of: Invoice, wish: CreditWish, *, reason: str | None = None, is_refunded: bool = False) -> Invoice:
    """The first credit note on an invoice."""
    figures = credit(of, [], wish)
    refund = figures.totals.total if is_refunded else Decimal(0)
    details = CreditNoteDetails(UUID(int=45), "GS-2026-00003", date(2026, 12, 2), refund, reason)
    return make_credit_note(of, figures, details).model_copy(update={"look": of.look})


@ROOM.shows("Of everything, set against the invoice")
def full_credit_note() -> Invoice:
    return credited(invoice(), EVERYTHING, reason="Annahme verweigert")


@ROOM.shows("Of some pieces, and of a part of a price")
def partial_credit_note() -> Invoice:
    pieces, price = LineWish(position=2, quantity=Decimal(3)), LineWish(position=5, amount=Decimal("20.00"))
    return credited(invoice(), CreditWish(lines=(pieces, price)), reason="Drei Notizbücher fleckig, Lampe verkratzt")


@ROOM.shows("Given back to the card")
def refunded_credit_note() -> Invoice:
    return credited(captured(invoice(lines_of(GERMAN, 3))), EVERYTHING, is_refunded=True)


@ROOM.shows("From right to left, with English beside it")
def arabic_credit_note() -> Invoice:
    return credited(invoice(house=ARABIC, look=Look(second_language="en")), EVERYTHING)
