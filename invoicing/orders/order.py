"""An order as Order Service v2 sends it (Emporix A.5), as far as an invoice needs it.

Members are optional wherever real orders lack them; what an invoice cannot do without is checked when it is priced.
Amounts are in the order's currency with as many decimals as the shop sent, rates in percent.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, AliasGenerator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from invoicing.frozen import Frozen
from invoicing.limits import LARGEST_AMOUNT, LARGEST_QUANTITY, MAX_DECIMALS
from invoicing.site import web_url

EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
READ_LATELY = 200
"""Orders that are kept as they were read: more than a worker usually has under way."""
LONGEST_URL = 2000
USUAL_SIZE = 100_000
"""Characters of an order with hundreds of lines."""


class OrderRejected(ValueError):
    """The order cannot be read; `field` is the path of the member at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _storable(text: str) -> str:
    """PostgreSQL keeps neither NUL nor half a surrogate pair; what cannot be stored must not be captured."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _in_calendar(value: date) -> date:
    """Time zones and thresholds are added to dates; at the ends of the calendar that overflows."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"must lie between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value


def _listed(value: object) -> object:
    return () if value is None else value


def _not_a_flag(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError("must be an exact number")  # noqa: TRY004 -- pydantic reports ValueError only
    return value


def _first_url(images: object) -> str | None:
    listed = images if isinstance(images, list | tuple) else ()
    urls = (web_url(image.get("url")) for image in listed if isinstance(image, dict))
    return next((url for url in urls if url and len(url) <= LONGEST_URL), None)


Amount = Annotated[Decimal, BeforeValidator(_not_a_flag), Field(ge=0, le=LARGEST_AMOUNT, decimal_places=MAX_DECIMALS)]
"""Not negative, finite, below a trillion: anything else is a fault of the order, not an invoice."""
Rate = Annotated[Decimal, BeforeValidator(_not_a_flag), Field(ge=0, le=100, decimal_places=6)]
Quantity = Annotated[
    Decimal, BeforeValidator(_not_a_flag), Field(ge=0, le=LARGEST_QUANTITY, decimal_places=MAX_DECIMALS)
]
Text = Annotated[str, BeforeValidator(_text), AfterValidator(_storable), Field(max_length=4000)]
Day = Annotated[date, AfterValidator(_in_calendar)]
Instant = Annotated[datetime, AfterValidator(_in_calendar)]
LocalizedText = dict[str, Text | None] | Text


class OrderPart(Frozen):
    """Base of everything inside an order: camelCase outside, snake_case here."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=AliasGenerator(validation_alias=to_camel), populate_by_name=True
    )


class Price(OrderPart):
    """A price with and without tax."""

    net_value: Amount | None = None
    gross_value: Amount | None = None
    tax_value: Amount | None = None
    tax_code: Text | None = None
    tax_rate: Rate | None = None


class Fee(OrderPart):
    """A fee of a line, or a payment fee of the order."""

    name: LocalizedText | None = None
    price: Price | None = None
    discounted_price: Price | None = None


class LinePrices(OrderPart):
    """`calculatedPrice` of an entry: final = (discounted or price) + total fee."""

    price: Price | None = None
    discounted_price: Price | None = None
    fees: Annotated[tuple[Fee, ...], BeforeValidator(_listed)] = ()
    total_fee: Price | None = None
    final_price: Price | None = None


class TaxAggregate(OrderPart):
    """The order's own tax breakdown."""

    lines: Annotated[tuple[Price, ...], BeforeValidator(_listed)] = ()


class FinalPrice(Price):
    """The order's own total."""

    tax_aggregate: TaxAggregate | None = None


class OrderPrices(OrderPart):
    """`calculatedPrice` of the order: final = entries + total shipping + payment fees, without uplift."""

    payment_fees: Annotated[tuple[Fee, ...], BeforeValidator(_listed)] = ()
    shipping: Price | None = None
    total_shipping: Price | None = None
    final_price: FinalPrice | None = None


class OldTaxAmount(OrderPart):
    """Deprecated tax member: `inclusive` tells whether the price beside it contains the tax."""

    amount: Amount | None = None
    code: Text | None = None
    rate: Rate | None = None
    inclusive: bool | None = None


class OldTax(OrderPart):
    """Deprecated tax of an entry, of shipping or of the order."""

    lines: Annotated[tuple[OldTaxAmount, ...], BeforeValidator(_listed)] = ()
    total: OldTaxAmount | None = None
    rate: Rate | None = None


class OldDiscount(OrderPart):
    """Deprecated discount of an entry, an amount in the price's own terms."""

    amount: Amount | None = None


class OldShippingLine(OrderPart):
    """Deprecated shipping line."""

    amount: Amount | None = None
    name: Text | None = None
    localized_name: LocalizedText | None = None
    tax: OldTax | None = None
    shipping_tax_code: Text | None = None


class OldShipping(OrderPart):
    """Deprecated shipping."""

    lines: Annotated[tuple[OldShippingLine, ...], BeforeValidator(_listed)] = ()


class MeasurementUnit(OrderPart):
    """The unit an entry is counted in, a UN/ECE Recommendation 20 code."""

    unit: Text | None = None


class Product(OrderPart):
    """What was bought."""

    id: Text | None = None
    sku: Text | None = None
    name: LocalizedText | None = None
    localized_name: LocalizedText | None = None
    image_url: Annotated[str | None, BeforeValidator(_first_url), Field(validation_alias="images")] = None
    """Of its first picture that is on the web; an odd one is no fault of the order."""


class Entry(OrderPart):
    """One line of the order."""

    id: Text | None = None
    amount: Quantity | None = None
    effective_quantity: Quantity | None = None
    measurement_unit: MeasurementUnit | None = None
    product: Product | None = None
    calculated_unit_price: Price | None = None
    calculated_price: LinePrices | None = None
    unit_price: Amount | None = None
    original_price: Amount | None = None
    total_price: Amount | None = None
    tax: OldTax | None = None
    discounts: Annotated[tuple[OldDiscount, ...], BeforeValidator(_listed)] = ()


class OrderAddress(OrderPart):
    """A billing or shipping address."""

    contact_name: Text | None = None
    company_name: Text | None = None
    street: Text | None = None
    street_number: Text | None = None
    street_appendix: Text | None = None
    extra_line1: Text | None = None
    extra_line2: Text | None = None
    extra_line3: Text | None = None
    extra_line4: Text | None = None
    zip_code: Text | None = None
    city: Text | None = None
    state: Text | None = None
    country: Text | None = None


class ElectronicTerms(OrderPart):
    """The mixin `eInvoice`, ours, of an order or of its customer: what an electronic invoice says of the buyer."""

    tax_id: Text | None = None
    """BT-48"""
    peppol_id: Text | None = None
    """BT-49"""
    buyer_reference: Text | None = None
    """BT-10"""
    purchase_order_reference: Text | None = None
    """BT-13"""


def _object(value: object) -> object:
    """Somebody else's mixin of that name is no fault of the order."""
    return value if isinstance(value, dict) else None


ElectronicMixin = Annotated[ElectronicTerms | None, BeforeValidator(_object)]


class CustomerMixins(OrderPart):
    """Extensions of the customer that we read."""

    e_invoice: ElectronicMixin = None


class Customer(OrderPart):
    """Who ordered."""

    id: Text | None = None
    name: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    email: Text | None = None
    preferred_language: Text | None = None
    mixins: Annotated[CustomerMixins | None, BeforeValidator(_object)] = None


class Payment(OrderPart):
    """One payment of the order; `status` as in A.5."""

    status: Text | None = None
    method: Text | None = None
    provider: Text | None = None
    paid_amount: Amount | None = None
    authorized_amount: Amount | None = None
    currency: Text | None = None
    transaction_id: Text | None = None


class DeliveryTimeRange(OrderPart):
    """Local times `HH:MM`."""

    time_to: Text | None = None


class DeliveryWindow(OrderPart):
    """The promised delivery, on a day of the site's calendar."""

    delivery_date: Day | None = None
    delivery_time_range: DeliveryTimeRange | None = None


class DeliveryTime(OrderPart):
    """The `deliveryTime` mixin."""

    delivery_date: Instant | None = None


class PaymentMixin(OrderPart):
    """The `payment` mixin: `invoice` means on account."""

    payment_type: Text | None = None


class InvoiceMixin(OrderPart):
    """The `invoice` mixin: what an invoice service reported back."""

    invoice_no: Text | None = None


class GeneralAttributes(OrderPart):
    """The `generalAttributes` mixin."""

    extended_order_status: Text | None = None


class Mixins(OrderPart):
    """Extensions of the order that we read."""

    general_attributes: GeneralAttributes | None = None
    delivery_time: DeliveryTime | None = None
    payment: PaymentMixin | None = None
    invoice: InvoiceMixin | None = None
    e_invoice: ElectronicMixin = None


class Vendor(OrderPart):
    """The marketplace vendor of the order."""

    name: Text | None = None


class Order(OrderPart):
    """The order."""

    id: Annotated[Text, Field(min_length=1)]
    status: Text | None = None
    created: Instant | None = None
    site_code: Text | None = None
    country_code: Text | None = None
    currency: Annotated[Text, Field(min_length=1)]
    vendor: Vendor | None = None
    entries: Annotated[tuple[Entry, ...], BeforeValidator(_listed), Field(max_length=10_000)] = ()
    customer: Customer | None = None
    billing_address: OrderAddress | None = None
    shipping_address: OrderAddress | None = None
    payments: Annotated[tuple[Payment, ...], BeforeValidator(_listed)] = ()
    shipping: OldShipping | None = None
    total_price: Amount | None = None
    total_authorized_amount: Amount | None = None
    delivery_window: DeliveryWindow | None = None
    mixins: Mixins | None = None
    calculated_price: OrderPrices | None = None

    @property
    def electronic(self) -> ElectronicTerms:
        """What an electronic invoice says of the buyer: the order's own terms, and the customer's where it has none."""
        own = self.mixins.e_invoice if self.mixins else None
        usual = self.customer.mixins.e_invoice if self.customer and self.customer.mixins else None
        said = {name: value for name, value in (own or ElectronicTerms()) if value}
        return (usual or ElectronicTerms()).model_copy(update=said)


def parse_order(text: str) -> Order:
    """Read an order from the shop's JSON text; numbers keep every digit.

    Three steps read the same text within a moment, so the last few orders of a usual size are kept as they were read.

    Raises:
        OrderRejected: no JSON, NaN or infinite, negative or absurd amounts, wrong types, no id or currency.
    """
    return _parse_once(text) if len(text) <= USUAL_SIZE else _parse(text)


def _parse(text: str) -> Order:
    try:
        return order_of(json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        raise OrderRejected("order", f"is not JSON ({error.msg})") from error
    except RecursionError as error:
        raise OrderRejected("order", "is nested too deeply") from error


_parse_once = lru_cache(maxsize=READ_LATELY)(_parse)


def order_of(value: Any) -> Order:  # noqa: ANN401 -- any JSON value may come in; this is where it is judged
    """Read an order from parsed JSON whose numbers are `Decimal`.

    Raises:
        OrderRejected: as `parse_order`.
    """
    try:
        return Order.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise OrderRejected(_path(first["loc"]), first["msg"]) from None


def _refuse_constant(name: str) -> NoReturn:
    raise OrderRejected("order", f"holds {name}, which is no amount")


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.lstrip(".") or "order"
