"""Reading a PDF back, as a person would."""

from io import BytesIO

from pypdf import PdfReader

from documents.logo import Logo
from documents.pdf import render_pdf
from invoicing.invoice import Invoice


def printed(invoice: Invoice, logo: Logo | None = None) -> PdfReader:
    """The invoice as a PDF, opened."""
    return PdfReader(BytesIO(render_pdf(invoice, logo)))


def pages_of(pdf: PdfReader) -> list[str]:
    """The text of each page, every run of white space as one space."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def text_of(invoice: Invoice, logo: Logo | None = None) -> str:
    """The text of the whole invoice."""
    return " ".join(pages_of(printed(invoice, logo)))
