"""The configuration `invoiceSettings`: which orders an automatic job looks for (Emporix A.2)."""

import re
from collections.abc import Mapping
from decimal import Decimal

from invoicing.frozen import Frozen

KEY = "invoiceSettings"
"""The configuration's key."""

ORDER_STATUSES = ("IN_CHECKOUT", "CREATED", "CONFIRMED", "DECLINED", "SHIPPED", "COMPLETED")
"""What an order's status can be (Emporix A.5)."""

MAX_THRESHOLD_HOURS = 87_600
"""Ten years: anything longer is a slip of the keyboard."""

THRESHOLD = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*h?", re.IGNORECASE)
EXTENDED_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,32}")
"""An opaque code; other characters would mean something in the order service's query language."""

SHOWN_LENGTH = 40
"""How much of a wrong value an error repeats."""


class BadInvoiceSettings(ValueError):
    """A member of the value is missing or wrong. `member` names it as the caller spells it."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(f"{member} {message}")
        self.member = member
        self.message = message


class InvoiceSettings(Frozen):
    """Orders in one of `statuses` and one of `extended_statuses`, delivered at least `threshold_hours` ago."""

    threshold_hours: Decimal
    statuses: tuple[str, ...]
    extended_statuses: tuple[str, ...]


def parse_invoice_settings(value: object) -> InvoiceSettings:
    """Read the configuration's value as people write it: `"24"`, `24`, `"96h"`; `"CREATED, CONFIRMED"` or an array.

    All three members are required: a forgotten filter would find orders that nobody meant.

    Raises:
        BadInvoiceSettings: a member is missing, of a wrong type, out of range or no known status.

    >>> parse_invoice_settings({"threshold": "96h", "status": "CREATED", "extendedOrderStatus": [70, "75"]})
    InvoiceSettings(threshold_hours=Decimal('96'), statuses=('CREATED',), extended_statuses=('70', '75'))
    """
    if not isinstance(value, Mapping):
        raise BadInvoiceSettings("value", "must be an object with threshold, status and extendedOrderStatus")
    return InvoiceSettings(
        threshold_hours=_threshold(value.get("threshold")),
        statuses=_statuses(value.get("status")),
        extended_statuses=_extended_statuses(value.get("extendedOrderStatus")),
    )


def _threshold(value: object) -> Decimal:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    match = THRESHOLD.fullmatch(str(value).strip()) if number or isinstance(value, str) else None
    if match is None:
        raise BadInvoiceSettings("threshold", 'must be hours since delivery, such as "24", 24 or "96h"')
    hours = Decimal(match[1])
    if hours > MAX_THRESHOLD_HOURS:
        raise BadInvoiceSettings("threshold", f"must be at most {MAX_THRESHOLD_HOURS} hours")
    return hours


def _statuses(value: object) -> tuple[str, ...]:
    statuses = _listed("status", value)
    for status in statuses:
        if status not in ORDER_STATUSES:
            raise BadInvoiceSettings("status", f"{_shown(status)} is none of {', '.join(ORDER_STATUSES)}")
    return statuses


def _extended_statuses(value: object) -> tuple[str, ...]:
    statuses = _listed("extendedOrderStatus", value)
    for status in statuses:
        if not EXTENDED_STATUS.fullmatch(status):
            raise BadInvoiceSettings(
                "extendedOrderStatus", f"{_shown(status)} must be letters, digits and _ . - only, 32 at most"
            )
    return statuses


def _listed(member: str, value: object) -> tuple[str, ...]:
    """The items of a comma list or an array, without blanks and repeats."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
        raise BadInvoiceSettings(member, "must be a comma separated list or an array of strings")
    listed = tuple(dict.fromkeys(text for item in items if (text := str(item).strip())))
    if not listed:
        raise BadInvoiceSettings(member, "must name at least one status")
    return listed


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}...")
