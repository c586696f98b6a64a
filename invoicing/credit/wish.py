"""What somebody wants credited, and why it cannot be."""

from decimal import Decimal

from invoicing.frozen import Frozen


class LineWish(Frozen):
    """What to give back of one line: a quantity, or an amount off its price; with neither, all that is left of it.

    Both count in the line's own direction and are above zero, `amount` in the invoice's price mode.
    """

    position: int
    """`InvoiceLine.position`"""
    quantity: Decimal | None = None
    amount: Decimal | None = None


class ChargeWish(Frozen):
    """What to give back of one document-level charge; without an amount, all that is left of it."""

    position: int
    """Its place among `Invoice.charges`, from 1."""
    amount: Decimal | None = None


class CreditWish(Frozen):
    """What to give back: everything that is left, or the parts that are named."""

    everything: bool = False
    lines: tuple[LineWish, ...] = ()
    charges: tuple[ChargeWish, ...] = ()


EVERYTHING = CreditWish(everything=True)


class CreditRejected(ValueError):
    """The wish makes no credit note; `field` is the path of the member at fault, as callers write it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class CreditExceeds(CreditRejected):
    """More is wanted back than is left."""

    def __init__(self, field: str, wanted: Decimal, left: Decimal) -> None:
        super().__init__(field, f"is {wanted}, and {left} is left to be credited")
        self.wanted = wanted
        self.left = left


class NothingLeft(ValueError):
    """The invoice is credited in full, or was over nothing."""
