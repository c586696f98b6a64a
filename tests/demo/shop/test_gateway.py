"""The payment gateway: money moves once, and a refusal is an ordinary answer."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from demo.shop.running import RunningShop, running_shop


class Payment:
    """An order with one authorised payment, and the calls a client makes for it."""

    def __init__(self, shop: RunningShop, client: httpx.Client, **payment: Any) -> None:
        self.client = client
        self.id = uuid4().hex
        self.order_id = f"PAY-{self.id}"
        defaults = {"status": "AUTHORIZATION_SUCCESS", "authorizedAmount": 100.10, "currency": "EUR"}
        shop.add_order({"id": self.order_id, "payments": [defaults | {"transactionId": self.id} | payment]})

    def call(self, action: str, body: object, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/payment-gateway/acme/payment/{self.id}/{action}", json=body, headers=headers)

    def capture(self, amount: float = 100.10, currency: str = "EUR", key: str | None = None) -> httpx.Response:
        return self.call("capture", {"amount": amount, "currency": currency}, key)

    def entries(self) -> list[dict[str, Any]]:
        answer = self.client.get(f"/payment-gateway/acme/transactions/{self.id}")
        found: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return [entry for entry in found if entry["type"] != "AUTHORIZATION"]


@pytest.fixture
def payment(shop: RunningShop, client: httpx.Client) -> Payment:
    return Payment(shop, client)


def test_a_capture_takes_the_money_once(payment: Payment, shop: RunningShop) -> None:
    first, second = payment.capture(), payment.capture()
    assert (first.status_code, first.json()["successful"]) == (200, True)
    assert (second.status_code, second.json()["successful"]) == (200, False)
    assert "captureId" not in second.json()
    (booked,) = shop.books(payment.order_id).captures
    assert (booked.amount, booked.currency, booked.transaction_id) == (Decimal("100.10"), "EUR", payment.id)
    assert booked.capture_id == first.json()["captureId"]
    assert shop.captures(payment.order_id) == [(Decimal("100.10"), "EUR")]


def test_the_same_key_gets_the_same_answer(payment: Payment, shop: RunningShop) -> None:
    answers = [payment.capture(key="job:capture" + payment.id) for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["successful"] is True
    assert len(shop.books(payment.order_id).captures) == 1


def test_a_key_belongs_to_one_request(payment: Payment, shop: RunningShop, client: httpx.Client) -> None:
    key = "k" + payment.id
    payment.capture(key=key)
    other = Payment(shop, client)
    assert payment.capture(amount=50, key=key).status_code == 409
    assert other.capture(key=key).status_code == 409
    assert other.entries() == []


def test_two_captures_at_once_take_the_money_once(payment: Payment, shop: RunningShop) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: payment.capture(key=f"{payment.id}-{n % 4}"), range(8)))
    taken = {answer.json()["captureId"] for answer in answers if answer.json()["successful"]}
    assert len(taken) == 1
    assert len(shop.books(payment.order_id).captures) == 1


@pytest.mark.parametrize(("amount", "successful"), [(100.10, True), (100.09, True), (0.01, True), (100.11, False)])
def test_at_most_what_is_authorised_is_taken(payment: Payment, amount: float, successful: bool) -> None:
    answer = payment.capture(amount)
    assert answer.status_code == 200
    assert answer.json()["successful"] is successful
    assert ("captureId" in answer.json()) is successful
    assert ("message" in answer.json()) is not successful


def test_a_declined_card_is_an_ordinary_answer(payment: Payment, shop: RunningShop) -> None:
    shop.decline(payment.id, "Do not honour")
    answer = payment.capture()
    assert (answer.status_code, answer.json()) == (200, {"successful": False, "message": "Do not honour"})
    assert shop.books(payment.order_id).captures == ()
    assert [(entry["successful"], entry["summary"]) for entry in payment.entries()] == [(False, "Do not honour")]


def test_an_accepted_card_can_be_captured_with_the_key_that_was_refused(payment: Payment, shop: RunningShop) -> None:
    shop.decline(payment.id)
    key = "again" + payment.id
    refused = payment.capture(key=key)
    assert payment.capture(key=key).text == refused.text
    shop.accept(payment.id)
    assert payment.capture(key=key).json()["successful"] is True


def test_a_statement_shows_captures_with_their_keys(payment: Payment) -> None:
    captured = payment.capture(key="shown" + payment.id).json()
    (entry,) = payment.entries()
    assert entry["type"] == "CAPTURE"
    assert entry["successful"] is True
    assert entry["amount"] == {"amount": 100.1, "currency": "EUR"}
    assert (entry["captureId"], entry["idempotencyKey"]) == (captured["captureId"], "shown" + payment.id)


def test_unknown_transactions_are_404(client: httpx.Client) -> None:
    capture = client.post("/payment-gateway/acme/payment/none/capture", json={"amount": 1, "currency": "EUR"})
    assert capture.status_code == 404
    assert client.get("/payment-gateway/acme/transactions/none").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": 0, "currency": "EUR"}, 422),
        ({"amount": -1, "currency": "EUR"}, 422),
        ({"amount": 1.005, "currency": "EUR"}, 422),
        ({"amount": "100.10", "currency": "EUR"}, 422),
        ({"amount": 100.10}, 422),
        ({"currency": "EUR"}, 422),
        ({"amount": 100.10, "currency": "USD"}, 422),
        ({"amount": 100.10, "currency": "ZZZ"}, 422),
        ([], 422),
    ],
)
def test_a_wrong_capture_moves_nothing(payment: Payment, body: object, status: int) -> None:
    answer = payment.call("capture", body)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert payment.entries() == []


def test_a_body_that_is_no_json_is_400(payment: Payment, client: httpx.Client) -> None:
    answer = client.post(f"/payment-gateway/acme/payment/{payment.id}/capture", content=b"{amount")
    assert answer.status_code == 400


@pytest.mark.parametrize("status", ["PENDING", "AUTHORIZATION_FAILURE"])
def test_what_was_never_authorised_cannot_be_captured(shop: RunningShop, client: httpx.Client, status: str) -> None:
    answer = Payment(shop, client, status=status).capture()
    assert (answer.status_code, answer.json()["message"]) == (422, "The payment action is not supported.")


def test_yen_have_no_fraction(shop: RunningShop, client: httpx.Client) -> None:
    yen = Payment(shop, client, currency="JPY", authorizedAmount=5000)
    assert yen.capture(4999.5, "JPY").status_code == 422
    assert yen.capture(5000, "JPY").json()["successful"] is True


class TestRefund:
    def refund(self, payment: Payment, capture_id: str, amount: float, key: str | None = None) -> dict[str, Any]:
        body = {"amount": amount, "currency": "EUR", "captureId": capture_id}
        answer: dict[str, Any] = payment.call("refund", body, key).raise_for_status().json()
        return answer

    def test_refunds_never_exceed_the_capture(self, payment: Payment, shop: RunningShop) -> None:
        capture_id = payment.capture().json()["captureId"]
        assert self.refund(payment, capture_id, 60.0)["successful"] is True
        assert self.refund(payment, capture_id, 40.11)["successful"] is False
        assert self.refund(payment, capture_id, 40.10)["successful"] is True
        assert self.refund(payment, capture_id, 0.01)["successful"] is False
        amounts = [(refund.amount, refund.capture_id) for refund in shop.books(payment.order_id).refunds]
        assert amounts == [(Decimal("60.0"), capture_id), (Decimal("40.1"), capture_id)]

    def test_a_refund_is_repeated_by_its_key(self, payment: Payment, shop: RunningShop) -> None:
        capture_id = payment.capture().json()["captureId"]
        first = self.refund(payment, capture_id, 10, key="r" + payment.id)
        assert self.refund(payment, capture_id, 10, key="r" + payment.id) == first
        assert len(shop.books(payment.order_id).refunds) == 1

    def test_only_what_was_captured_comes_back(self, payment: Payment) -> None:
        assert self.refund(payment, "no-such-capture", 1)["successful"] is False

    def test_a_declined_transaction_gives_nothing_back_until_it_is_accepted(
        self, payment: Payment, shop: RunningShop
    ) -> None:
        capture_id = payment.capture().json()["captureId"]
        shop.decline(payment.id, "Account closed")
        refused = self.refund(payment, capture_id, 10)
        assert refused == {"successful": False, "message": "Account closed"}
        assert shop.refunds(payment.order_id) == []
        shop.accept(payment.id)
        assert self.refund(payment, capture_id, 10)["successful"] is True
        assert shop.refunds(payment.order_id) == [(Decimal(10), "EUR")]

    def test_every_refund_is_shown_with_its_key(self, payment: Payment) -> None:
        """Inferred: the reference names the entries, and no member for a key (A.6)."""
        capture_id = payment.capture().json()["captureId"]
        made = [self.refund(payment, capture_id, 10, key=f"{n}{payment.id}") for n in range(2)]
        shown = [(entry["refundId"], entry["idempotencyKey"]) for entry in payment.entries()[1:]]
        assert shown == [(one["refundId"], f"{n}{payment.id}") for n, one in enumerate(made)]


def test_a_customer_can_pay_an_order_once_more(payment: Payment, shop: RunningShop) -> None:
    payment.capture()
    again = f"again-{payment.id}"
    shop.authorise_again(payment.order_id, again)
    payments = shop.order(payment.order_id)["payments"]
    assert [(one["transactionId"], one["status"]) for one in payments] == [
        (payment.id, "AUTHORIZATION_SUCCESS"),
        (again, "AUTHORIZATION_SUCCESS"),
    ]
    payment.id = again
    assert payment.capture().json()["successful"] is True


def test_a_careless_gateway_captures_again_for_another_key_only(tmp_path: Path) -> None:
    with running_shop(tmp_path, careless_gateway=True) as shop:
        payment = {"status": "AUTHORIZATION_SUCCESS", "transactionId": "tx", "authorizedAmount": 5, "currency": "EUR"}
        order_id = shop.add_order({"id": "CARELESS", "payments": [payment]})
        for key in ("first", "first", "second"):
            shop.gateway.capture(shop.tenant, "tx", b'{"amount": 5, "currency": "EUR"}', key)
        assert shop.captures(order_id) == [(Decimal(5), "EUR")] * 2
