"""Credit notes: whatever is credited in whatever order, the cents add up and every rule holds."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from invoicing.calculation import Figures, calculate
from invoicing.credit.credit_note import CreditNoteDetails, make_credit_note, refund_of, refunded_by
from invoicing.credit.crediting import (
    EVERYTHING,
    ChargeWish,
    CreditExceeds,
    CreditRejected,
    CreditWish,
    LineWish,
    NothingLeft,
    credit,
)
from invoicing.credit.rest import left_of
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import AdjustmentKind, ChargeKind, Invoice, InvoiceKind, SettlementKind, TaxCategory
from invoicing.money import minor_unit
from invoicing.rules.all_rules import violations
from tests.documents.invoices import Item, make_invoice
from tests.invoicing.strategies import drafts

D = Decimal
S19 = TaxTreatment(category=TaxCategory.STANDARD, rate=D(19))
S7 = TaxTreatment(category=TaxCategory.STANDARD, rate=D(7))
DAY = date(2026, 11, 22)
NO_REFUND = D(0)


def line(quantity: str, price: str, tax: TaxTreatment = S19, *adjustments: DraftAdjustment) -> DraftLine:
    return DraftLine(
        item_id="A", name="Thing", quantity=D(quantity), unit_price=D(price), tax=tax, adjustments=adjustments
    )


def invoice_of(figures: Figures) -> Invoice:
    shell = make_invoice()
    names = ("currency", "tax_inclusive", "lines", "allowances", "charges", "tax_groups", "totals", "exchange")
    return shell.model_copy(update={name: getattr(figures, name) for name in names} | {"withheld": figures.withheld})


def issued(*lines: DraftLine, **more: object) -> Invoice:
    return invoice_of(calculate(Draft.model_validate({"currency": "EUR", "lines": lines} | more)))


def note(invoice: Invoice, figures: Figures, refund: Decimal = NO_REFUND) -> Invoice:
    details = CreditNoteDetails(uuid4(), "CN-0000001", DAY, refund, "returned")
    made = make_credit_note(invoice, figures, details)
    assert violations(made) == ()
    assert made.totals.total > 0
    return made


def credited(invoice: Invoice, *wishes: CreditWish) -> list[Invoice]:
    notes: list[Invoice] = []
    for wish in wishes:
        notes.append(note(invoice, credit(invoice, notes, wish)))
    return notes


def pieces(position: int, quantity: str) -> CreditWish:
    return CreditWish(lines=(LineWish(position=position, quantity=D(quantity)),))


def off(position: int, amount: str) -> CreditWish:
    return CreditWish(lines=(LineWish(position=position, amount=D(amount)),))


def totals(notes: Sequence[Invoice]) -> list[Decimal]:
    return [one.totals.total for one in notes]


class TestEverything:
    def test_an_untouched_invoice_is_copied_to_the_cent(self) -> None:
        invoice = make_invoice(
            [Item(quantity="3", price="9.99", discount="1.50"), Item(price="4.20", rate="7")],
            charges=[(ChargeKind.SHIPPING, "DHL", "4.90", "19")],
            rounding="-0.01",
        )
        (made,) = credited(invoice, EVERYTHING)
        # 3 x 9.99 - 1.50 = 28.47; 28.47 + 4.90 = 33.37, 19 % 6.34; 4.20, 7 % 0.29; 44.20, rounded down by a cent
        assert (made.totals.net, made.totals.tax, made.totals.gross) == (D("37.57"), D("6.63"), D("44.20"))
        assert (made.totals.rounding, made.totals.total) == (D("-0.01"), D("44.19"))
        assert [(one.quantity, one.discount, one.amount, one.net) for one in made.lines] == [
            (D(3), D("1.50"), D("28.47"), D("28.47")),
            (D(1), D(0), D("4.20"), D("4.20")),
        ]
        assert made.tax_groups == invoice.tax_groups
        assert (made.totals.paid, made.totals.payable) == (D(0), D("44.19"))

    def test_it_names_the_invoice_and_keeps_its_parties_and_terms(self) -> None:
        invoice = make_invoice(language="en", locale="en_GB")
        (made,) = credited(invoice, EVERYTHING)
        assert (made.kind, made.number, made.issue_date, made.memo) == (
            InvoiceKind.CREDIT_NOTE, "CN-0000001", DAY, "returned",
        )  # fmt: skip
        assert made.preceding is not None
        assert (made.preceding.invoice_id, made.preceding.number, made.preceding.issue_date) == (
            invoice.id, invoice.number, invoice.issue_date,
        )  # fmt: skip
        for name in ("tenant", "seller", "buyer", "currency", "tax_inclusive", "language", "locale", "order_id"):
            assert getattr(made, name) == getattr(invoice, name), name

    def test_after_it_nothing_is_left(self) -> None:
        invoice = make_invoice()
        notes = credited(invoice, EVERYTHING)
        for wish in (EVERYTHING, pieces(1, "1")):
            with pytest.raises(NothingLeft, match="nothing of invoice RE-2026-00017 is left"):
                credit(invoice, notes, wish)

    def test_an_invoice_over_nothing_cannot_be_credited(self) -> None:
        with pytest.raises(NothingLeft):
            credit(issued(line("1", "0")), [], EVERYTHING)

    def test_reasons_for_not_charging_tax_stay(self) -> None:
        exempt = TaxTreatment(category=TaxCategory.EXEMPT, exemption_reason="Education")
        invoice = issued(line("2", "10", exempt))
        made = credited(invoice, pieces(1, "1"), EVERYTHING)
        assert [one.tax_groups[0].exemption_reason for one in made] == ["Education", "Education"]


class TestFormerTimes:
    """Orders' invoices once had a tax group for every tax code, and an exemption without a reason but its code."""

    def invoice(self) -> Invoice:
        made = make_invoice(
            [Item(price="0.03"), Item(price="0.03"), Item(price="1.00", rate="0", category=TaxCategory.EXEMPT)]
        )
        first, second, exempt = made.lines
        lines = (first, second.model_copy(update={"tax_code": "B"}), exempt.model_copy(update={"tax_code": "EXEMPT"}))
        one = made.tax_groups[0].model_copy(update={"net": D("0.03"), "tax": D("0.01"), "gross": D("0.04")})
        groups = (one, one.model_copy(update={"tax_code": "B"}), made.tax_groups[1])
        totals = made.totals.model_copy(update={"tax": D("0.02"), "gross": D("1.08"), "payable": D("1.08")})
        return made.model_copy(update={"lines": lines, "tax_groups": groups, "totals": totals})

    def test_they_are_broken_down_anew_and_credited_to_the_cent(self) -> None:
        """0.06 at 19 % is 0.0114 of tax: 0.01 today, where two groups of 0.0057 came to 0.02; BT-114 has the cent."""
        invoice = self.invoice()
        assert {one.rule for one in violations(invoice)} >= {"BR-S-1", "BR-E-10"}
        (made,) = credited(invoice, EVERYTHING)
        assert (made.totals.gross, made.totals.rounding, made.totals.total) == (D("1.07"), D("0.01"), D("1.08"))
        assert {(one.tax_rate, one.exemption_reason) for one in made.tax_groups} == {(D(19), None), (D(0), "EXEMPT")}

    def test_their_parts_sum_too(self) -> None:
        assert sum(totals(credited(self.invoice(), pieces(1, "1"), pieces(2, "1"), EVERYTHING))) == D("1.08")


class TestParts:
    def test_pieces_of_a_stated_amount_share_it_and_the_last_takes_the_rest(self) -> None:
        """3 pieces for 10.00 (a third would be 3.333...): 3.33, then half of 6.67, then what is left."""
        invoice = issued(line("3", "3.333333", TaxTreatment(category=TaxCategory.ZERO)))
        assert invoice.totals.total == D("10.00")
        notes = credited(invoice, pieces(1, "1"), pieces(1, "1"), pieces(1, "1"))
        assert totals(notes) == [D("3.33"), D("3.34"), D("3.33")]
        with pytest.raises(NothingLeft):
            credit(invoice, notes, EVERYTHING)

    def test_a_lines_discount_goes_back_with_its_pieces(self) -> None:
        """4 x 25 less 10 % = 90: one piece is 22.50, printed as 25.00 less 2.50."""
        tenth = DraftAdjustment(kind=AdjustmentKind.ALLOWANCE, percent=D(10))
        (made,) = credited(issued(line("4", "25", S19, tenth)), pieces(1, "1"))
        (part,) = made.lines
        assert (part.quantity, part.unit_price, part.discount, part.amount) == (D(1), D(25), D("2.50"), D("22.50"))
        assert (made.totals.net, made.totals.tax, made.totals.total) == (D("22.50"), D("4.28"), D("26.78"))

    def test_a_price_is_lowered_without_taking_anything_back(self) -> None:
        invoice = issued(line("2", "50"))
        first, second, last = credited(invoice, off(1, "10"), pieces(1, "1"), EVERYTHING)
        assert (first.lines[0].credited_quantity, first.lines[0].amount) == (D(0), D(10))
        assert (second.lines[0].quantity, second.lines[0].amount) == (D(1), D(45))  # half of what is left
        assert last.lines[0].amount == D(45)
        assert sum(totals([first, second, last])) == D("119.00")

    def test_a_discount_on_the_document_follows_its_lines(self) -> None:
        """100 at 19 %, 100 at 7 %, 10 % off: crediting the first line gives 90 + 17.10 back."""
        discount = DraftCharge(kind=AdjustmentKind.ALLOWANCE, name="10 %", percent=D(10))
        invoice = issued(line("1", "100"), line("1", "100", S7), charges=(discount,))
        first, last = credited(invoice, pieces(1, "1"), EVERYTHING)
        assert [(one.amount, one.corrects) for one in first.allowances] == [(D("10.00"), 1)]
        assert (first.totals.net, first.totals.tax, first.totals.total) == (D(90), D("17.10"), D("107.10"))
        assert (last.totals.net, last.totals.tax, last.totals.total) == (D(90), D("6.30"), D("96.30"))

    def test_shipping_goes_back_when_it_is_named_and_with_everything(self) -> None:
        shipping = DraftCharge(
            kind=AdjustmentKind.CHARGE, name="DHL", charge_kind=ChargeKind.SHIPPING, amount=D("5.00"), tax=S19
        )
        invoice = issued(line("1", "10"), charges=(shipping,))
        goods, some, last = credited(
            invoice, pieces(1, "1"), CreditWish(charges=(ChargeWish(position=1, amount=D("2.00")),)), EVERYTHING
        )
        assert (goods.charges, goods.totals.net) == ((), D(10))
        assert [(one.amount, one.corrects) for one in some.charges] == [(D("2.00"), 1)]
        assert [one.amount for one in last.charges] == [D("3.00")]

    def test_a_cent_of_tax_is_rounded_away_so_that_the_totals_meet(self) -> None:
        """3 x 0.03 at 19 %: tax 0.0171 -> 0.02, total 0.11; one piece alone would be 0.04, three of those 0.12."""
        invoice = issued(line("3", "0.03"))
        assert invoice.totals.total == D("0.11")
        notes = credited(invoice, pieces(1, "1"), pieces(1, "1"), pieces(1, "1"))
        assert totals(notes) == [D("0.04"), D("0.03"), D("0.04")]
        assert [one.totals.rounding for one in notes] == [D(0), D("-0.01"), D(0)]

    def test_what_was_rounded_away_from_the_invoice_does_not_come_back(self) -> None:
        """The customer paid 11.87 of 11.90."""
        invoice = make_invoice([Item(quantity="2", price="5.00")], rounding="-0.03")
        notes = credited(invoice, pieces(1, "1"), pieces(1, "1"))
        assert totals(notes) == [D("5.95"), D("5.92")]
        assert notes[1].totals.rounding == D("-0.03")

    def test_the_exchange_rate_is_the_invoices(self) -> None:
        rate = ExchangeRate(base_currency="USD", rate=D("1.0875"), rate_date=date(2026, 11, 2))
        (made,) = credited(issued(line("2", "50"), exchange_rate=rate), pieces(1, "1"))
        assert made.exchange is not None
        # 59.50 x 1.0875 = 64.70625, 9.50 x 1.0875 = 10.33125
        assert (made.exchange.rate, made.exchange.rate_date) == (D("1.0875"), date(2026, 11, 2))
        assert (made.exchange.total, made.exchange.tax) == (D("64.71"), D("10.33"))

    def test_goods_that_were_taken_back_on_the_invoice_are_credited_with_their_sign(self) -> None:
        invoice = issued(line("1", "100"), line("-1", "30"))
        assert invoice.totals.total == D("83.30")
        with pytest.raises(CreditExceeds) as refused:
            credit(invoice, [], pieces(1, "1"))
        assert (refused.value.wanted, refused.value.left) == (D("119.00"), D("83.30"))
        with pytest.raises(CreditRejected, match="there is nothing to credit"):
            credit(invoice, [], pieces(2, "1"))
        both = CreditWish(lines=(LineWish(position=1), LineWish(position=2)))
        assert totals(credited(invoice, both)) == [D("83.30")]


class TestRefusals:
    @pytest.mark.parametrize(
        ("wish", "field", "wanted", "left"),
        [
            (pieces(1, "3"), "lines.0.quantity", "3", "2"),
            (off(1, "100.01"), "lines.0.amount", "100.01", "100.00"),
            (CreditWish(charges=(ChargeWish(position=1, amount=D("5.01")),)), "charges.0.amount", "5.01", "5.00"),
        ],
    )
    def test_more_than_is_left_is_refused_with_both_figures(
        self, wish: CreditWish, field: str, wanted: str, left: str
    ) -> None:
        shipping = DraftCharge(kind=AdjustmentKind.CHARGE, name="DHL", amount=D("5.00"), tax=S19)
        with pytest.raises(CreditExceeds) as refused:
            credit(issued(line("2", "50"), charges=(shipping,)), [], wish)
        assert (refused.value.field, refused.value.wanted, refused.value.left) == (field, D(wanted), D(left))

    def test_what_was_credited_before_is_not_left(self) -> None:
        invoice = issued(line("2", "50"), line("1", "1"))
        notes = credited(invoice, pieces(1, "1"))
        with pytest.raises(CreditExceeds, match="is 2, and 1 is left"):
            credit(invoice, notes, pieces(1, "2"))
        notes = credited(invoice, pieces(1, "1"), pieces(1, "1"))
        with pytest.raises(CreditExceeds):
            credit(invoice, notes, CreditWish(lines=(LineWish(position=1),)))

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (CreditWish(), "lines"),
            (pieces(3, "1"), "lines.0.position"),
            (pieces(1, "0"), "lines.0.quantity"),
            (pieces(1, "-1"), "lines.0.quantity"),
            (pieces(1, "0.0000000000001"), "lines.0.quantity"),
            (off(1, "-5"), "lines.0.amount"),
            (off(1, "0.005"), "lines.0.amount"),
            (CreditWish(lines=(LineWish(position=1, quantity=D(1), amount=D(1)),)), "lines.0"),
            (CreditWish(lines=(LineWish(position=1), LineWish(position=1))), "lines.1.position"),
            (CreditWish(charges=(ChargeWish(position=1),)), "charges.0.position"),
            (CreditWish(charges=(ChargeWish(position=0),)), "charges.0.position"),
        ],
    )
    def test_a_wish_that_makes_no_sense_names_its_member(self, wish: CreditWish, field: str) -> None:
        with pytest.raises(CreditRejected) as refused:
            credit(issued(line("2", "50"), line("1", "1")), [], wish)
        assert refused.value.field == field

    def test_a_share_that_rounds_to_nothing_is_no_credit_note(self) -> None:
        with pytest.raises(CreditRejected, match="there is nothing to credit"):
            credit(issued(line("3", "0.003333")), [], pieces(1, "1"))


class TestRefund:
    @pytest.mark.parametrize(
        ("total", "due", "captured", "refunded", "expected"),
        [
            ("100", "0", "100", "0", "100"),
            ("40", "0", "100", "0", "40"),
            ("40", "0", "100", "70", "30"),
            ("40", "0", "100", "100", "0"),
            ("40", "40", "60", "0", "0"),
            ("50", "40", "60", "0", "10"),
            ("100", "40", "60", "0", "60"),
            ("30", "40", "60", "0", "0"),
            ("100", "0", "0", "0", "0"),
        ],
    )
    def test_what_is_due_is_lost_first_and_no_more_goes_back_than_came(
        self, total: str, due: str, captured: str, refunded: str, expected: str
    ) -> None:
        assert refund_of(D(total), due=D(due), captured=D(captured), refunded=D(refunded)) == D(expected)

    def test_a_credit_note_says_whether_money_moves(self) -> None:
        invoice = make_invoice([Item(quantity="2", price="5.00")])
        back = note(invoice, credit(invoice, [], pieces(1, "1")), D("5.95"))
        assert (back.settlement.kind, back.settlement.captured) == (SettlementKind.REFUND, D("5.95"))
        only_set_off = note(invoice, credit(invoice, [back], EVERYTHING))
        assert (only_set_off.settlement.kind, only_set_off.settlement.captured) == (SettlementKind.CREDITED, D(0))
        assert refunded_by([back, only_set_off]) == D("5.95")


@st.composite
def wishes(draw: st.DrawFn, invoice: Invoice, notes: Sequence[Invoice]) -> CreditWish:
    """A wish for something that is left."""
    left = left_of(invoice, notes)
    unit = minor_unit(invoice.currency)
    lines = []
    for one in left.lines:
        kind = draw(st.sampled_from(("none", "none", "rest", "quantity", "amount")))
        if one.is_gone or kind == "none":
            continue
        if kind == "quantity" and one.quantity:
            parts = draw(st.integers(1, 8))
            quantity = abs(one.quantity) / 8 * parts
            assume(quantity == round(quantity, 12))
            lines.append(LineWish(position=one.line.position, quantity=quantity))
        elif kind == "amount" and one.amount:
            units = draw(st.integers(1, int(abs(one.amount) / unit)))
            lines.append(LineWish(position=one.line.position, amount=units * unit))
        else:
            lines.append(LineWish(position=one.line.position))
    charges = [
        ChargeWish(position=place)
        for place, amount in enumerate(left.charges, 1)
        if amount and draw(st.integers(0, 3)) == 0
    ]
    return CreditWish(lines=tuple(lines), charges=tuple(charges))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), draft=drafts(most_lines=4))
def test_any_parts_and_then_the_rest_sum_to_the_invoice(data: st.DataObject, draft: Draft) -> None:
    figures = calculate(draft)
    assume(figures.totals.total > 0)
    invoice = invoice_of(figures)
    assert violations(invoice) == ()
    notes: list[Invoice] = []
    for _ in range(data.draw(st.integers(0, 4))):
        try:
            notes.append(note(invoice, credit(invoice, notes, data.draw(wishes(invoice, notes)))))
        except (CreditRejected, NothingLeft):
            continue
        assert sum(totals(notes)) <= invoice.totals.total
    with suppress(NothingLeft):
        notes.append(note(invoice, credit(invoice, notes, EVERYTHING)))
    assert sum(totals(notes)) == invoice.totals.total
    with pytest.raises(NothingLeft):
        credit(invoice, notes, EVERYTHING)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), draft=drafts(most_lines=4))
def test_what_is_rounded_stays_within_a_unit_a_group(data: st.DataObject, draft: Draft) -> None:
    figures = calculate(draft)
    assume(figures.totals.total > 0 and not figures.totals.rounding)
    invoice = invoice_of(figures)
    notes: list[Invoice] = []
    for _ in range(3):
        try:
            notes.append(note(invoice, credit(invoice, notes, data.draw(wishes(invoice, notes)))))
        except (CreditRejected, NothingLeft):
            continue
        bound = minor_unit(invoice.currency) * len(invoice.tax_groups) * 2
        assert abs(notes[-1].totals.rounding) <= bound
        if invoice.tax_inclusive:
            assert not notes[-1].totals.rounding
