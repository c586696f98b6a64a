"""Does a finished invoice obey EN 16931's calculation rules? It says which rule is broken, by which figures.

It judges the figures alone and computes none of them the way `invoicing.calculation` does, so that each is a check of
the other. Rules bear the names of EN 16931-1; category K's are BR-IC-n. Rules `OWN-n` are ours, for the figures that we
print and EN 16931 does not know.

Two notes on how EN 16931 is read here:

- Decimals (BR-DEC-n): the standard fixes two. Here an amount has at most the decimals of its currency's minor unit,
  none for JPY, three for KWD.
- Tax-inclusive prices: tax is taken out of the gross sum, t = g x r / (100 + r), rounded to t + e with e at most half a
  unit, and the net is what is left, n = g - t - e. So n x r / 100 = t - e x r / 100, which lies (1 + r / 100) x e from
  the tax: for rates up to 100 % within one minor unit, though its own rounding may be the unit beside it. BR-CO-17 and
  BR-S-9 hold within one minor unit there, and exactly where prices are without tax. (The validation artefacts that
  go with the standard tolerate a whole unit of the currency.)
"""

from collections.abc import Iterator

from invoicing.invoice import Invoice, InvoiceKind
from invoicing.money import exact
from invoicing.rules.decimals import DECIMAL_RULES
from invoicing.rules.tax import TAX_RULES
from invoicing.rules.totals import TOTAL_RULES
from invoicing.rules.violation import Check, HasFigures, Violation

__all__ = ["RULES", "HasFigures", "RulesViolated", "Violation", "require_valid", "violations"]

FIGURE_RULES: dict[str, Check] = {**TOTAL_RULES, **TAX_RULES, **DECIMAL_RULES}
SUM_RULES = frozenset((*TOTAL_RULES, *DECIMAL_RULES))
"""Rules that do not look into tax groups: documents of before there were categories obey them too."""
DOCUMENT_RULES = ("BR-CO-3", "BR-55")
RULES = frozenset((*FIGURE_RULES, *DOCUMENT_RULES))
"""Every name that `violations` can report."""


class RulesViolated(ValueError):
    """The invoice must not be issued; `violations` says why, the message names every rule and figure."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(f"{violation.rule}: {violation.message}" for violation in violations))
        self.violations = violations


def violations(figures: HasFigures) -> tuple[Violation, ...]:
    """Every rule that does not hold; none for a valid invoice."""
    with exact():
        found = [Violation(rule, message) for rule, check in FIGURE_RULES.items() for message in check(figures)]
    if isinstance(figures, Invoice):
        found += _document(figures)
    return tuple(found)


def require_valid(invoice: HasFigures) -> None:
    """Let a valid invoice pass.

    Raises:
        RulesViolated: with all that is wrong.
    """
    found = violations(invoice)
    if found:
        raise RulesViolated(found)


def _document(invoice: Invoice) -> Iterator[Violation]:
    if invoice.tax_point_date is not None and invoice.tax_point_code is not None:
        yield Violation("BR-CO-3", "the tax point is given as a date (BT-7) and as a code (BT-8)")
    if invoice.kind is InvoiceKind.CREDIT_NOTE and not (invoice.preceding and invoice.preceding.number):
        yield Violation("BR-55", "a credit note names no preceding invoice (BT-25)")
