from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.money import UnsupportedCurrency, minor_unit, round_money, share


@pytest.mark.parametrize(
    ("currency", "unit"),
    [("EUR", "0.01"), ("USD", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("CLP", "1"), ("CHF", "0.01")],
)
def test_the_minor_unit_is_that_of_iso_4217(currency: str, unit: str) -> None:
    assert minor_unit(currency) == Decimal(unit)


@pytest.mark.parametrize("code", ["EURO", "eur", "", "XXX", "XAU", "ZZZ", "<script>"])
def test_what_is_no_currency_with_a_minor_unit_is_refused(code: str) -> None:
    with pytest.raises(UnsupportedCurrency, match="is not supported"):
        minor_unit(code)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1.005", "EUR", "1.01"),
        ("1.0049999", "EUR", "1.00"),
        ("2.675", "EUR", "2.68"),  # the float 2.675 would give 2.67
        ("-1.005", "EUR", "-1.01"),
        ("100.5", "JPY", "101"),
        ("0.0005", "KWD", "0.001"),
    ],
)
def test_the_half_unit_goes_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert round_money(Decimal(amount), currency) == Decimal(rounded)


weights = st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=60)


@given(st.decimals(0, 100_000, places=2), weights)
def test_shares_sum_to_the_total_and_none_is_a_unit_off(total: Decimal, parts: list[Decimal]) -> None:
    shares = share(total, parts, "EUR")
    assert sum(shares) == total
    whole = sum(parts)
    if whole:
        for part, weight in zip(shares, parts, strict=True):
            assert abs(part - total * weight / whole) < Decimal("0.01") + Decimal("1e-9")


def test_nothing_shared_among_nobody_is_nothing() -> None:
    assert share(Decimal("1.00"), [], "EUR") == []
