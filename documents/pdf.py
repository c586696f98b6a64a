"""A document in its forms: a pure function of request, pictures and `TEMPLATE_VERSION`.

WeasyPrint is loaded with the first PDF, not with this module, and belongs into a render process (`documents.renderer`):
Pango keeps state of its own, and a fault in it ends the process.
"""

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from documents.failures import StructuredInvoiceInvalid, TemplateFailed
from documents.fonts import use_own_fonts
from documents.own_template import BoundedMemory, own_page_html
from documents.page import page_of, paper_of
from documents.pictures import Printed
from documents.request import Pictures, PrintRequest
from documents.style import style_of
from documents.templates import page_html
from documents.version import TEMPLATE_VERSION
from invoicing.document_forms import STRUCTURED, DocumentForm
from invoicing.invoice import Invoice

if TYPE_CHECKING:
    from documents.typesetter import Typesetter

__all__ = ["TEMPLATE_VERSION", "render"]


def render(request: PrintRequest, pictures: Pictures) -> dict[DocumentForm, bytes]:
    """Make a document in every form that is asked for; the PDF carries the CII that is asked for beside it.

    A picture that cannot be decoded is left out; in the logo's place the seller's name is printed.

    Raises:
        StructuredInvoiceInvalid: a structured form cannot be made, or came out invalid.
        TemplateFailed: this document and this template do not fit. Messages name the fault, not the data.
    """
    try:
        return _render(request, pictures)
    except (MemoryError, OSError, TemplateFailed):
        raise  # the machine's fault, or told already
    except Exception as error:  # noqa: BLE001 - whatever it is, it would happen again
        raise TemplateFailed(f"the invoice could not be set: {_fault(error)}") from None


def _render(request: PrintRequest, pictures: Pictures) -> dict[DocumentForm, bytes]:
    made = {form: _structured(request.invoice, form) for form in request.forms if form in STRUCTURED}
    if DocumentForm.PDF in request.forms:
        made[DocumentForm.PDF] = _pdf(request, pictures, made.get(DocumentForm.CII))
    return {form: made[form] for form in request.forms}


def _pdf(request: PrintRequest, pictures: Pictures, cii: bytes | None) -> bytes:
    typesetter = _typesetter()
    printed = Printed(request.invoice, pictures)
    page = page_of(request.invoice, is_draft=request.is_draft)
    issued = request.invoice.issue_date
    if request.template is not None:
        with BoundedMemory():
            html = own_page_html(request.template, page, printed.logo_url, printed.line_urls)
            return typesetter.pdf(
                html,
                styles=(request.template.css,),
                pictures=printed.content,
                issued=issued,
                cii=cii,
                is_own_template=True,
                across=page.draft,
            )
    html = page_html(page, printed.logo_url, printed.line_urls)
    styles = style_of(request.invoice.look, paper_of(request.invoice), page.direction, is_draft=request.is_draft)
    return typesetter.pdf(html, styles=styles, pictures=printed.content, issued=issued, cii=cii)


def _structured(invoice: Invoice, form: DocumentForm) -> bytes:
    from documents.einvoice import structured  # noqa: PLC0415 - its schemas are for render processes too

    try:
        return structured(invoice, form)
    except (MemoryError, OSError, StructuredInvoiceInvalid):
        raise
    except Exception as error:  # noqa: BLE001 - as in `render`; the page is not at fault
        raise StructuredInvoiceInvalid(f"the {form} could not be made: {_fault(error)}") from None


def _fault(error: Exception) -> str:
    """The kind of an error and where it stands: messages may quote the invoice."""
    kind = type(error).__name__
    if isinstance(error, TemplateError):
        return f"{kind} in the template"
    return kind


@cache
def _typesetter() -> "Typesetter":
    use_own_fonts()
    from documents.typesetter import Typesetter  # noqa: PLC0415 - fontconfig is set up before WeasyPrint is loaded

    return Typesetter()
