"""Why an order failed or is held: a closed set, used as error type in Temporal and as `reason` in the API."""

from enum import StrEnum


class Reason(StrEnum):
    """The value is the type name that retry policies match."""

    UNKNOWN_ORDER = "unknown_order"
    ALREADY_INVOICED = "already_invoiced"
    INVALID_ORDER = "invalid_order"
    NOT_INVOICEABLE = "not_invoiceable"
    NO_BILLABLE_LINES = "no_billable_lines"
    UNSUPPORTED_CURRENCY = "unsupported_currency"
    UNKNOWN_SITE = "unknown_site"
    TOTALS_DIFFER = "totals_differ"
    RULES_VIOLATED = "rules_violated"
    EINVOICE_INCOMPLETE = "einvoice_incomplete"
    NOT_AUTHORISED = "not_authorised"
    PAYMENT_DECLINED = "payment_declined"
    NO_ACTIVE_SCHEMA = "no_active_schema"
    SERIES_EXHAUSTED = "series_exhausted"
    NUMBER_TAKEN = "number_taken"
    TEMPLATE_ERROR = "template_error"
    NO_MAIL_ADDRESS = "no_mail_address"
    MAIL_REFUSED = "mail_refused"
    PARTLY_CREDITED = "partly_credited"
    REFUND_PENDING = "refund_pending"
    REFUND_REFUSED = "refund_refused"
    IN_PROGRESS_ELSEWHERE = "in_progress_elsewhere"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    INTERNAL_ERROR = "internal_error"


FINAL = frozenset(
    {
        Reason.UNKNOWN_ORDER,
        Reason.ALREADY_INVOICED,
        Reason.INVALID_ORDER,
        Reason.NOT_INVOICEABLE,
        Reason.NO_BILLABLE_LINES,
        Reason.UNSUPPORTED_CURRENCY,
        Reason.CANCELLED,
        Reason.ABANDONED,
    }
)
"""These end the order; a later job may try it anew. Every other reason puts it on hold for a person."""

NOT_RETRIED = [*Reason, "PayloadsTooLarge"]
"""For retry policies: no waiting mends these."""
