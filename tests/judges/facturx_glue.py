"""Does a PDF say to machines that it carries an invoice? What veraPDF does not look at: Factur-X 1.09, chapter 6."""

from collections.abc import Iterator
from hashlib import md5
from io import BytesIO

import pikepdf
from lxml import etree  # type: ignore[import-untyped]

NAME = "factur-x.xml"
RELATIONSHIP = "/Alternative"
"""6.2.2: another form of the same invoice, as its profiles from BASIC on want it in Germany."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
CLAIMS = {"DocumentType": "INVOICE", "DocumentFileName": NAME, "Version": "1.0", "ConformanceLevel": "EN 16931"}
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
IDENTIFICATION = {"{http://www.aiim.org/pdfa/ns/id/}part": "3", "{http://www.aiim.org/pdfa/ns/id/}conformance": "A"}


def glue_faults(pdf: bytes, cii: bytes | None) -> list[str]:
    """What keeps a reader from finding the invoice; empty where all is as it should be.

    Args:
        pdf: the file.
        cii: the XML that it must carry; None for a file that carries none and must not say that it does.
    """
    with pikepdf.open(BytesIO(pdf)) as file:
        claims = _claims(file)
        if cii is None:
            return [*_absent(file), *([f"XMP claims {claims}"] if isinstance(claims, dict) and claims else [])]
        attached = _attached(file)
        return [
            *(attached if isinstance(attached, list) else _file_faults(attached, cii)),
            *(claims if isinstance(claims, list) else _claim_faults(claims)),
            *_schema_faults(file),
        ]


def _absent(file: pikepdf.Pdf) -> Iterator[str]:
    if file.Root.get("/AF") is not None:
        yield "the catalog has /AF"
    if len(file.attachments):
        yield f"there are attachments: {list(file.attachments)}"


def _attached(file: pikepdf.Pdf) -> pikepdf.Dictionary | list[str]:
    """The one file specification that the catalog and the name tree both lead to, or why there is none."""
    associated = file.Root.get("/AF")
    if not isinstance(associated, pikepdf.Array) or len(associated) != 1:
        return [f"/AF names {len(associated) if associated is not None else 0} files, not one"]
    if list(file.attachments) != [NAME]:
        return [f"the attachments are {list(file.attachments)}"]
    found = associated[0]
    if file.attachments[NAME].obj.objgen != found.objgen:
        return ["/AF and /EmbeddedFiles name different files"]
    assert isinstance(found, pikepdf.Dictionary)
    return found


def _file_faults(found: pikepdf.Dictionary, cii: bytes) -> Iterator[str]:
    for key in ("/F", "/UF"):
        if str(found.get(key)) != NAME:
            yield f"{key} is {found.get(key)}"
    if str(found.get("/AFRelationship")) != RELATIONSHIP:
        yield f"AFRelationship is {found.get('/AFRelationship')}"
    yield from _stream_faults(found.EF.F, cii)


def _stream_faults(stream: pikepdf.Object, cii: bytes) -> Iterator[str]:
    if str(stream.get("/Subtype")) != "/text/xml":
        yield f"the MIME type is {stream.get('/Subtype')}"
    if bytes(stream.read_bytes()) != cii:
        yield "the file is not the CII"
    parameters = stream.get("/Params", pikepdf.Dictionary())
    if "/ModDate" not in parameters:
        yield "the file has no ModDate"
    if int(parameters.get("/Size", len(cii))) != len(cii):
        yield f"the file claims {parameters.get('/Size')} bytes"
    if bytes(parameters.get("/CheckSum", digest := md5(cii, usedforsecurity=False).digest())) != digest:
        yield "the file's checksum is wrong"


def _xmp(file: pikepdf.Pdf) -> etree._Element | None:
    """The first `rdf:RDF`: many readers look no further."""
    found = etree.fromstring(file.Root.Metadata.read_bytes()).iter(f"{{{RDF}}}RDF")
    return next(iter(found), None)


def _claims(file: pikepdf.Pdf) -> dict[str, str] | list[str]:
    """What the XMP says of the attachment, as elements or as attributes; with the level of PDF/A."""
    rdf = _xmp(file)
    if rdf is None:
        return ["there is no XMP"]
    said = {}
    for description in rdf.iterfind(f"{{{RDF}}}Description"):
        said.update({str(name): str(value) for name, value in description.attrib.items()})
        said.update({str(child.tag): (child.text or "").strip() for child in description})
    wrong = [
        f"XMP says {name} is {said.get(name)}" for name, value in IDENTIFICATION.items() if said.get(name) != value
    ]
    prefix = f"{{{FX}}}"
    return wrong or {name.removeprefix(prefix): value for name, value in said.items() if name.startswith(prefix)}


def _claim_faults(claims: dict[str, str]) -> Iterator[str]:
    for name in CLAIMS.keys() | claims.keys():
        if claims.get(name) != CLAIMS.get(name):
            yield f"fx:{name} is {claims.get(name)}, not {CLAIMS.get(name)}"


def _schema_faults(file: pikepdf.Pdf) -> Iterator[str]:
    """6.2.3: what is no part of XMP is described by an extension schema."""
    rdf = _xmp(file)
    schemas = (
        []
        if rdf is None
        else [uri.getparent() for uri in rdf.iter(f"{{{SCHEMA}}}namespaceURI") if (uri.text or "").strip() == FX]
    )
    if len(schemas) != 1 or schemas[0] is None:
        yield f"{len(schemas)} extension schemas describe fx"
        return
    if (prefix := schemas[0].findtext(f"{{{SCHEMA}}}prefix")) != "fx":
        yield f"the extension schema's prefix is {prefix}"
    described = {name.text for name in schemas[0].iter(f"{{{PROPERTY}}}name")}
    if described != set(CLAIMS):
        yield f"the extension schema describes {sorted(map(str, described))}"
