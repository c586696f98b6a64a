"""Issuing a credit note from a handler, the same for both dialects."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.credit_notes.bodies import NOT_CREDITED, CreditBody
from api.documents.electronic import incomplete
from api.errors.api_error import ApiError, Detail
from api.outbox import Noted, noted
from api.security.access import Access
from contracts import starts
from contracts.ids import refund_key
from contracts.sales_invoice import CreditNoteRef, InvoiceRef
from database import credit_notes, sales_invoices
from database.credit_notes import Credited, Crediting, CreditNoteView
from database.invoices import NumberTaken
from database.sequences import NoActiveSchema
from invoicing.credit.wish import CreditRejected, NothingLeft
from invoicing.document.finishing import ElectronicIncomplete
from invoicing.numbering import MissingPlaceholder, SeriesExhausted
from invoicing.rules.all_rules import RulesViolated
from invoicing.sales.items import sales_items


@dataclass(frozen=True)
class Issued:
    """A credit note, and the workflow that settles it: to be started after the commit."""

    view: CreditNoteView
    begun: Noted


async def issue_credit_note(
    session: AsyncSession,
    access: Access,
    sales_invoice_id: int,
    body: CreditBody[Any, Any],
    issue_date: date | None = None,
) -> Issued:
    """Credit an invoice under its lock, and note the workflow that gives the money back.

    Raises:
        ApiError: 400 naming the member that asks for what is not there or for too much, or all that its electronic form
            lacks where the tenant issues none without; 409 nothing is left, no
            number is to be had, or the figures break a rule of EN 16931.
    """
    row = await sales_invoices.lock(session, access.tenant, sales_invoice_id)
    if row is None:
        raise ApiError(404, "Sales invoice not found.")
    items = sales_items(row.details, await sales_invoices.document_of(session, row))
    wanted = Crediting(
        actor=f"client:{access.client_id}",
        wish=body.wish(items),
        refund_key=lambda credit_note_id: refund_key(access.tenant, credit_note_id, 0),
        reason=body.reason,
        issue_date=issue_date,
    )
    try:
        credited = await credit_notes.issue_credit_note(session, row, wanted)
    except NothingLeft as error:
        raise ApiError(409, "The invoice is credited in full", details=[Detail(str(error), "lines")]) from error
    except CreditRejected as error:
        raise ApiError(400, NOT_CREDITED, details=[Detail(error.problem, error.field)]) from error
    except ElectronicIncomplete as error:
        raise incomplete(error) from error
    except RulesViolated as error:
        details = [Detail(violation.message, violation.rule) for violation in error.violations]
        raise ApiError(409, NOT_CREDITED, details=details) from error
    except (NoActiveSchema, SeriesExhausted, MissingPlaceholder, NumberTaken) as error:
        raise ApiError(409, str(error)) from error
    begun = await noted(session, access.tenant, starts.credit_note(reference_to(credited)))
    return Issued(await found(session, access.tenant, credited.credit_note.number), begun)


def reference_to(credited: Credited) -> CreditNoteRef:
    """The settlement's input."""
    note = credited.credit_note
    ref = InvoiceRef(tenant=note.tenant, invoice_id=note.id, number=note.number)
    return CreditNoteRef(credit_note=ref, mail_id=credited.mail_id)


async def found(session: AsyncSession, tenant: str, number: str) -> CreditNoteView:
    """The tenant's credit note of that number.

    Raises:
        ApiError: 404.
    """
    view = await credit_notes.find(session, tenant, number)
    if view is None:
        raise ApiError(404, "Credit note not found.")
    return view
