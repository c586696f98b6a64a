"""Drafts of every kind for property tests and the benchmark.

All tax categories, several rates, currencies with 0, 2 and 3 decimals, both price modes, fractions, returned goods,
allowances and charges, prepaid, rounding, exchange.
"""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import AdjustmentKind, ChargeKind, TaxCategory
from invoicing.money import minor_unit

CURRENCIES = ("EUR", "USD", "CHF", "SGD", "JPY", "CLP", "KWD", "TND")
RATES = ("19", "7", "21", "5.5", "2.1", "8.875", "20", "0.5", "100", "33.333333", "1E+1", "9.0")
KINDS = st.sampled_from(AdjustmentKind)


def decimals(least: int, most: int, places: int) -> SearchStrategy[Decimal]:
    """Numbers with at most `places` decimals, written with as many as it takes."""
    whole = st.integers(least * 10**places, most * 10**places)
    return whole.map(lambda number: Decimal(number).scaleb(-places))


STANDARD = st.builds(
    TaxTreatment,
    category=st.just(TaxCategory.STANDARD),
    rate=st.sampled_from(RATES).map(Decimal),
    code=st.sampled_from((None, "GST", "VAT")),
)
ZERO = st.just(TaxTreatment(category=TaxCategory.ZERO, code="ZERO"))
EXEMPT = st.builds(
    TaxTreatment,
    category=st.just(TaxCategory.EXEMPT),
    exemption_reason=st.sampled_from(("Education", "Health care")),
    exemption_code=st.sampled_from((None, "VATEX-EU-132")),
)
ABROAD = st.sampled_from((TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT)).map(
    lambda category: TaxTreatment(category=category)
)
OUTSIDE = st.just(TaxTreatment(category=TaxCategory.OUTSIDE_SCOPE))
IN_SCOPE = st.one_of(STANDARD, STANDARD, STANDARD, ZERO, EXEMPT, ABROAD)


def adjustments() -> SearchStrategy[DraftAdjustment]:
    """Allowances and charges of a line."""
    fixed = st.builds(DraftAdjustment, kind=KINDS, amount=decimals(0, 50, 3))
    percent = st.builds(DraftAdjustment, kind=KINDS, percent=decimals(0, 100, 2), reason=st.just("Loyalty"))
    return st.one_of(fixed, percent)


def lines(taxes: SearchStrategy[TaxTreatment]) -> SearchStrategy[DraftLine]:
    """Lines, one in eight of goods taken back."""
    quantity = st.one_of(st.integers(0, 40).map(Decimal), decimals(0, 30, 3), decimals(0, 2, 6))
    return st.builds(
        DraftLine,
        item_id=st.just("item"),
        name=st.just("Thing"),
        quantity=st.tuples(quantity, st.integers(0, 7)).map(lambda drawn: drawn[0] if drawn[1] else -drawn[0]),
        unit_price=st.one_of(decimals(0, 500, 2), decimals(0, 5, 4), decimals(0, 90_000, 0)),
        base_quantity=st.sampled_from(("1", "1", "1", "3", "100", "1000", "0.7")).map(Decimal),
        adjustments=st.lists(adjustments(), max_size=2).map(tuple),
        tax=taxes,
    )


def charges(taxes: SearchStrategy[TaxTreatment]) -> SearchStrategy[DraftCharge]:
    """Allowances and charges on the document: of one tax group, or of all."""
    kind = st.sampled_from(ChargeKind)
    shared_amount = st.builds(
        DraftCharge, kind=KINDS, name=st.just("shared"), charge_kind=kind, amount=decimals(0, 90, 3)
    )
    shared_percent = st.builds(DraftCharge, kind=KINDS, name=st.just("shared"), percent=decimals(0, 100, 2))
    amount = st.builds(
        DraftCharge, kind=KINDS, name=st.just("own"), charge_kind=kind, amount=decimals(0, 90, 3), tax=taxes
    )
    percent = st.builds(
        DraftCharge,
        kind=KINDS,
        name=st.just("own"),
        percent=decimals(0, 100, 2),
        base_amount=st.none() | decimals(0, 900, 3),
        tax=taxes,
    )
    return st.one_of(shared_amount, shared_percent, amount, percent)


EXCHANGE = st.builds(
    ExchangeRate,
    base_currency=st.sampled_from(CURRENCIES),
    rate=decimals(0, 200, 6).filter(bool),
    rate_date=st.just(date(2026, 11, 20)),
)


@st.composite
def drafts(draw: st.DrawFn, *, tax_inclusive: bool | None = None, most_lines: int = 8) -> Draft:
    """Any draft that `calculate` accepts; `tax_inclusive` None draws the price mode."""
    currency = draw(st.sampled_from(CURRENCIES))
    unit = minor_unit(currency)
    amounts = st.integers(0, 20_000).map(lambda units: units * unit)
    taxes = draw(st.sampled_from((IN_SCOPE,) * 7 + (OUTSIDE,)))
    exchange = draw(st.none() | EXCHANGE)
    if exchange is not None and exchange.base_currency == currency:
        exchange = exchange.model_copy(update={"rate": Decimal(1)})
    return Draft(
        currency=currency,
        tax_inclusive=draw(st.booleans()) if tax_inclusive is None else tax_inclusive,
        lines=tuple(draw(st.lists(lines(taxes), min_size=1, max_size=most_lines))),
        charges=tuple(draw(st.lists(charges(taxes), max_size=3))),
        paid=draw(st.just(Decimal(0)) | amounts),
        rounding=draw(st.just(Decimal(0)) | st.integers(-9, 9).map(lambda units: units * unit)),
        withheld=draw(st.just(Decimal(0)) | amounts),
        exchange_rate=exchange,
    )
