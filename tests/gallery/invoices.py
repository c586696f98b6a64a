"""An invoice of a house: every figure comes from the service's own arithmetic."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import AdjustmentKind, ChargeKind, Invoice, Settlement, SettlementKind
from invoicing.look import Look
from tests.gallery.houses import GERMAN, House

ISSUED, DUE, DELIVERED = date(2026, 11, 21), date(2026, 12, 21), date(2026, 11, 19)
ON_ACCOUNT = Settlement(kind=SettlementKind.ON_ACCOUNT)


def lines_of(house: House, count: int | None = None, **changes: Any) -> list[DraftLine]:
    """The house's goods, from the beginning again where that many are not there."""
    stock = house.goods
    return [line(house, place % len(stock), position=place, **changes) for place in range(count or len(stock))]


def line(house: House = GERMAN, place: int = 0, *, position: int = 0, **changes: Any) -> DraftLine:
    """The house's goods at `place`."""
    goods = house.goods[place]
    fields: dict[str, Any] = {
        "item_id": f"item-{position + 1}",
        "sku": f"{house.language.upper()}-{1000 + position}",
        "name": goods.name,
        "quantity": Decimal(goods.quantity),
        "unit": goods.unit,
        "unit_price": Decimal(goods.price),
        "tax": house.tax(goods),
    }
    return DraftLine(**fields | changes)


def adjustment(
    kind: AdjustmentKind, reason: str | None, *, amount: str | None = None, percent: str | None = None
) -> Any:
    """An allowance or a charge of a line."""
    return DraftAdjustment(kind=kind, amount=_number(amount), percent=_number(percent), reason=reason)


def extra(
    kind: AdjustmentKind,
    name: str,
    *,
    amount: str | None = None,
    percent: str | None = None,
    tax: TaxTreatment | None = None,
    charge_kind: ChargeKind = ChargeKind.OTHER,
) -> DraftCharge:
    """An allowance or a charge on the document."""
    return DraftCharge(
        kind=kind, name=name, charge_kind=charge_kind, amount=_number(amount), percent=_number(percent), tax=tax
    )


def invoice(
    lines: Iterable[DraftLine] | None = None,
    *,
    house: House = GERMAN,
    charges: Iterable[DraftCharge] = (),
    inclusive: bool = False,
    currency: str | None = None,
    paid: str = "0",
    rounding: str = "0",
    withheld: str = "0",
    exchange_rate: ExchangeRate | None = None,
    look: Look | None = None,
    **changes: Any,
) -> Invoice:
    """An issued invoice of a house, on account; without `lines` over all that it sells."""
    figures = calculate(
        Draft(
            currency=currency or house.currency,
            tax_inclusive=inclusive,
            lines=tuple(lines_of(house) if lines is None else lines),
            charges=tuple(charges),
            paid=Decimal(paid),
            rounding=Decimal(rounding),
            withheld=Decimal(withheld),
            exchange_rate=exchange_rate,
        )
    )
    fields: dict[str, Any] = {
        "id": UUID(int=42),
        "tenant": "gallery",
        "number": "RE-2026-00017",
        "issue_date": ISSUED,
        "due_date": DUE,
        "delivery_date": DELIVERED,
        "purchase_order_reference": "PO-4711",
        "site_code": "main",
        "language": house.language,
        "locale": house.locale,
        "seller": house.seller,
        "buyer": house.buyer,
        "settlement": ON_ACCOUNT,
        "look": look or Look(),
    }
    return Invoice(**fields | members_of(figures) | changes)


def members_of(figures: Figures) -> dict[str, Any]:
    """What an invoice takes from its figures."""
    return {name: getattr(figures, name) for name in Figures.model_fields}


def with_images(made: Invoice, *urls: str | None) -> Invoice:
    """The invoice with a picture at each line, in turn."""
    pictured = [one.model_copy(update={"image_url": urls[place % len(urls)]}) for place, one in enumerate(made.lines)]
    return made.model_copy(update={"lines": tuple(pictured)})


def with_logo(made: Invoice, url: str) -> Invoice:
    """The invoice of a seller with a logo."""
    return made.model_copy(update={"seller": made.seller.model_copy(update={"logo_url": url})})


def captured(made: Invoice) -> Invoice:
    """The invoice, its card charged with all of it."""
    total = made.totals.total
    totals = made.totals.model_copy(update={"paid": total, "payable": total - total})
    settlement = Settlement(
        kind=SettlementKind.CAPTURED, method="credit_card", captured=total, transaction_id="tx-58213"
    )
    return made.model_copy(update={"totals": totals, "settlement": settlement, "due_date": None})


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
