"""Credit notes: what an issued invoice, its earlier credit notes and a wish come to.

Everything is shared out of what is left: half of the pieces that are left take half of the amount that is left, and the
last piece takes all of it, so that no cent remains or is given twice. A document-level allowance follows the lines of
its tax group in the same way; charges are given back when they are named, or with everything.

Totals are kept in step: after every credit note, the totals so far sum to what a single credit note over the same parts
would come to. Where that differs from the note's own net and tax by a cent, BT-114 says so. Once all parts are given
back, the totals sum to the invoice's.
"""

from collections.abc import Sequence
from decimal import Decimal

from invoicing.calculation import Figures
from invoicing.credit.figures import Credit, allowances_of, figures_of
from invoicing.credit.rest import ZERO, Left, LineLeft, left_of, share_of
from invoicing.credit.wish import (
    EVERYTHING,
    ChargeWish,
    CreditExceeds,
    CreditRejected,
    CreditWish,
    LineWish,
    NothingLeft,
)
from invoicing.draft import PIECE
from invoicing.invoice import Invoice, InvoiceLine
from invoicing.limits import LARGEST_AMOUNT, LARGEST_QUANTITY, MAX_DECIMALS
from invoicing.money import exact, minor_unit, plain, round_money
from invoicing.rules.all_rules import violations

__all__ = [
    "EVERYTHING",
    "ChargeWish",
    "CreditExceeds",
    "CreditRejected",
    "CreditWish",
    "LineWish",
    "NothingLeft",
    "credit",
]


def credit(invoice: Invoice, earlier: Sequence[Invoice], wish: CreditWish) -> Figures:
    """The figures of the next credit note; those of an untouched invoice given back in full are its own.

    An invoice of former times, whose breakdown does not obey today's rules, is broken down anew; its total stays.

    Raises:
        NothingLeft: there is nothing to give back any more.
        CreditExceeds: a part, or the whole, is more than is left.
        CreditRejected: the wish names what is not there, or comes to nothing.
        RulesViolated: the invoice has parts without a tax group.
    """
    with exact():
        left = left_of(invoice, earlier)
        if left.total <= 0:
            raise NothingLeft(f"nothing of invoice {invoice.number} is left to be credited")
        if wish.everything and not earlier and not violations(invoice):
            return _whole(invoice)
        lines, charges = _wanted(left, wish)
        parts = Credit(lines, charges, allowances_of(left, lines, charges))
        return figures_of(left, parts)


def _whole(invoice: Invoice) -> Figures:
    """The invoice's own figures, each part naming what it takes back. Nothing is paid on a credit note yet."""
    totals = invoice.totals
    return Figures(
        currency=invoice.currency,
        tax_inclusive=invoice.tax_inclusive,
        lines=tuple(line.model_copy(update={"credited_quantity": line.quantity}) for line in invoice.lines),
        allowances=tuple(
            allowance.model_copy(update={"corrects": place}) for place, allowance in enumerate(invoice.allowances, 1)
        ),
        charges=tuple(charge.model_copy(update={"corrects": place}) for place, charge in enumerate(invoice.charges, 1)),
        tax_groups=invoice.tax_groups,
        totals=totals.model_copy(update={"paid": ZERO * minor_unit(invoice.currency), "payable": totals.total}),
        exchange=invoice.exchange,
        withheld=ZERO,
    )


def _wanted(left: Left, wish: CreditWish) -> tuple[dict[int, InvoiceLine], dict[int, Decimal]]:
    """The lines by their positions and the charges by their places, as wished."""
    if wish.everything:
        lines = {one.line.position: _rest_of(one, left.invoice) for one in left.lines if not one.is_gone}
        return lines, {place: amount for place, amount in enumerate(left.charges) if amount}
    lines, charges = _named_lines(left, wish), _named_charges(left, wish)
    if not lines and not charges:
        raise CreditRejected("lines", "name nothing to credit")
    return lines, charges


def _named_lines(left: Left, wish: CreditWish) -> dict[int, InvoiceLine]:
    by_position = {one.line.position: one for one in left.lines}
    lines: dict[int, InvoiceLine] = {}
    for i, wanted in enumerate(wish.lines):
        path = f"lines.{i}"
        if wanted.position not in by_position:
            raise CreditRejected(f"{path}.position", f"is {wanted.position}, and the invoice has no such line")
        if wanted.position in lines:
            raise CreditRejected(f"{path}.position", f"names line {wanted.position} a second time")
        lines[wanted.position] = _credited_line(by_position[wanted.position], wanted, left.invoice, path)
    return lines


def _named_charges(left: Left, wish: CreditWish) -> dict[int, Decimal]:
    charges: dict[int, Decimal] = {}
    for i, wanted in enumerate(wish.charges):
        path, place = f"charges.{i}", wanted.position - 1
        if not 0 <= place < len(left.charges):
            raise CreditRejected(f"{path}.position", f"is {wanted.position}, and the invoice has no such charge")
        if place in charges:
            raise CreditRejected(f"{path}.position", f"names charge {wanted.position} a second time")
        charges[place] = _credited_amount(wanted.amount, left.charges[place], left.invoice, f"{path}.amount")
    return charges


def _credited_line(left: LineLeft, wish: LineWish, invoice: Invoice, path: str) -> InvoiceLine:
    if wish.quantity is not None and wish.amount is not None:
        raise CreditRejected(path, "must have a quantity or an amount, not both")
    if left.is_gone:
        raise CreditExceeds(path, wish.amount or wish.quantity or left.line.quantity, ZERO)
    if wish.amount is not None:
        return _lower_price(left, _credited_amount(wish.amount, left.amount, invoice, f"{path}.amount"))
    if wish.quantity is None:
        return _rest_of(left, invoice)
    _check_number(wish.quantity, f"{path}.quantity", LARGEST_QUANTITY)
    if wish.quantity > abs(left.quantity):
        raise CreditExceeds(f"{path}.quantity", wish.quantity, abs(left.quantity))
    quantity = wish.quantity if left.quantity > 0 else -wish.quantity
    return _pieces(left, quantity, share_of(left.amount, quantity, left.quantity, invoice.currency), invoice)


def _check_number(value: Decimal, field: str, largest: Decimal) -> None:
    if value <= 0:
        raise CreditRejected(field, "is not above zero")
    exponent = value.as_tuple().exponent
    if value > largest or (isinstance(exponent, int) and -exponent > MAX_DECIMALS):
        raise CreditRejected(field, f"is above {plain(largest)} or has more than {MAX_DECIMALS} decimals")


def _credited_amount(wanted: Decimal | None, left: Decimal, invoice: Invoice, field: str) -> Decimal:
    """The amount in the part's own direction; without a wish, all that is left."""
    if wanted is None:
        if not left:
            raise CreditExceeds(field, left, left)
        return left
    _check_number(wanted, field, LARGEST_AMOUNT)
    if wanted % minor_unit(invoice.currency):
        raise CreditRejected(field, f"is {wanted}, finer than {minor_unit(invoice.currency)} {invoice.currency}")
    if wanted > abs(left):
        raise CreditExceeds(field, wanted, abs(left))
    amount = round_money(wanted, invoice.currency)
    return amount if left > 0 else -amount


def _rest_of(left: LineLeft, invoice: Invoice) -> InvoiceLine:
    if left.is_whole:
        return left.line.model_copy(update={"credited_quantity": left.line.quantity})
    return _pieces(left, left.quantity, left.amount, invoice) if left.quantity else _lower_price(left, left.amount)


def _pieces(left: LineLeft, quantity: Decimal, amount: Decimal, invoice: Invoice) -> InvoiceLine:
    """Pieces at the invoiced price; what that price does not explain is a discount or a surcharge."""
    line, currency = left.line, invoice.currency
    off = round_money(quantity * line.unit_price / line.base_quantity, currency) - amount
    none = ZERO * minor_unit(currency)
    return line.model_copy(
        update={
            "quantity": plain(quantity),
            "credited_quantity": plain(quantity),
            "discount": max(off, none),
            "surcharge": max(-off, none),
            "adjustments": (),
            "amount": amount,
        }
    )


def _lower_price(left: LineLeft, amount: Decimal) -> InvoiceLine:
    """One amount off the price of a line that is kept."""
    return left.line.model_copy(
        update={
            "quantity": Decimal(1 if amount > 0 else -1),
            "credited_quantity": ZERO,
            "unit": PIECE,
            "unit_price": abs(amount),
            "base_quantity": Decimal(1),
            "discount": ZERO * amount,
            "surcharge": ZERO * amount,
            "adjustments": (),
            "amount": amount,
        }
    )
