"""From the parts that are given back to the figures of the credit note."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from invoicing.breakdown import DocumentParts, TaxedAmount, break_down, sum_up
from invoicing.calculation import Figures
from invoicing.credit.rest import ZERO, Left, share_of
from invoicing.credit.wish import CreditExceeds, CreditRejected
from invoicing.draft import TaxTreatment
from invoicing.invoice import Allowance, Charge, Exchange, Invoice, InvoiceLine, TaxCategory, Totals
from invoicing.money import minor_unit, plain, round_money
from invoicing.rules.all_rules import RulesViolated, violations

Part = TypeVar("Part", Allowance, Charge)


@dataclass(frozen=True)
class Credit:
    """The parts of the credit note, in the invoice's price mode; charges and allowances by their place, from 0."""

    lines: dict[int, InvoiceLine]
    charges: dict[int, Decimal]
    allowances: dict[int, Decimal]


def allowances_of(left: Left, lines: dict[int, InvoiceLine], charges: dict[int, Decimal]) -> dict[int, Decimal]:
    """What goes back of document-level allowances: as their groups' lines do; with the last part, all that is left."""
    if _takes_all(left, lines, charges):
        return {place: amount for place, amount in enumerate(left.allowances) if amount}
    taken = {}
    for place, (allowance, rest) in enumerate(zip(left.invoice.allowances, left.allowances, strict=True)):
        group = [one for one in left.lines if _key(one.line) == _key(allowance)]
        of_group = sum((one.amount for one in group), ZERO)
        wanted = sum((lines[one.line.position].amount for one in group if one.line.position in lines), ZERO)
        if of_group and wanted:
            amount = share_of(rest, wanted, of_group, left.invoice.currency)
            taken[place] = min(max(amount, ZERO), rest)
    return {place: amount for place, amount in taken.items() if amount}


def _takes_all(left: Left, lines: dict[int, InvoiceLine], charges: dict[int, Decimal]) -> bool:
    """Whether nothing is left of any line and charge afterwards."""
    line_rests = (
        one.amount - (lines[one.line.position].amount if one.line.position in lines else ZERO) for one in left.lines
    )
    charge_rests = (amount - charges.get(place, ZERO) for place, amount in enumerate(left.charges))
    return not any((*line_rests, *charge_rests))


def _key(part: InvoiceLine | Allowance | Charge) -> tuple[TaxCategory, Decimal]:
    return part.tax_category, plain(part.tax_rate)


def figures_of(left: Left, parts: Credit) -> Figures:
    """Net, tax and totals of the parts.

    Raises:
        CreditExceeds: they come to more than is left of the invoice's total.
        CreditRejected: they come to nothing, or less.
        RulesViolated: a part of the invoice has no tax group.
    """
    invoice, currency = left.invoice, left.invoice.currency
    lines = [parts.lines[position] for position in sorted(parts.lines)]
    allowances = [(invoice.allowances[place], place, amount) for place, amount in sorted(parts.allowances.items())]
    charges = [(invoice.charges[place], place, amount) for place, amount in sorted(parts.charges.items())]
    taxed = [
        *(_taxed(line, line.amount, invoice) for line in lines),
        *(_taxed(allowance, -amount, invoice) for allowance, _, amount in allowances),
        *(_taxed(charge, amount, invoice) for charge, _, amount in charges),
    ]
    groups, nets = break_down(taxed, tax_inclusive=invoice.tax_inclusive, currency=currency)
    line_nets, extra_nets = nets[: len(lines)], nets[len(lines) :]
    document = DocumentParts(
        lines=tuple(line.model_copy(update={"net": net}) for line, net in zip(lines, line_nets, strict=True)),
        allowances=tuple(
            _part_of(allowance, place, amount, -net)
            for (allowance, place, amount), net in zip(allowances, extra_nets[: len(allowances)], strict=True)
        ),
        charges=tuple(
            _part_of(charge, place, amount, net)
            for (charge, place, amount), net in zip(charges, extra_nets[len(allowances) :], strict=True)
        ),
        groups=groups,
    )
    totals = _in_step(left, parts, sum_up(document, currency, paid=ZERO * minor_unit(currency), rounding=ZERO))
    return Figures(
        currency=currency,
        tax_inclusive=invoice.tax_inclusive,
        lines=document.lines,
        allowances=document.allowances,
        charges=document.charges,
        tax_groups=groups,
        totals=totals,
        exchange=_exchange(invoice, totals),
        withheld=ZERO,
    )


def _part_of(part: Part, place: int, amount: Decimal, net: Decimal) -> Part:
    """What goes back of an allowance or charge: an amount, since no percentage explains it any more."""
    shared = {"corrects": place + 1, "amount": amount, "net": net}
    if amount == part.amount:
        return part.model_copy(update=shared)
    return part.model_copy(update={**shared, "base_amount": None, "percent": None})


def _taxed(part: InvoiceLine | Allowance | Charge, amount: Decimal, invoice: Invoice) -> TaxedAmount:
    """The part under its own tax, with the reason that the invoice gave for not charging any.

    Invoices of orders once gave none but the tax code itself.

    Raises:
        RulesViolated: the invoice has no group for the part (BR-S-1 and its like).
    """
    of_part = (group for group in invoice.tax_groups if (group.tax_category, plain(group.tax_rate)) == _key(part))
    group = next(of_part, None)
    if group is None:
        raise RulesViolated(violations(invoice))
    code_as_reason = part.tax_code if part.tax_category is TaxCategory.EXEMPT and not group.exemption_code else None
    tax = TaxTreatment(
        category=part.tax_category,
        rate=part.tax_rate,
        code=part.tax_code,
        exemption_reason=group.exemption_reason or code_as_reason,
        exemption_code=group.exemption_code,
    )
    return TaxedAmount(tax, amount)


def _in_step(left: Left, parts: Credit, totals: Totals) -> Totals:
    """Totals whose BT-114 brings the sum of all credit notes to what one over the same parts would come to."""
    invoice = left.invoice
    if _takes_all(left, parts.lines, parts.charges):
        wanted = left.total
    else:
        so_far = _gross_so_far(left, parts)
        before = invoice.totals.total - left.total
        # What was rounded away from the invoice (BT-114) was never paid: it is not given back either.
        wanted = min(so_far, invoice.totals.total) - before if so_far <= invoice.totals.gross else so_far - before
    if wanted > left.total:
        raise CreditExceeds("lines", wanted, left.total)
    if wanted <= 0:
        raise CreditRejected("lines", f"come to {wanted}: there is nothing to credit")
    rounding = wanted - totals.gross
    return totals.model_copy(update={"rounding": rounding, "payable": wanted})


def _gross_so_far(left: Left, parts: Credit) -> Decimal:
    """BT-112 of everything that is given back once this credit note is issued."""
    invoice = left.invoice
    taxed = []
    for one in left.lines:
        wanted = parts.lines[one.line.position].amount if one.line.position in parts.lines else ZERO
        taxed.append(_taxed(one.line, one.line.amount - one.amount + wanted, invoice))
    for place, (allowance, rest) in enumerate(zip(invoice.allowances, left.allowances, strict=True)):
        taken = allowance.amount - rest + parts.allowances.get(place, ZERO)
        taxed.append(_taxed(allowance, -taken, invoice))
    for place, (charge, rest) in enumerate(zip(invoice.charges, left.charges, strict=True)):
        taxed.append(_taxed(charge, charge.amount - rest + parts.charges.get(place, ZERO), invoice))
    groups, _ = break_down(taxed, tax_inclusive=invoice.tax_inclusive, currency=invoice.currency)
    return sum((group.gross for group in groups), ZERO)


def _exchange(invoice: Invoice, totals: Totals) -> Exchange | None:
    """The note in the base currency, at the invoice's own rate."""
    stated = invoice.exchange
    if stated is None:
        return None
    return stated.model_copy(
        update={
            "tax": round_money(totals.tax * stated.rate, stated.base_currency),
            "total": round_money(totals.total * stated.rate, stated.base_currency),
        }
    )
