"""Which refunds that a gateway shows the ledger cannot account for."""

from decimal import Decimal

import pytest

from activities.foreign_refunds import has_foreign_refund
from database.tables import Effect
from integrations.payment_gateway import ShownRefund

WANTED = Effect(amount=Decimal("10.00"), currency="EUR")


@pytest.mark.parametrize(
    ("shown", "ours", "expected"),
    [
        ([], [], False),
        ([], ["R1"], False),
        (["R1"], [], True),
        (["R1"], ["R1"], False),
        (["R1", "R2"], ["R1"], True),
        (["R2"], ["R1"], True),
        (["R2"], [None], False),
        (["R1", "R2"], ["R1", None], False),
        ([None], ["R1"], False),
        ([None, None], ["R1"], True),
        ([None, "R2"], ["R1", None], False),
        ([None, "R2", "R3"], ["R1", "R0", None], True),
        ([None], [], True),
    ],
)
def test_names_are_matched_and_what_has_none_is_counted(
    shown: list[str | None], ours: list[str | None], *, expected: bool
) -> None:
    refunds = [ShownRefund(name, Decimal(10), "EUR") for name in shown]
    assert has_foreign_refund(refunds, ours, WANTED) is expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("10", "EUR", True), ("10", None, True), ("10", "USD", False), ("10.01", "EUR", False), (None, "EUR", False)],
)
def test_only_those_of_the_same_amount_count(amount: str | None, currency: str | None, *, expected: bool) -> None:
    shown = ShownRefund("R1", Decimal(amount) if amount else None, currency)
    assert has_foreign_refund([shown], [], WANTED) is expected
