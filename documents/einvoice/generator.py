"""factur-x 7.8, the generator of both syntaxes, behind one function.

It changes the dictionary that it is given, and its own tables when it is first used: it gets a dictionary made for it,
and one caller at a time. Its own checks are left out: the schema is ours to check (`documents.einvoice.schemas`), and
for the schematron it wants a server.
"""

from collections.abc import Callable
from threading import Lock

from facturx import generate_cii_xml, generate_ubl_xml  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from documents.einvoice.party_terms import Terms
from documents.failures import StructuredInvoiceInvalid

LEVEL = "en16931"

_turn = Lock()


def cii_tree(terms: Terms) -> etree._Element:
    """CrossIndustryInvoice.

    Raises:
        StructuredInvoiceInvalid: a term is missing.
    """
    return _tree(generate_cii_xml, terms)


def ubl_tree(terms: Terms) -> etree._Element:
    """Invoice or CreditNote, by BT-3.

    Raises:
        StructuredInvoiceInvalid: a term is missing.
    """
    return _tree(generate_ubl_xml, terms)


def _tree(generate: Callable[..., bytes], terms: Terms) -> etree._Element:
    try:
        with _turn:
            xml = generate(terms, level=LEVEL, check_xsd=False, check_schematron=False)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Its messages quote the value.
        raise StructuredInvoiceInvalid(f"a term of the structured invoice is not usable: {_fault(error)}") from None
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _fault(error: Exception) -> str:
    return str(error) if isinstance(error, KeyError) else type(error).__name__
