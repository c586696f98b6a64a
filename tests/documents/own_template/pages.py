"""Pages of a tenant's own, filled in with a sample."""

from documents.own_template import OwnTemplateFailed, own_page_html
from documents.page import Page, page_of
from documents.request import OwnTemplate
from documents.sample_documents import sample_of
from invoicing.document.template_fault import read_faults
from invoicing.invoice import InvoiceKind

AROUND = '<!DOCTYPE html>\n<html lang="en">\n<head><title>x</title></head>\n<body>\n{}\n</body></html>'
FIRST_LINE = 5
"""Of what stands in `AROUND`."""


def sample_page() -> Page:
    return page_of(sample_of(InvoiceKind.INVOICE))


def filled(body: str, css: str = "") -> str:
    """What a page with this body comes to."""
    html = own_page_html(OwnTemplate(html=AROUND.format(body), css=css), sample_page(), None, {})
    return html.partition("<body>\n")[2].partition("\n</body>")[0]


def faults(body: str, css: str = "") -> list[tuple[int, str]]:
    """Lines and messages of what is wrong with it, lines from the body's first."""
    return faults_of_page(AROUND.format(body), css, FIRST_LINE)


def faults_of_page(html: str, css: str = "", first_line: int = 1) -> list[tuple[int, str]]:
    """The same of a whole page."""
    try:
        own_page_html(OwnTemplate(html=html, css=css), sample_page(), None, {})
    except OwnTemplateFailed as failure:
        found = read_faults(str(failure))
        return [(fault.line - (first_line - 1 if fault.part == "html" else 0), fault.message) for fault in found]
    return []
