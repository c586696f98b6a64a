"""Accepting a total: the invoice comes to it to the cent, and every rule holds."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from demo.orders.exact_json import dump
from demo.orders.generator import generated_order
from invoicing.calculation import Figures
from invoicing.credit.credit_note import CreditNoteDetails, make_credit_note
from invoicing.credit.crediting import EVERYTHING, CreditRejected, CreditWish, LineWish, NothingLeft, credit
from invoicing.invoice import Address, AllowanceKind, ChargeKind, Invoice, Seller
from invoicing.money import minor_unit
from invoicing.orders.accepted_total import AcceptedTotal
from invoicing.orders.issuing import IssueDetails, make_invoice
from invoicing.orders.order import Order, parse_order
from invoicing.orders.payment import NotAuthorised, PaymentAction, plan_payment
from invoicing.orders.pricing import PricedOrder, TotalsDiffer, price_order
from invoicing.rules.all_rules import require_valid, violations
from tests.invoicing.orders.samples import D, entry, order_json, price, read, sample
from tests.invoicing.strategies import CURRENCIES, RATES, decimals

OURS, ORDERS = AcceptedTotal.OURS, AcceptedTotal.ORDERS


def accepted(
    order: dict[str, Any], total: AcceptedTotal | None, *, tax_inclusive: bool = False, tolerance: int = 1
) -> PricedOrder:
    return price_order(
        read(order), tax_inclusive=tax_inclusive, language="en", tolerance_minor=tolerance, accepted=total
    )


def figures_of(priced: PricedOrder) -> Figures:
    return Figures(**priced.model_dump(), exchange=None, withheld=D("0"))


def issued(order: dict[str, Any], priced: PricedOrder) -> Invoice:
    details = IssueDetails(
        invoice_id=UUID(int=7),
        tenant="acme",
        number="INV261001",
        issue_date=date(2026, 3, 1),
        seller=Seller(name="Nordlicht GmbH", address=Address(country="DE")),
        site_code="main",
        timezone=ZoneInfo("Europe/Berlin"),
        locale="en_GB",
    )
    payment = plan_payment(read(order), priced.totals, priced.rounding_margin)
    invoice = make_invoice(read(order), priced, payment, details)
    require_valid(invoice)
    return invoice


def card(amount: str, status: str = "AUTHORIZATION_SUCCESS") -> dict[str, Any]:
    return {"status": status, "method": "credit_card", "transactionId": "T1", "authorizedAmount": D(amount)}


def one_line(gross: str | None, net: str = "10.00", **members: Any) -> dict[str, Any]:
    """10.00 at 19 %: 11.90 with tax."""
    return order_json(
        entry("1", {"netValue": D(net), "taxRate": D("19"), "taxCode": "STANDARD"}), gross=gross, **members
    )


class TestOrders:
    def test_a_lower_total_is_an_allowance_in_proportion_to_what_the_groups_cost(self) -> None:
        """Of 288.95, 229.03 are at 19 % and 59.92 at 7 %: of the 8.95 that the order states less, 7.09 and 1.86.

        221.94 with tax are 186.50 + 35.44, 58.06 are 54.26 + 3.80.
        """
        order = sample()
        order["calculatedPrice"]["finalPrice"] = {"grossValue": D("280.00")}
        priced = accepted(order, ORDERS)
        assert [(a.kind, a.tax_rate, a.tax_code, a.amount, a.net) for a in priced.allowances] == [
            (AllowanceKind.AGREED_TOTAL, D("19"), "STANDARD", D("5.96"), D("5.96")),
            (AllowanceKind.AGREED_TOTAL, D("7"), "REDUCED", D("1.74"), D("1.74")),
        ]
        assert [(g.tax_code, g.net, g.tax) for g in priced.tax_groups] == [
            ("STANDARD", D("186.50"), D("35.44")),
            ("REDUCED", D("54.26"), D("3.80")),
        ]
        totals = priced.totals
        assert (totals.lines_net, totals.allowances_net, totals.charges_net) == (D("234.00"), D("7.70"), D("14.46"))
        assert (totals.net, totals.tax, totals.gross, totals.rounding) == (D("240.76"), D("39.24"), D("280.00"), D("0"))
        assert violations(figures_of(priced)) == ()

    def test_a_higher_total_is_a_charge(self) -> None:
        """14.28 with tax are 12.00 + 2.28."""
        priced = accepted(one_line("14.28"), ORDERS)
        assert [(c.kind, c.amount, c.net, c.tax_rate) for c in priced.charges] == [
            (ChargeKind.AGREED_TOTAL, D("2.00"), D("2.00"), D("19"))
        ]
        assert priced.allowances == ()
        assert (priced.totals.net, priced.totals.tax, priced.totals.gross) == (D("12.00"), D("2.28"), D("14.28"))

    def test_where_prices_include_the_tax_the_difference_is_split_with_it(self) -> None:
        """26.00 less than 119.00 and 107.00: 13.69 and 12.31, and 105.31 hold 16.81 of tax, 94.69 hold 6.19."""
        order = order_json(
            entry("1", price("100", "119", "19")), entry("1", price("100", "107", "7", "REDUCED")), gross="200.00"
        )
        priced = accepted(order, ORDERS, tax_inclusive=True)
        assert [(a.amount, a.net) for a in priced.allowances] == [(D("13.69"), D("11.50")), (D("12.31"), D("11.50"))]
        assert [(g.net, g.tax) for g in priced.tax_groups] == [(D("88.50"), D("16.81")), (D("88.50"), D("6.19"))]
        assert (priced.totals.gross, priced.totals.rounding) == (D("200.00"), D("0"))

    @pytest.mark.parametrize(
        ("net", "stated", "change", "gross", "rounding"),
        [
            ("10.00", "11.87", "-0.03", "11.86", "0.01"),  # 9.97 + 1.89 is 11.86, 9.98 + 1.90 is 11.88
            ("1.00", "1.22", "0.03", "1.23", "-0.01"),  # 1.02 + 0.19 is 1.21, 1.03 + 0.20 is 1.23
        ],
    )
    def test_a_total_that_no_net_amount_makes_is_met_by_rounding(
        self, net: str, stated: str, change: str, gross: str, rounding: str
    ) -> None:
        priced = accepted(one_line(stated, net=net), ORDERS, tolerance=0)
        assert priced.totals.charges_net - priced.totals.allowances_net == D(change)
        assert (priced.totals.gross, priced.totals.rounding) == (D(gross), D(rounding))
        assert priced.totals.total == priced.totals.payable == D(stated)

    def test_a_cent_that_one_group_cannot_give_is_taken_from_the_next(self) -> None:
        """0.05 less than 11.90 at 19 % and 10.00 untaxed: 0.03 and 0.02. 11.86 is taken for 11.87, 9.99 for 9.98."""
        order = order_json(
            entry("1", price("10", "11.90", "19")), entry("1", price("10", "10", "0", "ZERO")), gross="21.85"
        )
        priced = accepted(order, ORDERS)
        assert [allowance.amount for allowance in priced.allowances] == [D("0.03"), D("0.01")]
        assert (priced.totals.gross, priced.totals.rounding) == (D("21.85"), D("0"))

    def test_a_group_keeps_its_code_and_the_reason_why_it_bears_no_tax(self) -> None:
        order = order_json(entry("1", price("5", "5", "0", "EXEMPT")), entry("1", price("5", "5", "0", "EXEMPTED")))
        order["calculatedPrice"]["finalPrice"]["grossValue"] = D("8.00")
        (group,) = accepted(order, ORDERS).tax_groups
        assert (group.tax_code, group.exemption_reason, group.net) == (None, "EXEMPT; EXEMPTED", D("8.00"))

    def test_a_total_finer_than_the_minor_unit_is_rounded(self) -> None:
        priced = accepted(one_line("14.2759"), ORDERS)
        assert priced.totals.total == D("14.28")
        assert priced.acceptance
        assert priced.acceptance.stated == D("14.2759")

    def test_the_order_whose_rates_contradict_its_prices_is_invoiced_at_its_total(self) -> None:
        """107.00 by the rate, 119.00 stated: 111.21 + 7.78 is 118.99, 111.22 + 7.79 is 119.01."""
        order = order_json(entry("1", price("100", "119", "7")), gross="119")
        priced = accepted(order, ORDERS)
        assert priced.totals.total == D("119.00")
        assert (priced.totals.charges_net, priced.totals.rounding) == (D("11.21"), D("0.01"))

    @pytest.mark.parametrize(
        ("order", "message"),
        [
            (one_line(None) | {"calculatedPrice": {}}, "states no total that could be accepted"),
            (one_line("0"), "states 0 EUR, which is no total to invoice"),
            (one_line("0.004"), r"states 0\.004 EUR, which is no total to invoice"),
            (one_line("5", net="0"), "states 5 EUR, but its parts come to nothing"),
        ],
    )
    def test_what_cannot_be_invoiced_cannot_be_accepted(self, order: dict[str, Any], message: str) -> None:
        with pytest.raises(TotalsDiffer, match=message):
            accepted(order, ORDERS)

    def test_only_another_tax_cannot_be_accepted(self) -> None:
        with pytest.raises(TotalsDiffer, match=r"states 19 EUR of tax, its tax rates make it 7\.79; the total agrees"):
            accepted(wrong_tax(), ORDERS, tax_inclusive=True)

    def test_what_differed_and_by_how_much_is_kept(self) -> None:
        order = one_line("14.28")
        order["calculatedPrice"]["finalPrice"]["taxValue"] = D("2.28")
        acceptance = accepted(order, ORDERS).acceptance
        assert acceptance
        assert (acceptance.total, acceptance.ours, acceptance.stated) == (ORDERS, D("11.90"), D("14.28"))
        assert (acceptance.ours_tax, acceptance.stated_tax, acceptance.difference) == (D("1.90"), D("2.28"), D("2.38"))
        assert acceptance.differed == (
            "the order states 14.28 EUR, its parts come to 11.90 (a difference of 0.01 is tolerated)"
        )

    def test_an_accepted_order_survives_being_stored(self) -> None:
        priced = accepted(one_line("11.00"), ORDERS)
        assert PricedOrder.model_validate(priced.model_dump(mode="json")) == priced


def wrong_tax() -> dict[str, Any]:
    """119.00 with 19.00 of tax, as the order says; its rate of 7 % makes that 7.79."""
    order = order_json(entry("1", price("100", "119", "7")))
    order["calculatedPrice"]["finalPrice"] |= {"netValue": D("100"), "taxValue": D("19")}
    return order


class TestOurs:
    @pytest.mark.parametrize(
        ("order", "gross", "difference"),
        [
            (one_line("14.28"), "11.90", "2.38"),
            (one_line("11.00"), "11.90", "-0.90"),
            (one_line(None) | {"calculatedPrice": {}}, "11.90", None),
            (order_json(entry("1", price("100", "119", "7")), gross="119"), "107.00", "12.00"),
        ],
    )
    def test_what_the_parts_come_to_is_invoiced_whatever_differs(
        self, order: dict[str, Any], gross: str, difference: str | None
    ) -> None:
        priced = accepted(order, OURS)
        with pytest.raises(TotalsDiffer) as held:
            accepted(order, None)
        assert (priced.totals.gross, priced.totals.rounding, priced.allowances) == (D(gross), D("0"), ())
        assert priced.charges == ()
        assert priced.acceptance
        assert priced.acceptance.difference == (None if difference is None else D(difference))
        assert priced.acceptance.differed == str(held.value)

    def test_the_tax_that_the_rates_make_is_invoiced(self) -> None:
        priced = accepted(wrong_tax(), OURS, tax_inclusive=True)
        assert (priced.totals.gross, priced.totals.tax) == (D("119.00"), D("7.79"))
        assert priced.acceptance
        assert (priced.acceptance.stated_tax, priced.acceptance.ours_tax) == (D("19"), D("7.79"))

    def test_an_order_that_nobody_had_to_decide_on_says_so(self) -> None:
        assert accepted(one_line("11.90"), None).acceptance is None


class TestPayment:
    def test_no_more_is_captured_than_was_authorised(self) -> None:
        order = one_line("10.00", payments=[card("10.00")])
        ours = accepted(order, OURS)
        with pytest.raises(NotAuthorised, match=r"11\.90 EUR are due, 10\.00 EUR are authorised"):
            plan_payment(read(order), ours.totals, ours.rounding_margin)

    def test_less_is_captured_where_the_parts_come_to_less(self) -> None:
        order = one_line("14.28", payments=[card("14.28")])
        assert issued(order, accepted(order, OURS)).settlement.captured == D("11.90")

    @pytest.mark.parametrize("stated", ["11.87", "14.28", "10.00"])
    def test_the_orders_total_is_captured_to_the_cent(self, stated: str) -> None:
        order = one_line(stated, payments=[card(stated)])
        priced = accepted(order, ORDERS, tolerance=0)
        plan = plan_payment(read(order), priced.totals, priced.rounding_margin)
        assert (plan.action, plan.amount) == (PaymentAction.CAPTURE, D(stated))
        assert (plan.totals.total, plan.totals.paid, plan.totals.payable) == (D(stated), D(stated), D("0"))
        issued(order, priced)

    @pytest.mark.parametrize(
        ("authorised", "captured", "rounding"),
        [("11.90", "11.87", "0.01"), ("11.87", "11.87", "0.01"), ("11.86", "11.86", "0.00")],
    )
    def test_a_rounding_up_is_brought_down_to_what_was_authorised(
        self, authorised: str, captured: str, rounding: str
    ) -> None:
        order = one_line("11.87", payments=[card(authorised)])
        invoice = issued(order, accepted(order, ORDERS))
        assert (invoice.settlement.captured, invoice.totals.rounding) == (D(captured), D(rounding))

    @pytest.mark.parametrize(("paid", "covered", "rounding"), [("11.87", "11.87", "0.01"), ("11.85", "11.85", "-0.01")])
    def test_what_was_paid_before_covers_the_rounded_total(self, paid: str, covered: str, rounding: str) -> None:
        """11.86 with tax are rounded to 11.87; half a cent a part and two cents of tolerance may be missing of it."""
        order = one_line("11.87", payments=[card(paid, "CAPTURE_SUCCESS")])
        invoice = issued(order, accepted(order, ORDERS, tolerance=2))
        assert (invoice.totals.paid, invoice.totals.rounding, invoice.totals.payable) == (
            D(covered),
            D(rounding),
            D("0"),
        )


def as_stated(order: Order, stated: Decimal) -> Order:
    assert order.calculated_price
    final = order.calculated_price.final_price
    assert final
    prices = order.calculated_price.model_copy(update={"final_price": final.model_copy(update={"gross_value": stated})})
    return order.model_copy(update={"calculated_price": prices})


def require_agreed(priced: PricedOrder, stated: Decimal) -> None:
    """It is valid, comes to the stated total, and nothing but allowances or charges of that name explains it."""
    totals, unit = priced.totals, minor_unit(priced.currency)
    require_valid(figures_of(priced))
    assert totals.total == stated
    assert abs(totals.rounding) <= (0 if priced.tax_inclusive else unit)
    assert sum(group.gross for group in priced.tax_groups) == totals.gross
    assert sum(group.tax for group in priced.tax_groups) == totals.tax
    assert all(group.net >= 0 and group.tax >= 0 for group in priced.tax_groups)
    charged = [charge.amount for charge in priced.charges if charge.kind is ChargeKind.AGREED_TOTAL]
    allowed = [allowance.amount for allowance in priced.allowances]
    assert not (charged and allowed)
    assert all(amount > 0 for amount in (*charged, *allowed))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 100_000), st.booleans(), st.integers(1, 3_000))
def test_an_order_of_the_shop_comes_to_any_total_that_it_states(
    seed: int, tax_inclusive: bool, thousandths: int
) -> None:
    order = parse_order(dump(generated_order(seed, 1)))
    ours = price_order(order, tax_inclusive=tax_inclusive, language="de", tolerance_minor=0, accepted=OURS)
    unit = minor_unit(order.currency)
    stated = max((ours.totals.gross * thousandths / 1000).quantize(unit), unit)
    priced = price_order(
        as_stated(order, stated), tax_inclusive=tax_inclusive, language="de", tolerance_minor=0, accepted=ORDERS
    )
    require_agreed(priced, stated)


@st.composite
def small_orders(draw: st.DrawFn) -> tuple[dict[str, Any], bool]:
    """Few and small parts of odd rates, so that cents cannot be shared evenly; and the price mode."""
    currency, tax_inclusive = draw(st.sampled_from(CURRENCIES)), draw(st.booleans())
    places = -int(minor_unit(currency).as_tuple().exponent)
    member = "grossValue" if tax_inclusive else "netValue"
    amounts = st.one_of(decimals(0, 2, places), decimals(0, 90, places))
    rates = st.sampled_from((*RATES, "0"))
    entries = [
        entry("1", {member: amount, "taxRate": D(rate), "taxCode": "EXEMPT" if rate == "0" else "STANDARD"})
        for amount, rate in draw(st.lists(st.tuples(amounts, rates), min_size=1, max_size=5))
    ]
    stated = draw(st.one_of(decimals(0, 3, places), decimals(0, 300, places)))
    assume(stated > 0 and any(one["calculatedPrice"]["price"][member] for one in entries))
    return order_json(*entries, gross=str(stated), currency=currency), tax_inclusive


@settings(max_examples=300, deadline=None)
@given(small_orders())
def test_small_amounts_of_odd_rates_come_to_any_total(drawn: tuple[dict[str, Any], bool]) -> None:
    order, tax_inclusive = drawn
    priced = accepted(order, ORDERS, tax_inclusive=tax_inclusive)
    require_agreed(priced, order["calculatedPrice"]["finalPrice"]["grossValue"])
    again = accepted(order, ORDERS, tax_inclusive=tax_inclusive)
    assert again == priced


@settings(max_examples=150, deadline=None)
@given(small_orders(), st.lists(st.integers(1, 5), max_size=3))
def test_credit_notes_of_an_agreed_total_sum_to_it(drawn: tuple[dict[str, Any], bool], positions: list[int]) -> None:
    order, tax_inclusive = drawn
    invoice = issued(order, accepted(order, ORDERS, tax_inclusive=tax_inclusive))
    notes: list[Invoice] = []
    wishes = [CreditWish(lines=(LineWish(position=position),)) for position in positions]
    for wish in (*wishes, EVERYTHING):
        try:
            figures = credit(invoice, notes, wish)
        except (CreditRejected, NothingLeft):
            continue
        notes.append(
            make_credit_note(invoice, figures, CreditNoteDetails(uuid4(), "CN-1", date(2026, 4, 1), D("0"), ""))
        )
        require_valid(notes[-1])
    assert sum(one.totals.total for one in notes) == invoice.totals.total
