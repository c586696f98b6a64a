"""EN 16931 BR-DEC-n: no amount is finer than the minor unit of its currency."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from invoicing.invoice import AdjustmentKind, InvoiceLine, LineAdjustment
from invoicing.money import minor_unit
from invoicing.rules.violation import Check, HasFigures

Amounts = Callable[[HasFigures], Iterable[Decimal | None]]


def _finer(term: str, amounts: Amounts) -> Check:
    def check(figures: HasFigures) -> Iterator[str]:
        unit = minor_unit(figures.currency)
        for amount in amounts(figures):
            if amount is not None and amount % unit:
                yield f"{term} is {amount}, finer than {unit} {figures.currency}"

    return check


def _tax_in_base_currency(figures: HasFigures) -> Iterator[str]:
    exchange = figures.exchange
    if exchange is None:
        return
    unit = minor_unit(exchange.base_currency)
    for amount in (exchange.tax, exchange.total):
        if amount % unit:
            yield f"BT-111 or the total beside it is {amount}, finer than {unit} {exchange.base_currency}"


def _adjustments(figures: HasFigures, kind: AdjustmentKind) -> Iterator[LineAdjustment]:
    return (one for line in figures.lines for one in line.adjustments if one.kind is kind)


def _line_allowances(figures: HasFigures) -> Iterable[Decimal]:
    stated = [one.amount for one in _adjustments(figures, AdjustmentKind.ALLOWANCE)]
    return [*stated, *(line.discount for line in figures.lines)]


def _line_charges(figures: HasFigures) -> Iterable[Decimal]:
    stated = [one.amount for one in _adjustments(figures, AdjustmentKind.CHARGE)]
    return [*stated, *(line.surcharge for line in figures.lines)]


def _bases(figures: HasFigures, kind: AdjustmentKind) -> Iterable[Decimal | None]:
    return [one.base_amount for one in _adjustments(figures, kind)]


def _amounts_of(lines: tuple[InvoiceLine, ...]) -> Iterable[Decimal]:
    return [amount for line in lines for amount in (line.net, line.amount)]


DECIMAL_RULES: dict[str, Check] = {
    "BR-DEC-01": _finer("BT-92", lambda figures: [v for one in figures.allowances for v in (one.net, one.amount)]),
    "BR-DEC-02": _finer("BT-93", lambda figures: [one.base_amount for one in figures.allowances]),
    "BR-DEC-05": _finer("BT-99", lambda figures: [v for one in figures.charges for v in (one.net, one.amount)]),
    "BR-DEC-06": _finer("BT-100", lambda figures: [one.base_amount for one in figures.charges]),
    "BR-DEC-09": _finer("BT-106", lambda figures: [figures.totals.lines_net, figures.totals.lines_amount]),
    "BR-DEC-10": _finer("BT-107", lambda figures: [figures.totals.allowances_net, figures.totals.allowances_amount]),
    "BR-DEC-11": _finer("BT-108", lambda figures: [figures.totals.charges_net, figures.totals.charges_amount]),
    "BR-DEC-12": _finer("BT-109", lambda figures: [figures.totals.net]),
    "BR-DEC-13": _finer("BT-110", lambda figures: [figures.totals.tax]),
    "BR-DEC-14": _finer("BT-112", lambda figures: [figures.totals.gross]),
    "BR-DEC-15": _tax_in_base_currency,
    "BR-DEC-16": _finer("BT-113", lambda figures: [figures.totals.paid, figures.withheld]),
    "BR-DEC-17": _finer("BT-114", lambda figures: [figures.totals.rounding]),
    "BR-DEC-18": _finer("BT-115", lambda figures: [figures.totals.payable]),
    "BR-DEC-19": _finer("BT-116", lambda figures: [group.net for group in figures.tax_groups]),
    "BR-DEC-20": _finer("BT-117", lambda figures: [group.tax for group in figures.tax_groups]),
    "BR-DEC-23": _finer("BT-131", lambda figures: _amounts_of(figures.lines)),
    "BR-DEC-24": _finer("BT-136", _line_allowances),
    "BR-DEC-25": _finer("BT-137", lambda figures: _bases(figures, AdjustmentKind.ALLOWANCE)),
    "BR-DEC-27": _finer("BT-141", _line_charges),
    "BR-DEC-28": _finer("BT-142", lambda figures: _bases(figures, AdjustmentKind.CHARGE)),
}
"""Each judges the amount that EN 16931 names and the printed one beside it; what is withheld goes with BT-113."""
