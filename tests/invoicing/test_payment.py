from decimal import Decimal
from typing import Any

import pytest

from invoicing.invoice import SettlementKind, Totals
from invoicing.payment import NotAuthorised, PaymentAction, PaymentPlan, plan_payment
from tests.invoicing.orders import D, order_json, read


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
    "payments",
    [
        [{"provider": "INVOICE", "method": "invoice"}],
        [{"provider": "CASH_ON_DELIVERY"}],
        [{"method": "invoice", "status": "PENDING"}],
        [],
    ],
)
def test_on_account_there_is_nothing_to_capture(payments: list[dict[str, Any]]) -> None:
    planned = plan("10.00", *payments)
    assert (planned.action, planned.settlement.kind) == (PaymentAction.NOTHING, SettlementKind.ON_ACCOUNT)
    assert planned.totals.payable == D("10.00")


def test_a_card_order_that_lost_its_payment_is_not_on_account() -> None:
    with pytest.raises(NotAuthorised):
        plan("10.00", mixins={"payment": {"paymentType": "paymentByCredit"}})


@pytest.mark.parametrize(("paid", "due"), [("10.00", "0.00"), ("4.00", "6.00"), ("25.00", "0.00")])
def test_what_was_paid_before_is_not_captured_again(paid: str, due: str) -> None:
    planned = plan("10.00", card("CAPTURE_SUCCESS", paidAmount=D(paid)))
    assert planned.action is PaymentAction.NOTHING
    assert planned.settlement.kind is SettlementKind.PAID_BEFORE
    assert planned.totals.payable == D(due)


def test_an_invoice_over_nothing_charges_nothing() -> None:
    assert plan("0.00", card(amount="10.00")).action is PaymentAction.NOTHING


def test_of_several_authorisations_the_largest_is_used() -> None:
    planned = plan("80.00", card(amount="20.00"), card(amount="80.00", transactionId="T2"))
    assert (planned.transaction_id, planned.amount) == ("T2", Decimal("80.00"))
