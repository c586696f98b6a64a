"""Configurations whose value we read ourselves: a bad one is refused where it is set, not where it is needed."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from invoicing.configuration import document_settings, invoice_settings
from invoicing.configuration.document_settings import setting_problems
from invoicing.configuration.invoice_settings import BadInvoiceSettings, parse_invoice_settings
from invoicing.mail_address import is_mail_address
from invoicing.money import UnsupportedCurrency, minor_unit

MAIL_FROM_KEY = "cust.notification.email.from"
"""The sender of the tenant's mails (Emporix A.7)."""
BASE_CURRENCY_KEY = "baseCurrency"
"""ISO 4217 code of the currency that the tenant keeps its books in; without it, its site's."""
BOOK_BEGINNING_KEY = "bookBeginningDate"
"""dd-MM-yyyy: the first day of the books here. Opening invoices are of the time before (Deskera B.6)."""


class BadValue(ValueError):
    """The value of a configuration that we read is wrong; `field` is its path in the configuration.

    `problems` has it and the `further` members at fault, as (field, message).
    """

    def __init__(self, field: str, message: str, further: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.problems = ((field, message), *further)


def refuse_bad_value(key: str, value: object) -> None:
    """Let pass what we can read, and every key that is not ours to read.

    Raises:
        BadValue: the value cannot be read.
    """
    if key == invoice_settings.KEY:
        _refuse_bad_invoice_settings(value)
    elif key == document_settings.KEY:
        _refuse_bad_document_settings(value)
    elif key == MAIL_FROM_KEY and not (isinstance(value, str) and is_mail_address(value)):
        raise BadValue("value", f"{key} must be a mail address, such as shop@example.com")
    elif key == BASE_CURRENCY_KEY and not _is_currency(value):
        raise BadValue("value", f"{key} must be an ISO 4217 code, such as EUR")
    elif key == BOOK_BEGINNING_KEY and parse_book_beginning(value) is None:
        raise BadValue("value", f"{key} must be a date of the form dd-MM-yyyy, such as 01-01-2025")


def parse_book_beginning(value: object) -> date | None:
    """The day that the configuration's value names, None where it names none."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{2}-\d{2}-\d{4}", value):
        return None
    try:
        return datetime.strptime(value, "%d-%m-%Y").date()  # noqa: DTZ007 -- a day has no time zone
    except ValueError:
        return None


def _is_currency(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(minor_unit(value))
    except UnsupportedCurrency:
        return False


def _refuse_bad_invoice_settings(value: object) -> None:
    try:
        parse_invoice_settings(value)
    except BadInvoiceSettings as error:
        field = "value" if error.member == "value" else f"value.{error.member}"
        raise BadValue(field, str(error)) from error


def _refuse_bad_document_settings(value: object) -> None:
    problems = [(f"value.{one.field}" if one.field else "value", one.message) for one in setting_problems(value)]
    if problems:
        (field, message), *further = problems
        raise BadValue(field, message, further)
