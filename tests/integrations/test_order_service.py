import json
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.faults import PermanentFault, TransientFault
from integrations.order_service import HttpOrderService, UnknownOrder
from tests.integrations.scripted_server import (
    GARBAGE,
    HALF_A_BODY,
    Scripted,
    ScriptedServer,
    http,
    json_answer,
    scripted_server,
)
from tests.integrations.shop_clients import NO_TOKENS

ORDER = '{ "id":"EON1",\n "totalPrice": 288.950, "x": 1E+2, "y": 0.10000000000000000000001, "name": "J\\u00f6rg ü" }'
PDF_URL = "https://invoices.example/documents/1"


def orders_of(shop: ScriptedServer) -> HttpOrderService:
    return HttpOrderService(shop.url, NO_TOKENS, timeout_seconds=5)


def query_of(target: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(target).query, strict_parsing=True).items()}


class TestGet:
    async def test_an_order_comes_back_digit_for_digit(self) -> None:
        async with scripted_server(http(200, ORDER)) as shop:
            assert await orders_of(shop).get("acme", "EON1") == ORDER
        assert (shop.received[0].method, shop.received[0].target) == ("GET", "/order-v2/acme/salesorders/EON1")

    @pytest.mark.parametrize(
        ("order_id", "segment"), [("A/7 ä", "A%2F7%20%C3%A4"), ("..", "%2E%2E"), ("a?q=b", "a%3Fq%3Db")]
    )
    async def test_no_id_leads_out_of_its_place_in_the_path(self, order_id: str, segment: str) -> None:
        async with scripted_server(http(200, ORDER)) as shop:
            await orders_of(shop).get("acme", order_id)
        assert shop.received[0].target == f"/order-v2/acme/salesorders/{segment}"

    async def test_an_unknown_order_is_named(self) -> None:
        async with scripted_server(json_answer(404, {"message": "no"})) as shop:
            with pytest.raises(UnknownOrder, match=r"^The shop has no order EON404\.$"):
                await orders_of(shop).get("acme", "EON404")

    async def test_an_empty_id_does_not_read_the_list(self) -> None:
        async with scripted_server() as shop:
            with pytest.raises(UnknownOrder):
                await orders_of(shop).get("acme", "")
        assert not shop.received

    async def test_a_refused_id_is_final(self) -> None:
        async with scripted_server(http(400)) as shop:
            with pytest.raises(PermanentFault, match="refused to show order EON1 \\(400\\)"):
                await orders_of(shop).get("acme", "EON1")

    @pytest.mark.parametrize(
        "answer", [GARBAGE, HALF_A_BODY, http(200, "[]"), http(200, '{"id": '), http(204), http(200, "<html>")]
    )
    async def test_an_answer_that_is_no_order_is_waited_out(self, answer: Scripted) -> None:
        async with scripted_server(answer) as shop:
            with pytest.raises(TransientFault):
                await orders_of(shop).get("acme", "EON1")

    async def test_an_order_with_absurd_numbers_is_for_others_to_judge(self) -> None:
        text = '{"id":"EON1","a":NaN,"b":1e999999999999999999999,"c":' + "9" * 5000 + "}"
        async with scripted_server(http(200, text)) as shop:
            assert await orders_of(shop).get("acme", "EON1") == text


class TestSearch:
    async def test_a_page_is_asked_for_by_query_order_and_number(self) -> None:
        q = 'status:(CREATED,CONFIRMED) mixins.deliveryTime.deliveryDate:<="2026-02-02T08:00:00Z"'
        async with scripted_server(http(200, "[]")) as shop:
            await orders_of(shop).search("acme", q, page_number=3, page_size=200)
        [request] = shop.received
        assert (request.method, urlsplit(request.target).path) == ("GET", "/order-v2/acme/salesorders")
        assert query_of(request.target) == {"q": q, "sort": "created:asc,id:asc", "pageNumber": "3", "pageSize": "200"}

    async def test_the_orders_found_come_back_digit_for_digit(self) -> None:
        body = f'[{ORDER} , {{"id":"EON2","n":1.0}}]'
        async with scripted_server(http(200, body, {"X-Total-Count": "1234"})) as shop:
            page = await orders_of(shop).search("acme", "q", page_number=1, page_size=2)
        assert [(order.order_id, order.text) for order in page.orders] == [
            ("EON1", ORDER),
            ("EON2", '{"id":"EON2","n":1.0}'),
        ]
        assert page.total == 1234

    @pytest.mark.parametrize("header", [{}, {"X-Total-Count": "many"}, {"X-Total-Count": "-1"}])
    async def test_a_shop_may_not_count(self, header: dict[str, str]) -> None:
        async with scripted_server(http(200, "[]", header)) as shop:
            page = await orders_of(shop).search("acme", "q", page_number=1, page_size=2)
        assert (page.orders, page.total) == ((), None)

    @pytest.mark.parametrize("body", ["{}", '[{"id":"EON1"},', '[{"name":"x"}]', '[{"id":""}]', "[null]"])
    async def test_an_answer_that_is_no_list_of_orders_is_waited_out(self, body: str) -> None:
        async with scripted_server(http(200, body)) as shop:
            with pytest.raises(TransientFault, match="cannot be read"):
                await orders_of(shop).search("acme", "q", page_number=1, page_size=2)

    async def test_an_order_says_when_it_was_created(self) -> None:
        body = '[{"id":"EON1","created":"2026-02-07T11:00:00.000Z"},{"id":"EON2"},{"id":"EON3","created":null}]'
        async with scripted_server(http(200, body)) as shop:
            page = await orders_of(shop).search("acme", "q", page_number=1, page_size=3)
        assert [order.created for order in page.orders] == ["2026-02-07T11:00:00.000Z", None, None]

    async def test_an_id_may_be_a_number(self) -> None:
        async with scripted_server(http(200, '[{"id":1007}]')) as shop:
            page = await orders_of(shop).search("acme", "q", page_number=1, page_size=2)
        assert page.orders[0].order_id == "1007"

    async def test_a_query_that_the_shop_does_not_understand_is_final(self) -> None:
        async with scripted_server(http(400, '{"message":"x"}')) as shop:
            with pytest.raises(PermanentFault, match="refused the search"):
                await orders_of(shop).search("acme", "q", page_number=1, page_size=2)


def order_at(version: int, **mixins: object) -> Scripted:
    return json_answer(200, {"id": "EON1", "metadata": {"version": version}, "mixins": mixins})


READ_AT_7 = '{"id":"EON1","metadata":{"version":7}}'


class TestReportInvoice:
    async def test_number_and_document_are_written_under_the_version_that_was_read(self) -> None:
        async with scripted_server(order_at(7, payment={"paymentType": "card"}), http(204)) as shop:
            await orders_of(shop).report_invoice("acme", "A/1", "2026-0001", PDF_URL)
        _, request = shop.received
        assert request.method == "PATCH"
        assert urlsplit(request.target).path == "/order-v2/acme/salesorders/A%2F1"
        assert query_of(request.target) == {"recalculate": "false"}
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.body) == {
            "mixins": {"invoice": {"invoiceNo": "2026-0001", "invoiceDocument": PDF_URL}},
            "metadata": {"version": 7},
        }

    async def test_an_order_that_was_read_before_is_not_read_again(self) -> None:
        read_before = '{"id":"EON1","product":{"metadata":{"version":9}},"metadata":{"version":7},"x":1e400}'
        async with scripted_server(http(204)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL, read_before=read_before)
        [request] = shop.received
        assert (request.method, query_of(request.target)) == ("PATCH", {"recalculate": "false"})
        assert json.loads(request.body) == {
            "mixins": {"invoice": {"invoiceNo": "2026-0001", "invoiceDocument": PDF_URL}},
            "metadata": {"version": 7},
        }

    async def test_an_order_that_has_changed_since_is_read_after_all(self) -> None:
        async with scripted_server(http(409), order_at(8), http(204)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL, read_before=READ_AT_7)
        assert [request.method for request in shop.received] == ["PATCH", "GET", "PATCH"]
        assert json.loads(shop.received[2].body)["metadata"] == {"version": 8}

    async def test_a_repeated_report_finds_its_own_change_and_leaves_it_alone(self) -> None:
        reported = {"invoiceNo": "2026-0001", "invoiceDocument": PDF_URL}
        async with scripted_server(http(409), order_at(8, invoice=reported)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL, read_before=READ_AT_7)
        assert [request.method for request in shop.received] == ["PATCH", "GET"]

    @pytest.mark.parametrize(
        "read_before", ["{}", '{"metadata":{"version":"7"}}', '{"metadata":[]}', "no JSON", '{"a":' + "9" * 5000 + "}"]
    )
    async def test_without_a_version_nothing_is_written_blindly(self, read_before: str) -> None:
        async with scripted_server(order_at(7), http(204)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL, read_before=read_before)
        assert [request.method for request in shop.received] == ["GET", "PATCH"]

    async def test_an_answer_to_the_first_patch_that_was_lost_is_a_fault(self) -> None:
        async with scripted_server(HALF_A_BODY) as shop:
            with pytest.raises(TransientFault):
                await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL, read_before=READ_AT_7)
        assert len(shop.received) == 1

    async def test_an_order_that_says_so_already_is_left_alone(self) -> None:
        reported = {"invoiceNo": "2026-0001", "invoiceDocument": PDF_URL, "seen": True}
        async with scripted_server(order_at(8, invoice=reported)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)
        assert [request.method for request in shop.received] == ["GET"]

    async def test_after_a_conflict_the_version_is_read_again(self) -> None:
        async with scripted_server(order_at(7), http(409), order_at(8), http(204)) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)
        versions = [json.loads(r.body)["metadata"]["version"] for r in shop.received if r.method == "PATCH"]
        assert versions == [7, 8]

    async def test_a_second_conflict_is_waited_out(self) -> None:
        async with scripted_server(order_at(7), http(409), order_at(8), http(409)) as shop:
            with pytest.raises(TransientFault, match="changed by somebody else"):
                await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)

    async def test_an_order_without_a_version_is_written_without_one(self) -> None:
        async with scripted_server(json_answer(200, {"id": "EON1", "mixins": None}), http(200, "{}")) as shop:
            await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)
        assert json.loads(shop.received[1].body).keys() == {"mixins"}

    async def test_an_order_that_vanished_is_unknown(self) -> None:
        async with scripted_server(order_at(7), http(404)) as shop:
            with pytest.raises(UnknownOrder):
                await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)

    async def test_a_refused_change_is_final(self) -> None:
        async with scripted_server(order_at(7), http(422)) as shop:
            with pytest.raises(PermanentFault, match="refused to note the invoice on order EON1 \\(422\\)"):
                await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)

    async def test_words_that_cannot_be_read_are_no_consent(self) -> None:
        """Somebody in between has answered 200, and the shop was never asked: the order is still to be told."""
        async with scripted_server(order_at(7), GARBAGE) as shop:
            with pytest.raises(TransientFault, match="cannot be read"):
                await orders_of(shop).report_invoice("acme", "EON1", "2026-0001", PDF_URL)
