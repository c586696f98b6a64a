"""A person's decision about an order whose totals differ, and how an invoice comes to the total that the order states.

The difference is an allowance (BG-20) or a charge (BG-21) on the document, one part a tax group, in proportion to what
the groups come to with tax: each part bears its group's category and rate, so that the tax follows the total.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from invoicing.breakdown import TaxedAmount
from invoicing.draft import TaxTreatment
from invoicing.frozen import Frozen
from invoicing.invoice import TaxGroup
from invoicing.money import exact, minor_unit, round_money, share
from invoicing.orders.stated_total import StatedTotal, TotalsDiffer


class AcceptedTotal(StrEnum):
    """Which of two totals is invoiced."""

    OURS = "OURS"
    """What the order's parts come to."""
    ORDERS = "ORDERS"
    """What the order states."""


class Acceptance(Frozen):
    """What was accepted, and by how much the totals differed."""

    total: AcceptedTotal
    ours: Decimal
    """What the order's parts come to with tax."""
    ours_tax: Decimal
    stated: Decimal | None
    """The total with tax that the order states, as the shop wrote it."""
    stated_tax: Decimal | None
    differed: str | None
    """What spoke against the order; None where nothing did when it was priced anew."""

    @property
    def difference(self) -> Decimal | None:
        """By how much the order states more than its parts come to, below zero where it states less."""
        return None if self.stated is None else self.stated - self.ours


class Agreement(NamedTuple):
    """What brings the parts of an order to an agreed total.

    `parts` are below zero where they take something off, in the price mode; `rounding` is BT-114.
    """

    parts: tuple[TaxedAmount, ...]
    rounding: Decimal


NOTHING_AGREED = Agreement((), Decimal(0))


def agree(groups: Sequence[TaxGroup], stated: StatedTotal, currency: str, *, tax_inclusive: bool) -> Agreement:
    """What has to be added to `groups` so that they come to the stated total, rounded to the minor unit.

    Where prices are without tax, net amounts and their rounded tax cannot make every total: a unit that is missed in
    one group is carried to the next, and what is left after the last, a unit at most, is rounded (BT-114).

    Raises:
        TotalsDiffer: the order states no total, or nothing above zero; or its parts come to nothing, so that no tax
            rate could bear the difference.
    """
    with exact():
        wanted = _wanted(groups, stated, currency)
        difference = wanted - sum(group.gross for group in groups)
        shares = share(abs(difference), [group.gross for group in groups], currency)
        signed = [amount if difference > 0 else -amount for amount in shares]
        if tax_inclusive:
            return Agreement(_parts(groups, signed), Decimal(0))
        nets, left = _in_nets(groups, signed, currency)
        return Agreement(_parts(groups, nets), left)


def _wanted(groups: Sequence[TaxGroup], stated: StatedTotal, currency: str) -> Decimal:
    if stated.gross is None:
        raise TotalsDiffer("the order states no total that could be accepted")
    wanted = round_money(stated.gross, currency)
    if wanted <= 0:
        raise TotalsDiffer(f"the order states {stated.gross} {currency}, which is no total to invoice")
    if not any(group.gross for group in groups):
        raise TotalsDiffer(
            f"the order states {stated.gross} {currency}, but its parts come to nothing: no tax rate can bear it"
        )
    return wanted


def _in_nets(groups: Sequence[TaxGroup], signed: Sequence[Decimal], currency: str) -> tuple[list[Decimal], Decimal]:
    """What each group's net changes by so that its gross changes by its share, and what cannot be met in the end.

    The net nearest to gross x 100 / (100 + rate) meets the gross where any does, and misses it by a unit otherwise.
    A unit that is carried never turns a group's allowance into a charge, nor a charge into an allowance.
    """
    unit = minor_unit(currency)
    changes, missed = [], 0 * unit
    is_charge = any(amount > 0 for amount in signed)
    for group, amount in zip(groups, signed, strict=True):
        gross = group.gross + amount + missed
        net = round_money(gross * 100 / (100 + group.tax_rate), currency)
        net = max(net, group.net) if is_charge else min(max(net, 0 * unit), group.net)
        missed = gross - net - round_money(net * group.tax_rate / 100, currency)
        changes.append(net - group.net)
    return changes, missed


def _parts(groups: Sequence[TaxGroup], amounts: Sequence[Decimal]) -> tuple[TaxedAmount, ...]:
    """One part a group that changes. The group's own parts have said already why it bears no tax."""
    return tuple(
        TaxedAmount(TaxTreatment(category=group.tax_category, rate=group.tax_rate, code=group.tax_code), amount)
        for group, amount in zip(groups, amounts, strict=True)
        if amount
    )
