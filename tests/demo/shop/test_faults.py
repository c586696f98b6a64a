"""Planned faults: what a client sees, and what really happened behind it."""

import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any, Literal
from uuid import uuid4

import httpx
import pytest

from demo.shop.running import RunningShop

PATH = "/order-v2/acme/salesorders"


@pytest.fixture(autouse=True)
def all_is_well_again(shop: RunningShop) -> Iterator[None]:
    yield
    shop.clear_faults()


@pytest.fixture
def order_id(shop: RunningShop) -> str:
    payment = {"status": "AUTHORIZATION_SUCCESS", "transactionId": uuid4().hex}
    return shop.add_order(
        {"id": f"F-{uuid4().hex}", "payments": [payment | {"authorizedAmount": 5, "currency": "EUR"}]}
    )


def capture(client: httpx.Client, shop: RunningShop, order_id: str) -> httpx.Response:
    path = f"/payment-gateway/acme/payment/{shop.transaction_of(order_id)}/capture"
    return client.post(path, json={"amount": 5, "currency": "EUR"}, headers={"Idempotency-Key": order_id})


def test_a_status_is_answered_as_often_as_planned(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    fault = shop.fault(f"GET .*{order_id}", "status", times=2, status=429, retry_after=7)
    answers = [client.get(f"{PATH}/{order_id}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert fault.struck == 2


def test_other_requests_are_spared(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    fault = shop.fault("POST .*capture", "status", times=None)
    assert client.get(f"{PATH}/{order_id}").status_code == 200
    assert client.get("/health").json() == {"status": "ok"}
    assert fault.struck == 0


@pytest.mark.parametrize(
    ("kind", "effect", "captured"),
    [
        ("status", False, False),
        ("status", True, True),
        ("garbage", False, False),
        ("garbage", True, True),
        ("cut_before", False, False),
        ("cut_after", False, True),
    ],
)
def test_a_bad_answer_hides_whether_the_money_moved(
    client: httpx.Client,
    shop: RunningShop,
    order_id: str,
    kind: Literal["status", "cut_before", "cut_after", "garbage"],
    effect: bool,
    captured: bool,
) -> None:
    shop.fault("capture", kind, effect=effect)
    if kind.startswith("cut"):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):  # however the system says it
            capture(client, shop, order_id)
    elif kind == "garbage":
        with pytest.raises(ValueError, match=r"\w"):
            capture(client, shop, order_id).json()
    else:
        assert capture(client, shop, order_id).status_code == 503
    assert bool(shop.captures(order_id)) is captured
    assert capture(client, shop, order_id).json()["successful"] is True
    assert len(shop.captures(order_id)) == 1


def test_half_a_body_breaks_off_in_its_middle(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    shop.fault("capture", "half_body")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        capture(client, shop, order_id)
    assert len(shop.captures(order_id)) == 1


def test_an_answer_that_is_sent_twice_was_given_once(shop: RunningShop, order_id: str) -> None:
    shop.fault(f"GET .*{order_id}", "twice")
    token, _ = shop.shop.desk.issue(shop.client.client_id, shop.client.secret.get_secret_value())
    host, port = shop.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.settimeout(5)
        head = f"GET {PATH}/{order_id} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        connection.sendall(f"{head}\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.count(b"HTTP/1.1 200 ") == 2
    assert received.count(shop.shelf.text(shop.tenant, order_id).encode()) == 2
    assert shop.requests[-1] == f"GET {PATH}/{order_id}"


def test_a_delayed_answer_is_a_good_one(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    shop.fault("capture", "delay", seconds=0.2)
    began = monotonic()
    assert capture(client, shop, order_id).json()["successful"] is True
    assert monotonic() - began >= 0.2


def test_a_client_that_gives_up_waiting_may_have_paid(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    shop.fault("capture", "delay", seconds=0.3)
    client.timeout = httpx.Timeout(0.05)
    with pytest.raises(httpx.ReadTimeout):
        capture(client, shop, order_id)
    client.timeout = httpx.Timeout(10)
    assert capture(client, shop, order_id).json()["successful"] is True
    assert len(shop.captures(order_id)) == 1


def test_faults_can_be_planned_over_http(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    plan: list[dict[str, Any]] = [{"match": f"GET .*{order_id}", "kind": "status", "status": 500, "retryAfter": 1}]
    assert client.post("/faults", json=plan).status_code == 200
    assert client.get(f"{PATH}/{order_id}").status_code == 500
    (shown,) = client.get("/faults").json()
    assert (shown["times"], shown["struck"]) == (1, 1)
    assert client.delete("/faults").status_code == 204
    assert shop.shop.faults.faults == []


@pytest.mark.parametrize(
    "fault",
    [
        {"match": "x", "kind": "explode"},
        {"match": "(", "kind": "delay"},
        {"match": "x", "kind": "status", "status": 200},
        {"match": "x", "kind": "delay", "time": 3},
        {"kind": "delay"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(client: httpx.Client, fault: dict[str, Any]) -> None:
    answer = client.post("/faults", json=[fault])
    assert (answer.status_code, answer.json()["type"]) == (400, "validation_violation")


def test_an_unreachable_shop_comes_back_at_the_same_address(
    client: httpx.Client, shop: RunningShop, order_id: str
) -> None:
    with shop.unreachable(), pytest.raises(httpx.ConnectError):
        client.get(f"{PATH}/{order_id}")
    assert client.get(f"{PATH}/{order_id}").status_code == 200


def test_requests_are_written_down(client: httpx.Client, shop: RunningShop, order_id: str) -> None:
    before = len(shop.requests)
    client.get(f"{PATH}/{order_id}")
    client.get("/books")
    assert shop.requests[before:] == [f"GET {PATH}/{order_id}"]
