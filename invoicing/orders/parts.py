"""From the order's JSON to its billable parts: `calculatedPrice` first, the deprecated members where it is missing.

A part is a line, a fee, shipping or a payment fee, with the amount that counts and its tax code and rate. Nothing is
rounded here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from invoicing.invoice import ChargeKind
from invoicing.orders.order import Entry, Fee, LocalizedText, OldShippingLine, Order, OrderRejected, Price
from invoicing.orders.prices import CENT, PriceMode, old_price_of, old_tax_of, rate_of, value_of

PIECE = "H87"


class NoBillableLines(ValueError):
    """Nothing in the order can be invoiced."""


@dataclass(frozen=True)
class Item:
    """What a line sells. `unit_price` and `discount` are in the price mode, not rounded."""

    id: str
    sku: str | None
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount: Decimal
    image_url: str | None = None


@dataclass(frozen=True)
class Part:
    """What one line (with an item) or one charge (with a kind) of the invoice is made from."""

    name: str
    amount: Decimal
    """In the price mode, after discount, not rounded."""
    stated_gross: Decimal
    """With tax as the order states it, to compare its own sum."""
    tax_code: str | None
    tax_rate: Decimal
    item: Item | None = None
    charge: ChargeKind | None = None


def parts_of(order: Order, mode: PriceMode, language: str) -> tuple[Part, ...]:
    """All billable parts of the order, lines first, in the order's own sequence.

    Raises:
        NoBillableLines: no entry has a quantity.
        OrderRejected: a part lacks its price or its tax rate.
    """
    return _Reader(order, mode, language).parts()


def localized(text: LocalizedText | None, language: str, fallback: str) -> str:
    """The text in `language`, else in English, else in any language, else `fallback`."""
    if isinstance(text, str):
        return text
    known = {key: value for key, value in (text or {}).items() if value}
    return known.get(language) or known.get("en") or next(iter(known.values()), None) or fallback


def _quantity(entry: Entry) -> Decimal:
    return (entry.amount if entry.amount is not None else entry.effective_quantity) or Decimal(0)


@dataclass(frozen=True)
class _Reader:
    order: Order
    mode: PriceMode
    language: str

    def parts(self) -> tuple[Part, ...]:
        lines = tuple(self._line(e, f"entries[{i}]") for i, e in enumerate(self.order.entries) if _quantity(e))
        if not lines:
            raise NoBillableLines("the order has no line with a quantity")
        return (*lines, *(charge for charge in self._charges() if charge.amount))

    def _line(self, entry: Entry, path: str) -> Part:
        if entry.calculated_price is None:
            return self._old_line(entry, path)
        prices, path = entry.calculated_price, f"{path}.calculatedPrice"
        full, final = prices.price or prices.discounted_price, prices.discounted_price or prices.price
        if full is None or final is None:
            raise OrderRejected(f"{path}.price", "is missing")
        rate = rate_of(final, full, path=path)
        before, after = value_of(full, self.mode, rate, path), value_of(final, self.mode, rate, path)
        unit_price = self._stated_unit_price(entry, max(before, after), rate, path)
        return self._sold(entry, final, rate, path, unit_price=unit_price, discount=max(before - after, Decimal(0)))

    def _old_line(self, entry: Entry, path: str) -> Part:
        """An entry with the deprecated members only: `totalPrice` less `discounts`, with `tax.lines`."""
        total = entry.total_price if entry.total_price is not None else self._old_total(entry, path)
        discount = sum((d.amount for d in entry.discounts if d.amount), Decimal(0))
        if discount > total:
            raise OrderRejected(f"{path}.discounts", "are more than the price")
        tax = old_tax_of(entry.tax, f"{path}.tax")
        before = value_of(old_price_of(total, tax), self.mode, tax[1], path)
        final = old_price_of(total - discount, tax)
        after = value_of(final, self.mode, tax[1], path)
        unit_price = before / _quantity(entry)
        return self._sold(entry, final, tax[1], path, unit_price=unit_price, discount=before - after)

    @staticmethod
    def _old_total(entry: Entry, path: str) -> Decimal:
        unit_price = entry.unit_price if entry.unit_price is not None else entry.original_price
        if unit_price is None:
            raise OrderRejected(f"{path}.calculatedPrice", "is missing, and so is totalPrice")
        return unit_price * _quantity(entry)

    def _sold(
        self, entry: Entry, final: Price, rate: Decimal, path: str, *, unit_price: Decimal, discount: Decimal
    ) -> Part:
        product = entry.product
        item_id = (product and product.id) or entry.id or ""
        plain = localized(product.name if product else None, self.language, (product and product.sku) or item_id or "?")
        return Part(
            name=localized(product.localized_name if product else None, self.language, plain),
            amount=value_of(final, self.mode, rate, path),
            stated_gross=value_of(final, PriceMode.GROSS, rate, path),
            tax_code=final.tax_code,
            tax_rate=rate,
            item=Item(
                id=item_id,
                sku=product.sku if product else None,
                quantity=_quantity(entry),
                unit=(entry.measurement_unit and entry.measurement_unit.unit) or PIECE,
                unit_price=unit_price,
                discount=discount,
                image_url=product.image_url if product else None,
            ),
        )

    def _stated_unit_price(self, entry: Entry, before: Decimal, rate: Decimal, path: str) -> Decimal:
        """The stated unit price where it explains the line's price, else the line's price over its quantity."""
        stated, quantity = entry.calculated_unit_price, _quantity(entry)
        if stated is not None and (stated.net_value is not None or stated.gross_value is not None):
            value = value_of(stated, self.mode, rate, path)
            if abs(value * quantity - before) <= CENT:
                return value
        return before / quantity

    def _charges(self) -> Iterator[Part]:
        for i, entry in enumerate(self.order.entries):
            if _quantity(entry) and entry.calculated_price is not None:
                yield from self._line_fees(entry, f"entries[{i}].calculatedPrice")
        if self.order.calculated_price is None:
            yield from self._old_shipping()
            return
        prices = self.order.calculated_price
        shipping = prices.total_shipping or prices.shipping
        if shipping is not None:
            yield self._charge(shipping, ChargeKind.SHIPPING, "", "calculatedPrice.totalShipping")
        for i, fee in enumerate(prices.payment_fees):
            yield self._fee(fee, ChargeKind.PAYMENT_FEE, f"calculatedPrice.paymentFees[{i}]")

    def _line_fees(self, entry: Entry, path: str) -> Iterator[Part]:
        prices = entry.calculated_price
        if prices is None:
            return
        for i, fee in enumerate(prices.fees):
            yield self._fee(fee, ChargeKind.FEE, f"{path}.fees[{i}]")
        if not prices.fees and prices.total_fee is not None:
            yield self._charge(prices.total_fee, ChargeKind.FEE, "", f"{path}.totalFee")

    def _fee(self, fee: Fee, kind: ChargeKind, path: str) -> Part:
        price = fee.discounted_price or fee.price
        if price is None:
            raise OrderRejected(f"{path}.price", "is missing")
        return self._charge(price, kind, localized(fee.name, self.language, ""), path)

    def _charge(self, price: Price, kind: ChargeKind, name: str, path: str) -> Part:
        rate = rate_of(price, path=path, known=self._known_rates()) if _is_priced(price) else Decimal(0)
        return Part(
            name=name,
            charge=kind,
            amount=value_of(price, self.mode, rate, path),
            stated_gross=value_of(price, PriceMode.GROSS, rate, path),
            tax_code=price.tax_code,
            tax_rate=rate,
        )

    def _old_shipping(self) -> Iterator[Part]:
        for i, line in enumerate(self.order.shipping.lines if self.order.shipping else ()):
            if line.amount:
                yield self._old_shipping_line(line, f"shipping.lines[{i}]")

    def _old_shipping_line(self, line: OldShippingLine, path: str) -> Part:
        code, rate, inclusive = old_tax_of(line.tax, f"{path}.tax")
        price = old_price_of(line.amount or Decimal(0), (line.shipping_tax_code or code, rate, inclusive))
        name = localized(line.localized_name, self.language, line.name or "")
        return self._charge(price, ChargeKind.SHIPPING, name, path)

    def _known_rates(self) -> tuple[Decimal, ...]:
        final = self.order.calculated_price.final_price if self.order.calculated_price else None
        lines = final.tax_aggregate.lines if final and final.tax_aggregate else ()
        return tuple(line.tax_rate for line in lines if line.tax_rate is not None)


def _is_priced(price: Price) -> bool:
    return bool(price.net_value or price.gross_value)
