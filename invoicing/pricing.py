"""Recalculation: what the order costs by its own parts, and whether its stated total agrees.

Tax is computed once per (tax code, rate) on the sum of the group's rounded amounts (EN 16931 BR-CO-17); on
tax-inclusive sites the gross sum is what counts and the tax is taken out of it.
"""

from collections import defaultdict
from decimal import Decimal, InvalidOperation

from invoicing.frozen import Frozen
from invoicing.invoice import Charge, InvoiceLine, TaxCategory, TaxGroup, Totals
from invoicing.money import minor_unit, round_money, share
from invoicing.order import Order, OrderRejected
from invoicing.order_parts import Part, parts_of
from invoicing.order_prices import PriceMode

GroupKey = tuple[str | None, Decimal]

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
    groups, nets = _tax_groups(parts, amounts, mode, order.currency)
    priced = PricedOrder(
        currency=order.currency,
        language=language,
        tax_inclusive=tax_inclusive,
        lines=_lines(parts, amounts, nets, order.currency),
        charges=_charges(parts, amounts, nets),
        tax_groups=groups,
        totals=_totals(parts, amounts, nets, groups),
        rounding_margin=minor_unit(order.currency) * (Decimal(len(parts)) / 2 + tolerance),
    )
    return priced, sum((part.stated_gross for part in parts), Decimal(0))


def tax_category(code: str | None, rate: Decimal) -> TaxCategory:
    """A rate above zero is standard rated (EN 16931 BR-S-5); zero is exempt where its code says so, else zero rated."""
    if rate > 0:
        return TaxCategory.STANDARD
    return TaxCategory.EXEMPT if (code or "").upper() in EXEMPT_CODES else TaxCategory.ZERO


def _key(part: Part) -> GroupKey:
    return part.tax_code, part.tax_rate.normalize()


def _plain(rate: Decimal) -> Decimal:
    """`Decimal('1E+1')` is the same rate as `Decimal('10')`, but only one of them reads well."""
    return rate.quantize(Decimal(1)) if rate == rate.to_integral_value() else rate.normalize()


def _tax_groups(
    parts: tuple[Part, ...], amounts: list[Decimal], mode: PriceMode, currency: str
) -> tuple[tuple[TaxGroup, ...], list[Decimal]]:
    """The tax breakdown, highest rate first, and every part's amount without tax."""
    members: defaultdict[GroupKey, list[int]] = defaultdict(list)
    for i, part in enumerate(parts):
        members[_key(part)].append(i)
    nets, groups = [Decimal(0)] * len(parts), []
    for (code, rate), indexes in members.items():
        group = _tax_group(code, rate, sum((amounts[i] for i in indexes), Decimal(0)), mode, currency)
        weights = [amounts[i] for i in indexes]
        for i, net in zip(
            indexes, weights if mode is PriceMode.NET else share(group.net, weights, currency), strict=True
        ):
            nets[i] = net
        groups.append(group)
    return tuple(sorted(groups, key=lambda group: (-group.tax_rate, group.tax_code or ""))), nets


def _tax_group(code: str | None, rate: Decimal, amount: Decimal, mode: PriceMode, currency: str) -> TaxGroup:
    if mode is PriceMode.NET:
        tax = round_money(amount * rate / 100, currency)
        net = amount
    else:
        tax = round_money(amount * rate / (100 + rate), currency)
        net = amount - tax
    return TaxGroup(
        tax_code=code, tax_category=tax_category(code, rate), tax_rate=_plain(rate), net=net, tax=tax, gross=net + tax
    )


def _lines(
    parts: tuple[Part, ...], amounts: list[Decimal], nets: list[Decimal], currency: str
) -> tuple[InvoiceLine, ...]:
    sold = [(part, part.item, amount, net) for part, amount, net in zip(parts, amounts, nets, strict=True) if part.item]
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
            tax_code=part.tax_code,
            tax_category=tax_category(part.tax_code, part.tax_rate),
            tax_rate=_plain(part.tax_rate),
        )
        for position, (part, item, amount, net) in enumerate(sold, start=1)
    )


def _readable(unit_price: Decimal, currency: str) -> Decimal:
    """A unit price with the decimals it needs, at least the currency's and at most four more."""
    unit = minor_unit(currency)
    fine = unit_price.quantize(unit.scaleb(-4))
    return fine.quantize(unit) if fine == fine.quantize(unit) else fine.normalize()


def _charges(parts: tuple[Part, ...], amounts: list[Decimal], nets: list[Decimal]) -> tuple[Charge, ...]:
    return tuple(
        Charge(
            kind=part.charge,
            name=part.name,
            amount=amounts[i],
            net=nets[i],
            tax_code=part.tax_code,
            tax_category=tax_category(part.tax_code, part.tax_rate),
            tax_rate=_plain(part.tax_rate),
        )
        for i, part in enumerate(parts)
        if part.charge is not None
    )


def _totals(
    parts: tuple[Part, ...], amounts: list[Decimal], nets: list[Decimal], groups: tuple[TaxGroup, ...]
) -> Totals:
    def total(values: list[Decimal], *, charges: bool) -> Decimal:
        return sum((v for v, p in zip(values, parts, strict=True) if (p.charge is not None) is charges), Decimal(0))

    net, tax = sum((group.net for group in groups), Decimal(0)), sum((group.tax for group in groups), Decimal(0))
    return Totals(
        lines_amount=total(amounts, charges=False),
        charges_amount=total(amounts, charges=True),
        lines_net=total(nets, charges=False),
        charges_net=total(nets, charges=True),
        net=net,
        tax=tax,
        gross=net + tax,
        payable=net + tax,
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
