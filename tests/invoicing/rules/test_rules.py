"""A valid invoice, and for every rule what breaks it. Each mutation says all the rules that it breaks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from invoicing.calculation import Figures, calculate
from invoicing.draft import Draft, ExchangeRate, TaxTreatment
from invoicing.invoice import (
    Address,
    AdjustmentKind,
    Buyer,
    ChargeKind,
    Invoice,
    InvoiceKind,
    LineAdjustment,
    Preceding,
    Seller,
    Settlement,
    SettlementKind,
    TaxCategory,
)
from invoicing.rules.all_rules import RULES, RulesViolated, require_valid, violations
from tests.invoicing.drafts import AE, D, E, G, K, O, S, Z, charge, discount, draft, line, off, on

PREFIXES = {S: "BR-S", Z: "BR-Z", E: "BR-E", AE: "BR-AE", K: "BR-IC", G: "BR-G", O: "BR-O"}
Mutation = Callable[[Figures], Figures]


def of_category(category: TaxCategory) -> Figures:
    """A line of 100.00, an allowance of 10.00 and a charge of 5.00 in one category; S at 19 %."""
    reason = "Exempt by law" if category is E else None
    tax = TaxTreatment(category=category, rate=D("19") if category is S else D("0"), exemption_reason=reason)
    return calculate(
        draft(line("1", "100", tax=tax), charges=(discount("10", tax=tax), charge("5", tax=tax))),
    )


def rich() -> Figures:
    """Two rates, allowances and charges on line and document, paid, rounded, withheld, with another base currency."""
    return calculate(
        draft(
            line("3", "100", "19", off(percent="10"), on("5")),
            line("1", "50", "7"),
            charges=(discount(percent="5", rate="19"), charge(percent="2", rate="19", charge_kind=ChargeKind.SHIPPING)),
            currency="USD",
            paid=D("20"),
            rounding=D("0.01"),
            withheld=D("1"),
            exchange_rate=ExchangeRate(base_currency="EUR", rate=D("0.9"), rate_date=date(2026, 11, 20)),
        )
    )


def changed(part: str, index: int | None = None, **members: Any) -> Mutation:
    """`members` of one part, or of one of several, replaced; a `str` is a number, a function changes the old value."""

    def mutate(figures: Figures) -> Figures:
        old = getattr(figures, part)
        one = old if index is None else old[index]
        new = one.model_copy(update={name: _value(value, getattr(one, name)) for name, value in members.items()})
        value = new if index is None else (*old[:index], new, *old[index + 1 :])
        return figures.model_copy(update={part: value})

    return mutate


def _value(value: Any, old: Any) -> Any:
    if callable(value):
        return value(old)
    return D(value) if isinstance(value, str) and not isinstance(value, TaxCategory) else value


def more(amount: str) -> Callable[[Decimal], Decimal]:
    return lambda old: old + D(amount)


def all_of(*mutations: Mutation) -> Mutation:
    def mutate(figures: Figures) -> Figures:
        for mutation in mutations:
            figures = mutation(figures)
        return figures

    return mutate


def adjusted(kind: AdjustmentKind, **members: Any) -> Mutation:
    """The first line's adjustment of a kind changed."""

    def change(old: tuple[LineAdjustment, ...]) -> tuple[LineAdjustment, ...]:
        return tuple(one.model_copy(update=members) if one.kind is kind else one for one in old)

    return changed("lines", 0, adjustments=change)


def without(part: str) -> Mutation:
    return lambda figures: figures.model_copy(update={part: ()})


FINE = more("0.001")
TOTALS: list[tuple[str, Mutation, set[str]]] = [
    ("BR-CO-10", changed("totals", lines_net=more("0.01")), {"BR-CO-10", "BR-CO-13"}),
    ("BR-CO-11", changed("totals", allowances_net=more("0.01")), {"BR-CO-11", "BR-CO-13"}),
    ("BR-CO-12", changed("totals", charges_net=more("0.01")), {"BR-CO-12", "BR-CO-13"}),
    ("BR-CO-13", changed("totals", net=more("0.01")), {"BR-CO-13", "BR-CO-15", "OWN-3"}),
    ("BR-CO-14", changed("totals", tax=more("0.01"), gross=more("0.01"), payable=more("0.01")), {"BR-CO-14", "BR-53"}),
    ("BR-CO-15", changed("totals", gross=more("0.01"), payable=more("0.01")), {"BR-CO-15", "BR-53"}),
    ("BR-CO-16", changed("totals", payable=more("0.01")), {"BR-CO-16"}),
    ("BR-CO-17", changed("tax_groups", 0, tax=more("0.01")), {"BR-CO-14", "BR-CO-17", "BR-S-9"}),
    ("BR-CO-4", changed("lines", 1, tax_category=None), {"BR-CO-4", "BR-S-1"}),
    ("BR-27", changed("lines", 0, unit_price="-0.01"), {"BR-27"}),
    ("BR-53", changed("exchange", tax=more("0.01")), {"BR-53"}),
    ("BR-53", changed("exchange", total=more("-0.01")), {"BR-53"}),
    ("BR-53", changed("exchange", rate="0.901"), {"BR-53"}),
    ("OWN-1", changed("totals", lines_amount=more("0.01"), charges_amount=more("-0.01")), {"OWN-1"}),
    ("OWN-1", changed("totals", allowances_amount=more("0.01"), charges_amount=more("0.01")), {"OWN-1"}),
    ("OWN-2", changed("lines", 0, discount=more("0.01")), {"OWN-2"}),
    ("OWN-2", changed("lines", 0, surcharge=more("0.01")), {"OWN-2"}),
    ("OWN-3", all_of(changed("totals", lines_amount=more("1")), changed("lines", 0, amount=more("1"))), {"OWN-3"}),
    ("OWN-4", changed("lines", 1, discount="-0.01"), {"OWN-4"}),
    ("OWN-4", lambda figures: figures.model_copy(update={"withheld": D("-1")}), {"OWN-4"}),
    ("BR-DEC-01", changed("allowances", 0, net=FINE), {"BR-DEC-01", "BR-CO-11", "BR-S-8"}),
    ("BR-DEC-02", changed("allowances", 0, base_amount=FINE), {"BR-DEC-02"}),
    ("BR-DEC-05", changed("charges", 0, net=FINE), {"BR-DEC-05", "BR-CO-12", "BR-S-8"}),
    ("BR-DEC-06", changed("charges", 0, base_amount=FINE), {"BR-DEC-06"}),
    ("BR-DEC-09", changed("totals", lines_net=FINE), {"BR-DEC-09", "BR-CO-10", "BR-CO-13"}),
    ("BR-DEC-10", changed("totals", allowances_net=FINE), {"BR-DEC-10", "BR-CO-11", "BR-CO-13"}),
    ("BR-DEC-11", changed("totals", charges_net=FINE), {"BR-DEC-11", "BR-CO-12", "BR-CO-13"}),
    ("BR-DEC-12", changed("totals", net=FINE), {"BR-DEC-12", "BR-CO-13", "BR-CO-15", "OWN-3"}),
    ("BR-DEC-13", changed("totals", tax=FINE), {"BR-DEC-13", "BR-CO-14", "BR-CO-15"}),
    ("BR-DEC-14", changed("totals", gross=FINE), {"BR-DEC-14", "BR-CO-15", "BR-CO-16"}),
    ("BR-DEC-15", changed("exchange", tax=FINE), {"BR-DEC-15", "BR-53"}),
    ("BR-DEC-16", changed("totals", paid=FINE), {"BR-DEC-16", "BR-CO-16"}),
    ("BR-DEC-16", lambda figures: figures.model_copy(update={"withheld": D("0.001")}), {"BR-DEC-16"}),
    ("BR-DEC-17", changed("totals", rounding=FINE), {"BR-DEC-17", "BR-CO-16"}),
    ("BR-DEC-18", changed("totals", payable=FINE), {"BR-DEC-18", "BR-CO-16"}),
    ("BR-DEC-19", changed("tax_groups", 0, net=FINE), {"BR-DEC-19", "BR-S-8"}),
    ("BR-DEC-20", changed("tax_groups", 0, tax=FINE), {"BR-DEC-20", "BR-CO-14", "BR-CO-17", "BR-S-9"}),
    ("BR-DEC-23", changed("lines", 0, net=FINE), {"BR-DEC-23", "BR-CO-10", "BR-S-8"}),
    ("BR-DEC-24", adjusted(AdjustmentKind.ALLOWANCE, amount=D("30.001")), {"BR-DEC-24", "OWN-2"}),
    ("BR-DEC-25", adjusted(AdjustmentKind.ALLOWANCE, base_amount=D("300.001")), {"BR-DEC-25"}),
    ("BR-DEC-27", adjusted(AdjustmentKind.CHARGE, amount=D("5.001")), {"BR-DEC-27", "OWN-2"}),
    ("BR-DEC-28", adjusted(AdjustmentKind.CHARGE, base_amount=D("300.001")), {"BR-DEC-28"}),
]


def other_rate(category: TaxCategory) -> str:
    return "0" if category is S else "19"


def category_rules() -> list[tuple[str, TaxCategory, Mutation, set[str]]]:
    """A part moved to a rate that its category does not know has no group there, so rule 1 speaks too; the group that
    it left no longer has its net (8)."""
    rows: list[tuple[str, TaxCategory, Mutation, set[str]]] = []
    for category, prefix in PREFIXES.items():
        rate = other_rate(category)
        moved = {f"{prefix}-1", f"{prefix}-8"}
        needs_reason = category not in {S, Z}
        rows += [
            (
                f"{prefix}-1",
                category,
                without("tax_groups"),
                {f"{prefix}-1"} | ({"BR-CO-14"} if category is S else set()),
            ),
            (f"{prefix}-5", category, changed("lines", 0, tax_rate=rate), {f"{prefix}-5"} | moved),
            (f"{prefix}-6", category, changed("allowances", 0, tax_rate=rate), {f"{prefix}-6"} | moved),
            (f"{prefix}-7", category, changed("charges", 0, tax_rate=rate), {f"{prefix}-7"} | moved),
            (f"{prefix}-8", category, changed("tax_groups", 0, net=more("0.02")), {f"{prefix}-8"}),
            (
                f"{prefix}-9",
                category,
                changed("tax_groups", 0, tax=more("0.01")),
                {f"{prefix}-9", "BR-CO-14", "BR-CO-17"},
            ),
            (
                f"{prefix}-10",
                category,
                changed(
                    "tax_groups",
                    0,
                    exemption_reason=lambda _, needed=needs_reason: None if needed else "because",
                    exemption_code=None,
                ),
                {f"{prefix}-10"},
            ),
        ]
    return rows


def moved_to(part: str, category: TaxCategory = Z) -> Mutation:
    return changed(part, 0, tax_category=category)


OUTSIDE: list[tuple[str, Mutation, set[str]]] = [
    (
        "BR-O-11",
        lambda figures: figures.model_copy(
            update={"tax_groups": (*figures.tax_groups, *without_sums(of_category(Z)).tax_groups)}
        ),
        {"BR-O-11", "BR-Z-1"},
    ),
    ("BR-O-12", moved_to("lines"), {"BR-O-12", "BR-Z-1", "BR-O-8"}),
    ("BR-O-13", moved_to("allowances"), {"BR-O-13", "BR-Z-1", "BR-O-8"}),
    ("BR-O-14", moved_to("charges"), {"BR-O-14", "BR-Z-1", "BR-O-8"}),
]


def without_sums(figures: Figures) -> Figures:
    return changed("tax_groups", 0, net="0", tax="0", gross="0")(figures)


def names(figures: Any) -> set[str]:
    return {violation.rule for violation in violations(figures)}


@pytest.mark.parametrize(("rule", "mutation", "broken"), TOTALS)
def test_a_figure_changed_breaks_its_rules(rule: str, mutation: Mutation, broken: set[str]) -> None:
    assert names(rich()) == set()
    assert names(mutation(rich())) == broken
    assert rule in broken


@pytest.mark.parametrize(("rule", "category", "mutation", "broken"), category_rules())
def test_every_category_has_its_rules(rule: str, category: TaxCategory, mutation: Mutation, broken: set[str]) -> None:
    valid = of_category(category)
    assert names(valid) == set()
    assert names(mutation(valid)) == broken
    assert rule in broken


@pytest.mark.parametrize(("rule", "mutation", "broken"), OUTSIDE)
def test_what_is_outside_the_scope_stands_alone(rule: str, mutation: Mutation, broken: set[str]) -> None:
    assert names(mutation(of_category(O))) == broken
    assert rule in broken


def invoice(**members: Any) -> Invoice:
    figures = rich()
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "tenant": "acme",
        "number": "RE-1",
        "issue_date": date(2026, 11, 21),
        "site_code": "main",
        "language": "en",
        "locale": "en_GB",
        "seller": Seller(name="Seller", address=Address()),
        "buyer": Buyer(name="Ada Lovelace", email="ada@example.com", address=Address()),
        "settlement": Settlement(kind=SettlementKind.ON_ACCOUNT),
    }
    return Invoice(**({name: getattr(figures, name) for name in Figures.model_fields} | fields | members))


CREDITED = Preceding(invoice_id=UUID(int=2), number="RE-0", issue_date=date(2026, 11, 1))
DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("BR-CO-3", {"tax_point_date": date(2026, 11, 1), "tax_point_code": "35"}),
    ("BR-55", {"kind": InvoiceKind.CREDIT_NOTE}),
    ("BR-55", {"kind": InvoiceKind.CREDIT_NOTE, "preceding": CREDITED.model_copy(update={"number": ""})}),
]


@pytest.mark.parametrize(("rule", "members"), DOCUMENTS)
def test_an_issued_invoice_is_judged_as_a_document_too(rule: str, members: dict[str, Any]) -> None:
    assert names(invoice(**members)) == {rule}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"tax_point_date": date(2026, 11, 1)},
        {"tax_point_code": "35"},
        {"kind": InvoiceKind.CREDIT_NOTE, "preceding": CREDITED},
    ],
)
def test_a_valid_invoice_is_let_pass(members: dict[str, Any]) -> None:
    require_valid(invoice(**members))


def test_every_rule_that_can_be_reported_is_broken_above() -> None:
    rows = {row[0] for table in (TOTALS, category_rules(), OUTSIDE, DOCUMENTS) for row in table}
    assert rows == RULES


def test_the_rules_are_those_of_the_standard_and_four_of_our_own() -> None:
    own = {f"OWN-{n}" for n in range(1, 5)}
    categories = {f"{prefix}-{n}" for prefix in PREFIXES.values() for n in (1, 5, 6, 7, 8, 9, 10)}
    outside = {f"BR-O-{n}" for n in (11, 12, 13, 14)}
    conditions = {f"BR-CO-{n}" for n in (3, 4, *range(10, 18))}
    decimals = {f"BR-DEC-{n:02}" for n in (1, 2, 5, 6, *range(9, 21), 23, 24, 25, 27, 28)}
    assert own | categories | outside | conditions | decimals | {"BR-27", "BR-53", "BR-55"} == RULES


@pytest.mark.parametrize(
    ("mutation", "broken"),
    [
        (changed("tax_groups", 0, tax=more("-0.02")), {"BR-CO-14"}),
        (changed("tax_groups", 0, tax=more("0.01")), {"BR-S-9", "BR-CO-17", "BR-CO-14"}),
        (changed("totals", net=more("-0.01"), tax=more("0.01")), {"BR-CO-13", "BR-CO-14"}),
    ],
)
def test_tax_taken_out_of_the_gross_may_be_a_minor_unit_beside_the_net_by_the_rate(
    mutation: Mutation, broken: set[str]
) -> None:
    """9.99 at 100 %: tax 4.995, so 5.00; net 4.99, and 100 % of that is 4.99: a whole cent away."""
    figures = calculate(draft(line("1", "9.99", "100"), tax_inclusive=True))
    assert (figures.totals.tax, figures.totals.net) == (D("5.00"), D("4.99"))
    assert names(figures) == set()
    assert names(mutation(figures)) == broken
    exclusive = figures.model_copy(update={"tax_inclusive": False})
    assert {"BR-S-9", "BR-CO-17"} <= names(exclusive)


def test_decimals_are_those_of_the_currency() -> None:
    dinars = calculate(draft(line("1", "1.234", "5"), currency="KWD"))
    assert names(dinars) == set()
    euros = dinars.model_copy(update={"currency": "EUR"})
    assert {"BR-DEC-09", "BR-DEC-12", "BR-DEC-18", "BR-DEC-19", "BR-DEC-23"} <= names(euros)


def test_a_group_twice_or_without_parts_is_reported() -> None:
    figures = of_category(E)
    twice = figures.model_copy(update={"tax_groups": figures.tax_groups * 2})
    assert "BR-E-1" in names(twice)
    bare = without_sums(of_category(AE)).tax_groups
    assert names(figures.model_copy(update={"tax_groups": (*figures.tax_groups, *bare)})) == {"BR-AE-1"}


def test_the_refusal_names_every_rule_and_figure_and_no_person() -> None:
    broken = invoice(totals=rich().totals.model_copy(update={"lines_net": D("325.01"), "paid": D("0")}))
    with pytest.raises(RulesViolated) as refused:
        require_valid(broken)
    assert str(refused.value) == (
        "BR-CO-10: BT-106 is 325.01, the sum of BT-131 is 325.00; "
        "BR-CO-13: BT-109 is 316.75, BT-106 - BT-107 + BT-108 is 316.76; "
        "BR-CO-16: BT-115 is 350.94, BT-112 - BT-113 + BT-114 is 370.94"
    )
    assert {violation.rule for violation in refused.value.violations} == {"BR-CO-10", "BR-CO-13", "BR-CO-16"}


def test_the_rules_do_not_compute_the_invoice_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = rich()

    def forbidden(_: Draft) -> Figures:
        raise AssertionError

    monkeypatch.setattr("invoicing.calculation.calculate", forbidden)
    monkeypatch.setattr("invoicing.breakdown.break_down", forbidden)
    assert violations(figures) == ()
