import json

import httpx
import pytest

from demo import service as module
from demo.failure import DemoFailed
from demo.service import ServiceRefused
from tests.demo.api_double import ApiDouble, job_body


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)


def test_a_call_is_repeated_while_the_api_is_being_started_again() -> None:
    api = ApiDouble(
        [httpx.ConnectError("refused"), httpx.ReadError("cut"), httpx.Response(503), httpx.Response(200, text="there")]
    )
    assert api.service().read("/x").text == "there"
    assert len(api.requests) == 4


def test_an_api_that_stays_away_is_given_up_with_its_trouble() -> None:
    with pytest.raises(DemoFailed, match="ConnectError"):
        ApiDouble([httpx.ConnectError("refused")]).service(patience_seconds=0.05).read("/x")
    with pytest.raises(DemoFailed, match="answers 500"):
        ApiDouble([httpx.Response(500)]).service(patience_seconds=0.05).read("/x")


def test_a_refusal_is_not_repeated_and_names_the_call() -> None:
    api = ApiDouble([httpx.Response(400, text="no such key")])
    with pytest.raises(ServiceRefused, match="GET /x was answered 400: no such key") as refused:
        api.service().read("/x")
    assert refused.value.status == 400
    assert len(api.requests) == 1


def test_a_token_that_is_no_longer_honoured_is_replaced_once() -> None:
    api = ApiDouble([httpx.Response(401), httpx.Response(200)])
    api.service().read("/x")
    assert [request.headers["authorization"] for request in api.requests] == ["Bearer token-1", "Bearer token-2"]
    with pytest.raises(ServiceRefused, match="401"):
        ApiDouble([httpx.Response(401)]).service().read("/x")


def test_one_token_serves_many_calls() -> None:
    api = ApiDouble([httpx.Response(200)])
    service = api.service()
    for _ in range(3):
        service.read("/x")
    assert api.tokens == 1


def test_what_is_there_already_is_not_created_again() -> None:
    assert not ApiDouble([httpx.Response(409)]).service().create("/x", {})
    assert ApiDouble([httpx.Response(201)]).service().create("/x", {})
    with pytest.raises(ServiceRefused, match="422"):
        ApiDouble([httpx.Response(422)]).service().create("/x", {})


def test_a_job_is_started_with_its_key() -> None:
    api = ApiDouble([httpx.Response(201, json={"jobId": "j-1"})])
    service = api.service()
    assert service.start_job(["A", "B"], "key-1") == "j-1"
    assert service.start_job(None, "key-2") == "j-1"
    manual, automatic = api.requests
    assert json.loads(manual.content) == {"jobType": "MANUAL", "orderIds": ["A", "B"]}
    assert manual.headers["idempotency-key"] == "key-1"
    assert json.loads(automatic.content) == {"jobType": "AUTOMATIC"}


def test_all_pages_of_a_job_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    ids = ["A", "B", "C", "D", "E"]

    def page(request: httpx.Request) -> httpx.Response:
        number, size = int(request.url.params["pageNumber"]), int(request.url.params["pageSize"])
        window = ids[(number - 1) * size : number * size]
        orders = [{"orderId": order_id, "orderStatus": "SUCCESS"} for order_id in window]
        return httpx.Response(200, json=job_body(total=5, pending=0, orders=orders))

    assert [order.order_id for order in ApiDouble([page]).service().orders("j")] == ids


def test_neither_secret_nor_token_is_shown() -> None:
    api = ApiDouble([httpx.Response(401, text="Invalid access token")])
    with pytest.raises(ServiceRefused) as refused:
        api.service().read("/x")
    assert "geheim" not in f"{refused.value!r}{api.service()!r}"
    assert "token-" not in str(refused.value)
