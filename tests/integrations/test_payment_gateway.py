import json
from decimal import Decimal

import pytest

from integrations.commerce_token import CommerceTokens
from integrations.faults import PermanentFault, TransientFault
from integrations.payment_gateway import (
    CaptureResult,
    HttpPaymentGateway,
    OutcomeUnknown,
    Refund,
    RefundResult,
    ShownRefund,
)
from tests.integrations.scripted_server import (
    CUT,
    GARBAGE,
    HALF_A_BODY,
    SILENCE,
    Scripted,
    ScriptedServer,
    http,
    json_answer,
    refusing_port,
    scripted_server,
)
from tests.integrations.shop_clients import NO_TOKENS, tokens_for_acme

KEY = "invoice/acme/EON1:capture"


async def capture(
    url: str,
    amount: str = "288.95",
    *,
    transaction_id: str = "tx-1",
    currency: str = "EUR",
    key: str = KEY,
    timeout_seconds: float = 5,
    tokens: CommerceTokens = NO_TOKENS,
) -> CaptureResult:
    gateway = HttpPaymentGateway(url, tokens, timeout_seconds)
    return await gateway.capture("acme", transaction_id, Decimal(amount), currency, key)


async def captured_with(*script: Scripted) -> CaptureResult:
    async with scripted_server(*script) as shop:
        return await capture(shop.url)


class TestCapture:
    async def test_the_amount_is_sent_as_the_number_it_is(self) -> None:
        async with scripted_server(json_answer(200, {"successful": True, "captureId": "c-1"})) as shop:
            result = await capture(shop.url)
        [request] = shop.received
        assert (request.method, request.target) == ("POST", "/payment-gateway/acme/payment/tx-1/capture")
        assert request.body == b'{"amount":288.95,"currency":"EUR"}'
        assert request.headers["content-type"] == "application/json"
        assert result == CaptureResult(
            successful=True, capture_id="c-1", message=None, amount=Decimal("288.95"), currency="EUR"
        )

    @pytest.mark.parametrize(
        ("amount", "text"),
        [("0.1", "0.1"), ("1E+3", "1000"), ("1E-7", "0.0000001"), ("90071992547409931.07", "90071992547409931.07")],
    )
    async def test_no_amount_goes_through_a_float(self, amount: str, text: str) -> None:
        async with scripted_server(json_answer(200, {"successful": True})) as shop:
            await capture(shop.url, amount)
        assert shop.received[0].body == f'{{"amount":{text},"currency":"EUR"}}'.encode()

    @pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
    async def test_nothing_and_less_than_nothing_cannot_be_captured(self, amount: str) -> None:
        async with scripted_server() as shop:
            with pytest.raises(ValueError, match="cannot be captured"):
                await capture(shop.url, amount)
        assert not shop.received

    async def test_the_idempotency_key_goes_with_it(self) -> None:
        async with scripted_server(json_answer(200, {"successful": True})) as shop:
            await capture(shop.url)
        assert shop.received[0].headers["idempotency-key"] == KEY

    async def test_two_keys_stay_two_whatever_letters_they_have(self) -> None:
        success = json_answer(200, {"successful": True})
        keys = ["ä b", "ä%20b", "%C3%A4%20b", "a\r\nb"]
        async with scripted_server(*[success] * len(keys)) as shop:
            for key in keys:
                await capture(shop.url, key=key)
        sent = [request.headers["idempotency-key"] for request in shop.received]
        assert len(set(sent)) == len(keys)
        assert all(text.isascii() for text in sent)

    async def test_a_declined_card_is_a_result_with_the_gateways_reason(self) -> None:
        declined = json_answer(200, {"successful": False, "message": "Insufficient\nfunds of max@example.com"})
        assert await captured_with(declined) == CaptureResult(successful=False, message="Insufficient funds of ...")

    async def test_a_decline_without_a_reason_says_so(self) -> None:
        result = await captured_with(json_answer(200, {"successful": False}))
        assert result.message == "The payment gateway declined without giving a reason."

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (http(404), "The payment gateway knows no such transaction (404)."),
            (
                json_answer(422, {"code": 422, "message": "The payment action is not supported."}),
                "The payment gateway refused the capture (422). The payment action is not supported.",
            ),
            (http(400, "<html>"), "The payment gateway refused the capture (400)."),
        ],
    )
    async def test_a_definite_refusal_is_a_result(self, answer: Scripted, message: str) -> None:
        assert await captured_with(answer) == CaptureResult(successful=False, message=message)

    async def test_a_payment_without_a_transaction_is_refused_without_asking(self) -> None:
        async with scripted_server() as shop:
            assert not (await capture(shop.url, transaction_id="")).successful
        assert not shop.received

    async def test_a_key_that_meant_another_capture_is_final(self) -> None:
        with pytest.raises(PermanentFault, match="idempotency key"):
            await captured_with(http(409))

    @pytest.mark.parametrize(
        "answer",
        [
            CUT,
            GARBAGE,
            HALF_A_BODY,
            http(500),
            http(504),
            http(303, "", {"Location": "/x"}),
            http(200, "{}"),
            http(200, '{"successful": "yes"}'),
            http(204),
        ],
    )
    async def test_any_doubt_is_said_to_be_one(self, answer: Scripted) -> None:
        with pytest.raises(OutcomeUnknown, match="Whether the payment was captured is not known"):
            await captured_with(answer)

    async def test_silence_after_the_request_is_a_doubt(self) -> None:
        async with scripted_server(SILENCE) as shop:
            with pytest.raises(OutcomeUnknown):
                await capture(shop.url, timeout_seconds=1)

    async def test_a_doubt_says_how_long_to_wait(self) -> None:
        with pytest.raises(OutcomeUnknown) as caught:
            await captured_with(http(503, "", {"Retry-After": "9"}))
        assert caught.value.retry_after_seconds == 9

    async def test_a_refused_connection_is_no_doubt(self) -> None:
        with refusing_port() as port, pytest.raises(TransientFault) as caught:
            await capture(f"http://127.0.0.1:{port}")
        assert not isinstance(caught.value, OutcomeUnknown)

    @pytest.mark.parametrize("status", [401, 403, 429])
    async def test_not_being_let_in_is_no_doubt(self, status: int) -> None:
        with pytest.raises(TransientFault) as caught:
            await captured_with(http(status))
        assert not isinstance(caught.value, OutcomeUnknown)

    async def test_a_silent_token_endpoint_is_no_doubt(self) -> None:
        async with scripted_server(CUT) as desk, scripted_server() as shop:
            with pytest.raises(TransientFault) as caught:
                await capture(shop.url, tokens=tokens_for_acme(desk.url))
        assert not isinstance(caught.value, OutcomeUnknown)
        assert not shop.received


def transaction(*entries: object) -> Scripted:
    return json_answer(200, {"id": "tx-1", "entries": list(entries)})


def entry(kind: str, *, successful: bool = True, amount: float = 1, **more: object) -> dict[str, object]:
    return {"type": kind, "successful": successful, "amount": {"amount": amount, "currency": "EUR"}, **more}


async def found_by(server: ScriptedServer) -> CaptureResult | None:
    return await HttpPaymentGateway(server.url, NO_TOKENS, 5).find_capture("acme", "tx/1")


class TestFindCapture:
    async def test_the_successful_capture_is_found_with_its_exact_amount(self) -> None:
        body = (
            '{"entries":[{"type":"AUTHORIZATION","successful":true,"amount":{"amount":300,"currency":"EUR"}},'
            '{"type":"CAPTURE","successful":false,"amount":{"amount":288.95,"currency":"EUR"}},'
            '{"type":"CAPTURE","successful":true,"captureId":"c-1",'
            '"amount":{"amount":288.950000000000000001,"currency":"EUR"}}]}'
        )
        async with scripted_server(http(200, body)) as shop:
            result = await found_by(shop)
        assert shop.received[0].target == "/payment-gateway/acme/transactions/tx%2F1"
        assert result == CaptureResult(
            successful=True, capture_id="c-1", amount=Decimal("288.950000000000000001"), currency="EUR"
        )

    @pytest.mark.parametrize(
        "answer",
        [
            transaction(),
            transaction(entry("AUTHORIZATION"), entry("CAPTURE", successful=False), entry("REFUND")),
            transaction({"type": "CAPTURE", "successful": "true"}, None, "CAPTURE"),
            http(404),
        ],
    )
    async def test_no_successful_capture_is_none(self, answer: Scripted) -> None:
        async with scripted_server(answer) as shop:
            assert await found_by(shop) is None

    async def test_of_several_captures_the_last_counts(self) -> None:
        both = transaction(entry("CAPTURE", captureId="c-1"), entry("CAPTURE", captureId="c-2"))
        async with scripted_server(both) as shop:
            result = await found_by(shop)
        assert result is not None
        assert result.capture_id == "c-2"

    async def test_a_capture_without_an_amount_is_still_found(self) -> None:
        async with scripted_server(transaction({"type": "CAPTURE", "successful": True})) as shop:
            assert await found_by(shop) == CaptureResult(successful=True)

    @pytest.mark.parametrize("answer", [GARBAGE, HALF_A_BODY, CUT, http(200, json.dumps({"entries": {}})), http(500)])
    async def test_an_answer_that_is_no_transaction_is_waited_out(self, answer: Scripted) -> None:
        async with scripted_server(answer) as shop:
            with pytest.raises(TransientFault):
                await found_by(shop)

    async def test_a_refusal_to_say_is_final(self) -> None:
        async with scripted_server(http(400)) as shop:
            with pytest.raises(PermanentFault, match="refused to show the transaction"):
                await found_by(shop)


REFUND_KEY = "credit-note/acme/0:refund"
TEN_EUROS = Refund("tx-1", "c-1", Decimal("10.10"), "EUR")


async def refunded(url: str, refund: Refund = TEN_EUROS) -> RefundResult:
    return await HttpPaymentGateway(url, NO_TOKENS, 5).refund("acme", refund, REFUND_KEY)


async def refunded_with(*script: Scripted) -> RefundResult:
    async with scripted_server(*script) as shop:
        return await refunded(shop.url)


class TestRefund:
    async def test_amount_and_capture_are_sent_as_they_are(self) -> None:
        async with scripted_server(json_answer(200, {"successful": True, "refundId": "r-1"})) as shop:
            result = await refunded(shop.url)
        [request] = shop.received
        assert (request.method, request.target) == ("POST", "/payment-gateway/acme/payment/tx-1/refund")
        assert request.body == b'{"amount":10.10,"currency":"EUR","captureId":"c-1"}'
        assert request.headers["idempotency-key"] == REFUND_KEY
        assert result == RefundResult(successful=True, refund_id="r-1")

    @pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
    async def test_nothing_and_less_than_nothing_cannot_be_refunded(self, amount: str) -> None:
        async with scripted_server() as shop:
            with pytest.raises(ValueError, match="cannot be refunded"):
                await refunded(shop.url, Refund("tx-1", "c-1", Decimal(amount), "EUR"))
        assert not shop.received

    @pytest.mark.parametrize("refund", [Refund("", "c-1", Decimal(1), "EUR"), Refund("tx-1", "", Decimal(1), "EUR")])
    async def test_without_a_capture_it_is_refused_without_asking(self, refund: Refund) -> None:
        async with scripted_server() as shop:
            assert not (await refunded(shop.url, refund)).successful
        assert not shop.received

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (json_answer(200, {"successful": False, "message": "Account\nclosed"}), "Account closed"),
            (json_answer(200, {"successful": False}), "The payment gateway declined without giving a reason."),
            (http(404), "The payment gateway knows no such transaction (404)."),
            (http(422), "The payment gateway refused the refund (422)."),
        ],
    )
    async def test_a_definite_refusal_is_a_result(self, answer: Scripted, message: str) -> None:
        assert await refunded_with(answer) == RefundResult(successful=False, message=message)

    async def test_a_key_that_meant_another_refund_is_final(self) -> None:
        with pytest.raises(PermanentFault, match="this refund's idempotency key"):
            await refunded_with(http(409))

    @pytest.mark.parametrize("answer", [CUT, GARBAGE, HALF_A_BODY, http(500), http(200, "{}"), http(204)])
    async def test_any_doubt_is_said_to_be_one(self, answer: Scripted) -> None:
        with pytest.raises(OutcomeUnknown, match="Whether the refund was made is not known"):
            await refunded_with(answer)

    async def test_a_refused_connection_is_no_doubt(self) -> None:
        with refusing_port() as port, pytest.raises(TransientFault) as caught:
            await refunded(f"http://127.0.0.1:{port}")
        assert not isinstance(caught.value, OutcomeUnknown)


class TestListed:
    async def test_all_successful_captures_are_listed_the_oldest_first(self) -> None:
        entries = [
            entry("CAPTURE", captureId="c-1", amount=5),
            entry("CAPTURE", successful=False),
            entry("REFUND", refundId="r-1"),
            entry("CAPTURE"),
        ]
        async with scripted_server(transaction(*entries)) as shop:
            found = await HttpPaymentGateway(shop.url, NO_TOKENS, 5).list_captures("acme", "tx-1")
        assert [(one.capture_id, one.amount, one.currency) for one in found] == [
            ("c-1", Decimal(5), "EUR"),
            (None, Decimal(1), "EUR"),
        ]

    async def test_all_successful_refunds_are_listed_whoever_made_them(self) -> None:
        entries = [
            entry("REFUND", refundId="r-1", idempotencyKey=REFUND_KEY),
            entry("REFUND", successful=False, refundId="r-2"),
            entry("CAPTURE", captureId="c-1"),
            entry("REFUND", amount=2),
            {"type": "REFUND", "successful": True},
        ]
        async with scripted_server(transaction(*entries)) as shop:
            found = await HttpPaymentGateway(shop.url, NO_TOKENS, 5).list_refunds("acme", "tx-1")
        assert found == [
            ShownRefund("r-1", Decimal(1), "EUR"),
            ShownRefund(None, Decimal(2), "EUR"),
            ShownRefund(None, None, None),
        ]


async def found_refund(*entries: object, keys: tuple[str, ...] = (REFUND_KEY,)) -> RefundResult | None:
    async with scripted_server(transaction(*entries)) as shop:
        return await HttpPaymentGateway(shop.url, NO_TOKENS, 5).find_refund("acme", "tx-1", keys)


class TestFindRefund:
    async def test_ours_is_told_by_its_key_from_others_of_the_same_amount(self) -> None:
        entries = [entry("REFUND", refundId=f"r-{n}", idempotencyKey=f"key-{n}") for n in range(3)]
        assert await found_refund(*entries, keys=("key-1", "key-9")) == RefundResult(successful=True, refund_id="r-1")
        assert await found_refund(*entries, keys=("key-9",)) is None

    async def test_a_key_is_recognised_as_it_was_sent(self) -> None:
        shown = entry("REFUND", refundId="r-1", idempotencyKey="credit-note/acme/%C3%A4:refund")
        assert await found_refund(shown, keys=("credit-note/acme/ä:refund",)) is not None

    async def test_a_refund_without_a_key_is_nobodys(self) -> None:
        """Then the same key is sent again, and the gateway knows."""
        assert await found_refund(entry("REFUND", refundId="r-1")) is None

    async def test_what_failed_or_was_no_refund_does_not_count(self) -> None:
        failed = entry("REFUND", successful=False, idempotencyKey=REFUND_KEY)
        assert await found_refund(failed, entry("CAPTURE", idempotencyKey=REFUND_KEY)) is None

    @pytest.mark.parametrize("answer", [GARBAGE, CUT, http(500)])
    async def test_an_answer_that_is_no_transaction_is_waited_out(self, answer: Scripted) -> None:
        async with scripted_server(answer) as shop:
            with pytest.raises(TransientFault):
                await HttpPaymentGateway(shop.url, NO_TOKENS, 5).find_refund("acme", "tx-1", (REFUND_KEY,))
