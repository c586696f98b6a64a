"""Drawn drafts as requests of the API, in the API's own words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, TaxTreatment
from invoicing.invoice import AdjustmentKind

Json = dict[str, Any]
ANY_RATE = Decimal("1.17325")


def request_of(draft: Draft, *, base_currency: str) -> Json:
    """The sales invoice that a draft describes, for a tenant whose own currency is `base_currency`."""
    rate = draft.exchange_rate.rate if draft.exchange_rate else ANY_RATE
    return _said(
        contactCode="C-0000001",
        currency=draft.currency,
        salesInvoiceDate="21-11-2026",
        salesInvoiceDueDate="21-12-2026",
        shipByDate="20-11-2026",
        buyerReference="Cost centre 4402",
        unitPriceGstInclusive=draft.tax_inclusive,
        salesInvoiceItems=[_item(line) for line in draft.lines],
        allowances=_of_kind(draft.charges, AdjustmentKind.ALLOWANCE),
        charges=_of_kind(draft.charges, AdjustmentKind.CHARGE),
        prepaidAmount=draft.paid,
        roundOffAmount=draft.rounding,
        withheldAmount=draft.withheld,
        exchangeRate=rate if draft.currency != base_currency else None,
    )


def _item(line: DraftLine) -> Json:
    return _said(
        productCode="P-0000001",
        productDescription=line.name,
        productQuantity=line.quantity,
        unitPrice=line.unit_price,
        priceBaseQuantity=line.base_quantity,
        unit=line.unit,
        allowances=[_adjustment(one) for one in line.adjustments if one.kind is AdjustmentKind.ALLOWANCE],
        charges=[_adjustment(one) for one in line.adjustments if one.kind is AdjustmentKind.CHARGE],
        **_tax(line.tax),
    )


def _adjustment(one: DraftAdjustment) -> Json:
    return _said(amount=one.amount, percent=one.percent, reason=one.reason)


def _of_kind(charges: Sequence[DraftCharge], kind: AdjustmentKind) -> list[Json]:
    return [
        _said(
            name=one.name,
            kind=one.charge_kind,
            amount=one.amount,
            percent=one.percent,
            baseAmount=one.base_amount,
            **(_tax(one.tax) if one.tax else {}),
        )
        for one in charges
        if one.kind is kind
    ]


def _tax(tax: TaxTreatment) -> Json:
    return {
        "taxCategory": tax.category,
        "taxRate": tax.rate,
        "taxExemptionReason": tax.exemption_reason,
        "taxExemptionCode": tax.exemption_code,
    }


def _said(**members: Any) -> Json:
    """Without what is not said; numbers as text, as JSON's own would lose digits on the way."""
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in members.items()
        if value is not None
    }
