"""What a tax rate is called on an invoice: in the table of lines, in the breakdown, and in the reason beneath it."""

from collections import Counter
from decimal import Decimal

from documents.formatting import Formatter
from invoicing.exemptions import STANDARD_REASONS
from invoicing.invoice import Invoice, TaxCategory, TaxGroup

NO_RATE = "\u2013"
"""Of what is outside the scope of the tax: it has no rate, not a rate of zero (EN 16931 BR-O-05)."""
NO_TAX = frozenset(TaxCategory) - {TaxCategory.STANDARD, TaxCategory.ZERO}


class RateNames:
    """The rates of one invoice. Where two groups have the same rate, one without tax says its category."""

    def __init__(self, invoice: Invoice, formatter: Formatter) -> None:
        self._formatter = formatter
        seen = Counter(self._percent(group.tax_category, group.tax_rate) for group in invoice.tax_groups)
        self._shared = {name for name, times in seen.items() if times > 1}

    def short(self, category: TaxCategory, rate: Decimal) -> str:
        """For a narrow column."""
        name = self._percent(category, rate)
        return f"{name} {category}" if category in NO_TAX and name in self._shared else name

    def long(self, group: TaxGroup) -> str:
        """For the breakdown, which spells an exemption out."""
        if group.tax_category is TaxCategory.EXEMPT:
            return self._formatter.texts("exempt", rate=self._formatter.percent(group.tax_rate))
        return self.short(group.tax_category, group.tax_rate)

    def reason(self, group: TaxGroup) -> str | None:
        """Why the group bears no tax (BT-120): as the seller says it, else what the law calls it.

        None where there is nothing to say, or the breakdown's own row has said it.
        """
        if group.tax_category not in NO_TAX or (group.tax_category is TaxCategory.EXEMPT and not _stated(group)):
            return None
        words = _stated(group) or self._formatter.texts(f"exemption.{group.tax_category}")
        return f"{self.short(group.tax_category, group.tax_rate)}: {words}"

    def _percent(self, category: TaxCategory, rate: Decimal) -> str:
        if category is TaxCategory.OUTSIDE_SCOPE:
            return NO_RATE
        return self._formatter.percent(Decimal(0) if category is TaxCategory.EXEMPT else rate)


def _stated(group: TaxGroup) -> str:
    """The seller's own words; the standard's are in English, and we have them in the reader's language."""
    reason = (group.exemption_reason or "").strip()
    standard, _ = STANDARD_REASONS.get(group.tax_category, ("", ""))
    return "" if reason == standard else reason
