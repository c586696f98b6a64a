"""What lacks nothing is accepted by schema and schematron; and it is always the same bytes."""

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from documents.einvoice import structured
from documents.failures import StructuredInvoiceInvalid
from invoicing.document_forms import STRUCTURED, DocumentForm
from invoicing.draft import DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import Invoice, TaxCategory
from tests.documents.einvoice.strategies import complete_buyer, complete_seller, documents
from tests.documents.sales_invoices import (
    ALLOWANCE,
    CHARGE,
    NINETEEN,
    SEVEN,
    adjustment,
    credit_note,
    everything,
    extra,
    free,
    line,
    sales_invoice,
)
from tests.judges.peppol import peppol_faults
from tests.judges.schematron import Rules, schematron_faults

CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG
RULES = {CII: Rules.FACTUR_X, UBL: Rules.EN16931_UBL, XRECHNUNG: Rules.EN16931_UBL}
PARTIES: dict[str, Any] = {"seller": complete_seller(), "buyer": complete_buyer(), "delivery_date": date(2026, 11, 20)}
TREATMENTS = {
    "S": (NINETEEN, SEVEN),
    "S and Z": (NINETEEN, free(TaxCategory.ZERO)),
    "S and E": (NINETEEN, free(TaxCategory.EXEMPT, "Article 132")),
    "AE": (free(TaxCategory.REVERSE_CHARGE),) * 2,
    "K": (free(TaxCategory.INTRA_COMMUNITY),) * 2,
    "G": (free(TaxCategory.EXPORT),) * 2,
    "O": (free(TaxCategory.OUTSIDE_SCOPE),) * 2,
    "E": (free(TaxCategory.EXEMPT, "Article 132"),) * 2,
    "Z": (free(TaxCategory.ZERO),) * 2,
}
RATE = ExchangeRate(base_currency="EUR", rate=Decimal("0.9"), rate_date=date(2026, 11, 20))
FIGURES: dict[str, dict[str, Any]] = {
    "plain": {},
    "prepaid": {"paid": "50.00", "rounding": "-0.01"},
    "in dollars": {"currency": "USD", "exchange_rate": RATE, "rounding": "0.02"},
    "in yen": {"currency": "JPY", "exchange_rate": RATE},
    "withheld": {"withheld": "10.00"},
}


def faults(invoice: Invoice, form: DocumentForm) -> list[str]:
    xml = structured(invoice, form)
    return [*schematron_faults(xml, RULES[form]), *(peppol_faults(xml) if form is not CII else [])]


def parts(first: TaxTreatment, second: TaxTreatment) -> tuple[list[DraftLine], list[DraftCharge]]:
    """Lines with and without allowances, one of them given back; on the document a discount, a fee and shipping."""
    reduced = (adjustment(ALLOWANCE, percent="10", reason="Loyalty"), adjustment(CHARGE, amount="2.50"))
    lines = [
        line("19.99", "3", first, adjustments=reduced),
        line("7.4321", "250", second, base_quantity=Decimal(100), unit="KGM"),
        line("5.00", "-1", first),
    ]
    charges = [
        extra(ALLOWANCE, "Autumn sale", percent="5"),
        extra(CHARGE, "Shipping", "9.90", tax=first),
        extra(CHARGE, "Handling", "1.00", tax=second),
    ]
    return lines, charges


@pytest.mark.parametrize("form", STRUCTURED)
@pytest.mark.parametrize(("treatment", "inclusive"), [*product(TREATMENTS, (False, True))])
def test_invoices_and_credit_notes_of_every_tax_category_are_accepted(
    treatment: str, inclusive: bool, form: DocumentForm
) -> None:
    lines, charges = parts(*TREATMENTS[treatment])
    for make, changes in product((sales_invoice, credit_note), FIGURES.values()):
        invoice = make(lines, charges=charges, inclusive=inclusive, **PARTIES, **changes)
        assert missing_terms(invoice, form) == ()
        assert faults(invoice, form) == []


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_whatever_lacks_nothing_is_accepted(invoice: Invoice) -> None:
    for form in STRUCTURED:
        if not missing_terms(invoice, form):
            assert faults(invoice, form) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(complete=True))
def test_complete_documents_lack_at_most_what_their_figures_make_impossible(invoice: Invoice) -> None:
    """Three decimals, and a tax at which the rules as they are run stick."""
    for form in STRUCTURED:
        rules = {term.rule for term in missing_terms(invoice, form)}
        assert all(rule.startswith("BR-DEC-") or rule == "BR-CO-17" for rule in rules)


@pytest.mark.parametrize("form", STRUCTURED)
def test_the_bytes_are_the_same_in_another_process_elsewhere(form: DocumentForm) -> None:
    program = (
        "import sys; from documents.einvoice import structured; from invoicing.document_forms import DocumentForm;"
        "from invoicing.invoice import Invoice;"
        f"sys.stdout.buffer.write(structured(Invoice.model_validate_json(sys.stdin.read()), DocumentForm.{form.name}))"
    )
    made = [structured(everything(), form), structured(everything(), form)]
    for zone, seed in (("Pacific/Auckland", "1"), ("America/Los_Angeles", "2")):
        ended = subprocess.run(
            [sys.executable, "-c", program],
            input=everything().model_dump_json().encode(),
            capture_output=True,
            check=True,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONUTF8": "1"},
        )
        made.append(ended.stdout)
    assert len(set(made)) == 1


@pytest.mark.parametrize("form", STRUCTURED)
def test_what_the_schema_refuses_is_not_handed_out_and_not_quoted(form: DocumentForm) -> None:
    """A party without a name never gets here when the needs are looked at first."""
    nameless = sales_invoice(
        **PARTIES | {"buyer": complete_buyer().model_copy(update={"customer_id": "Secret", "name": ""})}
    )
    if form is CII:
        with pytest.raises(StructuredInvoiceInvalid, match="name"):
            structured(nameless, form)
    strange = sales_invoice(**PARTIES).model_copy(update={"currency": "Secret words"})
    with pytest.raises(StructuredInvoiceInvalid) as refused:
        structured(strange, form)
    assert "Secret" not in str(refused.value)


@pytest.mark.parametrize("form", STRUCTURED)
@pytest.mark.parametrize("odd", ["\x01", "\ufffe", "\x00"])
def test_no_character_in_the_sellers_account_makes_a_form_impossible(form: DocumentForm, odd: str) -> None:
    """A site takes what it is sent; an order may be charged before anybody sees it."""
    seller = complete_seller().model_copy(
        update={"iban": f"DE89 3704 0044 0532 0130 00{odd}", "bic": f"COBA{odd}DEFFXXX"}
    )
    owing = sales_invoice(**PARTIES | {"seller": seller})
    assert missing_terms(owing, form) == ()
    assert structured(owing, form) == structured(sales_invoice(**PARTIES), form)


@pytest.mark.parametrize("form", STRUCTURED)
def test_a_note_with_two_hash_signs_is_accepted(form: DocumentForm) -> None:
    noted = sales_invoice(memo="Orders #17 #18", **PARTIES)
    assert missing_terms(noted, form) == ()
    assert faults(noted, form) == []


def test_a_pdf_is_no_structured_invoice() -> None:
    with pytest.raises(ValueError, match="no structured invoice"):
        structured(everything(), DocumentForm.PDF)
