"""From a failure of the domain or of the world to the closed set of reasons that the workflows know."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from contracts.failures import Reason
from database.invoices import NumberTaken
from database.sequences import NoActiveSchema
from documents.failures import TemplateFailed
from integrations.order_service import UnknownOrder
from invoicing.document.finishing import ElectronicIncomplete
from invoicing.money import UnsupportedCurrency
from invoicing.numbering import MissingPlaceholder, SeriesExhausted
from invoicing.orders.order import OrderRejected
from invoicing.orders.parts import NoBillableLines
from invoicing.orders.payment import NotAuthorised
from invoicing.orders.pricing import TotalsDiffer
from invoicing.rules.all_rules import RulesViolated
from invoicing.sales.recurrence import PartlyCredited

REASONS: dict[type[Exception], Reason] = {
    UnknownOrder: Reason.UNKNOWN_ORDER,
    OrderRejected: Reason.INVALID_ORDER,
    NoBillableLines: Reason.NO_BILLABLE_LINES,
    UnsupportedCurrency: Reason.UNSUPPORTED_CURRENCY,
    TotalsDiffer: Reason.TOTALS_DIFFER,
    NotAuthorised: Reason.NOT_AUTHORISED,
    NoActiveSchema: Reason.NO_ACTIVE_SCHEMA,
    MissingPlaceholder: Reason.NO_ACTIVE_SCHEMA,
    SeriesExhausted: Reason.SERIES_EXHAUSTED,
    NumberTaken: Reason.NUMBER_TAKEN,
    RulesViolated: Reason.RULES_VIOLATED,
    ElectronicIncomplete: Reason.EINVOICE_INCOMPLETE,
    PartlyCredited: Reason.PARTLY_CREDITED,
    TemplateFailed: Reason.TEMPLATE_ERROR,
}


def ended(reason: Reason, message: str) -> ApplicationError:
    """The error that ends a step for good. The message must hold nothing personal: Temporal keeps it.

    It is an outcome and no trouble of the worker's: no log line or metric of the SDK counts it as one.
    """
    return ApplicationError(message, type=reason, non_retryable=True, category=ApplicationErrorCategory.BENIGN)


@contextmanager
def reasons() -> Iterator[None]:
    """Turn the known failures inside the block into `ApplicationError`s of their reason; others pass."""
    try:
        yield
    except tuple(REASONS) as error:
        reason = next(reason for kind, reason in REASONS.items() if isinstance(error, kind))
        raise ended(reason, str(error)) from None
