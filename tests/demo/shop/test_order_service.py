"""Order Service v2 as the shop speaks it."""

from typing import Any

import httpx
import pytest

from demo.shop.running import RunningShop

ORDERS = "/order-v2/acme/salesorders"


def order(order_id: str, **members: Any) -> dict[str, Any]:
    return {
        "id": order_id,
        "status": "CONFIRMED",
        "entries": [{"id": "1", "amount": 1}],
        "customer": {"email": "ada@example.com"},
        "totalPrice": 1,
        "metadata": {"version": 3},
    } | members


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [found["id"] for found in answer.json()]


def test_an_order_is_created_and_read_back(client: httpx.Client) -> None:
    created = client.post(ORDERS, json=order("NEW-1"))
    assert (created.status_code, created.json()) == (201, {"id": "NEW-1"})
    assert client.get(f"{ORDERS}/NEW-1").json() == order("NEW-1")


def test_numbers_keep_every_digit(client: httpx.Client, shop: RunningShop) -> None:
    text = '{"id":"EXACT","amount":100.10,"rate":8.2500000000000000000001,"big":12345678901234567890.12}'
    shop.add_order(text)
    assert client.get(f"{ORDERS}/EXACT").text == text
    assert client.patch(f"{ORDERS}/EXACT", json={"metadata": {"note": "x"}}).status_code == 204
    patched = client.get(f"{ORDERS}/EXACT").text
    assert text[:-1] in patched
    assert client.get(ORDERS, params={"q": "id:EXACT", "fields": "amount"}).text == '[{"id":"EXACT","amount":100.10}]'


def test_an_unknown_order_is_404(client: httpx.Client) -> None:
    for answer in (client.get(f"{ORDERS}/NOPE"), client.patch(f"{ORDERS}/NOPE", json={})):
        assert answer.status_code == 404
        assert answer.json()["type"] == "element_resource_non_existing"


@pytest.mark.parametrize(
    ("missing", "field"),
    [("id", "id"), ("entries", "entries"), ("customer", "customer.email"), ("totalPrice", "calculatedPrice")],
)
def test_a_new_order_lacking_what_it_needs_is_refused(client: httpx.Client, missing: str, field: str) -> None:
    body = {name: member for name, member in order("LACKS").items() if name != missing}
    answer = client.post(ORDERS, json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


def test_an_id_is_given_once(client: httpx.Client) -> None:
    assert client.post(ORDERS, json=order("TWICE")).status_code == 201
    again = client.post(ORDERS, json=order("TWICE", status="SHIPPED"))
    assert (again.status_code, again.json()["type"]) == (409, "conflict_resource")
    assert client.get(f"{ORDERS}/TWICE").json()["status"] == "CONFIRMED"


@pytest.mark.parametrize("body", ["", "nonsense", "[1]", '"text"', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(client: httpx.Client, body: str | bytes) -> None:
    client.post(ORDERS, json=order("SOLID"))
    assert client.patch(f"{ORDERS}/SOLID", content=body).status_code == 400
    assert client.post(ORDERS, content=body).status_code == 400
    assert client.post(f"{ORDERS}/search", content=body).status_code == 400


def test_odd_orders_are_served_as_they_are(client: httpx.Client, shop: RunningShop) -> None:
    shop.add_order('{"id":"NAN","payments":"none","calculatedPrice":{"finalPrice":{"grossValue":NaN}}}')
    assert '"grossValue":NaN' in client.get(f"{ORDERS}/NAN").text


@pytest.fixture(scope="module")
def forty_orders(shop: RunningShop) -> None:
    for number in range(1, 41):
        rank = {"rank": 40 - number} if number != 7 else {}
        shop.add_order(order(f"L-{number:02d}", status="LISTED", kind="even" if number % 2 == 0 else "odd", **rank))


@pytest.mark.usefixtures("forty_orders")
class TestListing:
    def test_a_page_has_sixteen_orders_and_tells_the_total(self, client: httpx.Client) -> None:
        answer = client.get(ORDERS, params={"q": "status:LISTED"})
        assert ids(answer) == [f"L-{number:02d}" for number in range(1, 17)]
        assert answer.headers["X-Total-Count"] == "40"

    def test_pages_cover_every_order_once(self, client: httpx.Client) -> None:
        pages = [
            ids(client.get(ORDERS, params={"q": "status:LISTED", "pageNumber": page, "pageSize": 15}))
            for page in (1, 2, 3, 4)
        ]
        assert [len(page) for page in pages] == [15, 15, 10, 0]
        assert sorted(found for page in pages for found in page) == [f"L-{number:02d}" for number in range(1, 41)]

    def test_a_search_finds_what_a_listing_finds(self, client: httpx.Client) -> None:
        listed = client.get(ORDERS, params={"q": "status:LISTED kind:even", "pageSize": 50})
        searched = client.post(f"{ORDERS}/search", params={"pageSize": 50}, json={"q": "status:LISTED kind:even"})
        assert ids(searched) == ids(listed)
        assert searched.headers["X-Total-Count"] == listed.headers["X-Total-Count"] == "20"

    def test_sorting_by_two_fields_puts_orders_without_the_field_last(self, client: httpx.Client) -> None:
        found = ids(client.get(ORDERS, params={"q": "status:LISTED", "sort": "kind:desc,rank:asc", "pageSize": 50}))
        odd_by_rank = [f"L-{number:02d}" for number in range(39, 0, -2) if number != 7]
        assert found[:20] == [*odd_by_rank, "L-07"]
        assert found[20:] == [f"L-{number:02d}" for number in range(40, 0, -2)]

    def test_fields_pick_nested_members(self, client: httpx.Client) -> None:
        answer = client.get(ORDERS, params={"q": "id:L-01", "fields": "customer.email,entries.amount"})
        assert answer.json() == [{"id": "L-01", "customer": {"email": "ada@example.com"}, "entries": [{"amount": 1}]}]

    @pytest.mark.parametrize(
        "parameters",
        [
            {"pageNumber": 0},
            {"pageSize": 0},
            {"pageSize": 201},
            {"pageNumber": "one"},
            {"sort": "id:sideways"},
            {"q": "status=LISTED"},
        ],
    )
    def test_bad_parameters_are_refused(self, client: httpx.Client, parameters: dict[str, Any]) -> None:
        answer = client.get(ORDERS, params=parameters)
        assert answer.status_code == 400
        assert answer.json()["type"] == "validation_violation"


class TestPatch:
    def test_objects_are_merged_and_the_version_rises(self, client: httpx.Client) -> None:
        mixins = {"generalAttributes": {"extendedOrderStatus": "70", "orderNumber": "P-1"}}
        client.post(ORDERS, json=order("P-1", mixins=mixins))
        changes = {"mixins": {"invoice": {"invoiceNo": "INV261001"}}, "metadata": {"version": 3}}
        assert client.patch(f"{ORDERS}/P-1", json=changes).status_code == 204
        patched = client.get(f"{ORDERS}/P-1").json()
        assert patched["mixins"] == mixins | {"invoice": {"invoiceNo": "INV261001"}}
        assert patched["metadata"]["version"] == 4

    def test_a_stale_version_changes_nothing(self, client: httpx.Client) -> None:
        client.post(ORDERS, json=order("P-2"))
        client.patch(f"{ORDERS}/P-2", json={"status": "SHIPPED", "metadata": {"version": 3}})
        stale = client.patch(f"{ORDERS}/P-2", json={"status": "DECLINED", "metadata": {"version": 3}})
        assert (stale.status_code, stale.json()["type"]) == (409, "conflict_resource")
        assert client.get(f"{ORDERS}/P-2").json()["status"] == "SHIPPED"

    def test_without_a_version_the_last_one_wins(self, client: httpx.Client) -> None:
        client.post(ORDERS, json=order("P-3"))
        assert client.patch(f"{ORDERS}/P-3", json={"status": "SHIPPED"}).status_code == 204
        assert client.patch(f"{ORDERS}/P-3", json={"status": "COMPLETED"}).status_code == 204
        assert client.get(f"{ORDERS}/P-3").json()["metadata"]["version"] == 5

    def test_a_changed_status_is_found_by_its_new_value(self, client: httpx.Client) -> None:
        client.post(ORDERS, json=order("P-4", status="P4-OLD"))
        client.patch(f"{ORDERS}/P-4", json={"status": "P4-NEW"})
        assert ids(client.get(ORDERS, params={"q": "status:P4-OLD"})) == []
        assert ids(client.get(ORDERS, params={"q": "status:P4-NEW"})) == ["P-4"]

    def test_the_id_stays(self, client: httpx.Client) -> None:
        client.post(ORDERS, json=order("P-5"))
        assert client.patch(f"{ORDERS}/P-5", json={"id": "P-6"}).status_code == 400
        assert client.patch(f"{ORDERS}/P-5", json={"id": "P-5"}).status_code == 204

    def test_reports_stand_in_the_books_once_for_each_number(self, client: httpx.Client, shop: RunningShop) -> None:
        client.post(ORDERS, json=order("REP-1"))
        report = {"mixins": {"invoice": {"invoiceNo": "INV1", "invoiceDocument": "http://x/INV1.pdf"}}}
        for _ in range(2):
            client.patch(f"{ORDERS}/REP-1", json=report)
        client.patch(f"{ORDERS}/REP-1", json={"mixins": {"other": 1}})
        reports = [(r.order_id, r.invoice_no, r.invoice_document) for r in shop.books("REP-").invoice_reports]
        assert reports == [("REP-1", "INV1", "http://x/INV1.pdf")]
