"""From a request to the domain's draft; a fault of the draft is named by the request's member."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.sales_invoices.bodies import PreviewBody
from api.sales_invoices.drafting import FigureFault, Surroundings, compute, tax_faults
from invoicing.draft import TaxTreatment
from invoicing.invoice import AdjustmentKind, TaxCategory
from invoicing.sales.sales_invoice import untaxed

TAXES = {
    "TX-1": TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(19), code="TX-1"),
    "TX-O": TaxTreatment(category=TaxCategory.OUTSIDE_SCOPE, code="TX-O"),
    "TX-E": TaxTreatment(category=TaxCategory.EXEMPT, code="TX-E"),
}
AROUND = Surroundings(
    taxes=TAXES,
    untaxed=untaxed(None),
    product_names={"P-1": "Drill"},
    base_currency="EUR",
    invoice_date=date(2026, 1, 1),
)


def line(**changes: Any) -> dict[str, Any]:
    return {"productCode": "P-1", "productQuantity": 1, "unitPrice": 100, "taxCode": "TX-1"} | changes


def body(*lines: dict[str, Any], **changes: Any) -> PreviewBody:
    return PreviewBody.model_validate({"currency": "EUR", "salesInvoiceItems": lines or (line(),)} | changes)


def fault(read: PreviewBody) -> str:
    with pytest.raises(FigureFault) as refused:
        compute(read, AROUND)
    return refused.value.field


def test_a_line_is_named_by_its_description_else_by_its_product() -> None:
    lines = compute(
        body(line(), line(productDescription="Saw"), line(productCode="P-9"), line(productCode=None)), AROUND
    )
    assert [one.name for one in lines.draft.lines] == ["Drill", "Saw", "P-9", "4"]
    assert [one.item_id for one in lines.draft.lines] == ["P-1", "P-1", "P-9", "4"]


def test_a_rate_alone_is_a_standard_rate_or_zero() -> None:
    lines = compute(body(line(taxCode=None, taxRate=7), line(taxCode=None, taxRate=0)), AROUND).draft.lines
    assert [(one.tax.category.value, str(one.tax.rate)) for one in lines] == [("S", "7"), ("Z", "0")]


def test_adjustments_of_a_line_follow_its_discount() -> None:
    stated = line(discount=5, allowances=[{"percent": 1, "reason": "x"}], charges=[{"amount": 2}])
    (one,) = compute(body(stated), AROUND).draft.lines
    assert [(a.kind, a.amount, a.percent) for a in one.adjustments] == [
        (AdjustmentKind.ALLOWANCE, 5, None),
        (AdjustmentKind.ALLOWANCE, None, 1),
        (AdjustmentKind.CHARGE, 2, None),
    ]
    (none,) = compute(body(line(discount=0)), AROUND).draft.lines
    assert none.adjustments == ()


def test_untaxed_charges_stay_outside_the_scope_of_tax_where_all_lines_are() -> None:
    charges = {"additionalChargesDetails": [{"additionalCharge": "Stamp", "chargeAmount": 4}]}
    figures = compute(body(line(taxCode="TX-O"), additionalCharges=charges), AROUND).figures
    assert [(one.name, one.tax_category.value) for one in figures.charges] == [("Stamp", "O")]


def test_discounts_on_the_whole_may_stand_in_two_places_and_are_shared_by_the_lines() -> None:
    """10.00 off 100.00 at 19 % and 300.00 at zero: 2.50 and 7.50; and 5 % of each: 5.00 and 15.00."""
    read = body(
        line(), line(unitPrice=300, taxCode=None), globalDiscount={"amount": 10},
        additionalCharges={"globalDiscount": {"name": "Loyal", "isPercent": True, "percent": 5}},
    )  # fmt: skip
    figures = compute(read, AROUND).figures
    assert [(one.name, str(one.amount)) for one in figures.allowances] == [
        ("Discount", "2.50"),
        ("Discount", "7.50"),
        ("Loyal", "5.00"),
        ("Loyal", "15.00"),
    ]


@pytest.mark.parametrize(
    ("read", "field"),
    [
        (body(line(), line(productQuantity=Decimal(10) ** 10)), "salesInvoiceItems.1.productQuantity"),
        (body(line(priceBaseQuantity=0)), "salesInvoiceItems.0.priceBaseQuantity"),
        (body(line(discount=-1)), "salesInvoiceItems.0.discount"),
        (body(line(discount=1, allowances=[{"amount": 1}, {}])), "salesInvoiceItems.0.allowances.1"),
        (body(line(charges=[{"amount": -1}])), "salesInvoiceItems.0.charges.0.amount"),
        (body(line(taxCode="TX-E")), "salesInvoiceItems.0.taxCode"),
        (body(line(), line(taxCode="TX-O")), "salesInvoiceItems.1.taxCode"),
        (body(line(taxCode=None, taxRate=101)), "salesInvoiceItems.0.taxRate"),
        (body(allowances=[{"percent": 101}]), "allowances.0.percent"),
        (body(allowances=[{"amount": 1}], charges=[{"amount": 1, "baseAmount": 1}]), "charges.0.baseAmount"),
        (body(charges=[{"amount": 1, "taxCode": "TX-O"}]), "charges.0.taxCode"),
        (
            body(
                line(productQuantity=-1),
                additionalCharges={"additionalChargesDetails": [{"isPercent": True, "percent": 5}]},
            ),
            "additionalCharges.additionalChargesDetails.0.percent",
        ),
        (
            body(additionalCharges={"additionalChargesDetails": [{"chargeAmount": -1}]}),
            "additionalCharges.additionalChargesDetails.0.chargeAmount",
        ),
        (
            body(
                additionalCharges={"additionalChargesDetails": [{"chargeAmount": 1, "addtionalChargeTaxCode": "TX-O"}]}
            ),
            "additionalCharges.additionalChargesDetails.0.addtionalChargeTaxCode",
        ),
        (body(globalDiscount={"isPercent": True, "percent": 101}), "globalDiscount.percent"),
        (body(prepaidAmount="0.001"), "prepaidAmount"),
        (body(roundOffAmount="0.001"), "roundOffAmount"),
        (body(withheldAmount=-1), "withheldAmount"),
        (body(exchangeRate=0, currency="USD"), "exchangeRate"),
        (body(currency="USD"), "exchangeRate"),
        (body(currency="XAU", exchangeRate=1), "currency"),
    ],
)
def test_a_fault_of_the_draft_is_named_by_the_requests_member(read: PreviewBody, field: str) -> None:
    assert fault(read) == field


def test_taxes_are_named_once_and_known() -> None:
    read = body(
        line(taxRate=19),
        line(taxCode="TX-9"),
        allowances=[{"amount": 1, "taxCode": "TX-8"}],
        charges=[{"amount": 1, "taxCode": "TX-1", "taxCategory": "S"}],
        additionalCharges={"additionalChargesDetails": [{"chargeAmount": 1, "addtionalChargeTaxCode": "TX-7"}]},
    )
    assert [found.field for found in tax_faults(read, TAXES)] == [
        "salesInvoiceItems.0.taxCode",
        "salesInvoiceItems.1.taxCode",
        "allowances.0.taxCode",
        "charges.0.taxCode",
        "additionalCharges.additionalChargesDetails.0.addtionalChargeTaxCode",
    ]
