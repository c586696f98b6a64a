"""An invoice as PDF/A-3b: a pure function of the invoice, the logo and `TEMPLATE_VERSION`.

WeasyPrint is loaded with the first PDF, not with this module, and belongs into a render process (`documents.renderer`):
Pango keeps state of its own, and a fault in it ends the process.
"""

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from documents.failures import TemplateFailed
from documents.fonts import use_own_fonts
from documents.logo import LOGO_URL, Logo, printable
from documents.page import page_of
from documents.templates import environment
from documents.version import TEMPLATE_VERSION
from invoicing.invoice import Invoice

if TYPE_CHECKING:
    from documents.typesetter import Typesetter

__all__ = ["TEMPLATE_VERSION", "Logo", "render_pdf"]


def render_pdf(invoice: Invoice, logo: Logo | None) -> bytes:
    """Set an invoice. A logo that cannot be decoded is left out, and the seller's name is printed in its place.

    Raises:
        TemplateFailed: this invoice and this template do not fit; the message names the fault, not the data.
    """
    try:
        typesetter = _typesetter()
        mark = printable(logo) if logo else None
        html = environment.get_template("invoice.html").render(
            page=page_of(invoice), logo_url=LOGO_URL if mark else None
        )
        return typesetter.pdf(html, mark)
    except (MemoryError, OSError):
        raise  # the machine's fault, not the template's
    except Exception as error:  # noqa: BLE001 - whatever it is, it would happen again
        raise TemplateFailed(f"the invoice could not be set: {_fault(error)}") from None


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
