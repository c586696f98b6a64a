import random
from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft, DraftLine, TaxTreatment
from invoicing.invoice import Allowance, Charge, InvoiceLine, TaxCategory
from invoicing.money import minor_unit, round_money
from invoicing.rules.all_rules import violations
from tests.invoicing.strategies import RATES, decimals, drafts

D = Decimal
many = settings(max_examples=100, deadline=None)
Taxed = tuple[TaxCategory, Decimal]
Part = InvoiceLine | Allowance | Charge


@many
@given(drafts())
def test_no_draft_makes_an_invoice_that_breaks_a_rule(draft: Draft) -> None:
    assert violations(calculate(draft)) == ()


@many
@given(drafts())
def test_parts_sum_to_totals(draft: Draft) -> None:
    """Added up here once more, apart from `violations`: nets into groups and totals, groups into the tax."""
    figures = calculate(draft)
    totals = figures.totals
    nets: defaultdict[Taxed, Decimal] = defaultdict(Decimal)
    for line in figures.lines:
        nets[line.tax_category, line.tax_rate] += line.net
    for charge in figures.charges:
        nets[charge.tax_category, charge.tax_rate] += charge.net
    for allowance in figures.allowances:
        nets[allowance.tax_category, allowance.tax_rate] -= allowance.net
    assert {(group.tax_category, group.tax_rate): group.net for group in figures.tax_groups} == nets
    assert sum(nets.values()) == totals.net == totals.lines_net - totals.allowances_net + totals.charges_net
    assert sum(group.tax for group in figures.tax_groups) == totals.tax
    assert sum(group.gross for group in figures.tax_groups) == totals.gross == totals.net + totals.tax
    assert totals.payable == totals.gross - draft.paid + draft.rounding
    assert figures.due == max(totals.payable - draft.withheld, 0)


@many
@given(drafts())
def test_what_is_printed_comes_to_what_counts(draft: Draft) -> None:
    totals = calculate(draft).totals
    printed = totals.lines_amount - totals.allowances_amount + totals.charges_amount
    assert printed == (totals.gross if draft.tax_inclusive else totals.net)


@many
@given(drafts())
def test_every_lines_amount_is_what_it_says(draft: Draft) -> None:
    """Quantity x price / base quantity - discount + surcharge, to the minor unit."""
    half = minor_unit(draft.currency) / 2
    for stated, line in zip(draft.lines, calculate(draft).lines, strict=True):
        exact = stated.quantity * stated.unit_price / stated.base_quantity
        assert abs(line.amount + line.discount - line.surcharge - exact) <= half


@many
@given(drafts(tax_inclusive=True))
def test_no_parts_net_is_a_minor_unit_from_its_share_of_the_gross(draft: Draft) -> None:
    unit = minor_unit(draft.currency)
    figures = calculate(draft)
    parts: list[Part] = [*figures.lines, *figures.allowances, *figures.charges]
    for part in parts:
        assert abs(part.net - part.amount * 100 / (100 + part.tax_rate)) < unit


@many
@given(drafts())
def test_every_amount_is_in_minor_units_written_with_their_decimals_and_zero_has_no_sign(draft: Draft) -> None:
    figures = calculate(draft)
    exponent = minor_unit(draft.currency).as_tuple().exponent
    amounts = [value for name, value in figures.totals if name]
    amounts += [value for line in figures.lines for value in (line.amount, line.net, line.discount, line.surcharge)]
    parts: list[Part] = [*figures.allowances, *figures.charges]
    amounts += [value for part in parts for value in (part.amount, part.net)]
    amounts += [value for group in figures.tax_groups for value in (group.net, group.tax, group.gross)]
    amounts.append(figures.withheld)
    assert {amount.as_tuple().exponent for amount in amounts} == {exponent}
    assert not [amount for amount in amounts if not amount and amount.is_signed()]


@many
@given(drafts(tax_inclusive=False), st.data())
def test_a_groups_gross_sum_as_an_inclusive_price_gives_the_same_tax(draft: Draft, data: st.DataObject) -> None:
    """Exclusive and inclusive agree to the minor unit, group by group.

    tax = n r / 100 + e with |e| <= 1/2 unit; the tax in the gross n + tax is tax - e x 100 / (100 + r), less than half
    a unit away where r > 0, and so rounds to the same.
    """
    figures = calculate(draft)
    group = data.draw(st.sampled_from(figures.tax_groups))
    taxed = TaxTreatment(category=group.tax_category, rate=group.tax_rate, exemption_code=group.exemption_code)
    sign = 1 if group.gross >= 0 else -1
    line = DraftLine(item_id="", name="", quantity=D(sign), unit_price=abs(group.gross), tax=taxed)
    if group.exemption_reason:
        line = line.model_copy(update={"tax": taxed.model_copy(update={"exemption_reason": group.exemption_reason})})
    (other,) = calculate(Draft(currency=draft.currency, tax_inclusive=True, lines=(line,))).tax_groups
    assert (other.net, other.tax, other.gross) == (group.net, group.tax, group.gross)


@many
@given(decimals(0, 100_000, 2), st.sampled_from(RATES).map(Decimal), st.sampled_from(("EUR", "JPY", "KWD")))
def test_an_inclusive_group_agrees_with_the_tax_on_its_net_within_a_minor_unit(
    gross: Decimal, rate: Decimal, currency: str
) -> None:
    tax = TaxTreatment(category=TaxCategory.STANDARD, rate=rate)
    line = DraftLine(item_id="", name="", quantity=D(1), unit_price=round_money(gross, currency), tax=tax)
    (inclusive,) = calculate(Draft(currency=currency, tax_inclusive=True, lines=(line,))).tax_groups
    net_line = line.model_copy(update={"unit_price": inclusive.net})
    (exclusive,) = calculate(Draft(currency=currency, lines=(net_line,))).tax_groups
    assert exclusive.net == inclusive.net
    assert abs(exclusive.tax - inclusive.tax) <= minor_unit(currency)


@many
@given(drafts(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_total_and_no_lines_amount(draft: Draft, dice: random.Random) -> None:
    """Nor any group, allowance or charge. Only the cents that a group's net leaves over go to the earlier of two equal
    parts."""
    places = list(range(len(draft.lines)))
    dice.shuffle(places)
    first = calculate(draft)
    other = calculate(draft.model_copy(update={"lines": tuple(draft.lines[i] for i in places)}))
    assert other.totals == first.totals
    assert other.tax_groups == first.tax_groups
    assert (other.allowances, other.charges) == (first.allowances, first.charges)
    assert other.exchange == first.exchange
    assert [line.amount for line in other.lines] == [first.lines[i].amount for i in places]


@many
@given(drafts(), st.integers(0, 3))
def test_a_price_for_ten_times_as_many_is_a_tenth_of_the_price(draft: Draft, power: int) -> None:
    """Quantity and base quantity x 10^k: the same invoice, to the last figure, for every draft."""
    factor = D(10) ** power
    scaled = [
        line.model_copy(update={"quantity": line.quantity * factor, "base_quantity": line.base_quantity * factor})
        for line in draft.lines
    ]
    other = calculate(draft.model_copy(update={"lines": tuple(scaled)}))
    assert amounts_of(other) == amounts_of(calculate(draft))
    assert (other.tax_groups, other.totals) == (calculate(draft).tax_groups, calculate(draft).totals)


@many
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 90_000), st.sampled_from(RATES)), min_size=1, max_size=6),
    st.integers(1, 4),
    st.booleans(),
)
def test_what_needs_no_rounding_scales_exactly(
    sold: list[tuple[int, int, str]], power: int, tax_inclusive: bool
) -> None:
    """Whole quantities of prices in whole cents, without allowances and charges: the lines' amounts, their sum, and the
    sum that counts (net, or gross where prices include the tax) grow by just 10^k. Tax is rounded once per group, so it
    lies at most 10^k half cents, and one of its own, from 10^k times what it was."""
    factor = 10**power
    base, scaled = (
        calculate(
            Draft(
                currency="EUR",
                tax_inclusive=tax_inclusive,
                lines=tuple(
                    DraftLine(
                        item_id="",
                        name="",
                        quantity=D(quantity * times),
                        unit_price=D(cents).scaleb(-2),
                        tax=TaxTreatment(category=TaxCategory.STANDARD, rate=D(rate)),
                    )
                    for quantity, cents, rate in sold
                ),
            )
        )
        for times in (1, factor)
    )
    assert amounts_of(scaled) == [amount * factor for amount in amounts_of(base)]
    assert scaled.totals.lines_amount == base.totals.lines_amount * factor
    for before, after in zip(base.tax_groups, scaled.tax_groups, strict=True):
        if tax_inclusive:
            assert after.gross == before.gross * factor
        else:
            assert after.net == before.net * factor
        assert abs(after.tax - before.tax * factor) <= D("0.005") * (factor + 1)


def amounts_of(figures: Figures) -> list[Decimal]:
    return [line.amount for line in figures.lines]
