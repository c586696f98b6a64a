"""EN 16931 BR-CO-10 to BR-CO-16, BR-27, the amount in the base currency, and our own rules of printed amounts."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from invoicing.invoice import AdjustmentKind, InvoiceLine
from invoicing.money import round_money
from invoicing.rules.violation import Check, HasFigures


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _unless_equal(term: str, stated: Decimal, computed: Decimal, by: str) -> Iterator[str]:
    if stated != computed:
        yield f"{term} is {stated}, {by} is {computed}"


def _lines_net(figures: HasFigures) -> Iterator[str]:
    nets = _sum(line.net for line in figures.lines)
    yield from _unless_equal("BT-106", figures.totals.lines_net, nets, "the sum of BT-131")


def _allowances_net(figures: HasFigures) -> Iterator[str]:
    nets = _sum(allowance.net for allowance in figures.allowances)
    yield from _unless_equal("BT-107", figures.totals.allowances_net, nets, "the sum of BT-92")


def _charges_net(figures: HasFigures) -> Iterator[str]:
    nets = _sum(charge.net for charge in figures.charges)
    yield from _unless_equal("BT-108", figures.totals.charges_net, nets, "the sum of BT-99")


def _net(figures: HasFigures) -> Iterator[str]:
    totals = figures.totals
    net = totals.lines_net - totals.allowances_net + totals.charges_net
    yield from _unless_equal("BT-109", totals.net, net, "BT-106 - BT-107 + BT-108")


def _tax(figures: HasFigures) -> Iterator[str]:
    taxes = _sum(group.tax for group in figures.tax_groups)
    yield from _unless_equal("BT-110", figures.totals.tax, taxes, "the sum of BT-117")


def _gross(figures: HasFigures) -> Iterator[str]:
    totals = figures.totals
    yield from _unless_equal("BT-112", totals.gross, totals.net + totals.tax, "BT-109 + BT-110")


def _payable(figures: HasFigures) -> Iterator[str]:
    totals = figures.totals
    due = totals.gross - totals.paid + totals.rounding
    yield from _unless_equal("BT-115", totals.payable, due, "BT-112 - BT-113 + BT-114")


def _prices(figures: HasFigures) -> Iterator[str]:
    for line in figures.lines:
        if line.unit_price < 0:
            yield f"BT-146 of line {line.position} is {line.unit_price}"


def _exchanged(figures: HasFigures) -> Iterator[str]:
    exchange, totals = figures.exchange, figures.totals
    if exchange is None:
        return
    tax = round_money(totals.tax * exchange.rate, exchange.base_currency)
    total = round_money(totals.total * exchange.rate, exchange.base_currency)
    yield from _unless_equal("BT-111", exchange.tax, tax, f"BT-110 x {exchange.rate}")
    yield from _unless_equal("the total in the base currency", exchange.total, total, f"the total x {exchange.rate}")


def _printed_sums(figures: HasFigures) -> Iterator[str]:
    totals = figures.totals
    for name, stated, parts in (
        ("lines", totals.lines_amount, figures.lines),
        ("allowances", totals.allowances_amount, figures.allowances),
        ("charges", totals.charges_amount, figures.charges),
    ):
        amounts = _sum(part.amount for part in parts)
        yield from _unless_equal(f"the printed total of {name}", stated, amounts, "their sum")


def _printed_adjustments(figures: HasFigures) -> Iterator[str]:
    for line in figures.lines:
        if line.adjustments:
            name = f"of line {line.position}"
            yield from _unless_equal(f"the discount {name}", line.discount, _allowed(line), "the sum of BT-136")
            yield from _unless_equal(f"the surcharge {name}", line.surcharge, _charged(line), "the sum of BT-141")


def _allowed(line: InvoiceLine) -> Decimal:
    return _sum(one.amount for one in line.adjustments if one.kind is AdjustmentKind.ALLOWANCE)


def _charged(line: InvoiceLine) -> Decimal:
    return _sum(one.amount for one in line.adjustments if one.kind is AdjustmentKind.CHARGE)


def _printed_mode(figures: HasFigures) -> Iterator[str]:
    """What is printed is what counts: the nets, or in sum the gross, by the price mode."""
    totals = figures.totals
    printed = totals.lines_amount - totals.allowances_amount + totals.charges_amount
    counting = totals.gross if figures.tax_inclusive else totals.net
    term = "BT-112" if figures.tax_inclusive else "BT-109"
    yield from _unless_equal(term, counting, printed, "the sum of the printed amounts")


def _signs(figures: HasFigures) -> Iterator[str]:
    stated = [
        *(("BT-92", allowance.amount) for allowance in figures.allowances),
        *(("BT-99", charge.amount) for charge in figures.charges),
        *(("BT-136 or BT-141", one.amount) for line in figures.lines for one in line.adjustments),
        *(("a discount", line.discount) for line in figures.lines),
        *(("a surcharge", line.surcharge) for line in figures.lines),
        ("BT-113", figures.totals.paid),
        ("what is withheld", figures.withheld),
    ]
    for term, amount in stated:
        if amount < 0:
            yield f"{term} is {amount}, below zero"


TOTAL_RULES: dict[str, Check] = {
    "BR-CO-10": _lines_net,
    "BR-CO-11": _allowances_net,
    "BR-CO-12": _charges_net,
    "BR-CO-13": _net,
    "BR-CO-14": _tax,
    "BR-CO-15": _gross,
    "BR-CO-16": _payable,
    "BR-27": _prices,
    "BR-53": _exchanged,
    "OWN-1": _printed_sums,
    "OWN-2": _printed_adjustments,
    "OWN-3": _printed_mode,
    "OWN-4": _signs,
}
"""BR-53 asks for BT-111; here it must also be BT-110 x the rate, and the total likewise.

OWN-1: printed totals are the sums of what is printed. OWN-2: a line's discount and surcharge are the sums of its
allowances and charges, where those are listed. OWN-3: what is printed sums to the gross where prices include the tax,
to the net otherwise. OWN-4: what is taken off, added, paid or withheld is not below zero; its kind gives it its sign.
"""
