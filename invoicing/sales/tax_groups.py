"""Tax groups (Deskera B.7): several taxes under one code, charged at one rate."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from invoicing.draft import TaxTreatment
from invoicing.draft_checks import HUNDRED, NEEDS_NO_REASON
from invoicing.frozen import Frozen
from invoicing.money import exact, plain
from invoicing.sales.tax_codes import TaxRejected, check_percent, make_treatment

MEMBER = "taxGroupDetails"
"""Where callers write the parts of a group."""


class ApplyTo(StrEnum):
    """What a tax of a group is taken of. The vendor offers both, and says nowhere how its API spells them."""

    PRETAX = "PRETAX"
    """The line's net amount."""
    AFTER_TAX = "AFTER_TAX"
    """The net amount and the taxes of the group before it: a compound tax."""


_SPELLINGS = {
    "PRETAX": ApplyTo.PRETAX,
    "PRETAXAMOUNT": ApplyTo.PRETAX,
    "BASE": ApplyTo.PRETAX,
    "BASEAMOUNT": ApplyTo.PRETAX,
    "NET": ApplyTo.PRETAX,
    "NETAMOUNT": ApplyTo.PRETAX,
    "AFTERTAX": ApplyTo.AFTER_TAX,
    "AFTERTAXAMOUNT": ApplyTo.AFTER_TAX,
    "BASEANDPREVIOUSTAX": ApplyTo.AFTER_TAX,
    "BASEPREVIOUSTAX": ApplyTo.AFTER_TAX,
    "NETAMOUNTANDPREVIOUSTAX": ApplyTo.AFTER_TAX,
    "NETAMOUNTPREVIOUSTAX": ApplyTo.AFTER_TAX,
    "COMPOUND": ApplyTo.AFTER_TAX,
}


class StatedPart(Frozen):
    """A part as a caller states it: an existing tax by its code, or a percentage of its own; or both, which agree."""

    code: str | None = None
    name: str | None = None
    percentage: Decimal | None = None
    apply_to: ApplyTo = ApplyTo.PRETAX


class GroupPart(Frozen):
    """A part as it is charged."""

    code: str | None = None
    """The tax that it follows: when that one's rate changes, so does the group's."""
    name: str | None = None
    percentage: Decimal
    apply_to: ApplyTo = ApplyTo.PRETAX


class KnownTax(Frozen):
    """An existing tax, as far as groups care."""

    name: str
    treatment: TaxTreatment
    is_group: bool


def parse_apply_to(text: str) -> ApplyTo:
    """What a tax is taken of, in any of the usual words; case, spaces and signs between them do not count.

    >>> parse_apply_to("After tax"), parse_apply_to("net amount + previous tax"), parse_apply_to("PRETAX")
    (<ApplyTo.AFTER_TAX: 'AFTER_TAX'>, <ApplyTo.AFTER_TAX: 'AFTER_TAX'>, <ApplyTo.PRETAX: 'PRETAX'>)

    Raises:
        ValueError: other words; a guess would charge a wrong tax.
    """
    try:
        return _SPELLINGS[re.sub(r"[^A-Z]", "", text.upper())]
    except KeyError:
        raise ValueError(f"must be {ApplyTo.PRETAX} or {ApplyTo.AFTER_TAX}") from None


def make_parts(stated: Sequence[StatedPart], known: Mapping[str, KnownTax]) -> tuple[GroupPart, ...]:
    """The parts with their percentages; `known` has the taxes that they name, by code.

    Raises:
        TaxRejected: none at all; or a part has no percentage, another one than the tax that it names, or names no tax,
            a group, or one that charges nothing for a reason.
    """
    if not stated:
        raise TaxRejected(MEMBER, "is required of a tax group")
    return tuple(_part(part, known, f"{MEMBER}.{i}") for i, part in enumerate(stated))


def combined_rate(parts: Sequence[GroupPart]) -> Decimal:
    """The one rate of a group, in percent: EN 16931 knows a single rate a line (BT-152), and so does the breakdown.

    Taxes on the net amount add up. A compound one is taken of the net amount and all taxes before it, so that of
    rates a and b the second compound, the group charges (1 + a)(1 + b) - 1. Nothing is rounded.

    >>> five, more = GroupPart(percentage=Decimal(5)), Decimal("7.5")
    >>> combined_rate([five, GroupPart(percentage=more)])
    Decimal('12.5')
    >>> combined_rate([five, GroupPart(percentage=more, apply_to=ApplyTo.AFTER_TAX)])
    Decimal('12.875')
    """
    with exact():
        rate = Decimal(0)
        for part in parts:
            base = HUNDRED + rate if part.apply_to is ApplyTo.AFTER_TAX else HUNDRED
            rate += base * part.percentage / HUNDRED
        return plain(rate)


def group_treatment(parts: Sequence[GroupPart], before: TaxTreatment) -> TaxTreatment:
    """The group's treatment anew, after one of its parts changed; a group that charges nothing keeps its reason.

    Raises:
        TaxRejected: the parts come to a rate that the group cannot have.
    """
    category = None if before.category in NEEDS_NO_REASON else before.category
    return make_treatment(combined_rate(parts), category, before.exemption_reason, before.exemption_code)


def _part(part: StatedPart, known: Mapping[str, KnownTax], path: str) -> GroupPart:
    percentage, name = part.percentage, part.name
    if part.code is not None:
        tax = _usable(part.code, known, f"{path}.code")
        if percentage is not None and percentage != tax.treatment.rate:
            raise TaxRejected(f"{path}.percentage", f"is {plain(tax.treatment.rate)} of the tax {part.code}")
        percentage, name = tax.treatment.rate, tax.name
    if percentage is None:
        raise TaxRejected(f"{path}.percentage", "is required, or the code of a tax")
    check_percent(percentage, f"{path}.percentage")
    return GroupPart(code=part.code, name=name, percentage=percentage, apply_to=part.apply_to)


def _usable(code: str, known: Mapping[str, KnownTax], field: str) -> KnownTax:
    tax = known.get(code)
    if tax is None:
        raise TaxRejected(field, f"there is no tax {code}")
    if tax.is_group:
        raise TaxRejected(field, f"{code} is a tax group itself")
    if tax.treatment.category not in NEEDS_NO_REASON:
        raise TaxRejected(field, f"{code} is of category {tax.treatment.category}, which joins no group")
    return tax
