"""CII, and what is mended in what the generator writes."""

from datetime import date
from typing import Any

from documents.einvoice.cii import cii
from tests.documents.einvoice.strategies import complete_buyer, complete_seller
from tests.documents.sales_invoices import sales_invoice

PARTIES: dict[str, Any] = {"seller": complete_seller(), "buyer": complete_buyer()}


def test_a_document_without_a_delivery_has_an_empty_one() -> None:
    xml = cii(sales_invoice(delivery_date=None, **PARTIES))
    assert b"<ram:ApplicableHeaderTradeDelivery/>" in xml
    assert b"nil=" not in xml


def test_a_tax_point_stands_in_its_tax_group() -> None:
    xml = cii(sales_invoice(tax_point_date=date(2026, 11, 3), **PARTIES))
    assert xml.count(b'<udt:DateString format="102">20261103</udt:DateString>') == 1


def test_it_is_of_the_profile_that_holds_a_whole_invoice() -> None:
    assert b"<ram:ID>urn:cen.eu:en16931:2017</ram:ID>" in cii(sales_invoice(**PARTIES))
