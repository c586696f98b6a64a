"""What is left of an invoice after its earlier credit notes: the most that the next one can give back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoicing.invoice import Invoice, InvoiceLine
from invoicing.money import round_money

ZERO = Decimal(0)


@dataclass(frozen=True)
class LineLeft:
    """What is left of an invoiced line."""

    line: InvoiceLine
    quantity: Decimal
    amount: Decimal

    @property
    def is_whole(self) -> bool:
        """Nothing of it was given back."""
        return (self.quantity, self.amount) == (self.line.quantity, self.line.amount)

    @property
    def is_gone(self) -> bool:
        """There is nothing to give back. A line that was free can still be taken back, for nothing."""
        return not self.amount and (not self.quantity or bool(self.line.amount))


@dataclass(frozen=True)
class Left:
    """What is left of an invoice, in its price mode; allowances and charges in the invoice's order."""

    invoice: Invoice
    lines: tuple[LineLeft, ...]
    allowances: tuple[Decimal, ...]
    charges: tuple[Decimal, ...]
    total: Decimal
    """Of `Totals.total`."""


def left_of(invoice: Invoice, earlier: Sequence[Invoice]) -> Left:
    """The invoice less its credit notes."""
    lines = {line.position: LineLeft(line, line.quantity, line.amount) for line in invoice.lines}
    allowances = [allowance.amount for allowance in invoice.allowances]
    charges = [charge.amount for charge in invoice.charges]
    for note in earlier:
        for line in note.lines:
            before = lines[line.position]
            quantity = before.quantity - (line.credited_quantity or ZERO)
            lines[line.position] = LineLeft(before.line, quantity, before.amount - line.amount)
        for allowance in note.allowances:
            allowances[(allowance.corrects or 1) - 1] -= allowance.amount
        for charge in note.charges:
            charges[(charge.corrects or 1) - 1] -= charge.amount
    total = invoice.totals.total - sum((note.totals.total for note in earlier), ZERO)
    return Left(invoice, tuple(lines.values()), tuple(allowances), tuple(charges), total)


def share_of(whole: Decimal, part: Decimal, of: Decimal, currency: str) -> Decimal:
    """`part`/`of` of an amount, rounded: all of it for all."""
    return round_money(whole * part / of, currency)
