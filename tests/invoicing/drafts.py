"""Small drafts for the domain's tests."""

from decimal import Decimal
from typing import Any

from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, TaxTreatment
from invoicing.invoice import AdjustmentKind, TaxCategory

S, Z, E, AE, K, G, O = TaxCategory  # noqa: E741 -- the codes of UNCL 5305, in the order of the enumeration


def D(text: str) -> Decimal:  # noqa: N802 -- reads as a literal
    return Decimal(text)


def tax(rate: str, category: TaxCategory | None = None, reason: str | None = None, code: str | None = None) -> Any:
    """Category S for a rate above zero, Z for a rate of zero, or the given one."""
    chosen = category or (S if D(rate) else Z)
    if chosen is E and reason is None:
        reason = "Exempt by law"
    return TaxTreatment(category=chosen, rate=D(rate), exemption_reason=reason, code=code)


def line(
    quantity: str,
    price: str,
    rate: str = "19",
    *adjustments: DraftAdjustment,
    base: str = "1",
    category: TaxCategory | None = None,
    **more: Any,
) -> DraftLine:
    fields = {"item_id": "P1", "name": "Thing", "tax": tax(rate, category)} | more
    return DraftLine(
        quantity=D(quantity), unit_price=D(price), base_quantity=D(base), adjustments=adjustments, **fields
    )


def off(amount: str | None = None, *, percent: str | None = None) -> DraftAdjustment:
    """An allowance of a line."""
    return adjustment(AdjustmentKind.ALLOWANCE, amount, percent)


def on(amount: str | None = None, *, percent: str | None = None) -> DraftAdjustment:
    """A charge of a line."""
    return adjustment(AdjustmentKind.CHARGE, amount, percent)


def adjustment(kind: AdjustmentKind, amount: str | None, percent: str | None) -> DraftAdjustment:
    return DraftAdjustment(kind=kind, amount=_number(amount), percent=_number(percent), reason="agreed")


def discount(amount: str | None = None, *, percent: str | None = None, rate: str | None = None, **more: Any) -> Any:
    """A document-level allowance: of the group at `rate`, or shared."""
    return _document(AdjustmentKind.ALLOWANCE, "Discount", amount, percent, rate, more)


def charge(amount: str | None = None, *, percent: str | None = None, rate: str | None = None, **more: Any) -> Any:
    """A document-level charge: of the group at `rate`, or shared."""
    return _document(AdjustmentKind.CHARGE, "Shipping", amount, percent, rate, more)


def _document(
    kind: AdjustmentKind, name: str, amount: str | None, percent: str | None, rate: str | None, more: dict[str, Any]
) -> DraftCharge:
    fields = {"tax": tax(rate) if rate is not None else None, "name": name} | more
    return DraftCharge(kind=kind, amount=_number(amount), percent=_number(percent), **fields)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else D(text)


def draft(*lines: DraftLine, currency: str = "EUR", **members: Any) -> Draft:
    return Draft(currency=currency, lines=lines, **members)
