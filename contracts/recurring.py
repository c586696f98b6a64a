"""Messages of `RecurringInvoice`: dates and ids, never what is invoiced."""

from datetime import date, datetime

from contracts.message import Message
from contracts.sales_invoice import InvoiceRef, RecurringRef


class Moment(Message):
    """A recurrence at an instant of its workflow's time, which alone decides what is due."""

    recurring: RecurringRef
    now: datetime


class Progress(Message):
    """What became of the copy that was due, and when to look again."""

    copy_made: InvoiceRef | None = None
    """There may be another one due right now: look again at once."""
    next_date: date | None = None
    next_at: datetime | None = None
    """When the next date begins for the seller; None while nothing is wanted."""
    has_ended: bool = False
    """No copy will be made any more, unless somebody changes the schedule."""


class Problem(Message):
    """Why the copy that is due cannot be made."""

    recurring: RecurringRef
    message: str
