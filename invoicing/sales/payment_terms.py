"""Payment terms: how many days after its date an invoice is due (Deskera B.5)."""

import re
from datetime import date, timedelta
from enum import StrEnum


class PaymentTerm(StrEnum):
    """A term by its id; its name says the days, `NET_30` is due 30 days after the invoice's date."""

    NET_0 = "1"
    NET_10 = "2"
    NET_15 = "3"
    NET_30 = "4"
    NET_45 = "5"

    @property
    def days(self) -> int:
        """Days from the invoice's date to the day on which it is due."""
        return int(self.name.removeprefix("NET_"))


class UnknownPaymentTerm(ValueError):
    """The text names no term that we know."""


def parse_payment_term(text: str) -> PaymentTerm:
    """A term by its id or by its name, however that is spelled.

    >>> parse_payment_term("4").days, parse_payment_term("Net 30").days
    (30, 30)

    Raises:
        UnknownPaymentTerm: it is neither.
    """
    wanted = text.strip()
    for term in PaymentTerm:
        if wanted == term.value or re.sub(r"[\s_-]+", "_", wanted).upper() == term.name:
            return term
    known = ", ".join(f"{term.value} (NET {term.days})" for term in PaymentTerm)
    raise UnknownPaymentTerm(f"must be one of {known}")


def due_date(invoice_date: date, term: PaymentTerm) -> date:
    """The day on which an invoice of that date is due.

    >>> due_date(date(2020, 6, 18), PaymentTerm.NET_30)
    datetime.date(2020, 7, 18)

    Raises:
        OverflowError: that day is beyond the calendar's end, 31 December 9999.
    """
    return invoice_date + timedelta(days=term.days)
