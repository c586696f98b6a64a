import asyncio
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from integrations.commerce_token import CommerceTokens
from integrations.faults import TransientFault
from tests.integrations.scripted_server import (
    GARBAGE,
    SILENCE,
    Scripted,
    http,
    json_answer,
    refusing_port,
    scripted_server,
)
from tests.integrations.shop_clients import Client, tokens_for_acme


def issued(token: str, expires_in: float = 14_399) -> Scripted:
    return json_answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": "x"})


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def shown(token: SecretStr | None) -> str | None:
    return token.get_secret_value() if token else None


async def test_without_a_token_endpoint_there_is_no_token() -> None:
    assert await CommerceTokens(None, {}, timeout_seconds=1).get("acme") is None


async def test_a_token_is_asked_for_with_the_tenants_own_client() -> None:
    async with scripted_server(issued("one")) as shop:
        assert shown(await tokens_for_acme(shop.url).get("acme")) == "one"
    [request] = shop.received
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["acme-client"],
        "client_secret": ["s3cret"],
    }


async def test_a_token_is_kept_until_shortly_before_it_expires() -> None:
    clock = Clock()
    async with scripted_server(issued("one", expires_in=3600), issued("two")) as shop:
        tokens = CommerceTokens(shop.url, {"acme": Client("c", SecretStr("s"))}, timeout_seconds=5, now=clock)
        await tokens.get("acme")
        clock.seconds += 3500
        assert shown(await tokens.get("acme")) == "one"
        clock.seconds += 99
        assert shown(await tokens.get("acme")) == "two"


async def test_fifty_callers_at_once_make_one_request() -> None:
    release = asyncio.Event()
    answer = issued("one")
    async with scripted_server(Scripted(answer.raw, after=release)) as shop:
        tokens = tokens_for_acme(shop.url)
        callers = [asyncio.create_task(tokens.get("acme")) for _ in range(50)]
        await shop.asked.wait()
        release.set()
        assert {shown(token) for token in await asyncio.gather(*callers)} == {"one"}
    assert len(shop.received) == 1


async def test_a_caller_who_gives_up_does_not_take_the_token_from_the_others() -> None:
    release = asyncio.Event()
    async with scripted_server(Scripted(issued("one").raw, after=release)) as shop:
        tokens = tokens_for_acme(shop.url)
        first, second = (asyncio.create_task(tokens.get("acme")) for _ in range(2))
        await shop.asked.wait()
        first.cancel()
        release.set()
        assert shown(await second) == "one"


async def test_each_tenant_has_a_token_of_its_own() -> None:
    async with scripted_server(issued("for-acme"), issued("for-other")) as shop:
        clients = {"acme": Client("a", SecretStr("1")), "other": Client("b", SecretStr("2"))}
        tokens = CommerceTokens(shop.url, clients, timeout_seconds=5)
        assert shown(await tokens.get("acme")) == "for-acme"
        assert shown(await tokens.get("other")) == "for-other"


async def test_a_refused_token_is_replaced_once_however_many_were_refused_with_it() -> None:
    async with scripted_server(issued("one"), issued("two"), issued("three")) as shop:
        tokens = tokens_for_acme(shop.url)
        refused = await tokens.get("acme")
        assert refused is not None
        tokens.forget("acme", refused)
        assert shown(await tokens.get("acme")) == "two"
        tokens.forget("acme", refused)
        assert shown(await tokens.get("acme")) == "two"


async def test_a_tenant_without_a_client_is_named_with_the_setting() -> None:
    tokens = tokens_for_acme("http://127.0.0.1:9/oauth/token")
    with pytest.raises(TransientFault, match=r"tenant nobody: add it to INVOICES_COMMERCE_CREDENTIALS"):
        await tokens.get("nobody")


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_client_waits_for_the_operator_and_keeps_its_secret(status: int) -> None:
    async with scripted_server(http(status, "s3cret is wrong")) as shop:
        with pytest.raises(TransientFault, match="refused the OAuth client of tenant acme") as caught:
            await tokens_for_acme(shop.url).get("acme")
    assert "s3cret" not in str(caught.value)
    assert str(status) in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        GARBAGE,
        http(200, "{}"),
        json_answer(200, {"access_token": "in two\r\nlines"}),
        json_answer(200, {"access_token": "ok", "expires_in": -1}),
        http(302, "", {"Location": "http://127.0.0.1:9/"}),
        Scripted(),
    ],
)
async def test_a_broken_token_endpoint_is_waited_for(answer: Scripted) -> None:
    async with scripted_server(answer, issued("later")) as shop:
        tokens = tokens_for_acme(shop.url)
        with pytest.raises(TransientFault, match="token endpoint"):
            await tokens.get("acme")
        assert shown(await tokens.get("acme")) == "later"


async def test_a_busy_token_endpoint_says_how_long_to_wait() -> None:
    async with scripted_server(http(429, "", {"Retry-After": "7"})) as shop:
        with pytest.raises(TransientFault) as caught:
            await tokens_for_acme(shop.url).get("acme")
    assert caught.value.retry_after_seconds == 7


async def test_a_silent_or_absent_token_endpoint_is_a_fault_in_time() -> None:
    async with scripted_server(SILENCE) as shop:
        tokens = CommerceTokens(shop.url, {"acme": Client("c", SecretStr("s"))}, timeout_seconds=0.1)
        with pytest.raises(TransientFault):
            await tokens.get("acme")
    with refusing_port() as port, pytest.raises(TransientFault):
        await tokens_for_acme(f"http://127.0.0.1:{port}").get("acme")
