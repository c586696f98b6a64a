"""EN 16931's rules of the tax categories: BR-S-n, BR-Z-n, BR-E-n, BR-AE-n, BR-IC-n (K), BR-G-n, BR-O-n; BR-CO-4, -17.

Of each category: 1 every (category, rate) in use has its group, and no group is without parts; 5, 6, 7 the rate of
lines, allowances, charges; 8 the group's net; 9 its tax; 10 the reason for not charging tax.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from invoicing.invoice import Allowance, Charge, InvoiceLine, TaxCategory, TaxGroup
from invoicing.money import minor_unit, round_money
from invoicing.rules.violation import Check, HasFigures

Taxed = InvoiceLine | Allowance | Charge

PREFIXES = {
    TaxCategory.STANDARD: "BR-S",
    TaxCategory.ZERO: "BR-Z",
    TaxCategory.EXEMPT: "BR-E",
    TaxCategory.REVERSE_CHARGE: "BR-AE",
    TaxCategory.INTRA_COMMUNITY: "BR-IC",
    TaxCategory.EXPORT: "BR-G",
    TaxCategory.OUTSIDE_SCOPE: "BR-O",
}
TAXED = frozenset({TaxCategory.STANDARD})
WITHOUT_REASON = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO})


def _nets(figures: HasFigures, category: TaxCategory) -> dict[Decimal, Decimal]:
    """What the parts of a category come to without tax, rate by rate (19 and 19.0 are equal)."""
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in figures.lines:
        if line.tax_category == category:
            nets[line.tax_rate] += line.net
    for allowance in figures.allowances:
        if allowance.tax_category == category:
            nets[allowance.tax_rate] -= allowance.net
    for charge in figures.charges:
        if charge.tax_category == category:
            nets[charge.tax_rate] += charge.net
    return nets


def _of(figures: HasFigures, category: TaxCategory) -> list[TaxGroup]:
    return [group for group in figures.tax_groups if group.tax_category == category]


def _groups_exist(category: TaxCategory) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        used = _nets(figures, category).keys()
        groups = Counter(group.tax_rate for group in _of(figures, category))
        for rate in sorted(used | groups.keys()):
            if groups[rate] != (rate in used):
                parts = "parts" if rate in used else "no parts"
                yield f"category {category} at {rate} % has {parts} and {groups[rate]} groups"

    return check


def _rates(category: TaxCategory, name: str, parts: Callable[[HasFigures], Iterable[Taxed]]) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        for place, part in enumerate(parts(figures), 1):
            if part.tax_category == category and (part.tax_rate > 0) is not (category in TAXED):
                yield f"{name} {place} of category {category} has the rate {part.tax_rate}"

    return check


def _group_nets(category: TaxCategory) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        nets = _nets(figures, category)
        for group in _of(figures, category):
            if group.tax_rate in nets and group.net != nets[group.tax_rate]:
                yield f"BT-116 at {group.tax_rate} % is {group.net}, its parts sum to {nets[group.tax_rate]}"

    return check


def _group_tax(category: TaxCategory) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        for group in _of(figures, category):
            if category in TAXED:
                yield from _tax_off(group, figures)
            elif group.tax:
                yield f"BT-117 of category {category} is {group.tax}, not 0"

    return check


def _tax_off(group: TaxGroup, figures: HasFigures) -> Iterator[str]:
    tax = group.net * group.tax_rate / 100
    if figures.tax_inclusive:
        holds = abs(group.tax - tax) <= minor_unit(figures.currency)
    else:
        holds = group.tax == round_money(tax, figures.currency)
    if not holds:
        yield f"BT-117 is {group.tax}, {group.tax_rate} % of {group.net} is {tax}"


def _reasons(category: TaxCategory) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        for group in _of(figures, category):
            stated = bool(group.exemption_reason or group.exemption_code)
            if stated is (category in WITHOUT_REASON):
                verb = "states a reason for not charging tax" if stated else "states no reason for not charging tax"
                yield f"the group of category {category} at {group.tax_rate} % {verb}"

    return check


def _categories(figures: HasFigures) -> Iterator[str]:
    for line in figures.lines:
        if line.tax_category not in PREFIXES:
            yield f"line {line.position} has no tax category"


def _all_taxes(figures: HasFigures) -> Iterator[str]:
    for group in figures.tax_groups:
        yield from _tax_off(group, figures)


def _unmixed(name: str, parts: Callable[[HasFigures], Iterable[Taxed | TaxGroup]]) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        if _of(figures, TaxCategory.OUTSIDE_SCOPE):
            others = {str(part.tax_category) for part in parts(figures)} - {TaxCategory.OUTSIDE_SCOPE}
            if others:
                yield f"beside a group of category O there are {name} of category {', '.join(sorted(others))}"

    return check


def _rules_of(category: TaxCategory, prefix: str) -> dict[str, Check]:
    return {
        f"{prefix}-1": _groups_exist(category),
        f"{prefix}-5": _rates(category, "line", lambda figures: figures.lines),
        f"{prefix}-6": _rates(category, "allowance", lambda figures: figures.allowances),
        f"{prefix}-7": _rates(category, "charge", lambda figures: figures.charges),
        f"{prefix}-8": _group_nets(category),
        f"{prefix}-9": _group_tax(category),
        f"{prefix}-10": _reasons(category),
    }


TAX_RULES: dict[str, Check] = {
    "BR-CO-4": _categories,
    "BR-CO-17": _all_taxes,
    **{rule: check for category, prefix in PREFIXES.items() for rule, check in _rules_of(category, prefix).items()},
    "BR-O-11": _unmixed("groups", lambda figures: figures.tax_groups),
    "BR-O-12": _unmixed("lines", lambda figures: figures.lines),
    "BR-O-13": _unmixed("allowances", lambda figures: figures.allowances),
    "BR-O-14": _unmixed("charges", lambda figures: figures.charges),
}
