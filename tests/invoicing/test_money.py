from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.money import UnsupportedCurrency, minor_unit, plain, round_money, round_to_total, share


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


@pytest.mark.parametrize("amount", ["-0", "-0.001", "-0.0049"])
def test_what_rounds_to_nothing_has_no_sign(amount: str) -> None:
    assert str(round_money(Decimal(amount), "EUR")) == "0.00"


def test_a_share_of_nothing_has_no_sign() -> None:
    shares = share(Decimal("0.00"), [Decimal("-0.00"), Decimal("0.01")], "EUR")
    assert [str(part) for part in shares] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    ("parts", "total", "rounded"),
    [
        (["0.334", "0.333", "0.333"], "1.00", ["0.34", "0.33", "0.33"]),
        (["0.005", "0.005"], "0.01", ["0.01", "0.00"]),  # the earlier of equals
        (["1.004", "2.009"], "3.01", ["1.00", "2.01"]),  # the larger remainder
        (["5.005", "-1.005"], "4.00", ["5.01", "-1.01"]),
        (["-5.005", "1.005"], "-4.00", ["-5.01", "1.01"]),  # the same with every sign turned
        (["-0.334", "-0.333", "-0.333"], "-1.00", ["-0.34", "-0.33", "-0.33"]),
        (["0.006", "-0.006"], "0.00", ["0.01", "-0.01"]),
        (["1.00", "2.00"], "3.00", ["1.00", "2.00"]),
        ([], "0.00", []),
    ],
)
def test_parts_of_either_sign_are_rounded_to_their_total(parts: list[str], total: str, rounded: list[str]) -> None:
    assert round_to_total([Decimal(p) for p in parts], Decimal(total), "EUR") == [Decimal(r) for r in rounded]


@given(st.lists(st.decimals(-10_000, 10_000, places=6), max_size=60))
def test_no_part_is_moved_by_a_unit_or_more(parts: list[Decimal]) -> None:
    total = round_money(sum(parts, Decimal(0)), "EUR")
    rounded = round_to_total(parts, total, "EUR")
    assert sum(rounded) == total
    assert all(abs(after - before) < Decimal("0.01") for before, after in zip(parts, rounded, strict=True))


@pytest.mark.parametrize(
    ("number", "written"), [("1E+1", "10"), ("19.00", "19"), ("7.50", "7.5"), ("-0", "0"), ("0.000", "0")]
)
def test_a_plain_number_has_no_exponent_and_no_zeros_at_its_end(number: str, written: str) -> None:
    assert plain(Decimal(number)) == Decimal(written)
    assert format(plain(Decimal(number)), "f") == format(Decimal(written), "f")
