"""One thing that a structured invoice lacks: how a check says it, and where a person sets it."""

from collections.abc import Callable, Iterator

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.invoice import Invoice

Need = Callable[[Invoice, DocumentForm], Iterator[MissingTerm]]
"""What one rule, or one family of rules, finds missing."""

MERCHANT = "the site's mixin merchantInfo"
FINANCE = f"{MERCHANT} (merchantFinanceInfo)"
HOME_BASE = "the site's homeBase.address"
SELLER = "invoiceDocument (seller), the site's mixin or the tenant's configuration"
CUSTOMER = "the order's billing address or the contact"
BUYER = "the contact, or the order's mixin eInvoice"
DELIVERY = "the order's shipping address"


def lacking(term: str, rule: str, field: str, message: str) -> MissingTerm:
    """The term; `message` is a sentence without its full stop."""
    return MissingTerm(term=term, rule=rule, field=field, message=f"{message}.")


def unset(term: str, rule: str, field: str, what: str, where: str) -> MissingTerm:
    """A term that is not there at all, and where it is set."""
    return lacking(term, rule, field, f"{what} is missing: set it in {where}")
