"""One PDF that is PDF/A-3a (ISO 19005-3), PDF/UA-1 (ISO 14289-1) and, with the CII inside, Factur-X (ZUGFeRD 2).

WeasyPrint writes one variant at a time. It is asked for PDF/A-3a, whose tags are those that PDF/UA wants; what the
other standards ask for beyond that is added here, so that nothing has to read the file again.
"""

from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, TypeAlias

import pydyf  # type: ignore[import-untyped]
from weasyprint import Attachment  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

OPTIONS = {
    "pdf_variant": "pdf/a-3a",
    "pdf_version": "1.7",
    "pdf_identifier": True,
    "pdf_tags": True,
    "output_intent": "srgb",
}
"""What WeasyPrint is asked for."""
CII_NAME = "factur-x.xml"
"""Factur-X 1.09, 6.2.2: readers look for this name."""
END = b"</rdf:RDF>"
NO_FETCHER = URLFetcher(allowed_protocols=())
"""What is attached is at hand, and a fetcher for each would take longer than attaching it."""
Untyped: TypeAlias = Any
"""WeasyPrint has no types."""

_PROPERTY = (
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
    "<pdfaProperty:valueType>{kind}</pdfaProperty:valueType><pdfaProperty:category>{category}</pdfaProperty:category>"
    "<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
)
_SCHEMA = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{title}</pdfaSchema:schema>'
    "<pdfaSchema:namespaceURI>{uri}</pdfaSchema:namespaceURI><pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_EXTENSIONS = (
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
    'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    "<pdfaExtension:schemas><rdf:Bag>{schemas}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)
_UA_URI = "http://www.aiim.org/pdfua/ns/id/"
_FX_URI = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_UA_CLAIM = f'<rdf:Description rdf:about="" xmlns:pdfuaid="{_UA_URI}"><pdfuaid:part>1</pdfuaid:part></rdf:Description>'
_FX_CLAIM = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_FX_URI}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    f"<fx:DocumentFileName>{CII_NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
)
_UA_SCHEMA = _SCHEMA.format(
    title="PDF/UA identification",
    uri=_UA_URI,
    prefix="pdfuaid",
    properties=_PROPERTY.format(name="part", kind="Integer", category="internal", meaning="Part of ISO 14289"),
)
_FX_SCHEMA = _SCHEMA.format(
    title="Factur-X",
    uri=_FX_URI,
    prefix="fx",
    properties="".join(
        _PROPERTY.format(name=name, kind="Text", category="external", meaning=meaning)
        for name, meaning in (
            ("DocumentFileName", "Name of the embedded XML invoice"),
            ("DocumentType", "What the embedded document is"),
            ("Version", "Version of the standard that the XML follows"),
            ("ConformanceLevel", "Profile of the XML invoice"),
        )
    ),
)
PLAIN_CLAIMS = (_UA_CLAIM + _EXTENSIONS.format(schemas=_UA_SCHEMA)).encode()
CII_CLAIMS = (_UA_CLAIM + _FX_CLAIM + _EXTENSIONS.format(schemas=_UA_SCHEMA + _FX_SCHEMA)).encode()


def with_claims(metadata: Untyped, *, has_cii: bool) -> None:
    """Have a document's XMP say which standards it meets, beside PDF/A; in the one `rdf:RDF` that readers look at."""
    claims = CII_CLAIMS if has_cii else PLAIN_CLAIMS
    metadata.generate_rdf_metadata = partial(_claiming, metadata.generate_rdf_metadata, claims)


def _claiming(generate: Untyped, claims: bytes, *arguments: object) -> bytes:
    rdf: bytes = generate(*arguments)
    return rdf.removesuffix(END) + claims + END


def attachment(cii: bytes, issued: date) -> Attachment:
    """The structured invoice as the PDF carries it: another form of the same document."""
    day = datetime.combine(issued, time(), UTC)
    return Attachment(
        string=cii,
        url_fetcher=NO_FETCHER,
        name=CII_NAME,
        description="Factur-X",
        relationship="Alternative",
        created=day,
        modified=day,
    )


def finish(pdf: pydyf.PDF) -> None:
    """The finishing touches, before the file is written."""
    if "AF" in pdf.catalog:  # WeasyPrint 70.0 names each file twice
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    for part in pdf.objects:
        if isinstance(part, pydyf.Stream) and part.extra.get("Subtype") == "/Image":
            part.extra["Interpolate"] = "false"  # ISO 19005-3, 6.2.8: readers must not smooth pictures
