import base64
import os
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pypdf.generic import StreamObject

import documents.pdf
from documents.logo import Logo
from documents.pdf import TEMPLATE_VERSION, render_pdf
from tests.documents.invoices import items, make_invoice
from tests.documents.layout import laid_out
from tests.documents.pictures import picture
from tests.documents.printed import printed

EMBEDDED = base64.b64encode(picture("PNG", "RGB", size=(30, 10)))
SVG_WITH_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20">'
    b'<image width="30" height="10" href="data:image/png;base64,%s"/></svg>' % EMBEDDED
)
ROOT = Path(documents.pdf.__file__).parents[1]
DIGEST = """
import pathlib, sys
from hashlib import sha256
from documents.pdf import Logo, render_pdf
from invoicing.invoice import Invoice
folder = pathlib.Path(sys.argv[1])
invoice = Invoice.model_validate_json((folder / "invoice.json").read_bytes())
render_pdf(invoice, None)
print(sha256(render_pdf(invoice, Logo(content=(folder / "logo.png").read_bytes(), media_type="image/png"))).hexdigest())
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
    invoice, logo = make_invoice(items(3)), picture("PNG", "RGBA", size=(900, 300))
    (tmp_path / "invoice.json").write_text(invoice.model_dump_json())
    (tmp_path / "logo.png").write_bytes(logo)
    here = sha256(render_pdf(invoice, Logo(content=logo, media_type="image/png"))).hexdigest()
    there = [
        told_by_another_process(DIGEST, str(tmp_path), PYTHONHASHSEED=seed, TZ=zone)
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima"))
    ]
    assert there == [here, here]


def test_another_invoice_gives_other_bytes() -> None:
    assert render_pdf(make_invoice(), None) != render_pdf(make_invoice(issue_date=date(2026, 11, 22)), None)


def test_the_template_version_is_the_same_in_any_process_and_known_without_the_layout_engine() -> None:
    assert told_by_another_process(VERSION).split() == [TEMPLATE_VERSION, "False"]


def test_the_file_says_what_it_is() -> None:
    pdf = printed(make_invoice(language="en", locale="en_GB"))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Invoice RE-2026-00017 from Nordlicht Handel GmbH"
    assert pdf.metadata.author == "Nordlicht Handel GmbH"
    assert pdf.metadata.keywords == "Invoice, RE-2026-00017"
    assert pdf.metadata.creation_date is not None
    assert pdf.metadata.creation_date.date() == date(2026, 11, 21)
    assert str(pdf.root_object["/Lang"]) == "en"


def test_the_file_claims_to_be_archivable() -> None:
    xmp = printed(make_invoice()).root_object["/Metadata"].get_object()
    assert isinstance(xmp, StreamObject)
    text = xmp.get_data().decode()
    assert "pdfaid" in text
    assert 'part="3"' in text
    assert 'conformance="B"' in text


@pytest.mark.parametrize(
    "logo",
    [
        Logo(content=picture("JPEG", "CMYK", size=(300, 100)), media_type="image/jpeg"),
        Logo(content=SVG_WITH_PICTURE, media_type="image/svg+xml"),
    ],
)
def test_pictures_are_as_an_archive_wants_them(logo: Logo) -> None:
    """ISO 19005-3: one colour space for all (6.2.4.3), no interpolation (6.2.8)."""
    resources: Any = printed(make_invoice(), logo).pages[0]["/Resources"]
    (image,) = [drawn.get_object() for drawn in resources["/XObject"].values()]
    assert (image["/Subtype"], image["/ColorSpace"], image["/Interpolate"]) == ("/Image", "/DeviceRGB", False)


def test_only_our_fonts_are_used() -> None:
    resources: Any = printed(make_invoice()).pages[0]["/Resources"]
    names = {str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values()}
    assert {name.rpartition("+")[2] for name in names} == {"IBM-Plex-Sans", "IBM-Plex-Sans-Semi-Bold"}


def test_the_page_means_the_same_to_an_html_parser() -> None:
    """It is read as XML, for speed."""
    invoice = make_invoice(items(3))
    assert render_pdf(invoice, None) == laid_out(invoice).write_pdf(pdf_variant="pdf/a-3b")
