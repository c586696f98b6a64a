"""The judges are judged: they take what is right, and say what is wrong."""

import pytest

from documents.einvoice import structured
from invoicing.document_forms import DocumentForm
from tests.documents.einvoice.strategies import complete_buyer, complete_seller
from tests.documents.sales_invoices import sales_invoice
from tests.judges.peppol import peppol_faults
from tests.judges.schematron import Rules, schematron_faults

CII, UBL = DocumentForm.CII, DocumentForm.UBL
INVOICE = sales_invoice(seller=complete_seller(), buyer=complete_buyer())
"""100.00 net, 19 %: 119.00."""


@pytest.mark.parametrize(("form", "rules"), [(CII, Rules.FACTUR_X), (UBL, Rules.EN16931_UBL)])
def test_a_right_invoice_has_no_faults(form: DocumentForm, rules: Rules) -> None:
    assert schematron_faults(structured(INVOICE, form), rules) == []


@pytest.mark.parametrize(
    ("form", "rules", "place"),
    [
        (CII, Rules.FACTUR_X, b"<ram:DuePayableAmount>%s<"),
        (UBL, Rules.EN16931_UBL, b'<cbc:PayableAmount currencyID="EUR">%s<'),
    ],
)
def test_an_amount_due_that_does_not_follow_from_the_others_is_named(
    form: DocumentForm, rules: Rules, place: bytes
) -> None:
    broken = structured(INVOICE, form).replace(place % b"119.00", place % b"118.00")
    assert [fault.split(":")[0] for fault in schematron_faults(broken, rules)] == ["BR-CO-16"]


def test_what_is_no_invoice_does_not_pass() -> None:
    assert schematron_faults(b"<receipt/>", Rules.EN16931_UBL) == ["no rule is about this document"]


def test_what_is_no_xml_ends_nothing() -> None:
    with pytest.raises(RuntimeError, match="could not be run"):
        schematron_faults(b"<Invoice", Rules.EN16931_UBL)
    assert schematron_faults(structured(INVOICE, UBL), Rules.EN16931_UBL) == []


def test_the_rules_of_peppol_take_a_right_invoice() -> None:
    assert peppol_faults(structured(INVOICE, UBL)) == []


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("R001, R007", b"billing:01:1.0", b"billing:1.0"),
        ("R004", b"billing:3.0<", b"billing:2.0<"),
        ("R008", b">Ole Hansen<", b"> <"),
        ("R120", b'<cbc:PriceAmount currencyID="EUR">100<', b'<cbc:PriceAmount currencyID="EUR">99.97<'),
        ("R051", b'<cbc:PayableAmount currencyID="EUR">', b'<cbc:PayableAmount currencyID="USD">'),
        ("R003", b"<cbc:BuyerReference>04011000-12345-34</cbc:BuyerReference>", b""),
        ("R010", b'<cbc:EndpointID schemeID="9915">b</cbc:EndpointID>', b""),
    ],
)
def test_the_rules_of_peppol_name_what_is_wrong(rule: str, right: bytes, wrong: bytes) -> None:
    xml = structured(INVOICE, UBL)
    assert right in xml
    assert peppol_faults(xml.replace(right, wrong)) == [rule]
