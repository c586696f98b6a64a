"""The judge of what ties the structured invoice to the PDF: it passes what is right and names what is not."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from documents.fonts import use_own_fonts
from tests.judges.facturx_glue import FX, glue_faults

PAGE = '<html lang="en"><head><title>A page</title></head><body><h1>Heading</h1></body></html>'
CII = b"<CrossIndustryInvoice/>"
Change = Callable[[pikepdf.Pdf], Any]


def set_page(cii: bytes | None) -> bytes:
    """The file as the typesetter writes it."""
    use_own_fonts()
    from documents.typesetter import Typesetter  # noqa: PLC0415 - after the fonts are chosen

    return Typesetter().pdf(PAGE, styles=[], pictures={}, issued=date(2026, 11, 21), cii=cii)


@pytest.fixture(scope="module")
def carrying() -> bytes:
    return set_page(CII)


def changed(pdf: bytes, change: Change) -> bytes:
    file = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        opened.save(file)
    return file.getvalue()


def specification(pdf: pikepdf.Pdf) -> Any:
    return pdf.Root.AF[0]


def xmp(old: bytes, new: bytes) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        said = pdf.Root.Metadata.read_bytes()
        assert old in said
        pdf.Root.Metadata.write(said.replace(old, new))

    return change


def twice(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AF.append(pdf.Root.AF[0])


def under_another_name(pdf: pikepdf.Pdf) -> None:
    specification(pdf).UF = pikepdf.String("invoice.xml")


def unrelated(pdf: pikepdf.Pdf) -> None:
    specification(pdf).AFRelationship = pikepdf.Name.Unspecified


def of_another_type(pdf: pikepdf.Pdf) -> None:
    specification(pdf).EF.F.Subtype = pikepdf.Name("/application/octet-stream")


def undated(pdf: pikepdf.Pdf) -> None:
    del specification(pdf).EF.F.Params.ModDate


def test_what_we_write_is_right(carrying: bytes) -> None:
    assert glue_faults(carrying, CII) == []


def test_a_file_that_carries_nothing_says_nothing() -> None:
    assert glue_faults(set_page(None), None) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (twice, "/AF names 2 files, not one"),
        (under_another_name, "/UF is invoice.xml"),
        (unrelated, "AFRelationship is /Unspecified"),
        (of_another_type, "the MIME type is /application/octet-stream"),
        (undated, "the file has no ModDate"),
        (xmp(b">EN 16931<", b">BASIC<"), "fx:ConformanceLevel is BASIC, not EN 16931"),
        (xmp(b'conformance="A"', b'conformance="B"'), "XMP says {http://www.aiim.org/pdfa/ns/id/}conformance is B"),
        (xmp(b"namespaceURI>urn:factur-x", b"namespaceURI>urn:other"), "0 extension schemas describe fx"),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong_is_named(carrying: bytes, change: Change, fault: str) -> None:
    assert glue_faults(changed(carrying, change), CII) == [fault]


def test_other_content_than_the_invoice_is_noticed(carrying: bytes) -> None:
    assert "the file is not the CII" in glue_faults(carrying, b"<Another/>")


def test_claims_in_a_second_rdf_are_not_seen(carrying: bytes) -> None:
    """Readers look at the first one only."""
    start = f'<rdf:Description rdf:about="" xmlns:fx="{FX}">'.encode()
    second = b'</rdf:RDF><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' + start

    assert "fx:DocumentType is None, not INVOICE" in glue_faults(changed(carrying, xmp(start, second)), CII)


def test_a_missing_invoice_is_noticed() -> None:
    assert glue_faults(set_page(None), CII)[0] == "/AF names 0 files, not one"


def test_an_invoice_that_nobody_asked_for_is_noticed(carrying: bytes) -> None:
    assert glue_faults(carrying, None)[0] == "the catalog has /AF"
