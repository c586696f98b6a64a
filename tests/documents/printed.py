"""Reading a PDF back, as a person would."""

from io import BytesIO

from pypdf import PdfReader

from documents.pdf import render
from documents.request import Picture, PrintRequest
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

LOGO_URL = "https://shop.example/logo.png"


def with_logo(invoice: Invoice) -> Invoice:
    """The invoice of a seller who has a logo, at `LOGO_URL`."""
    return invoice.model_copy(update={"seller": invoice.seller.model_copy(update={"logo_url": LOGO_URL})})


def render_pdf(invoice: Invoice, logo: Picture | None = None, *forms: DocumentForm) -> bytes:
    """The invoice as a PDF, with that logo; it carries the CII where that is among the further forms."""
    pictures = {LOGO_URL: logo} if logo else {}
    request = PrintRequest(invoice=with_logo(invoice) if logo else invoice, forms=(DocumentForm.PDF, *forms))
    return render(request, pictures)[DocumentForm.PDF]


def printed(invoice: Invoice, logo: Picture | None = None) -> PdfReader:
    """The invoice as a PDF, opened."""
    return PdfReader(BytesIO(render_pdf(invoice, logo)))


def pages_of(pdf: PdfReader) -> list[str]:
    """The text of each page, every run of white space as one space."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def text_of(invoice: Invoice, logo: Picture | None = None) -> str:
    """The text of the whole invoice."""
    return " ".join(pages_of(printed(invoice, logo)))
