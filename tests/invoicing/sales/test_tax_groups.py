"""Tax groups: several taxes at one rate, exactly."""

from decimal import Decimal, localcontext

import pytest

from invoicing.draft import TaxTreatment
from invoicing.invoice import TaxCategory
from invoicing.sales.tax_codes import TaxRejected, make_treatment
from invoicing.sales.tax_groups import (
    ApplyTo,
    GroupPart,
    KnownTax,
    StatedPart,
    combined_rate,
    group_treatment,
    make_parts,
    parse_apply_to,
)


def part(percentage: str, apply_to: ApplyTo = ApplyTo.PRETAX) -> GroupPart:
    return GroupPart(percentage=Decimal(percentage), apply_to=apply_to)


def compound(percentage: str) -> GroupPart:
    return part(percentage, ApplyTo.AFTER_TAX)


def known(percent: str, category: TaxCategory | None = None, *, is_group: bool = False) -> KnownTax:
    reason = "Section 4" if category else None
    return KnownTax(name="GST", treatment=make_treatment(Decimal(percent), category, reason), is_group=is_group)


@pytest.mark.parametrize(
    ("parts", "rate"),
    [
        ([part("9"), part("9")], "18"),
        ([part("5"), part("9.975")], "14.975"),
        ([part("5"), compound("9.5")], "14.975"),  # 9.5 % of 105
        ([part("10"), compound("10"), compound("10")], "33.1"),  # 1.1 ^ 3
        ([part("10"), part("5"), compound("2")], "17.3"),  # 2 % of 115
        ([part("10"), compound("5"), part("2")], "17.5"),  # 5 % of 110, then 2 % of 100
        ([compound("7"), part("3")], "10"),  # nothing before it: of the net amount
        ([part("0"), part("0")], "0"),
    ],
)
def test_rates_add_up_and_compound_ones_multiply(parts: list[GroupPart], rate: str) -> None:
    assert str(combined_rate(parts)) == rate


def test_a_compound_rate_is_exact_whatever_the_callers_precision() -> None:
    with localcontext(prec=3):  # 8.123456 + 7.654321 + 8.123456 x 7.654321 / 100
        assert combined_rate([part("8.123456"), compound("7.654321")]) == Decimal("16.39957239853376")


@pytest.mark.parametrize("text", ["PRETAX", "pretax amount", "Net amount", "BASE"])
def test_the_words_for_the_net_amount(text: str) -> None:
    assert parse_apply_to(text) is ApplyTo.PRETAX


@pytest.mark.parametrize(
    "text", ["AFTER_TAX", "after tax amount", "Net amount + previous tax", "base_and_previous_tax"]
)
def test_the_words_for_a_compound_tax(text: str) -> None:
    assert parse_apply_to(text) is ApplyTo.AFTER_TAX


@pytest.mark.parametrize("text", ["", "TAX", "previous tax", "something"])
def test_other_words_are_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match="must be PRETAX or AFTER_TAX"):
        parse_apply_to(text)


def test_a_part_takes_the_percentage_and_name_of_the_tax_that_it_names() -> None:
    (made,) = make_parts([StatedPart(code="TX-1")], {"TX-1": known("7")})
    assert made == GroupPart(code="TX-1", name="GST", percentage=Decimal(7))


def test_a_part_may_state_the_same_percentage_again() -> None:
    (made,) = make_parts([StatedPart(code="TX-1", percentage=Decimal("7.00"))], {"TX-1": known("7")})
    assert made.percentage == 7


@pytest.mark.parametrize(
    ("stated", "taxes", "field"),
    [
        ([], {}, "taxGroupDetails"),
        ([StatedPart()], {}, "taxGroupDetails.0.percentage"),
        ([StatedPart(percentage=Decimal(101))], {}, "taxGroupDetails.0.percentage"),
        ([StatedPart(percentage=Decimal(-1))], {}, "taxGroupDetails.0.percentage"),
        ([StatedPart(percentage=Decimal(1)), StatedPart(code="TX-1")], {}, "taxGroupDetails.1.code"),
        (
            [StatedPart(code="TX-1", percentage=Decimal(8))],
            {"TX-1": known("7")},
            "taxGroupDetails.0.percentage",
        ),
        ([StatedPart(code="TX-1")], {"TX-1": known("7", is_group=True)}, "taxGroupDetails.0.code"),
        ([StatedPart(code="TX-1")], {"TX-1": known("0", TaxCategory.EXEMPT)}, "taxGroupDetails.0.code"),
    ],
)
def test_a_part_that_cannot_be_charged_is_named(
    stated: list[StatedPart], taxes: dict[str, KnownTax], field: str
) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_parts(stated, taxes)
    assert refused.value.field == field


def test_a_changed_group_moves_between_standard_and_zero() -> None:
    standard = TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(5))
    assert group_treatment([part("0")], standard).category is TaxCategory.ZERO
    assert group_treatment([part("6")], make_treatment(Decimal(0))).rate == 6


def test_a_changed_group_that_is_exempt_stays_so_or_is_refused() -> None:
    exempt = make_treatment(Decimal(0), TaxCategory.EXEMPT, "Section 4")
    assert group_treatment([part("0")], exempt) == exempt
    with pytest.raises(TaxRejected):
        group_treatment([part("5")], exempt)
