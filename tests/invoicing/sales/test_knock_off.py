"""What a payment settles of its invoices, and every reason to refuse it."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.knock_off import PaidItem, Payable, PaymentFault, PaymentRejected, knock_off

OPEN = {
    "1": Payable(currency="EUR", status=InvoiceStatus.OPEN, due=Decimal("60.00")),
    "2": Payable(currency="EUR", status=InvoiceStatus.OPEN, due=Decimal("0.07")),
}


def item(code: str, amount: str) -> PaidItem:
    return PaidItem(invoice_code=code, amount=Decimal(amount))


def fault(
    *items: PaidItem, payables: Mapping[str, Payable] = OPEN, currency: str = "EUR", stated: str | None = None
) -> PaymentFault:
    """The only fault."""
    with pytest.raises(PaymentRejected) as rejected:
        knock_off(items, payables, currency, Decimal(stated) if stated else None)
    (found,) = rejected.value.faults
    return found


def test_each_invoice_is_settled_by_the_sum_of_its_items() -> None:
    items = [item("1", "10"), item("2", "0.07"), item("1", "50.00")]
    assert knock_off(items, OPEN, "EUR", Decimal("60.07")) == {"1": Decimal("60.00"), "2": Decimal("0.07")}


def test_the_amount_may_be_left_to_the_items() -> None:
    assert knock_off([item("1", "12.34")], OPEN, "EUR", None) == {"1": Decimal("12.34")}


def test_more_than_is_due_is_refused_with_both_figures() -> None:
    assert fault(item("1", "60.01")) == PaymentFault(
        position=0, member="paymentAmount", message="is 60.01 EUR, but only 60.00 EUR is due on 1"
    )


def test_items_of_one_invoice_count_together() -> None:
    assert fault(item("1", "40"), item("1", "20.01")) == PaymentFault(
        position=1, member="paymentAmount", message="is 20.01 EUR, but only 20.00 EUR is due on 1"
    )


@pytest.mark.parametrize("amount", ["0", "-0.01", "-60"])
def test_what_is_not_above_zero_is_refused(amount: str) -> None:
    assert fault(item("1", amount)).message == "must be above 0"


@pytest.mark.parametrize(
    ("amount", "currency", "unit"), [("0.005", "EUR", "0.01"), ("1.5", "JPY", "1"), ("1.0005", "KWD", "0.001")]
)
def test_what_is_finer_than_the_minor_unit_is_refused(amount: str, currency: str, unit: str) -> None:
    payables = {"1": Payable(currency=currency, status=InvoiceStatus.OPEN, due=Decimal(50))}
    found = fault(item("1", amount), payables=payables, currency=currency)
    assert found.member == "paymentAmount"
    assert found.message == f"is finer than the smallest amount of {currency}, {unit}"


def test_zeros_beyond_the_minor_unit_are_no_finer() -> None:
    assert knock_off([item("1", "1.5000")], OPEN, "EUR", None) == {"1": Decimal("1.5")}


def test_another_currency_than_the_invoice_s_is_refused() -> None:
    found = fault(item("1", "1"), currency="USD")
    assert (found.member, found.position) == ("currency", None)
    assert found.message == "is USD, but 1 is in EUR: a payment must be in the currency of its invoices"


def test_a_draft_owes_nothing() -> None:
    payables = {"DRAFT-7": Payable(currency="EUR", status=InvoiceStatus.DRAFT, due=Decimal(60))}
    found = fault(item("DRAFT-7", "1"), payables=payables)
    assert (found.position, found.member) == (0, "documentCode")


def test_the_items_must_come_to_the_stated_amount() -> None:
    found = fault(item("1", "10"), item("2", "0.05"), stated="10.06")
    assert (found.member, found.position) == ("amount", None)
    assert found.message == "is 10.06 EUR, but the items come to 10.05 EUR"


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(PaymentRejected) as rejected:
        knock_off([item("1", "0"), item("2", "1"), item("1", "0.001")], OPEN, "EUR", Decimal(5))
    assert [(found.position, found.member) for found in rejected.value.faults] == [
        (0, "paymentAmount"),
        (1, "paymentAmount"),
        (2, "paymentAmount"),
        (None, "amount"),
    ]


amounts = st.lists(st.tuples(st.sampled_from(["1", "2"]), st.decimals("-5", "80", places=3)), min_size=1, max_size=8)


@given(amounts)
def test_whatever_is_paid_no_invoice_is_settled_by_more_than_its_due(wanted: list[tuple[str, Decimal]]) -> None:
    items = [PaidItem(invoice_code=code, amount=amount) for code, amount in wanted]
    try:
        settled = knock_off(items, OPEN, "EUR", None)
    except PaymentRejected:
        return
    assert all(Decimal(0) < amount <= OPEN[code].due for code, amount in settled.items())
    assert sum(settled.values()) == sum(amount for _, amount in wanted)
