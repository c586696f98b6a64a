"""The ways to set the invoice, each a function of the invoice that returns a PDF. One process runs one of them."""

import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.render.content import LOGO_URL, logo
from documents.fonts import FONTS, use_own_fonts
from documents.page import Page, page_of, paper_of
from documents.pdf import render
from documents.request import PrintRequest
from documents.style import style_of
from documents.templates import environment, page_html
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice

FOLDER = Path(__file__).parent
INK, QUIET, RULE = "#0f4c5c", "#66727f", "#e1e6ea"

Contestant = Callable[[Invoice], bytes]


def full() -> Contestant:
    """PDF/A-3a, PDF/UA-1 and Factur-X in one, the CII made anew."""
    forms, pictures = (DocumentForm.PDF, DocumentForm.CII), {LOGO_URL: logo()}
    return lambda invoice: render(PrintRequest(invoice=invoice, forms=forms), pictures)[DocumentForm.PDF]


def plain() -> Contestant:
    """The same page by the same means, as a PDF without tags, archive and XML."""
    import documents.typesetter  # noqa: PLC0415 - after the fonts are chosen

    vars(documents.typesetter)["OPTIONS"] = {}
    pictures = {LOGO_URL: logo()}
    return lambda invoice: render(PrintRequest(invoice=invoice), pictures)[DocumentForm.PDF]


def cii() -> Contestant:
    """The XML alone."""
    return lambda invoice: render(PrintRequest(invoice=invoice, forms=(DocumentForm.CII,)), {})[DocumentForm.CII]


def bare() -> Contestant:
    """Our HTML and our sheets, as anybody would hand them to WeasyPrint."""
    url = _logo_file().as_uri()

    def make(invoice: Invoice) -> bytes:
        page = page_of(invoice)
        styles = style_of(invoice.look, paper_of(invoice), page.direction)
        return _weasyprint(page_html(page, url, {}), *styles)

    return make


def naive() -> Contestant:
    """The page that is written first: flex boxes, automatic tables; fonts and sheet read for every document."""
    url = _logo_file().as_uri()
    template = environment.from_string((FOLDER / "naive.html").read_text())

    def make(invoice: Invoice) -> bytes:
        html = template.render(page=page_of(invoice), logo_url=url)
        return _weasyprint(html, (FOLDER / "naive.css").read_text())

    return make


def _weasyprint(html: str, *styles: str) -> bytes:
    from weasyprint import CSS, HTML  # type: ignore[import-untyped]  # noqa: PLC0415 - after the fonts are chosen
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]  # noqa: PLC0415

    fonts = FontConfiguration()
    sheets = [CSS(string=style, font_config=fonts) for style in styles]
    content: bytes = HTML(string=html).write_pdf(stylesheets=sheets, font_config=fonts)
    return content


def typst() -> Contestant:
    """A typesetter in Rust, its compiler kept."""
    import typst as library  # noqa: PLC0415 - only this process needs it

    folder = _logo_file().parent
    (folder / "invoice.typ").write_text((FOLDER / "invoice.typ").read_text())
    compiler = library.Compiler(
        str(folder / "invoice.typ"), root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True
    )

    def make(invoice: Invoice) -> bytes:
        content = compiler.compile(format="pdf", sys_inputs={"data": json.dumps(_data(page_of(invoice)))})
        if not isinstance(content, bytes):
            raise TypeError("typst returned no file")
        return content

    return make


def reportlab() -> Contestant:
    """A PDF library in Python, with its own tables."""
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]  # noqa: PLC0415 - only this process
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]  # noqa: PLC0415

    pdfmetrics.registerFont(TTFont("Sans", FONTS / "IBMPlexSans-Regular.ttf"))
    pdfmetrics.registerFont(TTFont("Bold", FONTS / "IBMPlexSans-SemiBold.ttf"))
    return lambda invoice: _flowed(_data(page_of(invoice)))


def _flowed(data: dict[str, Any]) -> bytes:
    from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]  # noqa: PLC0415 - only this process
    from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table  # type: ignore[import-untyped]  # noqa: PLC0415

    body = ParagraphStyle("body", fontName="Sans", fontSize=9, leading=12)
    head = ParagraphStyle("head", parent=body, fontName="Bold", fontSize=19, leading=24, textColor=INK)
    small = [("FONT", (0, 0), (-1, -1), "Sans", 7.5)]
    ruled = [
        ("FONT", (0, 0), (-1, -1), "Sans", 8.8),
        ("FONT", (0, 0), (-1, 0), "Bold", 7.5),
        ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.5, RULE),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    rows = [
        [row[0], Paragraph(f'{row[1]}<br/><font size="7" color="{QUIET}">{row[2]}</font>', body), *row[3:]]
        for row in data["rows"]
    ]
    story = [
        Paragraph(data["sender"], body),
        Paragraph("<br/>".join(data["recipient"]), body),
        Table(data["facts"], style=small, hAlign="RIGHT"),
        Paragraph(f"{data['kind']} {data['number']}", head),
        Paragraph(data["notes"], body),
        Table([data["heads"], *rows], colWidths=[25, 210, 50, 65, 40, 70], style=ruled, repeatRows=1),
        Spacer(1, 14),
        Table([[Table(data["taxes"], style=small), Table(data["totals"], style=ruled)]]),
        Spacer(1, 14),
        Paragraph(data["payment"], body),
        Table([[Paragraph("<br/>".join(column), body) for column in data["footer"]]]),
    ]
    file = BytesIO()
    SimpleDocTemplate(file, pagesize=A4, title=data["title"], author=data["seller"]).build(story)
    return file.getvalue()


def _data(page: Page) -> dict[str, Any]:
    """The page's words for those who cannot read our template."""
    return {
        "title": page.title,
        "seller": page.seller,
        "sender": page.sender,
        "kind": str(page.kind),
        "number": page.number,
        "recipient": page.recipient,
        "facts": [[str(fact.label), fact.value] for fact in page.facts],
        "notes": " ".join(page.notes),
        "heads": ["", *map(str, (page.words["description"], *(page.heads[name] for name in HEADS)))],
        "rows": [
            [row.position, row.name, ", ".join(row.small), row.quantity, row.unit_price[0], row.tax, row.amount]
            for row in page.rows
        ],
        "taxes": [[tax.rate, tax.net, tax.tax, tax.gross] for tax in page.taxes],
        "totals": [[str(total.label), total.amount] for total in (*page.totals, page.due)],
        "payment": " ".join(page.payment),
        "footer": page.footer,
    }


HEADS = ("quantity", "unit_price", "tax", "amount")


@cache
def _folder() -> TemporaryDirectory[str]:
    """It goes with the process."""
    return TemporaryDirectory(prefix="bench-render-")


def _logo_file() -> Path:
    file = Path(_folder().name) / "logo.svg"
    file.write_bytes(logo().content)
    return file


CONTESTANTS: dict[str, Callable[[], Contestant]] = {
    "naive": naive,
    "bare": bare,
    "plain": plain,
    "full": full,
    "cii": cii,
    "typst": typst,
    "reportlab": reportlab,
}


WITHOUT = "full without "
"""Before the name of a shortcut."""


def contestant(name: str) -> Contestant:
    """Make one ready in this process; `full without X` does without one of the shortcuts."""
    use_own_fonts()
    if name.startswith(WITHOUT):
        from documents.shortcuts import SHORTCUTS  # noqa: PLC0415 - after the fonts are chosen

        del SHORTCUTS[name.removeprefix(WITHOUT)]
        return full()
    return CONTESTANTS[name]()
