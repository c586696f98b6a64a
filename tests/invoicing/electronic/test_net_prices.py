from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from invoicing.calculation import calculate
from invoicing.draft import Draft
from invoicing.electronic.net_prices import Percentage, net_line, stated_percentage
from invoicing.invoice import AdjustmentKind, InvoiceLine, LineAdjustment, TaxCategory
from tests.invoicing.strategies import drafts

ALLOWANCE, CHARGE = AdjustmentKind.ALLOWANCE, AdjustmentKind.CHARGE


def line(quantity: str, unit_price: str, net: str, rate: str = "19", **changes: Any) -> InvoiceLine:
    """`amount` is not looked at."""
    return InvoiceLine(
        position=1,
        item_id="item",
        name="Teapot",
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price),
        amount=Decimal(net),
        net=Decimal(net),
        tax_category=TaxCategory.STANDARD,
        tax_rate=Decimal(rate),
        **changes,
    )


def adjustment(
    kind: AdjustmentKind, amount: str, base: str | None = None, percent: str | None = None
) -> LineAdjustment:
    return LineAdjustment(
        kind=kind,
        amount=Decimal(amount),
        base_amount=Decimal(base) if base else None,
        percent=Decimal(percent) if percent else None,
    )


def test_a_price_without_tax_stays_what_it_is() -> None:
    figures = net_line(line("3", "33.3333", "100.00"), "EUR", tax_inclusive=False)
    assert (figures.price, figures.unexplained) == (Decimal("33.3333"), Decimal("0.0001"))


@pytest.mark.parametrize(
    ("stated", "price"),
    [
        pytest.param(line("1", "11.90", "10.00"), "10.00", id="11.90 / 1.19 is 10"),
        pytest.param(line("3", "9.99", "25.18"), "8.395", id="8.39 would come to 25.17, 8.395 to 25.185"),
        pytest.param(line("3", "9.99", "25.20"), "8.40", id="a cent was shared out to the line, 9.99 / 1.19 is 25.18"),
        pytest.param(line("-2", "11.90", "-20.00"), "10.00", id="two are taken back"),
        pytest.param(line("250", "11.90", "25.00", base_quantity=Decimal(100)), "10.00", id="11.90 for a hundred"),
        pytest.param(line("2", "10.00", "20.00", rate="0"), "10.00", id="no tax to take out"),
    ],
)
def test_a_price_that_contains_the_tax_becomes_the_one_that_explains_the_net_amount(
    stated: InvoiceLine, price: str
) -> None:
    figures = net_line(stated, "EUR", tax_inclusive=True)
    assert figures.price == Decimal(price)
    assert abs(figures.unexplained) <= Decimal("0.005")


def test_allowances_and_charges_that_contain_the_tax_share_their_net_sum() -> None:
    """10.00 / 1.07 = 9.345..., and 20.00 / 1.07 = 18.69; of the sum 28.04 the thirds are 9.346... and 18.693..."""
    listed = (
        adjustment(ALLOWANCE, "10.00", "100.00", "10"),
        adjustment(ALLOWANCE, "20.00"),
        adjustment(CHARGE, "1.07"),
    )
    stated = line("1", "100.00", "66.42", rate="7", adjustments=listed, discount=Decimal(30), surcharge=Decimal("1.07"))
    figures = net_line(stated, "EUR", tax_inclusive=True)
    assert [(one.kind, one.amount) for one in figures.adjustments] == [
        (ALLOWANCE, Decimal("9.35")),
        (ALLOWANCE, Decimal("18.69")),
        (CHARGE, Decimal("1.00")),
    ]
    assert figures.price == Decimal("93.46")
    assert figures.unexplained == 0
    assert figures.adjustments[0].percentage is None, "10 % of 100.00 is not 9.35"


def test_a_line_that_only_knows_its_discount_has_one_allowance() -> None:
    figures = net_line(line("2", "10.00", "18.50", discount=Decimal("1.50")), "EUR", tax_inclusive=False)
    assert [(one.kind, one.amount) for one in figures.adjustments] == [(ALLOWANCE, Decimal("1.50"))]
    assert figures.price == 10


def test_a_currency_without_cents_has_a_price_that_explains_the_rounded_amount() -> None:
    """1.5 x 333 is 499.5, and the line is over 500 yen."""
    figures = net_line(line("1.5", "333", "500"), "JPY", tax_inclusive=False)
    assert figures.price == Decimal("333.33")


def test_a_line_without_a_price_gives_its_net_amount_to_the_charge() -> None:
    """1.01 / 1.19 is 0.848..., but the invoice's cents left 0.84 for the line."""
    stated = line("1", "0", "0.84", adjustments=(adjustment(CHARGE, "1.01"),), surcharge=Decimal("1.01"))
    figures = net_line(stated, "EUR", tax_inclusive=True)
    assert (figures.price, figures.adjustments[0].amount, figures.unexplained) == (
        Decimal(0),
        Decimal("0.84"),
        Decimal(0),
    )


def test_what_nothing_explains_is_told() -> None:
    assert net_line(line("0", "5.00", "1.00"), "EUR", tax_inclusive=False).unexplained == 1


def test_a_percentage_is_stated_where_it_comes_to_the_amount() -> None:
    base, percent = Decimal("200.00"), Decimal("7.5")
    assert stated_percentage(Decimal("15.02"), base, percent) == Percentage(base, percent)
    assert stated_percentage(Decimal("15.03"), base, percent) is None
    assert stated_percentage(Decimal("15.00"), None, percent) is None
    assert stated_percentage(Decimal("15.00"), base, None) is None
    assert stated_percentage(Decimal("15.00"), Decimal("200.001"), percent) is None, "BR-DEC-25"


@settings(max_examples=200, deadline=None)
@given(drafts())
def test_whatever_was_calculated_is_explained_within_peppols_tolerance(draft: Draft) -> None:
    figures = calculate(draft)
    for one in figures.lines:
        net = net_line(one, figures.currency, tax_inclusive=figures.tax_inclusive)
        assert net.price >= 0
        assert abs(net.unexplained) <= Decimal("0.02")
