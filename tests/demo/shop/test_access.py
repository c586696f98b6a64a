"""Tokens: who gets one, what it opens, and when it ends."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from demo.shop.running import RunningShop, running_shop
from demo.shop.tokens import Client
from tests.demo.shop.shop_tokens import bearer, credentials

ORDERS = "/order-v2/acme/salesorders"


def test_a_client_gets_a_token_for_its_tenant(stranger: httpx.Client, shop: RunningShop) -> None:
    answer = stranger.post(shop.token_url, data=credentials(shop))
    body = answer.json()
    assert answer.status_code == 200
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 14399
    assert body["scope"].endswith(" tenant=acme")


def test_a_scope_that_the_client_does_not_own_is_silently_missing(stranger: httpx.Client, shop: RunningShop) -> None:
    form = credentials(shop) | {"scope": "order.order_read moon.moon_manage"}
    assert stranger.post(shop.token_url, data=form).json()["scope"] == "order.order_read tenant=acme"


@pytest.mark.parametrize("change", [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"client_secret": ""}])
def test_wrong_credentials_get_none(stranger: httpx.Client, shop: RunningShop, change: dict[str, str]) -> None:
    answer = stranger.post(shop.token_url, data=credentials(shop) | change)
    assert answer.status_code == 401
    assert answer.json()["fault"]["faultstring"] == "Invalid ApiKey"


def test_another_grant_is_refused(stranger: httpx.Client, shop: RunningShop) -> None:
    form = credentials(shop) | {"grant_type": "password"}
    assert stranger.post(shop.token_url, data=form).status_code == 400


@pytest.mark.parametrize("header", [None, "Bearer made-up", "Basic abc", "Bearer"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ORDERS),
        ("POST", ORDERS),
        ("POST", f"{ORDERS}/search"),
        ("GET", f"{ORDERS}/EON1"),
        ("PATCH", f"{ORDERS}/EON1"),
        ("POST", "/payment-gateway/acme/payment/t/capture"),
        ("POST", "/payment-gateway/acme/payment/t/refund"),
        ("GET", "/payment-gateway/acme/transactions/t"),
    ],
)
def test_every_route_of_the_api_wants_a_token(
    stranger: httpx.Client, shop: RunningShop, method: str, path: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = stranger.request(method, shop.url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {
        "fault": {
            "faultstring": "Invalid access token",
            "detail": {"errorcode": "oauth.v2.InvalidAccessToken"},
        }
    }


def test_a_token_opens_its_own_tenant_only(shop: RunningShop, client: httpx.Client) -> None:
    orders = client.get("/order-v2/globex/salesorders")
    gateway = client.get("/payment-gateway/globex/transactions/t")
    assert (orders.status_code, orders.json()["type"]) == (403, "insufficient_permissions")
    assert (gateway.status_code, gateway.json()["type"]) == (403, "Forbidden")
    assert client.get(ORDERS).status_code == 200


def test_a_token_ends_and_says_so(stranger: httpx.Client, tmp_path: Path) -> None:
    with running_shop(tmp_path, token_life_seconds=0) as shop:
        answer = stranger.get(shop.url + ORDERS, headers=bearer(stranger, shop))
    assert answer.status_code == 401
    assert answer.json()["fault"]["faultstring"] == "Access Token expired"


def test_two_clients_see_two_tenants(stranger: httpx.Client, tmp_path: Path) -> None:
    clients = tuple(
        Client(client_id=f"{tenant}-client", secret=SecretStr(f"{tenant}-secret"), tenant=tenant)
        for tenant in ("acme", "globex")
    )
    with running_shop(tmp_path, clients=clients) as shop:
        shop.add_order({"id": "EON1"})
        shop.add_order({"id": "EON1", "note": "theirs"}, tenant="globex")
        form = {
            "grant_type": "client_credentials",
            "client_id": "globex-client",
            "client_secret": "globex-secret",
        }
        token = stranger.post(shop.token_url, data=form).json()["access_token"]
        theirs = stranger.get(
            f"{shop.url}/order-v2/globex/salesorders/EON1", headers={"Authorization": f"Bearer {token}"}
        )
    assert theirs.json() == {"id": "EON1", "note": "theirs"}


def test_forgotten_tokens_are_asked_for_again(stranger: httpx.Client, shop: RunningShop) -> None:
    mine = bearer(stranger, shop)
    kept = dict(shop.shop.desk.tokens)
    shop.forget_tokens()
    refused = stranger.get(shop.url + ORDERS, headers=mine)
    again = stranger.get(shop.url + ORDERS, headers=bearer(stranger, shop))
    shop.shop.desk.tokens.update(kept)  # the other tests share a token
    assert (refused.status_code, again.status_code) == (401, 200)
