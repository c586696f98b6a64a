"""How a test becomes a client of the shop."""

import httpx

from demo.shop.running import RunningShop


def bearer(http: httpx.Client, shop: RunningShop) -> dict[str, str]:
    """An Authorization header with a fresh token."""
    answer = http.post(shop.token_url, data=credentials(shop))
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def credentials(shop: RunningShop) -> dict[str, str]:
    """The form that the token endpoint wants."""
    return {
        "grant_type": "client_credentials",
        "client_id": shop.client.client_id,
        "client_secret": shop.client.secret.get_secret_value(),
    }
