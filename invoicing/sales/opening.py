"""Opening invoices: carried over from other books, with what these say of them (Deskera B.6)."""

from decimal import Decimal

from invoicing.draft import DraftLine, TaxTreatment
from invoicing.draft_checks import HUNDRED, RATE_DECIMALS
from invoicing.invoice import TaxCategory
from invoicing.money import exact, plain, round_money

OPENING_ITEM = "opening-balance"


class OpeningRejected(ValueError):
    """The stated sums make no invoice; `field` is the member at fault."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


def opening_line(name: str, total: Decimal, tax: Decimal, currency: str) -> DraftLine:
    """One line over all that an opening invoice comes to, where its lines are not known here.

    Its rate is the blend of whatever rates the invoice had: the tax in percent of the net. Where no tax was charged
    the line is outside the scope of tax (O): why there was none is not known here.

    Raises:
        OpeningRejected: the sums are not those of an invoice, or no rate of six decimals gives the tax to the cent.
    """
    if total <= 0:
        raise OpeningRejected("totalAmount", "must be above zero where an opening invoice has no items")
    if tax < 0:
        raise OpeningRejected("taxAmount", "must not be below zero")
    if (total, tax) != (round_money(total, currency), round_money(tax, currency)):
        raise OpeningRejected("totalAmount", f"and taxAmount must have no more decimals than {currency}")
    return DraftLine(
        item_id=OPENING_ITEM,
        name=name,
        quantity=Decimal(1),
        unit_price=total - tax,
        tax=_blended(total - tax, tax, currency),
    )


def _blended(net: Decimal, tax: Decimal, currency: str) -> TaxTreatment:
    if not tax:
        return TaxTreatment(category=TaxCategory.OUTSIDE_SCOPE)
    with exact():
        rate = round(tax / net * 100, RATE_DECIMALS) if net > 0 else HUNDRED + 1
        if rate > HUNDRED:
            raise OpeningRejected("taxAmount", "must not be more than the rest of totalAmount")
        if not rate or round_money(net * rate / 100, currency) != tax:
            raise OpeningRejected("taxAmount", "follows from no rate of six decimals: state salesInvoiceItems")
        return TaxTreatment(category=TaxCategory.STANDARD, rate=plain(rate))
