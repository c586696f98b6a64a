"""Pages that WeasyPrint lays out and draws as a tenant's page is, for what is replaced in it."""

import pydyf  # type: ignore[import-untyped]

from documents.fonts import use_own_fonts

use_own_fonts()

from weasyprint import CSS, HTML  # type: ignore[import-untyped]  # noqa: E402 - after the fonts are chosen

from documents.shortcuts import take_shortcuts  # noqa: E402
from documents.shortcuts.untyped import Untyped  # noqa: E402


def page_of(html: str, css: str = "") -> Untyped:
    """The first page, laid out."""
    take_shortcuts()
    return HTML(string=html).render(stylesheets=[CSS(string=css)]).pages[0]._page_box


def drawn(html: str, css: str = "") -> bytes:
    """What is drawn."""
    take_shortcuts()
    content: list[bytes] = []

    def keep(_document: object, pdf: pydyf.PDF) -> None:
        content.extend(b"\n".join(stream.stream) for stream in pdf.objects if type(stream).__name__ == "Stream")

    HTML(string=html).write_pdf(stylesheets=[CSS(string=css)], finisher=keep)
    return b"\n".join(content)
