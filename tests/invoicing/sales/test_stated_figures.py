"""Figures that a caller states, compared with those that the invoice comes to."""

from decimal import Decimal

import pytest

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft
from invoicing.sales.stated_figures import Stated, StatedLine, differences, line_sum, tolerated
from tests.invoicing.drafts import D, line


def figures(*, inclusive: bool = False, currency: str = "EUR", withheld: str = "0") -> Figures:
    """33.33 at 7 % (2.3331) and 100.00 at 19 % (19.00): without tax 133.33, tax 21.33, with tax 154.66."""
    lines = (line("1", "33.33", "7"), line("1", "100", "19"))
    return calculate(Draft(currency=currency, tax_inclusive=inclusive, lines=lines, withheld=D(withheld)))


def test_a_lines_tax_has_ten_decimals_at_most() -> None:
    own = line_sum(figures().lines[0], tax_inclusive=False)
    assert (str(own.tax), str(own.total)) == ("2.3331", "35.6631")


def test_a_price_with_tax_is_the_lines_total() -> None:
    """33.33 x 7 / 107 = 2.18046728..."""
    own = line_sum(figures(inclusive=True).lines[0], tax_inclusive=True)
    assert (str(own.tax), str(own.total)) == ("2.1804672897", "33.33")


def test_what_is_stated_right_differs_in_nothing() -> None:
    lines = (StatedLine(tax=D("2.33"), total=D("35.66")), StatedLine(tax=D("19"), total=D("119.00")))
    assert differences(Stated(total=D("154.66"), tax=D("21.33"), due=D("154.66"), lines=lines), figures()) == ()


@pytest.mark.parametrize("nothing", [None, Decimal(0), Decimal("0.00")])
def test_zero_and_nothing_are_no_statements(nothing: Decimal | None) -> None:
    lines = (StatedLine(tax=nothing, total=nothing),) * 2
    assert differences(Stated(total=nothing, tax=nothing, due=nothing, lines=lines), figures()) == ()


@pytest.mark.parametrize(
    ("stated", "is_told"), [("154.65", False), ("154.67", False), ("154.64", True), ("-154.66", True)]
)
def test_a_minor_unit_is_let_pass_and_no_more(stated: str, is_told: bool) -> None:
    assert bool(differences(Stated(total=D(stated)), figures())) is is_told


def test_the_minor_unit_is_the_currencys() -> None:
    """In yen 33 and 100 come to 133, tax 2 and 19."""
    yen = figures(currency="JPY")
    assert differences(Stated(total=D("155")), yen) == ()
    assert [str(one.computed) for one in differences(Stated(total=D("156")), yen)] == ["154"]


def test_each_difference_names_its_member_and_both_figures() -> None:
    lines = (StatedLine(), StatedLine(tax=D("18"), total=D("118")))
    found = differences(Stated(total=D("150"), tax=D("20"), due=D("150"), lines=lines), figures(withheld="4.66"))
    assert [(one.field, str(one.stated), str(one.computed)) for one in found] == [
        ("salesInvoiceItems.1.taxAmount", "18", "19"),
        ("salesInvoiceItems.1.totalAmount", "118", "119"),
        ("taxAmount", "20", "21.33"),
        ("totalAmount", "150", "154.66"),
    ]


def test_what_is_let_pass_is_told_to_whoever_writes_it_down() -> None:
    lines = (StatedLine(tax=D("2.33"), total=D("35.67")), StatedLine(tax=D("19"), total=D("119")))
    stated = Stated(total=D("154.67"), tax=D("21.33"), due=D("150"), lines=lines)
    assert [(one.field, str(one.stated), str(one.computed)) for one in tolerated(stated, figures())] == [
        ("salesInvoiceItems.0.taxAmount", "2.33", "2.3331"),
        ("salesInvoiceItems.0.totalAmount", "35.67", "35.6631"),
        ("totalAmount", "154.67", "154.66"),
    ]
    assert [one.field for one in differences(stated, figures())] == ["dueAmount"]


@pytest.mark.parametrize("stated", ["154.65", "154.67"])
def test_the_totals_of_an_opening_invoice_are_met_to_the_cent(stated: str) -> None:
    opening = Stated(total=D(stated), tax=D("21.33"), is_opening=True)
    assert [one.field for one in differences(opening, figures())] == ["totalAmount"]
    assert tolerated(opening, figures()) == ()


def test_lines_are_stated_all_or_none() -> None:
    with pytest.raises(ValueError, match="longer"):
        differences(Stated(lines=(StatedLine(),)), figures())
