"""Invoice lines (BG-25) with their allowances and charges, and those of the document (BG-20, BG-21)."""

from collections.abc import Iterable

from documents.einvoice.figures import amount, number
from documents.einvoice.party_terms import Terms, stated
from invoicing.electronic.net_prices import NetAdjustment, Percentage, net_line, stated_percentage
from invoicing.electronic.parties import xml_text
from invoicing.invoice import (
    AdjustmentKind,
    Allowance,
    AllowanceKind,
    Charge,
    ChargeKind,
    Invoice,
    InvoiceLine,
    TaxCategory,
)

DISCOUNT, SPECIAL_AGREEMENT = "95", "64"
"""UNTDID 5189"""
MISCELLANEOUS, FREIGHT = "ABK", "FC"
"""UNTDID 7161"""
REASONS_OF_ALLOWANCES = {AllowanceKind.DISCOUNT: DISCOUNT, AllowanceKind.AGREED_TOTAL: SPECIAL_AGREEMENT}
REASONS_OF_LINES = {AdjustmentKind.ALLOWANCE: DISCOUNT, AdjustmentKind.CHARGE: MISCELLANEOUS}


def line_terms(line: InvoiceLine, invoice: Invoice) -> Terms:
    """BG-25; its figures are in net prices, whatever the page prints (`invoicing.electronic.net_prices`)."""
    figures = net_line(line, invoice.currency, tax_inclusive=invoice.tax_inclusive)
    return stated(
        {
            "BT-126": str(line.position),
            "BT-129": number(line.quantity),
            "BT-130": line.unit,
            "BT-131": amount(line.net),
            "BT-146": number(figures.price),
            "BT-149": number(line.base_quantity) if line.base_quantity != 1 else None,
            "BT-151": line.tax_category.value,
            "BT-152": _rate(line),
            "BT-153": xml_text(line.name),
            "BT-155": xml_text(line.sku) or xml_text(line.item_id),
            "BG-27": _of_line(figures.adjustments, AdjustmentKind.ALLOWANCE),
            "BG-28": _of_line(figures.adjustments, AdjustmentKind.CHARGE),
        }
    )


def allowance_terms(allowance: Allowance, invoice: Invoice) -> Terms:
    """An allowance on the document (BG-20)."""
    return _of_document(allowance, REASONS_OF_ALLOWANCES[allowance.kind], invoice)


def charge_terms(charge: Charge, invoice: Invoice) -> Terms:
    """A charge on the document (BG-21)."""
    return _of_document(charge, FREIGHT if charge.kind is ChargeKind.SHIPPING else MISCELLANEOUS, invoice)


def _of_line(adjustments: Iterable[NetAdjustment], kind: AdjustmentKind) -> list[Terms]:
    return [
        stated(
            {
                "amount": amount(one.amount),
                "reason": xml_text(one.reason),
                "reason_code": REASONS_OF_LINES[kind],
                **_percentage(one.percentage),
            }
        )
        for one in adjustments
        if one.kind is kind
    ]


def _of_document(one: Allowance | Charge, reason_code: str, invoice: Invoice) -> Terms:
    """Base and percentage are of the printed amount: where that contains the tax, they do not explain the net one."""
    printed = None if invoice.tax_inclusive else stated_percentage(one.net, one.base_amount, one.percent)
    return stated(
        {
            "amount": amount(one.net),
            "reason": xml_text(one.name),
            "reason_code": reason_code,
            "vat_category_code": one.tax_category.value,
            "vat_rate": _rate(one),
            **_percentage(printed),
        }
    )


def _percentage(stated: Percentage | None) -> Terms:
    return {"base_amount": amount(stated.base), "rate": number(stated.percent)} if stated else {}


def _rate(part: InvoiceLine | Allowance | Charge) -> str | None:
    """None outside the scope of tax: BR-O-5, -6, -7."""
    return None if part.tax_category is TaxCategory.OUTSIDE_SCOPE else number(part.tax_rate)
