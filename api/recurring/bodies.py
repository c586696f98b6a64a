"""Bodies of the recurrence routes (Deskera B.7 "Recurring"), and how a recurrence is answered."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from api.deskera import DeskeraModel, Json, Text, print_date
from api.mails.bodies import SALES_INVOICE, Addresses, Line, Paragraphs
from api.requests.request_bodies import Flag, refused
from api.sales_invoices.bodies import DocumentDate, Name, RecurringBody
from database.recurrences import RecurrenceView, Wish, schedule_of
from database.recurring_copies import MailPlan
from database.tables import SalesInvoice
from invoicing.sales.recurrence import RecurrenceState, Schedule

DATES_SHOWN = 12


def _sales_invoice(text: str) -> str:
    if text != SALES_INVOICE:
        raise refused(f"must be {SALES_INVOICE}: other documents do not recur")
    return text


DocumentType = Annotated[Text, AfterValidator(_sales_invoice)]


class SetRecurringBody(DeskeraModel):
    """What is wanted from now on: `recurring` false stops it, `recurringActivated` false pauses it."""

    document_code: Name
    document_type: DocumentType = SALES_INVOICE
    recurring: Flag
    recurring_activated: Flag | None = None
    """As `recurring` where it is left out."""
    sales_invoice_recurring: RecurringBody | None = None
    """The schedule stays as it is where it is left out."""

    @property
    def wish(self) -> Wish:
        """The same in the domain's words."""
        activated = self.recurring if self.recurring_activated is None else self.recurring_activated
        return Wish(self.recurring, activated, self._schedule)

    @property
    def _schedule(self) -> Schedule | None:
        body = self.sales_invoice_recurring
        if body is None:
            return None
        return Schedule(
            every=body.recurrence_type,
            frequency=body.recurrence_frequency,
            count=body.invoice_recurring_count,
            end_date=body.recurrence_end_date,
        )


class RecurringJobEvent(DeskeraModel):
    """A scheduler's call for the copy of a date. Tenant and user are the token's; templates are the vendor's own."""

    job_id: Text | None = None
    parent_document_code: Name
    document_type: DocumentType = SALES_INVOICE
    document_date: DocumentDate
    send_email_notification_flag: Flag | None = None
    """Mailed unless it is false."""
    email_to: Addresses = ()
    """The buyer where it is left out."""
    email_subject: Line | None = None
    email_body: Paragraphs | None = None

    @property
    def mail(self) -> MailPlan:
        """Whether and how the copy is mailed."""
        return MailPlan(
            is_wanted=self.send_email_notification_flag is not False,
            recipients=self.email_to,
            subject=self.email_subject,
            body=self.email_body,
        )


def recurrence_json(parent: SalesInvoice, view: RecurrenceView | None, copies: Sequence[SalesInvoice]) -> Json:
    """The schedule as it stands, the dates to come and the copies made.

    `state` is one of invoicing.sales.recurrence.RecurrenceState; `problem` says why the next copy is not made.
    """
    standing = view.standing if view else None
    return {
        "documentCode": parent.code,
        "documentType": SALES_INVOICE,
        "salesInvoiceId": parent.id,
        "recurring": parent.recurring,
        "recurringActivated": parent.recurring_activated,
        "salesInvoiceRecurring": _schedule_json(view) if view else None,
        "state": standing.state if standing else RecurrenceState.STOPPED,
        "nextDates": [print_date(day) for day in standing.next_dates(DATES_SHOWN)] if standing else [],
        "copiesMade": len(standing.made) if standing else 0,
        "problem": view.problem if view else None,
        "copies": [_copy_json(copy) for copy in copies],
    }


def _schedule_json(view: RecurrenceView) -> Json:
    schedule = schedule_of(view.recurrence)
    return {
        "id": view.recurrence.sales_invoice_id,
        "recurrenceType": schedule.every,
        "recurrenceFrequency": schedule.frequency,
        "invoiceRecurringCount": schedule.count,
        "recurrenceEndDate": print_date(schedule.end_date),
    }


def _copy_json(copy: SalesInvoice) -> Json:
    return {
        "occurrence": copy.occurrence,
        "id": copy.id,
        "salesInvoiceCode": copy.code,
        "salesInvoiceDate": print_date(copy.invoice_date),
        "salesInvoiceDueDate": print_date(copy.due_date) if copy.due_date else None,
        "totalAmount": copy.total,
        "currency": copy.currency,
        "status": copy.status,
    }
