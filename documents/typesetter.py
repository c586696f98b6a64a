"""WeasyPrint, held ready: fonts and style sheet are read once, and nothing is fetched from anywhere.

Import this only after `documents.fonts.use_own_fonts()`, and use one `Typesetter` from one thread: Pango's font map is
not made to be shared.
"""

import logging
from pathlib import Path
from xml.etree import ElementTree as ET

from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from PIL import Image
from pydyf import PDF, Stream  # type: ignore[import-untyped]
from weasyprint import CSS, HTML  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]

from documents.logo import LOGO_URL, MOST_PIXELS, Logo

STYLE = Path(__file__).parent / "templates" / "invoice.css"
EMBEDDED = ("data:image/png;base64,", "data:image/jpeg;base64,")
"""What an SVG may carry inside itself."""
VARIANT = "pdf/a-3b"
"""Made to be kept for years (ISO 19005-3): fonts and colour profile inside; level 3 may carry an XML invoice."""


class Typesetter:
    """Turns the HTML of an invoice into a PDF."""

    def __init__(self) -> None:
        # Its warnings quote the document, and so people's names.
        logging.getLogger("weasyprint").disabled = True
        Image.MAX_IMAGE_PIXELS = MOST_PIXELS
        self._fonts = FontConfiguration()
        self._style = CSS(filename=STYLE, font_config=self._fonts, url_fetcher=_OnlyWhatWeGive(None))

    def pdf(self, html: str, logo: Logo | None) -> bytes:
        """The PDF of a page, well-formed XML, that may show the logo as `LOGO_URL`."""
        document = _Document(html, _OnlyWhatWeGive(logo))
        content: bytes = document.write_pdf(
            font_config=self._fonts, stylesheets=[self._style], pdf_variant=VARIANT, finisher=_without_interpolation
        )
        return content


def _without_interpolation(_document: object, pdf: PDF) -> None:
    """Pictures in an archivable PDF must not be smoothed by the reader (ISO 19005-3, 6.2.8)."""
    for part in pdf.objects:
        if isinstance(part, Stream) and part.extra.get("Subtype") == "/Image":
            part.extra["Interpolate"] = "false"


class _Document(HTML):  # type: ignore[misc]
    """HTML that is also well-formed XML: Expat takes a tenth of the HTML parser's time and gives the same."""

    def __init__(self, html: str, url_fetcher: URLFetcher) -> None:
        root = ET.fromstring(html)  # noqa: S314 - our own template, everything from outside is escaped in it
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element
        self.base_url = None
        self.url_fetcher = url_fetcher
        self.media_type = "print"


class _OnlyWhatWeGive(URLFetcher):  # type: ignore[misc]
    """Answers for the logo and for pictures inside it; the network and the disk stay out of reach."""

    def __init__(self, logo: Logo | None) -> None:
        super().__init__(allowed_protocols=("data",))
        self._logo = logo

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if self._logo is not None and url == LOGO_URL:
            return URLFetcherResponse(url, self._logo.content, {"Content-Type": self._logo.media_type})
        if url.startswith(EMBEDDED):
            return super().fetch(url, headers)
        raise PermissionError("an invoice loads nothing from outside")
