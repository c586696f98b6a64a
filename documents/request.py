"""What a render process is asked for: a document, its pictures, and the forms that are wanted of it."""

from collections.abc import Mapping

from invoicing.document_forms import DocumentForm
from invoicing.frozen import Frozen
from invoicing.invoice import Invoice


class Picture(Frozen):
    """An image as it was fetched: PNG, JPEG, GIF, WebP or SVG. Decoding it is left to the process that prints."""

    content: bytes
    media_type: str


class OwnTemplate(Frozen):
    """A tenant's own page: Jinja2 that renders to well-formed XHTML, and its style sheet."""

    html: str
    css: str


class PrintRequest(Frozen):
    """One document to render."""

    invoice: Invoice
    forms: tuple[DocumentForm, ...] = (DocumentForm.PDF,)
    """CII among them: the PDF carries it as well."""
    template: OwnTemplate | None = None
    """None: the service's own, as `Invoice.look` says."""
    is_draft: bool = False
    """Nothing is issued: the page says so in large letters, and has no structured form."""


Pictures = Mapping[str, Picture]
"""By the URL that the invoice names: the seller's logo, the lines' images. What is not there is not printed."""
