"""The part of the arithmetic that every invoice shares, whatever its lines came from: tax breakdown and totals.

Tax is computed once per (category, rate) on the sum of the group's rounded amounts (EN 16931 BR-CO-17). Where prices
include the tax, the gross sum is what counts and the tax is taken out of it: tax = gross x rate / (100 + rate).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from invoicing.draft import TaxTreatment
from invoicing.invoice import Allowance, Charge, InvoiceLine, TaxCategory, TaxGroup, Totals
from invoicing.money import exact, minor_unit, plain, round_money, round_to_total

GroupKey = tuple[TaxCategory, Decimal]


class TaxedAmount(NamedTuple):
    """What one part adds to the invoice, in its price mode and rounded: below zero for allowances and returns."""

    tax: TaxTreatment
    amount: Decimal


class Breakdown(NamedTuple):
    """The tax groups, highest rate first, and every part's amount without tax, in the order of the parts."""

    groups: tuple[TaxGroup, ...]
    nets: tuple[Decimal, ...]


class DocumentParts(NamedTuple):
    """The parts of an invoice with all their figures."""

    lines: tuple[InvoiceLine, ...]
    allowances: tuple[Allowance, ...]
    charges: tuple[Charge, ...]
    groups: tuple[TaxGroup, ...]


def group_key(tax: TaxTreatment) -> GroupKey:
    """What makes two parts one group; 19 and 19.0 are equal."""
    return tax.category, tax.rate


def grouped(taxes: Iterable[TaxTreatment]) -> dict[GroupKey, list[int]]:
    """The places of the parts of every group, highest rate first."""
    members: defaultdict[GroupKey, list[int]] = defaultdict(list)
    for i, tax in enumerate(taxes):
        members[group_key(tax)].append(i)
    return {key: members[key] for key in sorted(members, key=lambda key: (-key[1], key[0]))}


def break_down(parts: Sequence[TaxedAmount], *, tax_inclusive: bool, currency: str) -> Breakdown:
    """The tax breakdown (BG-23) of the parts.

    A group's net is spread over its parts so that they sum to it exactly: BR-S-8, BR-Z-8, ...
    """
    nets, groups = [Decimal(0)] * len(parts), []
    with exact():
        for indexes in grouped(part.tax for part in parts).values():
            members = [parts[i] for i in indexes]
            group = _group(members, tax_inclusive=tax_inclusive, currency=currency)
            part_nets = _nets(members, group, currency) if tax_inclusive else [part.amount for part in members]
            for i, net in zip(indexes, part_nets, strict=True):
                nets[i] = net
            groups.append(group)
    return Breakdown(tuple(groups), tuple(nets))


def _group(members: list[TaxedAmount], *, tax_inclusive: bool, currency: str) -> TaxGroup:
    treatment = shared_treatment([part.tax for part in members])
    rate = treatment.rate
    amount = total((part.amount for part in members), currency)
    base = 100 + rate if tax_inclusive else Decimal(100)
    tax = round_money(amount * rate / base, currency)
    net = amount - tax if tax_inclusive else amount
    return TaxGroup(
        tax_code=treatment.code,
        tax_category=treatment.category,
        tax_rate=rate,
        net=net,
        tax=tax,
        gross=net + tax,
        exemption_reason=treatment.exemption_reason,
        exemption_code=treatment.exemption_code,
    )


def _nets(members: list[TaxedAmount], group: TaxGroup, currency: str) -> list[Decimal]:
    return round_to_total(
        [part.amount * 100 / (100 + group.tax_rate) for part in members],
        group.net,
        currency,
    )


def shared_treatment(taxes: Sequence[TaxTreatment]) -> TaxTreatment:
    """What parts of one group have in common: the code that all bear, every reason that one of them states.

    A group has one exemption code at most (BT-121). Where there are several, none of them is the group's, and the code
    of an exemption that has no other reason becomes its reason: BR-E-10.
    """
    codes = {tax.code for tax in taxes}
    exemption_codes = {tax.exemption_code for tax in taxes if tax.exemption_code}
    is_named_by_code = taxes[0].category is TaxCategory.EXEMPT and len(exemption_codes) > 1
    reasons = {tax.exemption_reason or (tax.exemption_code if is_named_by_code else None) for tax in taxes}
    return TaxTreatment(
        category=taxes[0].category,
        rate=plain(taxes[0].rate),
        code=codes.pop() if len(codes) == 1 else None,
        exemption_reason="; ".join(sorted(reason for reason in reasons if reason)) or None,
        exemption_code=exemption_codes.pop() if len(exemption_codes) == 1 else None,
    )


def total(amounts: Iterable[Decimal], currency: str) -> Decimal:
    """The sum of rounded amounts, with the currency's decimals even where there are none."""
    return sum(amounts, Decimal(0) * minor_unit(currency))


def sum_up(parts: DocumentParts, currency: str, *, paid: Decimal, rounding: Decimal) -> Totals:
    """Document totals (BG-22): EN 16931 BR-CO-10 to BR-CO-16. `paid` is BT-113, `rounding` BT-114."""
    lines_net = total((line.net for line in parts.lines), currency)
    allowances_net = total((allowance.net for allowance in parts.allowances), currency)
    charges_net = total((charge.net for charge in parts.charges), currency)
    net = lines_net - allowances_net + charges_net
    tax = total((group.tax for group in parts.groups), currency)
    return Totals(
        lines_amount=total((line.amount for line in parts.lines), currency),
        allowances_amount=total((allowance.amount for allowance in parts.allowances), currency),
        charges_amount=total((charge.amount for charge in parts.charges), currency),
        lines_net=lines_net,
        allowances_net=allowances_net,
        charges_net=charges_net,
        net=net,
        tax=tax,
        gross=net + tax,
        rounding=rounding,
        paid=paid,
        payable=net + tax - paid + rounding,
    )
