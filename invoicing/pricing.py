"""Recalculation: what the order costs by its own parts, and whether its stated total agrees.

An order's parts state their own amounts; tax breakdown and totals are those of every invoice, `invoicing.breakdown`.
"""

from decimal import Decimal, InvalidOperation

from invoicing.breakdown import DocumentParts, TaxedAmount, break_down, sum_up
from invoicing.draft import TaxTreatment
from invoicing.frozen import Frozen
from invoicing.invoice import Charge, InvoiceLine, TaxCategory, TaxGroup, Totals
from invoicing.money import minor_unit, plain, round_money
from invoicing.order import Order, OrderRejected
from invoicing.order_parts import Part, parts_of
from invoicing.order_prices import PriceMode

EXEMPT_CODES = frozenset({"EXEMPT", "EXEMPTED", "TAX_EXEMPT"})


class TotalsDiffer(ValueError):
    """The order's stated total is not what its parts come to: a person decides which is right."""


class PricedOrder(Frozen):
    """The order's lines, charges and totals as the invoice will show them."""

    currency: str
    language: str
    tax_inclusive: bool
    lines: tuple[InvoiceLine, ...]
    charges: tuple[Charge, ...]
    tax_groups: tuple[TaxGroup, ...]
    totals: Totals
    rounding_margin: Decimal
    """How far a total that the shop rounded part by part may lie from ours: half a minor unit a part, plus the
    tolerance."""


def price_order(order: Order, *, tax_inclusive: bool, language: str, tolerance_minor: int) -> PricedOrder:
    """Recalculate `order`.

    `tolerance_minor`: minor units by which the stated total may differ from the recalculated one, or from the sum of
    the parts' stated gross prices when the shop rounds tax per part.

    Raises:
        UnsupportedCurrency: no ISO 4217 currency.
        NoBillableLines: nothing to invoice.
        OrderRejected: a part lacks its price or rate.
        TotalsDiffer: the order states no total, or one that is off by more than the tolerance; or its tax is.
    """
    try:
        priced, parts_gross = _price(order, tax_inclusive=tax_inclusive, language=language, tolerance=tolerance_minor)
    except InvalidOperation as error:
        raise OrderRejected("entries", "hold amounts that are too large or too fine to compute with") from error
    _check(priced, parts_gross, _stated_gross(order), tolerance_minor)
    _check_tax(priced, _stated_tax(order))
    return priced


def _price(order: Order, *, tax_inclusive: bool, language: str, tolerance: int) -> tuple[PricedOrder, Decimal]:
    """The priced order, and what its parts state with tax in all."""
    minor_unit(order.currency)
    mode = PriceMode.GROSS if tax_inclusive else PriceMode.NET
    parts = parts_of(order, mode, language)
    amounts = [round_money(part.amount, order.currency) for part in parts]
    taxes = [_treatment(part) for part in parts]
    taxed = [TaxedAmount(tax, amount) for tax, amount in zip(taxes, amounts, strict=True)]
    groups, nets = break_down(taxed, tax_inclusive=tax_inclusive, currency=order.currency)
    lines = _lines(parts, taxed, nets, order.currency)
    charges = _charges(parts, taxed, nets)
    sums = DocumentParts(lines=lines, allowances=(), charges=charges, groups=groups)
    priced = PricedOrder(
        currency=order.currency,
        language=language,
        tax_inclusive=tax_inclusive,
        lines=lines,
        charges=charges,
        tax_groups=groups,
        totals=sum_up(sums, order.currency, paid=Decimal(0), rounding=Decimal(0)),
        rounding_margin=minor_unit(order.currency) * (Decimal(len(parts)) / 2 + tolerance),
    )
    return priced, sum((part.stated_gross for part in parts), Decimal(0))


def tax_category(code: str | None, rate: Decimal) -> TaxCategory:
    """A rate above zero is standard rated (EN 16931 BR-S-5); zero is exempt where its code says so, else zero rated."""
    if rate > 0:
        return TaxCategory.STANDARD
    return TaxCategory.EXEMPT if (code or "").upper() in EXEMPT_CODES else TaxCategory.ZERO


def _treatment(part: Part) -> TaxTreatment:
    """An order says no more of an exemption than its code: that is the reason shown (EN 16931 BR-E-10)."""
    category = tax_category(part.tax_code, part.tax_rate)
    return TaxTreatment(
        category=category,
        rate=plain(part.tax_rate),
        code=part.tax_code,
        exemption_reason=part.tax_code if category is TaxCategory.EXEMPT else None,
    )


def _lines(
    parts: tuple[Part, ...], taxed: list[TaxedAmount], nets: tuple[Decimal, ...], currency: str
) -> tuple[InvoiceLine, ...]:
    sold = [(part, part.item, *taken, net) for part, taken, net in zip(parts, taxed, nets, strict=True) if part.item]
    return tuple(
        InvoiceLine(
            position=position,
            item_id=item.id,
            sku=item.sku,
            name=part.name,
            quantity=item.quantity,
            unit=item.unit,
            unit_price=_readable(item.unit_price, currency),
            discount=round_money(part.amount + item.discount, currency) - amount,
            amount=amount,
            net=net,
            tax_code=tax.code,
            tax_category=tax.category,
            tax_rate=tax.rate,
        )
        for position, (part, item, tax, amount, net) in enumerate(sold, start=1)
    )


def _readable(unit_price: Decimal, currency: str) -> Decimal:
    """A unit price with the decimals it needs, at least the currency's and at most four more."""
    unit = minor_unit(currency)
    fine = unit_price.quantize(unit.scaleb(-4))
    return fine.quantize(unit) if fine == fine.quantize(unit) else fine.normalize()


def _charges(parts: tuple[Part, ...], taxed: list[TaxedAmount], nets: tuple[Decimal, ...]) -> tuple[Charge, ...]:
    return tuple(
        Charge(
            kind=part.charge,
            name=part.name,
            amount=amount,
            net=net,
            tax_code=tax.code,
            tax_category=tax.category,
            tax_rate=tax.rate,
        )
        for part, (tax, amount), net in zip(parts, taxed, nets, strict=True)
        if part.charge is not None
    )


def _stated_gross(order: Order) -> Decimal | None:
    """The order's own total: `calculatedPrice.finalPrice`, else the deprecated `totalPrice`."""
    final = order.calculated_price.final_price if order.calculated_price else None
    if final is None:
        return order.total_price
    if final.gross_value is None and final.net_value is not None and final.tax_value is not None:
        return final.net_value + final.tax_value
    return final.gross_value if final.gross_value is not None else order.total_price


def _stated_tax(order: Order) -> Decimal | None:
    """The tax in the order's own total, where it states one."""
    final = order.calculated_price.final_price if order.calculated_price else None
    if final is None:
        return None
    if final.tax_value is None and final.gross_value is not None and final.net_value is not None:
        return final.gross_value - final.net_value
    return final.tax_value


def _check(priced: PricedOrder, parts_gross: Decimal, stated: Decimal | None, tolerance_minor: int) -> None:
    ours, currency = priced.totals.gross, priced.currency
    tolerance = minor_unit(currency) * tolerance_minor
    if abs(parts_gross - ours) > priced.rounding_margin:
        raise TotalsDiffer(
            f"the order's parts state {round_money(parts_gross, currency)} {currency} with tax, "
            f"their tax rates make it {ours}"
        )
    if stated is None:
        raise TotalsDiffer(f"the order states no total; its parts come to {ours} {currency}")
    if min(abs(stated - ours), abs(stated - parts_gross)) > tolerance:
        raise TotalsDiffer(
            f"the order states {stated} {currency}, its parts come to {ours} (a difference of {tolerance} is tolerated)"
        )


def _check_tax(priced: PricedOrder, stated: Decimal | None) -> None:
    """On a tax-inclusive site a wrong rate changes no total, only how much of it is tax."""
    if stated is not None and abs(stated - priced.totals.tax) > priced.rounding_margin:
        raise TotalsDiffer(
            f"the order states {stated} {priced.currency} of tax, its tax rates make it {priced.totals.tax}"
        )
