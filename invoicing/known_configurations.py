"""Configurations whose value we read ourselves: a bad one is refused where it is set, not where it is needed."""

from invoicing import invoice_settings
from invoicing.invoice_settings import BadInvoiceSettings, parse_invoice_settings
from invoicing.mail_address import is_mail_address

MAIL_FROM_KEY = "cust.notification.email.from"
"""The sender of the tenant's mails (Emporix A.7)."""


class BadValue(ValueError):
    """The value of a configuration that we read is wrong; `field` is its path in the configuration."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def refuse_bad_value(key: str, value: object) -> None:
    """Let pass what we can read, and every key that is not ours to read.

    Raises:
        BadValue: the value cannot be read.
    """
    if key == invoice_settings.KEY:
        _refuse_bad_invoice_settings(value)
    elif key == MAIL_FROM_KEY and not (isinstance(value, str) and is_mail_address(value)):
        raise BadValue("value", f"{key} must be a mail address, such as shop@example.com")


def _refuse_bad_invoice_settings(value: object) -> None:
    try:
        parse_invoice_settings(value)
    except BadInvoiceSettings as error:
        field = "value" if error.member == "value" else f"value.{error.member}"
        raise BadValue(field, str(error)) from error
