"""Recalculation: what the order costs by its own parts, and whether its stated total agrees.

An order's parts state their own amounts; tax breakdown and totals are those of every invoice, `invoicing.breakdown`.
"""

from decimal import Decimal, InvalidOperation

from invoicing.breakdown import DocumentParts, TaxedAmount, break_down, sum_up
from invoicing.draft import TaxTreatment
from invoicing.frozen import Frozen
from invoicing.invoice import Allowance, AllowanceKind, Charge, ChargeKind, InvoiceLine, TaxCategory, TaxGroup, Totals
from invoicing.money import minor_unit, plain, round_money
from invoicing.orders.accepted_total import NOTHING_AGREED, Acceptance, AcceptedTotal, Agreement, agree
from invoicing.orders.order import Order, OrderRejected
from invoicing.orders.parts import Part, parts_of
from invoicing.orders.prices import PriceMode
from invoicing.orders.stated_total import TotalsDiffer, differing_tax, differing_total, stated_total, tolerated

__all__ = ["AcceptedTotal", "PricedOrder", "TotalsDiffer", "price_order", "tax_category"]

EXEMPT_CODES = frozenset({"EXEMPT", "EXEMPTED", "TAX_EXEMPT"})


class PricedOrder(Frozen):
    """The order's lines, allowances, charges and totals as the invoice will show them."""

    currency: str
    language: str
    tax_inclusive: bool
    lines: tuple[InvoiceLine, ...]
    allowances: tuple[Allowance, ...] = ()
    """What brings the invoice down to a total that a person has accepted; an order has no others."""
    charges: tuple[Charge, ...]
    tax_groups: tuple[TaxGroup, ...]
    totals: Totals
    rounding_margin: Decimal
    """How far a total that the shop rounded part by part may lie from ours: half a minor unit a part, plus the
    tolerance."""
    acceptance: Acceptance | None = None
    """What a person has accepted."""


def price_order(
    order: Order,
    *,
    tax_inclusive: bool,
    language: str,
    tolerance_minor: int,
    accepted: AcceptedTotal | None = None,
) -> PricedOrder:
    """Recalculate `order`.

    `tolerance_minor`: minor units by which the stated total may differ from the recalculated one, or from the sum of
    the parts' stated gross prices when the shop rounds tax per part.

    `accepted`: the total that a person has chosen. Ours: what the parts come to is invoiced, whatever differs. The
    order's: it is invoiced to the cent, the difference being an allowance or a charge.

    Raises:
        UnsupportedCurrency: no ISO 4217 currency.
        NoBillableLines: nothing to invoice.
        OrderRejected: a part lacks its price or rate.
        TotalsDiffer: the order states no total, or one that is off by more than the tolerance; or its tax is. With the
            order's total accepted: it is none to invoice, or the tax is all that differs.
    """
    try:
        pricing = _Pricing(order, tax_inclusive=tax_inclusive, language=language, tolerance_minor=tolerance_minor)
        return pricing.checked() if accepted is None else pricing.accepting(accepted)
    except InvalidOperation as error:
        raise OrderRejected("entries", "hold amounts that are too large or too fine to compute with") from error


class _Pricing:
    """An order's parts with their taxes, and what the order states of their total."""

    def __init__(self, order: Order, *, tax_inclusive: bool, language: str, tolerance_minor: int) -> None:
        minor_unit(order.currency)
        self.currency, self.language, self.tax_inclusive = order.currency, language, tax_inclusive
        self.parts = parts_of(order, PriceMode.GROSS if tax_inclusive else PriceMode.NET, language)
        self.taxed = [TaxedAmount(_treatment(part), round_money(part.amount, order.currency)) for part in self.parts]
        self.tolerance = tolerated(order.currency, tolerance_minor)
        self.stated = stated_total(order, sum((part.stated_gross for part in self.parts), Decimal(0)))
        self.priced = self._price(NOTHING_AGREED)

    def checked(self) -> PricedOrder:
        """What the parts come to, if that agrees with what the order states."""
        if sentence := self._total_differs() or self._tax_differs():
            raise TotalsDiffer(sentence)
        return self.priced

    def accepting(self, accepted: AcceptedTotal) -> PricedOrder:
        """The invoice by the total that a person has chosen."""
        ours, total_differs, tax_differs = self.priced.totals, self._total_differs(), self._tax_differs()
        priced = self.priced
        if accepted is AcceptedTotal.ORDERS:
            if tax_differs and not total_differs:
                raise TotalsDiffer(f"{tax_differs}; the total agrees, and how much of it is tax is for the law to say")
            agreement = agree(priced.tax_groups, self.stated, self.currency, tax_inclusive=self.tax_inclusive)
            priced = self._price(agreement)
        acceptance = Acceptance(
            total=accepted,
            ours=ours.gross,
            ours_tax=ours.tax,
            stated=self.stated.gross,
            stated_tax=self.stated.tax,
            differed=total_differs or tax_differs,
        )
        return priced.model_copy(update={"acceptance": acceptance})

    def _total_differs(self) -> str | None:
        margin = self.priced.rounding_margin
        return differing_total(self.stated, self.priced.totals, self.currency, margin=margin, tolerance=self.tolerance)

    def _tax_differs(self) -> str | None:
        return differing_tax(self.stated, self.priced.totals, self.currency, margin=self.priced.rounding_margin)

    def _price(self, agreement: Agreement) -> PricedOrder:
        taxed = [*self.taxed, *agreement.parts]
        groups, nets = break_down(taxed, tax_inclusive=self.tax_inclusive, currency=self.currency)
        own, agreed = nets[: len(self.parts)], list(zip(agreement.parts, nets[len(self.parts) :], strict=True))
        sums = DocumentParts(
            lines=_lines(self.parts, self.taxed, own, self.currency),
            allowances=tuple(_agreed_allowance(part, net) for part, net in agreed if part.amount < 0),
            charges=(
                *_charges(self.parts, self.taxed, own),
                *(_agreed_charge(part, net) for part, net in agreed if part.amount > 0),
            ),
            groups=groups,
        )
        return PricedOrder(
            currency=self.currency,
            language=self.language,
            tax_inclusive=self.tax_inclusive,
            lines=sums.lines,
            allowances=sums.allowances,
            charges=sums.charges,
            tax_groups=groups,
            totals=sum_up(sums, self.currency, paid=Decimal(0), rounding=agreement.rounding),
            rounding_margin=minor_unit(self.currency) * Decimal(len(self.parts)) / 2 + self.tolerance,
        )


def tax_category(code: str | None, rate: Decimal) -> TaxCategory:
    """A rate above zero is standard rated (EN 16931 BR-S-5); zero is exempt where its code says so, else zero rated."""
    if rate > 0:
        return TaxCategory.STANDARD
    return TaxCategory.EXEMPT if (code or "").upper() in EXEMPT_CODES else TaxCategory.ZERO


def _treatment(part: Part) -> TaxTreatment:
    """An order says no more of an exemption than its code: that is the reason shown (EN 16931 BR-E-10)."""
    category = tax_category(part.tax_code, part.tax_rate)
    return TaxTreatment(
        category=category,
        rate=plain(part.tax_rate),
        code=part.tax_code,
        exemption_reason=part.tax_code if category is TaxCategory.EXEMPT else None,
    )


def _lines(
    parts: tuple[Part, ...], taxed: list[TaxedAmount], nets: tuple[Decimal, ...], currency: str
) -> tuple[InvoiceLine, ...]:
    sold = [(part, part.item, *taken, net) for part, taken, net in zip(parts, taxed, nets, strict=True) if part.item]
    return tuple(
        InvoiceLine(
            position=position,
            item_id=item.id,
            sku=item.sku,
            name=part.name,
            quantity=item.quantity,
            unit=item.unit,
            unit_price=_readable(item.unit_price, currency),
            discount=round_money(part.amount + item.discount, currency) - amount,
            amount=amount,
            net=net,
            tax_code=tax.code,
            tax_category=tax.category,
            tax_rate=tax.rate,
            image_url=item.image_url,
        )
        for position, (part, item, tax, amount, net) in enumerate(sold, start=1)
    )


def _readable(unit_price: Decimal, currency: str) -> Decimal:
    """A unit price with the decimals it needs, at least the currency's and at most four more."""
    unit = minor_unit(currency)
    fine = unit_price.quantize(unit.scaleb(-4))
    return fine.quantize(unit) if fine == fine.quantize(unit) else fine.normalize()


def _charges(parts: tuple[Part, ...], taxed: list[TaxedAmount], nets: tuple[Decimal, ...]) -> tuple[Charge, ...]:
    return tuple(
        Charge(
            kind=part.charge,
            name=part.name,
            amount=amount,
            net=net,
            tax_code=tax.code,
            tax_category=tax.category,
            tax_rate=tax.rate,
        )
        for part, (tax, amount), net in zip(parts, taxed, nets, strict=True)
        if part.charge is not None
    )


def _agreed_allowance(part: TaxedAmount, net: Decimal) -> Allowance:
    """Without a name: the document calls it by its kind, in the reader's language."""
    return Allowance(
        kind=AllowanceKind.AGREED_TOTAL,
        name="",
        amount=-part.amount,
        net=-net,
        tax_code=part.tax.code,
        tax_category=part.tax.category,
        tax_rate=part.tax.rate,
    )


def _agreed_charge(part: TaxedAmount, net: Decimal) -> Charge:
    return Charge(
        kind=ChargeKind.AGREED_TOTAL,
        name="",
        amount=part.amount,
        net=net,
        tax_code=part.tax.code,
        tax_category=part.tax.category,
        tax_rate=part.tax.rate,
    )
