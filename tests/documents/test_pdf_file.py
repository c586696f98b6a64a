import base64
import os
import subprocess
import sys
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

import documents.pdf
from documents.pdf import TEMPLATE_VERSION, render
from documents.request import Picture, PrintRequest
from invoicing.document_forms import DocumentForm
from tests.documents.invoices import items, make_invoice
from tests.documents.layout import laid_out
from tests.documents.pictures import picture
from tests.documents.printed import LOGO_URL, printed, render_pdf, with_logo

EMBEDDED = base64.b64encode(picture("PNG", "RGB", size=(30, 10)))
SVG_WITH_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20">'
    b'<image width="30" height="10" href="data:image/png;base64,%s"/></svg>' % EMBEDDED
)
FORMS = (DocumentForm.PDF, DocumentForm.CII, DocumentForm.UBL)
ROOT = Path(documents.pdf.__file__).parents[1]
DIGEST = """
import pathlib, sys
from hashlib import sha256
from documents.pdf import render
from documents.request import Picture, PrintRequest
folder = pathlib.Path(sys.argv[1])
request = PrintRequest.model_validate_json((folder / "request.json").read_bytes())
logo = Picture(content=(folder / "logo.png").read_bytes(), media_type="image/png")
render(request, {})
made = render(request, {request.invoice.seller.logo_url: logo})
print(*(sha256(content).hexdigest() for content in made.values()))
"""
VERSION = "import sys; from documents.pdf import TEMPLATE_VERSION; print(TEMPLATE_VERSION, 'weasyprint' in sys.modules)"


def told_by_another_process(script: str, *arguments: str, **environment: str) -> str:
    told = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return told.stdout.strip()


def test_the_same_invoice_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    request = PrintRequest(invoice=with_logo(make_invoice(items(3))), forms=FORMS)
    logo = Picture(content=picture("PNG", "RGBA", size=(900, 300)), media_type="image/png")
    (tmp_path / "request.json").write_text(request.model_dump_json())
    (tmp_path / "logo.png").write_bytes(logo.content)
    here = " ".join(sha256(content).hexdigest() for content in render(request, {LOGO_URL: logo}).values())
    there = [
        told_by_another_process(DIGEST, str(tmp_path), PYTHONHASHSEED=seed, TZ=zone)
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima"))
    ]
    assert there == [here, here]


def test_another_invoice_gives_other_bytes() -> None:
    assert render_pdf(make_invoice(), None) != render_pdf(make_invoice(issue_date=date(2026, 11, 22)), None)


def test_the_template_version_is_the_same_in_any_process_and_known_without_the_layout_engine() -> None:
    assert told_by_another_process(VERSION).split() == [TEMPLATE_VERSION, "False"]


LOADED = """
import json, sys
from documents.pdf import render
from documents.request import PrintRequest
from documents.version import BESIDE_THE_PAGE, shaping_files
from invoicing.document_forms import DocumentForm
from tests.documents.invoices import make_invoice

render(PrintRequest(invoice=make_invoice(), forms=(*DocumentForm,)), {})
loaded = {module.__file__ for name, module in sys.modules.items() if name.split(".")[0] in ("documents", "invoicing")}
noticed = {str(path) for path in shaping_files()}
print(*sorted(path for path in loaded - noticed if path.rpartition("/")[2] not in BESIDE_THE_PAGE), len(noticed) > 0)
"""


def test_the_template_version_notices_every_file_that_has_a_hand_in_a_document() -> None:
    assert told_by_another_process(LOADED) == "True"


def test_the_file_says_what_it_is() -> None:
    pdf = printed(make_invoice(language="en", locale="en_GB"))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Invoice RE-2026-00017 from Nordlicht Handel GmbH"
    assert pdf.metadata.author == "Nordlicht Handel GmbH"
    assert pdf.metadata.keywords == "Invoice, RE-2026-00017"
    assert pdf.metadata.creation_date is not None
    assert pdf.metadata.creation_date.date() == date(2026, 11, 21)
    assert str(pdf.root_object["/Lang"]) == "en"


@pytest.mark.parametrize(
    "logo",
    [
        Picture(content=picture("JPEG", "CMYK", size=(300, 100)), media_type="image/jpeg"),
        Picture(content=SVG_WITH_PICTURE, media_type="image/svg+xml"),
    ],
)
def test_pictures_are_as_an_archive_wants_them(logo: Picture) -> None:
    """ISO 19005-3: one colour space for all (6.2.4.3), no interpolation (6.2.8)."""
    resources: Any = printed(make_invoice(), logo).pages[0]["/Resources"]
    (image,) = [drawn.get_object() for drawn in resources["/XObject"].values()]
    assert (image["/Subtype"], image["/ColorSpace"], image["/Interpolate"]) == ("/Image", "/DeviceRGB", False)


def test_only_our_fonts_are_used() -> None:
    resources: Any = printed(make_invoice()).pages[0]["/Resources"]
    names = {str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values()}
    assert {name.rpartition("+")[2] for name in names} == {"IBM-Plex-Sans", "IBM-Plex-Sans-Semi-Bold"}


def drawn(pdf: PdfReader) -> list[bytes]:
    contents = [page.get_contents() for page in pdf.pages]
    return [content.get_data() for content in contents if content is not None]


def test_the_page_means_the_same_to_an_html_parser() -> None:
    """It is read as XML, for speed."""
    invoice = make_invoice(items(40))
    parsed_as_html = PdfReader(BytesIO(laid_out(invoice).write_pdf(pdf_variant="pdf/a-3a")))
    assert drawn(printed(invoice)) == drawn(parsed_as_html)
