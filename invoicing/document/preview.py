"""What somebody wants to look at before it exists: a page, a mail, a template that is tried or begun.

It is kept in the database while it is made, since it says whose document it is.
"""

from enum import StrEnum
from typing import Any

from invoicing.document.template_kind import TemplateKind
from invoicing.frozen import Frozen
from invoicing.invoice import Invoice, InvoiceKind, Seller
from invoicing.look import Look

PDF, JSON = "application/pdf", "application/json"
Content = dict[str, Any]
"""Of a template: of a page `html` and `css`; of a mail, by language, `subject`, `text` and `html`."""


class PreviewTask(StrEnum):
    """What is to be made."""

    PAGE = "PAGE"
    """A document as PDF."""
    MAIL = "MAIL"
    """The mail that takes it, as JSON: `subject`, `text`, `html`."""
    TRIAL = "TRIAL"
    """Nothing: a template is filled in with sample documents, and its faults are told."""
    STARTING_POINT = "STARTING_POINT"
    """The service's own template as content for one of the tenant's, as JSON."""


class PreviewWish(Frozen):
    """One thing to make."""

    task: PreviewTask
    kind: TemplateKind = TemplateKind.DOCUMENT
    """Of a trial or a starting point."""
    invoice: Invoice | None = None
    """The document, as it is to be shown; None: a sample."""
    sample: InvoiceKind = InvoiceKind.INVOICE
    seller: Seller | None = None
    """Of a sample, as are look and language."""
    look: Look = Look()
    language: str | None = None
    """ISO 639-1"""
    template: Content | None = None
    """None: the service's own."""
    is_draft: bool = False
