"""UBL, and what is mended in what the generator writes."""

from datetime import date
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]

from documents.einvoice.ubl import ubl
from invoicing.document_forms import DocumentForm
from tests.documents.einvoice.strategies import complete_buyer, complete_seller
from tests.documents.sales_invoices import credit_note, sales_invoice
from tests.judges.peppol import NAMES

PARTIES: dict[str, Any] = {"seller": complete_seller(), "buyer": complete_buyer()}


def texts(xml: bytes, path: str) -> list[str]:
    found = etree.fromstring(xml).xpath(path, namespaces=NAMES)
    return [str(one) if isinstance(one, str) else str(one.text) for one in found]


@pytest.mark.parametrize(
    ("form", "specification"),
    [
        (DocumentForm.UBL, "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"),
        (DocumentForm.XRECHNUNG, "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"),
    ],
)
def test_a_form_says_whose_rules_it_keeps(form: DocumentForm, specification: str) -> None:
    xml = ubl(sales_invoice(**PARTIES), form)
    assert texts(xml, "cbc:CustomizationID") == [specification]
    assert texts(xml, "cbc:ProfileID") == ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"]
    assert texts(xml, "cbc:UBLVersionID") == []


def test_rounding_is_in_the_invoices_currency() -> None:
    xml = ubl(sales_invoice(currency="USD", rounding="0.02", **PARTIES), DocumentForm.UBL)
    assert texts(xml, "//cbc:PayableRoundingAmount/@currencyID") == ["USD"]


def test_a_credit_note_may_have_a_tax_point() -> None:
    xml = ubl(credit_note(tax_point_date=date(2026, 11, 3), **PARTIES), DocumentForm.UBL)
    assert texts(xml, "cbc:TaxPointDate") == ["2026-11-03"]


def test_an_invoice_and_a_credit_note_have_their_own_roots() -> None:
    made = [ubl(document(**PARTIES), DocumentForm.UBL) for document in (sales_invoice, credit_note)]
    assert [etree.QName(etree.fromstring(xml)).localname for xml in made] == ["Invoice", "CreditNote"]
