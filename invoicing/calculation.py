"""The arithmetic of an invoice: from a draft to every figure that is printed, in one pure function.

Rounding (half up, to the currency's minor unit) happens in named places only: a line's quantity x price / base
quantity, each allowance and charge, each group's tax, and the amounts in the base currency. All else is sums of those.

A percentage of something negative, a discount on goods taken back, makes less of what is given back: such an allowance
is stated as a charge and such a charge as an allowance, because no amount of either is below zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from invoicing.breakdown import (
    DocumentParts,
    TaxedAmount,
    break_down,
    group_key,
    grouped,
    shared_treatment,
    sum_up,
    total,
)
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, TaxTreatment
from invoicing.draft_checks import DraftRejected, check_draft
from invoicing.exemptions import with_reason
from invoicing.frozen import Frozen
from invoicing.invoice import (
    AdjustmentKind,
    Allowance,
    Charge,
    Exchange,
    InvoiceLine,
    LineAdjustment,
    TaxGroup,
    Totals,
)
from invoicing.limits import LARGEST_AMOUNT
from invoicing.money import exact, plain, round_money, round_to_total, share

__all__ = ["DraftRejected", "Figures", "amount_of", "calculate", "percentage"]


class Figures(Frozen):
    """Every figure of an invoice. All amounts are rounded to the currency's minor unit."""

    currency: str
    tax_inclusive: bool
    lines: tuple[InvoiceLine, ...]
    allowances: tuple[Allowance, ...]
    charges: tuple[Charge, ...]
    tax_groups: tuple[TaxGroup, ...]
    totals: Totals
    exchange: Exchange | None
    withheld: Decimal

    @property
    def due(self) -> Decimal:
        """What the buyer still has to pay: BT-115 less what is withheld.

        Not below zero: whoever paid too much, or is given something back, owes nothing (as `Balance.due`).
        """
        return max(self.totals.payable - self.withheld, Decimal(0))


def calculate(draft: Draft) -> Figures:
    """Every figure that follows from the draft.

    Raises:
        UnsupportedCurrency: no ISO 4217 currency with a minor unit.
        DraftRejected: the draft contradicts itself or EN 16931, or its amounts are too large to compute with.
    """
    with exact():
        check_draft(draft)
        return _figures(draft)


@dataclass(frozen=True)
class _PricedLine:
    """A line up to its printed amount."""

    line: DraftLine
    adjustments: tuple[LineAdjustment, ...]
    amount: Decimal


@dataclass(frozen=True)
class _Priced:
    """A document-level allowance or charge, or one tax group's share of it; `amount` is below zero of an allowance."""

    charge: DraftCharge
    kind: AdjustmentKind
    amount: Decimal
    base_amount: Decimal | None
    tax: TaxTreatment


def _figures(draft: Draft) -> Figures:
    currency = draft.currency
    lines = [_priced_line(line, f"lines.{i}", currency) for i, line in enumerate(draft.lines)]
    extras = list(_priced_charges(draft, lines))
    taxed = [*(TaxedAmount(one.line.tax, one.amount) for one in lines), *(TaxedAmount(x.tax, x.amount) for x in extras)]
    groups, nets = break_down(taxed, tax_inclusive=draft.tax_inclusive, currency=currency)
    line_nets, extra_nets = nets[: len(lines)], nets[len(lines) :]
    parts = DocumentParts(
        lines=tuple(_line(n, one, net, currency) for n, (one, net) in enumerate(zip(lines, line_nets, strict=True), 1)),
        allowances=tuple(
            _allowance(extra, net)
            for extra, net in zip(extras, extra_nets, strict=True)
            if extra.kind is AdjustmentKind.ALLOWANCE
        ),
        charges=tuple(
            _charge(extra, net)
            for extra, net in zip(extras, extra_nets, strict=True)
            if extra.kind is AdjustmentKind.CHARGE
        ),
        groups=tuple(with_reason(group, _field_of(group, draft)) for group in groups),
    )
    paid, rounding = round_money(draft.paid, currency), round_money(draft.rounding, currency)
    totals = sum_up(parts, currency, paid=paid, rounding=rounding)
    _check_size(totals.gross, "lines")
    return Figures(
        currency=currency,
        tax_inclusive=draft.tax_inclusive,
        lines=parts.lines,
        allowances=parts.allowances,
        charges=parts.charges,
        tax_groups=parts.groups,
        totals=totals,
        exchange=_exchange(draft, totals),
        withheld=round_money(draft.withheld, currency),
    )


def _check_size(amount: Decimal, field: str) -> None:
    if abs(amount) > LARGEST_AMOUNT:
        raise DraftRejected(field, f"come to more than {LARGEST_AMOUNT}")


def _priced_line(line: DraftLine, path: str, currency: str) -> _PricedLine:
    """Quantity x price / base quantity, rounded, less the allowances, plus the charges."""
    base = round_money(line.quantity * line.unit_price / line.base_quantity, currency)
    adjustments = tuple(_adjustment(adjustment, base, currency) for adjustment in line.adjustments)
    amount = base + total((_signed(one.kind, one.amount) for one in adjustments), currency)
    _check_size(max(abs(base), abs(amount)), path)
    return _PricedLine(line, adjustments, amount)


def _adjustment(adjustment: DraftAdjustment, base: Decimal, currency: str) -> LineAdjustment:
    amount = _signed(adjustment.kind, amount_of(adjustment, base, currency))
    return LineAdjustment(
        kind=_kind(amount, adjustment.kind),
        amount=abs(amount),
        base_amount=abs(base) if adjustment.percent is not None else None,
        percent=adjustment.percent,
        reason=adjustment.reason,
    )


def amount_of(adjustment: DraftAdjustment | DraftCharge, base: Decimal, currency: str) -> Decimal:
    """The fixed amount, or the percentage of `base`, which may be below zero; rounded."""
    if adjustment.amount is not None:
        return round_money(adjustment.amount, currency)
    return percentage(adjustment.percent or Decimal(0), base, currency)


def percentage(percent: Decimal, base: Decimal, currency: str) -> Decimal:
    """So many percent of `base`, rounded."""
    return round_money(base * percent / 100, currency)


def _signed(kind: AdjustmentKind, amount: Decimal) -> Decimal:
    return -amount if kind is AdjustmentKind.ALLOWANCE else amount


def _kind(signed: Decimal, stated: AdjustmentKind) -> AdjustmentKind:
    """What an amount that counts as `signed` is stated as."""
    if not signed:
        return stated
    return AdjustmentKind.ALLOWANCE if signed < 0 else AdjustmentKind.CHARGE


def _priced_charges(draft: Draft, lines: list[_PricedLine]) -> Iterator[_Priced]:
    """All document-level allowances and charges; one without a tax is shared over the groups of the lines."""
    groups = grouped(one.line.tax for one in lines)
    sums = {key: total((lines[i].amount for i in members), draft.currency) for key, members in groups.items()}
    taxes = [shared_treatment([lines[i].line.tax for i in members]) for members in groups.values()]
    for charge in draft.charges:
        if charge.tax is None:
            yield from _shared(charge, taxes, list(sums.values()), draft.currency)
        else:
            of_group = sums.get(group_key(charge.tax), Decimal(0))
            yield _of_one_group(charge, charge.tax, of_group, draft.currency)


def _of_one_group(charge: DraftCharge, tax: TaxTreatment, of_group: Decimal, currency: str) -> _Priced:
    stated = round_money(charge.base_amount, currency) if charge.base_amount is not None else None
    base = stated if stated is not None else of_group
    amount = _signed(charge.kind, amount_of(charge, base, currency))
    shown = stated if charge.percent is None else abs(base)
    return _Priced(charge, _kind(amount, charge.kind), amount, shown, tax)


def _shared(charge: DraftCharge, taxes: list[TaxTreatment], sums: list[Decimal], currency: str) -> Iterator[_Priced]:
    """One share a tax group, by largest remainder; groups that get nothing have no part in it."""
    amounts = _shares(charge, sums, currency)
    taking = [i for i, amount in enumerate(amounts) if amount] or [0]
    for i in taking:
        amount = _signed(charge.kind, amounts[i])
        base = abs(sums[i]) if charge.percent is not None else None
        yield _Priced(charge, _kind(amount, charge.kind), amount, base, taxes[i])


def _shares(charge: DraftCharge, sums: list[Decimal], currency: str) -> list[Decimal]:
    """What every group takes.

    A percentage is taken of every group. A fixed amount is shared among those on the invoice's own side: goods taken
    back take no part in the shipping of the others. Where the lines come to nothing, the highest rate takes all.
    """
    whole = amount_of(charge, total(sums, currency), currency)
    if charge.percent is not None:
        return round_to_total([part * charge.percent / 100 for part in sums], whole, currency)
    side = -1 if total(sums, currency) < 0 else 1
    return share(whole, [max(part * side, Decimal(0)) for part in sums], currency)


def _line(position: int, priced: _PricedLine, net: Decimal, currency: str) -> InvoiceLine:
    line, adjustments = priced.line, priced.adjustments
    return InvoiceLine(
        position=position,
        item_id=line.item_id,
        sku=line.sku,
        name=line.name,
        quantity=plain(line.quantity),
        unit=line.unit,
        unit_price=_price(line.unit_price, currency),
        base_quantity=plain(line.base_quantity),
        discount=total((one.amount for one in adjustments if one.kind is AdjustmentKind.ALLOWANCE), currency),
        surcharge=total((one.amount for one in adjustments if one.kind is AdjustmentKind.CHARGE), currency),
        adjustments=adjustments,
        amount=priced.amount,
        net=net,
        tax_code=line.tax.code,
        tax_category=line.tax.category,
        tax_rate=plain(line.tax.rate),
    )


def _price(unit_price: Decimal, currency: str) -> Decimal:
    """A unit price with all its decimals, and at least the currency's."""
    rounded = round_money(unit_price, currency)
    return rounded if rounded == unit_price else plain(unit_price)


def _allowance(extra: _Priced, net: Decimal) -> Allowance:
    return Allowance(
        name=extra.charge.name,
        amount=-extra.amount,
        net=-net,
        base_amount=extra.base_amount,
        percent=extra.charge.percent,
        tax_code=extra.tax.code,
        tax_category=extra.tax.category,
        tax_rate=plain(extra.tax.rate),
    )


def _charge(extra: _Priced, net: Decimal) -> Charge:
    return Charge(
        kind=extra.charge.charge_kind,
        name=extra.charge.name,
        amount=extra.amount,
        net=net,
        base_amount=extra.base_amount,
        percent=extra.charge.percent,
        tax_code=extra.tax.code,
        tax_category=extra.tax.category,
        tax_rate=plain(extra.tax.rate),
    )


def _field_of(group: TaxGroup, draft: Draft) -> str:
    """The reason that a message can name: that of the first part in the group's category."""
    for i, line in enumerate(draft.lines):
        if line.tax.category is group.tax_category:
            return f"lines.{i}.tax.exemptionReason"
    places = [i for i, charge in enumerate(draft.charges) if charge.tax and charge.tax.category is group.tax_category]
    return f"charges.{places[0]}.tax.exemptionReason"


def _exchange(draft: Draft, totals: Totals) -> Exchange | None:
    """Tax and total in the base currency; None where that is the invoice's own."""
    stated = draft.exchange_rate
    if stated is None or stated.base_currency == draft.currency:
        return None
    tax, amount = totals.tax * stated.rate, totals.total * stated.rate
    _check_size(max(abs(tax), abs(amount)), "exchangeRate.rate")
    return Exchange(
        base_currency=stated.base_currency,
        rate=plain(stated.rate),
        rate_date=stated.rate_date,
        tax=round_money(tax, stated.base_currency),
        total=round_money(amount, stated.base_currency),
    )
