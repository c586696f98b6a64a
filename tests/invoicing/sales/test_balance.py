"""What is due on an invoice, and what that makes of its status."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.sales.balance import Balance, InvoiceStatus, PaymentStatus

CENTS = st.integers(0, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@pytest.mark.parametrize(
    ("settled", "due", "status", "payment"),
    [
        ({}, "100.00", "OPEN", "PENDING"),
        ({"received": "99.99"}, "0.01", "OPEN", "PARTIAL"),
        ({"received": "100.00"}, "0.00", "CLOSED", "RECEIVED"),
        ({"prepaid": "100.00"}, "0.00", "CLOSED", "RECEIVED"),
        ({"credited": "40.00"}, "60.00", "OPEN", "PARTIAL"),
        ({"withheld": "10.00", "received": "90.00"}, "0.00", "CLOSED", "RECEIVED"),
        ({"received": "100.00", "credited": "30.00"}, "0", "CLOSED", "RECEIVED"),
    ],
)
def test_what_settles_an_invoice_is_taken_off_its_total(
    settled: dict[str, str], due: str, status: str, payment: str
) -> None:
    balance = Balance(total=Decimal(100), **{name: Decimal(amount) for name, amount in settled.items()})
    assert (balance.due, balance.status, balance.payment_status) == (
        Decimal(due), InvoiceStatus(status), PaymentStatus(payment),
    )  # fmt: skip


def test_what_was_paid_and_then_credited_is_owed_back() -> None:
    balance = Balance(total=Decimal(100), received=Decimal(100), credited=Decimal(30))
    assert balance.overpaid == Decimal(30)
    assert not balance.is_credited_in_full


def test_an_invoice_stands_until_its_credit_notes_come_to_its_total() -> None:
    assert not Balance(total=Decimal(100), credited=Decimal("99.99")).is_credited_in_full
    assert Balance(total=Decimal(100), credited=Decimal(100)).is_credited_in_full
    assert not Balance(total=Decimal(0)).is_credited_in_full


def test_an_invoice_over_nothing_or_less_is_closed() -> None:
    for total in (Decimal(0), Decimal(-5)):
        assert Balance(total=total).status is InvoiceStatus.CLOSED


@given(total=CENTS, prepaid=CENTS, received=CENTS, credited=CENTS, withheld=CENTS)
def test_due_and_overpaid_balance_the_total(
    total: Decimal, prepaid: Decimal, received: Decimal, credited: Decimal, withheld: Decimal
) -> None:
    balance = Balance(total=total, prepaid=prepaid, received=received, credited=credited, withheld=withheld)
    assert balance.due - balance.overpaid == total - prepaid - received - credited - withheld
    assert not (balance.due and balance.overpaid)
    assert (balance.status is InvoiceStatus.OPEN) is (balance.due > 0)
