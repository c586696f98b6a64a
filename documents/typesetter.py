"""WeasyPrint, held ready: fonts and style sheets are read once, and nothing is fetched from anywhere.

Import this only after `documents.fonts.use_own_fonts()`, and use one `Typesetter` from one thread: Pango's font map is
not made to be shared.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from xml.etree import ElementTree as ET

from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from PIL import Image
from weasyprint import CSS, DEFAULT_OPTIONS, HTML  # type: ignore[import-untyped]
from weasyprint.pdf import generate_pdf  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]

from documents.archive import OPTIONS, attachment, finish, with_claims
from documents.pdf_writer import written
from documents.pictures import MOST_PIXELS
from documents.request import Picture
from documents.shortcuts import take_shortcuts
from documents.watermark import lay_across

EMBEDDED = ("data:image/png;base64,", "data:image/jpeg;base64,")
"""What an SVG may carry inside itself."""
KEPT_STYLES = 64
"""Style sheets that a process keeps as they were read: tenants have colours and templates of their own."""


class Typesetter:
    """Turns the HTML of a document into a PDF."""

    def __init__(self) -> None:
        # Its warnings quote the document, and so people's names.
        logging.getLogger("weasyprint").disabled = True
        Image.MAX_IMAGE_PIXELS = MOST_PIXELS
        take_shortcuts()
        self._fonts = FontConfiguration()
        self._style = lru_cache(KEPT_STYLES)(self._read_style)

    def pdf(
        self,
        html: str,
        *,
        styles: Sequence[str],
        pictures: Mapping[str, Picture],
        issued: date,
        cii: bytes | None,
        is_own_template: bool = False,
        across: str = "",
    ) -> bytes:
        """The PDF of a page, well-formed XML that names no picture but these, by their URLs.

        Args:
            html: the page.
            styles: style sheets, later ones over earlier ones.
            pictures: what the page may show.
            issued: the day that the attachment bears.
            cii: the structured invoice that the PDF carries.
            is_own_template: the page is a tenant's: no style of it is kept for the next document.
            across: a word over every page.
        """
        page = _Page(html, _OnlyWhatWeGive(pictures), keeps_styles=not is_own_template)
        options = DEFAULT_OPTIONS | OPTIONS
        document = page.render(
            font_config=self._fonts, **options | {"stylesheets": [self._style(css) for css in styles]}
        )
        if across:
            lay_across(document, across, self._fonts)
        with_claims(document.metadata, has_cii=cii is not None)
        attachments = [attachment(cii, issued)] if cii is not None else []
        pdf = generate_pdf(document, None, 1, **options | {"attachments": attachments})
        finish(pdf)
        return written(pdf)

    def _read_style(self, css: str) -> CSS:
        return CSS(string=css, font_config=self._fonts, url_fetcher=_OnlyWhatWeGive({}))


class _Page(HTML):  # type: ignore[misc]
    """HTML that is also well-formed XML: Expat takes a tenth of the HTML parser's time and gives the same."""

    def __init__(self, html: str, url_fetcher: URLFetcher, *, keeps_styles: bool) -> None:
        root = ET.fromstring(html)  # noqa: S314 - our own template, everything from outside is escaped in it
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element
        self.base_url = None
        self.url_fetcher = url_fetcher
        self.media_type = "print"
        self.keeps_styles = keeps_styles
        if keeps_styles:  # our own templates have style sheets and metadata in their head, if anywhere
            head = next(child for child in self.wrapper_element.iter_children() if child.local_name == "head")
            self.wrapper_element.query_all = head.query_all


class _OnlyWhatWeGive(URLFetcher):  # type: ignore[misc]
    """Answers for the document's pictures and for what is inside them; network and disk stay out of reach."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        super().__init__(allowed_protocols=("data",))
        self._pictures = pictures

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if picture := self._pictures.get(url):
            return URLFetcherResponse(url, picture.content, {"Content-Type": picture.media_type})
        if url.startswith(EMBEDDED):
            return super().fetch(url, headers)
        raise PermissionError("an invoice loads nothing from outside")
