"""What the rules judge, and what they say of it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple, Protocol

from invoicing.invoice import Allowance, Charge, Exchange, InvoiceLine, TaxGroup, Totals


class Violation(NamedTuple):
    """A rule that does not hold; the message gives the figures, and never a name or an address."""

    rule: str
    message: str


class HasFigures(Protocol):
    """The figures of an invoice, issued or not: `Figures` and `Invoice` have them."""

    @property
    def currency(self) -> str:
        """ISO 4217."""

    @property
    def tax_inclusive(self) -> bool:
        """Whether printed amounts contain the tax."""

    @property
    def lines(self) -> tuple[InvoiceLine, ...]:
        """BG-25."""

    @property
    def allowances(self) -> tuple[Allowance, ...]:
        """BG-20."""

    @property
    def charges(self) -> tuple[Charge, ...]:
        """BG-21."""

    @property
    def tax_groups(self) -> tuple[TaxGroup, ...]:
        """BG-23."""

    @property
    def totals(self) -> Totals:
        """BG-22."""

    @property
    def exchange(self) -> Exchange | None:
        """The same in the base currency."""

    @property
    def withheld(self) -> Decimal:
        """What the buyer keeps back."""


Check = Callable[[HasFigures], Iterator[str]]
"""What speaks against the figures, one sentence each."""
