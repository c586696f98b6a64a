"""The one line of an opening invoice whose own lines are not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.calculation import calculate
from invoicing.draft import Draft
from invoicing.rules.all_rules import violations
from invoicing.sales.opening import OpeningRejected, opening_line
from tests.invoicing.drafts import D


def test_the_rate_is_the_tax_in_percent_of_the_rest() -> None:
    """8.40 of 120.00 is 7 %."""
    line = opening_line("Opening balance", D("128.40"), D("8.40"), "SGD")
    assert (str(line.unit_price), line.tax.category.value, str(line.tax.rate)) == ("120.00", "S", "7")


def test_a_blend_of_rates_gives_the_tax_to_the_cent() -> None:
    """81.32 of 457.91 is 17.758948... %."""
    line = opening_line("Opening balance", D("539.23"), D("81.32"), "EUR")
    figures = calculate(Draft(currency="EUR", lines=(line,)))
    assert str(line.tax.rate) == "17.758948"
    assert (str(figures.totals.tax), str(figures.totals.gross), violations(figures)) == ("81.32", "539.23", ())


def test_without_tax_it_is_outside_the_scope_of_tax() -> None:
    line = opening_line("Opening balance", D("100"), D("0"), "JPY")
    figures = calculate(Draft(currency="JPY", lines=(line,)))
    assert (line.tax.category.value, str(figures.totals.gross), violations(figures)) == ("O", "100", ())


@given(net=st.integers(1, 10**8), rate=st.integers(1, 2700))
def test_whatever_rate_it_had_the_sums_are_kept(net: int, rate: int) -> None:
    """Up to a million: a rate of six decimals decides every cent there."""
    tax = D(str(round(net * rate / 10_000))) / 100
    total = D(str(net)) / 100 + tax
    figures = calculate(Draft(currency="EUR", lines=(opening_line("x", total, tax, "EUR"),)))
    assert (figures.totals.tax, figures.totals.gross) == (tax, total)
    assert violations(figures) == ()


@pytest.mark.parametrize(
    ("total", "tax", "field"),
    [
        ("0", "0", "totalAmount"),
        ("-1", "0", "totalAmount"),
        ("10", "-1", "taxAmount"),
        ("10", "10", "taxAmount"),
        ("10", "6", "taxAmount"),
        ("10.005", "1", "totalAmount"),
        ("10", "0.001", "totalAmount"),
        ("123456789012.34", "0.01", "taxAmount"),
        ("98765432109.87", "12345678901.23", "taxAmount"),
    ],
)
def test_sums_that_no_invoice_has_are_refused(total: str, tax: str, field: str) -> None:
    with pytest.raises(OpeningRejected) as refused:
        opening_line("x", D(total), D(tax), "EUR")
    assert refused.value.field == field
