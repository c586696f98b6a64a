from decimal import Decimal
from typing import Any

import pytest

from invoicing.invoice import SettlementKind, Totals
from invoicing.orders.payment import NotAuthorised, PaymentAction, PaymentPlan, plan_payment
from tests.invoicing.orders.samples import D, order_json, read


def totals(gross: str) -> Totals:
    zero = D("0")
    amount = D(gross)
    return Totals(
        lines_amount=amount,
        charges_amount=zero,
        lines_net=amount,
        charges_net=zero,
        net=amount,
        tax=zero,
        gross=amount,
        payable=amount,
    )


def card(status: str = "AUTHORIZATION_SUCCESS", amount: str | None = "100.00", **members: Any) -> dict[str, Any]:
    stated = {} if amount is None else {"authorizedAmount": D(amount)}
    return {
        "status": status,
        "method": "credit_card",
        "provider": "payment-gateway",
        "transactionId": "T1",
        "currency": "EUR",
        **stated,
        **members,
    }


def plan(gross: str, *payments: dict[str, Any], margin: str = "0.02", **members: Any) -> PaymentPlan:
    return plan_payment(read(order_json(payments=list(payments), **members)), totals(gross), D(margin))


@pytest.mark.parametrize(
    ("gross", "authorised", "captured", "rounding"),
    [
        ("100.00", "100.00", "100.00", "0"),
        ("99.98", "100.00", "99.98", "0"),  # never more than the invoice
        ("100.02", "100.00", "100.00", "-0.02"),  # never more than was authorised: BT-114
    ],
)
def test_the_capture_is_the_invoice_and_never_above_the_authorisation(
    gross: str, authorised: str, captured: str, rounding: str
) -> None:
    planned = plan(gross, card(amount=authorised))
    assert (planned.action, planned.transaction_id, planned.amount) == (PaymentAction.CAPTURE, "T1", D(captured))
    assert planned.totals.rounding == D(rounding)
    assert planned.totals.total == D(captured)
    assert planned.totals.payable == planned.totals.gross - planned.totals.paid + planned.totals.rounding == 0


def test_an_authorisation_for_less_is_no_rounding() -> None:
    with pytest.raises(NotAuthorised, match=r"100.03 EUR are due, 100.00 EUR are authorised"):
        plan("100.03", card(amount="100.00"))


@pytest.mark.parametrize(
    "status", ["PENDING", "AUTHORIZATION_FAILURE", "FAILURE", "CANCELLATION_SUCCESS", "REFUND_SUCCESS"]
)
def test_a_card_that_is_not_authorised_is_not_charged(status: str) -> None:
    with pytest.raises(NotAuthorised, match=f"payment status: {status}"):
        plan("10.00", card(status))


@pytest.mark.parametrize("broken", [{"transactionId": None}, {"currency": "USD"}])
def test_an_authorisation_that_cannot_be_used_is_none(broken: dict[str, Any]) -> None:
    with pytest.raises(NotAuthorised):
        plan("10.00", card(**broken))


def test_the_orders_authorised_total_serves_where_the_payment_states_none() -> None:
    assert plan("50.00", card(amount=None), totalAuthorizedAmount=D("50.00")).amount == D("50.00")
    with pytest.raises(NotAuthorised, match="states no authorised amount"):
        plan("50.00", card(amount=None))


@pytest.mark.parametrize(
    ("paid", "covered", "rounding"),
    [("10.00", "10.00", "0"), ("25.00", "10.00", "0"), ("9.99", "9.99", "-0.01")],
)
def test_what_was_paid_before_is_not_captured_again(paid: str, covered: str, rounding: str) -> None:
    planned = plan("10.00", card("CAPTURE_SUCCESS", paidAmount=D(paid)))
    assert planned.action is PaymentAction.NOTHING
    assert planned.settlement.kind is SettlementKind.PAID_BEFORE
    assert (planned.totals.paid, planned.totals.rounding, planned.totals.payable) == (D(covered), D(rounding), D("0"))


def test_what_was_paid_in_another_currency_pays_nothing_here() -> None:
    with pytest.raises(NotAuthorised):
        plan("10.00", card("CAPTURE_SUCCESS", paidAmount=D("10.00"), currency="USD"))


def test_an_order_that_is_paid_in_part_is_for_a_person() -> None:
    with pytest.raises(NotAuthorised, match=r"4\.00 of 10\.00 EUR are paid, and nothing is authorised for the rest"):
        plan("10.00", card("CAPTURE_SUCCESS", paidAmount=D("4.00")))


def test_the_rest_of_a_payment_on_account_stays_due() -> None:
    planned = plan("10.00", card("SUCCESS", paidAmount=D("4.00")), {"provider": "INVOICE"})
    assert (planned.totals.paid, planned.totals.payable) == (D("4.00"), D("6.00"))


def test_a_gift_card_beside_an_authorised_card_is_for_a_person() -> None:
    gift_card = card("CAPTURE_SUCCESS", paidAmount=D("30.00"), transactionId="G1")
    with pytest.raises(NotAuthorised, match=r"30\.00 EUR are paid and another payment is authorised"):
        plan("119.00", gift_card, card(amount="89.00"))


def test_an_abandoned_payment_on_account_does_not_spare_the_card() -> None:
    planned = plan("119.00", {"method": "invoice", "status": "PENDING"}, card(amount="119.00"))
    assert (planned.action, planned.amount) == (PaymentAction.CAPTURE, D("119.00"))


def test_an_authorisation_over_nothing_captures_nothing() -> None:
    with pytest.raises(NotAuthorised):
        plan("0.01", card(amount="0"))


def test_an_invoice_over_nothing_charges_nothing() -> None:
    assert plan("0.00", card(amount="10.00")).action is PaymentAction.NOTHING


def test_of_several_authorisations_the_largest_is_used() -> None:
    planned = plan("80.00", card(amount="20.00"), card(amount="80.00", transactionId="T2"))
    assert (planned.transaction_id, planned.amount) == ("T2", Decimal("80.00"))


def spent_plan(*payments: dict[str, Any]) -> PaymentPlan:
    """After an invoice that was captured on T1 has been credited."""
    order = read(order_json(payments=list(payments)))
    return plan_payment(order, totals("100.00"), D("0.02"), frozenset({"T1"}))


@pytest.mark.parametrize("status", ["AUTHORIZATION_SUCCESS", "CAPTURE_SUCCESS", "SUCCESS", "REFUND_SUCCESS"])
def test_a_payment_that_a_credited_invoice_had_pays_nothing(status: str) -> None:
    with pytest.raises(NotAuthorised, match="beside the one that a credited invoice had"):
        spent_plan(card(status))
    planned = spent_plan(card(status, amount="900.00"), card(transactionId="T2"))
    assert (planned.action, planned.transaction_id, planned.amount) == (PaymentAction.CAPTURE, "T2", D("100.00"))
