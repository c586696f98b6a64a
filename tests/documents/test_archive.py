"""One file, three standards. veraPDF judges the gallery; here is what it does not look at."""

from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import pikepdf
import pytest

from documents.pdf import render
from documents.request import PrintRequest
from invoicing.document_forms import DocumentForm
from tests.documents.invoices import items, make_invoice
from tests.documents.printed import render_pdf

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
A, UA = "{http://www.aiim.org/pdfa/ns/id/}", "{http://www.aiim.org/pdfua/ns/id/}"
INVOICE = make_invoice(items(3), due_date=date(2026, 12, 5))


@pytest.fixture(scope="module")
def made() -> dict[DocumentForm, bytes]:
    return render(PrintRequest(invoice=INVOICE, forms=(DocumentForm.PDF, DocumentForm.CII)), {})


@pytest.fixture(scope="module")
def file(made: dict[DocumentForm, bytes]) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(made[DocumentForm.PDF]))


def said(file: pikepdf.Pdf) -> dict[str, str]:
    """All properties and attributes of the one description of the file."""
    (rdf,) = ET.fromstring(file.Root.Metadata.read_bytes()).iter(RDF)
    elements = [element for description in rdf for element in (description, *description)]
    attributes = {name: value for element in elements for name, value in element.items()}
    return attributes | {element.tag: element.text or "" for element in elements}


def test_the_file_says_which_standards_it_meets(file: pikepdf.Pdf) -> None:
    properties = said(file)
    assert (properties[f"{A}part"], properties[f"{A}conformance"], properties[f"{UA}part"]) == ("3", "A", "1")
    assert {name.removeprefix(FX): value for name, value in properties.items() if name.startswith(FX)} == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }


def test_the_xml_is_another_form_of_the_same_document(file: pikepdf.Pdf, made: dict[DocumentForm, bytes]) -> None:
    (attached,) = file.Root.AF
    embedded = attached.EF.F
    assert embedded.read_bytes() == made[DocumentForm.CII]
    assert (str(attached.UF), str(attached.AFRelationship)) == ("factur-x.xml", "/Alternative")
    assert str(embedded.Subtype) == "/text/xml"
    assert [str(name) for name in file.Root.Names.EmbeddedFiles.Names[::2]] == ["factur-x.xml"]


def test_the_attachment_bears_the_day_of_the_invoice(file: pikepdf.Pdf) -> None:
    days = {str(file.Root.AF[0].EF.F.Params[name]) for name in ("/CreationDate", "/ModDate")}
    assert days == {"D:20261121000000Z"}


def test_a_reader_shows_the_title_and_may_read_aloud(file: pikepdf.Pdf) -> None:
    assert file.Root.ViewerPreferences.DisplayDocTitle
    assert file.Root.MarkInfo.Marked
    assert str(file.Root.Lang) == "de"


def test_a_file_without_xml_claims_none() -> None:
    plain = pikepdf.open(BytesIO(render_pdf(INVOICE)))
    properties = said(plain)
    assert (properties[f"{A}part"], properties[f"{UA}part"]) == ("3", "1")
    assert not any(name.startswith(FX) for name in properties)
    assert "/AF" not in plain.Root
    assert not plain.attachments
