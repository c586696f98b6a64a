"""Rounds of the demo: what the shop holds after one, and what an automatic job finds in it."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from demo.shop.running import RunningShop

ORDERS = "/order-v2/acme/salesorders"
MANUAL = [9001, 9002, 9003, 9004, 9005, 9006, 9404, 9008, 9010, 9011, 9012]
ELIGIBLE = ["EON9101", "EON9102", "EON9103"]


def seed(client: httpx.Client, number: int, orders: int) -> dict[str, list[str]]:
    answer: dict[str, list[str]] = client.post("/demo/rounds", json={"round": number, "orders": orders}).json()
    return answer


@pytest.fixture(scope="module")
def first(client: httpx.Client) -> dict[str, list[str]]:
    return seed(client, 1, 3)


def test_a_round_names_the_orders_of_its_jobs(first: dict[str, list[str]]) -> None:
    assert first == {
        "manual": [f"EON{number}" for number in MANUAL],
        "beforehand": ["EON9008"],
        "automatic": ELIGIBLE,
        "generated": ["GEN-00001", "GEN-00002", "GEN-00003"],
    }


def test_every_order_but_the_unknown_one_is_there(first: dict[str, list[str]], client: httpx.Client) -> None:
    for order_id in first["manual"] + first["automatic"] + first["generated"]:
        expected = 404 if order_id == "EON9404" else 200
        assert client.get(f"{ORDERS}/{order_id}").status_code == expected, order_id


def test_seeding_again_changes_nothing_but_adds_what_is_missing(
    first: dict[str, list[str]], client: httpx.Client, shop: RunningShop
) -> None:
    before = client.get(ORDERS, params={"pageSize": 200}).text
    assert seed(client, 1, 3) == first
    assert client.get(ORDERS, params={"pageSize": 200}).text == before
    held = shop.books().orders
    seed(client, 1, 5)
    assert shop.books().orders == held + 2


def test_a_later_round_has_orders_of_its_own(
    first: dict[str, list[str]], client: httpx.Client, shop: RunningShop
) -> None:
    second = seed(client, 2, 3)
    assert second["manual"] == [f"{order_id}-r2" for order_id in first["manual"]]
    assert second["automatic"] == [f"{order_id}-r2" for order_id in first["automatic"]]
    assert second["generated"] == [f"{order_id}-r2" for order_id in first["generated"]]
    assert shop.transaction_of("EON9001-r2") != shop.transaction_of("EON9001")


def test_the_card_of_one_order_is_declined(
    first: dict[str, list[str]], client: httpx.Client, shop: RunningShop
) -> None:
    answer = client.post(
        f"/payment-gateway/acme/payment/{shop.transaction_of('EON9005')}/capture",
        json={"amount": 112.93, "currency": "EUR"},
    )
    assert answer.json() == {"successful": False, "message": "Insufficient funds"}


def test_an_automatic_search_finds_the_eligible_orders(first: dict[str, list[str]], client: httpx.Client) -> None:
    # Two days, not one: a window is a day, and what was delivered two hours ago may have been delivered yesterday.
    limit = (datetime.now(UTC) - timedelta(hours=48)).isoformat().replace("+00:00", "Z")
    ready = (
        "status:(CREATED,CONFIRMED) mixins.generalAttributes.extendedOrderStatus:(70,75,76)"
        " mixins.invoice.invoiceNo:missing id:~^EON91..$"
    )
    by_mixin = client.get(ORDERS, params={"q": f'{ready} mixins.deliveryTime.deliveryDate:<="{limit}"'}).json()
    by_window = client.get(ORDERS, params={"q": f'{ready} deliveryWindow.deliveryDate:<="{limit}"'}).json()
    assert [order["id"] for order in by_mixin] == ["EON9101", "EON9103"]
    assert [order["id"] for order in by_window] == ["EON9101", "EON9102"]


def test_a_bad_round_is_refused(client: httpx.Client) -> None:
    assert client.post("/demo/rounds", json={"round": 0, "orders": 1}).status_code == 400
    assert client.post("/demo/rounds", content=b"{").status_code == 400


def test_the_logo_is_a_picture_and_the_other_file_is_none(client: httpx.Client) -> None:
    png, svg, text = (client.get(f"/assets/{name}") for name in ("logo.png", "logo.svg", "not-an-image.txt"))
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert text.headers["content-type"].startswith("text/plain")
    assert client.get("/assets/none.png").status_code == 404
    assert client.get("/assets/..%2Fapp.py").status_code == 404


def test_the_books_open_without_a_token(first: dict[str, list[str]], shop: RunningShop, stranger: httpx.Client) -> None:
    books = stranger.get(f"{shop.url}/books", params={"prefix": "GEN-"}).json()
    assert set(books) == {"orders", "captures", "refunds", "invoiceReports"}
    assert books["orders"] == sum(1 for path in stored_ids(shop.folder) if path.startswith("GEN-"))


def stored_ids(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "shop.sqlite3") as connection:
        return [row[0] for row in connection.execute("SELECT id FROM orders")]
