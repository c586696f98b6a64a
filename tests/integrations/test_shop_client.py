import pytest

from integrations.commerce_token import CommerceTokens
from integrations.faults import TransientFault
from integrations.shop_client import Answer, Request, ShopClient, Unanswered, path_segment
from tests.integrations.scripted_server import (
    CUT,
    HALF_A_BODY,
    SILENCE,
    Scripted,
    http,
    json_answer,
    refusing_port,
    scripted_server,
)
from tests.integrations.shop_clients import NO_TOKENS, tokens_for_acme

READ = Request("GET", "/things/1")


async def ask(url: str, tokens: CommerceTokens = NO_TOKENS, timeout_seconds: float = 5) -> Answer:
    return await ShopClient("order service", url, tokens, timeout_seconds).send("acme", READ)


def issued(token: str) -> Scripted:
    return json_answer(200, {"access_token": token, "expires_in": 14_399})


async def test_a_base_url_may_have_a_path_and_a_trailing_slash() -> None:
    async with scripted_server(http(200, "{}")) as shop:
        await ask(f"{shop.url}/api/")
    assert shop.received[0].target == "/api/things/1"


@pytest.mark.parametrize(
    "url", ["", "localhost:8090", "ftp://shop.example", "http://", "http://shop:99999", "http://[::1"]
)
def test_a_base_url_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="URL of the order service"):
        ShopClient("order service", url, NO_TOKENS, 1)


async def test_without_a_token_endpoint_no_header_is_sent() -> None:
    async with scripted_server(http(200, "{}")) as shop:
        await ask(shop.url)
    assert "authorization" not in shop.received[0].headers


async def test_a_refused_token_is_renewed_once_and_the_call_repeated() -> None:
    async with (
        scripted_server(issued("old"), issued("new")) as desk,
        scripted_server(http(401), http(200, '{"a": 1}')) as shop,
    ):
        answer = await ask(shop.url, tokens_for_acme(desk.url))
    assert answer.json_object() == {"a": 1}
    assert [request.headers["authorization"] for request in shop.received] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_shop_that_refuses_the_new_token_too_waits_for_the_operator(status: int) -> None:
    async with (
        scripted_server(issued("old-t0ken"), issued("new-t0ken")) as desk,
        scripted_server(http(status), http(status), http(200)) as shop,
    ):
        with pytest.raises(TransientFault, match="check the tenant's client in INVOICES_COMMERCE") as caught:
            await ask(shop.url, tokens_for_acme(desk.url))
    assert len(shop.received) == 2
    assert str(status) in str(caught.value)
    assert "t0ken" not in str(caught.value)
    assert not isinstance(caught.value, Unanswered)


async def test_a_shop_without_tokens_that_wants_one_is_not_asked_twice() -> None:
    async with scripted_server(http(401), http(200)) as shop:
        with pytest.raises(TransientFault):
            await ask(shop.url)
    assert len(shop.received) == 1


async def test_too_many_requests_did_not_happen_and_say_how_long_to_wait() -> None:
    async with scripted_server(http(429, "", {"Retry-After": "120"})) as shop:
        with pytest.raises(TransientFault) as caught:
            await ask(shop.url)
    assert caught.value.retry_after_seconds == 120
    assert not isinstance(caught.value, Unanswered)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (http(500, "at com.shop.Database(password=s3cret)"), "The order service answered 500."),
        (http(503, "", {"Retry-After": "30"}), "The order service answered 503."),
        (http(302, "", {"Location": "http://127.0.0.1:9/"}), "The order service answered 302."),
        (http(408), "The order service answered 408."),
        (CUT, "The order service ended the connection before its answer was complete."),
        (HALF_A_BODY, "The order service ended the connection before its answer was complete."),
        (Scripted(b"what?\r\n\r\n"), "The order service ended the connection before its answer was complete."),
        (
            http(200, b"not gzip", {"Content-Encoding": "gzip"}),
            "The order service ended the connection before its answer was complete.",
        ),
        (SILENCE, "The order service did not answer within 1 s."),
        (
            Scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then_silence=True),
            "The order service did not answer within 1 s.",
        ),
    ],
)
async def test_no_usable_answer_leaves_it_open_what_happened(answer: Scripted, sentence: str) -> None:
    async with scripted_server(answer) as shop:
        with pytest.raises(Unanswered) as caught:
            await ask(shop.url, timeout_seconds=1)
    assert str(caught.value) == sentence
    assert caught.value.__cause__ is None


async def test_a_server_error_says_how_long_to_wait() -> None:
    async with scripted_server(http(503, "", {"Retry-After": "30"})) as shop:
        with pytest.raises(Unanswered) as caught:
            await ask(shop.url)
    assert caught.value.retry_after_seconds == 30


async def test_the_deadline_holds_against_a_server_that_drips() -> None:
    async with scripted_server(Scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", drip=b" ")) as shop:
        with pytest.raises(Unanswered, match="did not answer within 1 s"):
            await ask(shop.url, timeout_seconds=1)


async def test_a_refused_connection_did_not_happen() -> None:
    with refusing_port() as port, pytest.raises(TransientFault, match="order service cannot be reached") as caught:
        await ask(f"http://127.0.0.1:{port}")
    assert not isinstance(caught.value, Unanswered)


async def test_an_unknown_host_did_not_happen() -> None:
    with pytest.raises(TransientFault, match="order service cannot be reached") as caught:
        await ask("http://shop.invalid")
    assert not isinstance(caught.value, Unanswered)


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.shop_client.LARGEST_ANSWER_BYTES", 10)
    async with scripted_server(http(200, "x" * 11)) as shop:
        with pytest.raises(Unanswered, match="more than 10 bytes"):
            await ask(shop.url)


async def test_cookies_do_not_follow_from_one_tenant_to_the_next() -> None:
    async with scripted_server(http(200, "{}", {"Set-Cookie": "session=acme; Path=/"}), http(200, "{}")) as shop:
        client = ShopClient("order service", shop.url, NO_TOKENS, 5)
        await client.send("acme", READ)
        await client.send("other", READ)
    assert "cookie" not in shop.received[1].headers


async def test_a_client_error_with_a_meaning_is_an_answer() -> None:
    async with scripted_server(http(404, "{}")) as shop:
        answer = await ask(shop.url)
    assert (answer.status, answer.is_success) == (404, False)


@pytest.mark.parametrize("body", [b'{"a": ', b"[]", b"\xff", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
async def test_a_body_that_is_no_json_object_is_no_answer(body: bytes) -> None:
    async with scripted_server(http(200, body)) as shop:
        answer = await ask(shop.url)
    with pytest.raises(Unanswered, match="cannot be read"):
        answer.json_object()


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("EON1", "EON1"),
        ("A/7", "A%2F7"),
        ("a b", "a%20b"),
        ("ä", "%C3%A4"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("../x", "..%2Fx"),
        ("50%", "50%25"),
        ("%2F", "%252F"),
        ("a?b#c;d", "a%3Fb%23c%3Bd"),
    ],
)
async def test_any_text_is_one_segment_of_the_path(text: str, segment: str) -> None:
    async with scripted_server(http(200, "{}")) as shop:
        client = ShopClient("order service", shop.url, NO_TOKENS, 5)
        await client.send("acme", Request("GET", f"/orders/{path_segment(text)}"))
    assert shop.received[0].target == f"/orders/{segment}"
