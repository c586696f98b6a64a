"""Figures that the request of a sales invoice states although they follow from others (Deskera B.3, B.4)."""

from decimal import Decimal

from api.sales_invoices.bodies import FiguresBody
from invoicing.draft import Draft
from invoicing.sales.stated_figures import Stated, StatedCharge, StatedCharges, StatedDiscount, StatedLine


def stated_of(body: FiguresBody, draft: Draft) -> Stated:
    """The figures that the caller states although they follow from others; `draft` is what the body describes."""
    return Stated(
        total=body.total_amount,
        tax=body.tax_amount,
        due=body.due_amount,
        lines=tuple(StatedLine(tax=item.tax_amount, total=item.total_amount) for item in body.items),
        charges=_stated_charges(body, draft),
        is_opening=body.opening_invoice is True,
    )


def _stated_charges(body: FiguresBody, draft: Draft) -> StatedCharges:
    """Deskera's charges follow our own allowances and charges in the draft."""
    both = body.additional_charges
    details = (both.additional_charges_details if both else None) or ()
    first = len(body.allowances or ()) + len(body.charges or ())
    return StatedCharges(
        amount=both.additional_charge_amount if both else None,
        tax=both.additional_charge_tax_amount if both else None,
        details=tuple(
            StatedCharge(charge=charge, amount=part.charge_amount if part.is_percent else None, tax=part.tax_amount)
            for part, charge in zip(details, draft.charges[first : first + len(details)], strict=True)
        ),
        discounts=tuple(
            StatedDiscount(field=f"{field}.amount", percent=discount.percent or Decimal(0), amount=discount.amount)
            for field, discount in body.discounts
            if discount.is_percent and discount.amount
        ),
    )
