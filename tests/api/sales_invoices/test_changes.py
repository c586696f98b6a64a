"""Changing sales invoices over HTTP: the life of a draft, what an issued invoice keeps, bulk changes (Deskera B.2)."""

import asyncio
from functools import partial
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, codes, sequences
from tests.api.sales_invoices.requests import URL, created, faults, item, request
from tests.api.sales_invoices.test_sales_invoices import configure, document_of, number_of_drawn
from tests.api_fixtures import Client, TemporalGateFake
from tests.waiting import eventually

Sessions = async_sessionmaker[AsyncSession]
SCHEDULE = {
    "recurrenceType": 1,
    "recurrenceFrequency": "MONTH",
    "invoiceRecurringCount": 3,
    "recurrenceEndDate": "31-12-2031",
}


async def changed(client: Client, name: object, body: Any) -> Any:
    answer = await client.put(f"{URL}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def not_changed(client: Client, name: object, body: Any) -> tuple[str, set[str]]:
    answer = await client.put(f"{URL}/{name}", json=body)
    assert answer.status_code == 400, answer.text
    return answer.json()["errorMessage"], set(faults(answer.json()))


@pytest.mark.parametrize("wish", [{"draft": True}, {"status": "DRAFT"}, {"draft": True, "status": "OPEN"}])
async def test_a_draft_has_no_number_and_makes_no_document(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake, wish: dict[str, Any]
) -> None:
    made = await created(seller, request(**wish))
    assert (made["status"], made["draft"], made["salesInvoiceCode"]) == ("DRAFT", True, f"DRAFT-{made['id']}")
    assert (made["documentSequenceCode"], made["journalEntryCode"]) == (None, None)
    assert (made["totalAmount"], made["taxAmount"], made["dueAmount"]) == (128.4, 8.4, 128.4)
    assert await number_of_drawn(sessions, tenant) == 0
    assert temporal_gate.outbox == []
    assert (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json() == made


async def test_a_draft_may_lack_what_an_invoice_needs(seller: Client) -> None:
    made = await created(seller, request(draft=True, salesInvoiceItems=None, salesInvoiceDueDate=None))
    assert (made["totalAmount"], made["salesInvoiceItems"], made["salesInvoiceDueDate"]) == (0, None, "18-07-2020")
    made = await created(seller, request(draft=True, salesInvoiceItems=[]))
    assert made["salesInvoiceItems"] == []


async def test_a_draft_is_replaced_as_a_whole(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(
        seller,
        request(item(), item(unitPrice=5), draft=True, memo="old", recurring=True, salesInvoiceRecurring=SCHEDULE),
    )
    codes = [line["salesInvoiceItemCode"] for line in made["salesInvoiceItems"]]
    kept = item(unitPrice=50, salesInvoiceItemCode=codes[1])
    shown = await changed(seller, made["id"], request(kept, item(unitPrice=60), draft=True))
    assert (shown["id"], shown["status"], shown["memo"], shown["totalAmount"]) == (made["id"], "DRAFT", None, 117.7)
    assert (shown["recurring"], shown["salesInvoiceRecurring"]) == (False, None)
    assert shown["salesInvoiceItems"][0]["salesInvoiceItemCode"] == codes[1]
    assert shown["salesInvoiceItems"][1]["salesInvoiceItemCode"] not in codes
    async with sessions() as session:
        events = await audit.list_events(session, tenant, document=f"sales-invoice/DRAFT-{made['id']}", limit=9)
    assert [event.action for event in events] == ["change", "create"]


async def test_a_draft_stays_one_until_somebody_says_open(seller: Client) -> None:
    made = await created(seller, request(draft=True))
    for wish in ({}, {"draft": True, "status": "OPEN"}, {"status": "DRAFT"}, {"draft": False}):
        assert (await changed(seller, made["id"], request(**wish)))["status"] == "DRAFT", wish


async def test_a_draft_becomes_an_invoice(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    made = await created(seller, request(draft=True, salesInvoiceRecurring=SCHEDULE, recurring=True))
    body = request(item(unitPrice=100), status="OPEN", recurring=True, recurringActivated=True)
    shown = await changed(seller, made["salesInvoiceCode"], body | {"salesInvoiceRecurring": SCHEDULE})
    assert (shown["id"], shown["status"], shown["draft"], shown["salesInvoiceCode"]) == (
        made["id"],
        "OPEN",
        False,
        "0000001",
    )
    assert (shown["totalAmount"], shown["journalEntryCode"]) == (107, "JE-0000001")
    assert str((await document_of(sessions, tenant, "0000001")).totals.gross) == "107.00"
    assert [one.workflow for one in temporal_gate.outbox] == ["InvoiceDelivery", "RecurringInvoice"]
    assert (await seller.get(f"{URL}/DRAFT-{made['id']}")).status_code == 404
    async with sessions() as session:
        of_draft = await audit.list_events(session, tenant, document=f"sales-invoice/DRAFT-{made['id']}", limit=1)
        of_invoice = await audit.list_events(session, tenant, document="sales-invoice/0000001", limit=9)
    assert (of_draft[0].action, of_draft[0].detail) == ("issue", {"number": "0000001"})
    assert [event.action for event in of_invoice] == ["issue"]


async def test_an_opening_draft_is_issued_under_its_own_number(seller: Client, sessions: Sessions, tenant: str) -> None:
    await configure(sessions, tenant, "bookBeginningDate", "01-07-2020")
    opening = request(
        openingInvoice=True, openingDocumentNumber="OLD-1", totalAmount=107, taxAmount=7, salesInvoiceItems=None
    )
    made = await created(seller, opening | {"draft": True})
    assert (made["totalAmount"], made["salesInvoiceCode"]) == (107, f"DRAFT-{made['id']}")
    shown = await changed(seller, made["id"], opening | {"status": "OPEN"})
    assert (shown["salesInvoiceCode"], shown["totalAmount"]) == ("OLD-1", 107)


async def test_two_who_issue_a_draft_at_once_issue_one_invoice(
    sellers: AsyncClient, sessions: Sessions, tenant: str
) -> None:
    """Both are under way before either is done: the test holds the counter of codes that the first comes to."""
    made = await created(sellers, request(draft=True))
    async with sessions.begin() as session:
        await codes.next_code(session, tenant, codes.ITEM)
        tasks = [asyncio.create_task(sellers.put(f"{URL}/{made['id']}", json=request(status="OPEN"))) for _ in "ab"]
        await eventually(partial(_waiting, sessions, 2))
    answers = await asyncio.gather(*tasks)
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert {answer.json()["salesInvoiceCode"] for answer in answers} == {"0000001"}
    assert await number_of_drawn(sessions, tenant) == 1


async def _waiting(sessions: Sessions, many: int) -> bool:
    """Whether so many connections wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with sessions() as session:
        waiting: int = (await session.scalars(query)).one()
    return waiting >= many


async def test_what_a_draft_is_changed_to_is_checked(seller: Client) -> None:
    made = await created(seller, request(draft=True))
    _, fields = await not_changed(seller, made["id"], request(item(taxCode="TX-404"), contactCode="C-404"))
    assert fields == {"contactCode", "salesInvoiceItems.0.taxCode"}
    _, fields = await not_changed(seller, made["id"], request(status="CLOSED"))
    assert fields == {"status"}
    _, fields = await not_changed(seller, made["id"], request(status="OPEN", salesInvoiceItems=None))
    assert fields == {"salesInvoiceItems"}
    assert (await seller.get(f"{URL}/DRAFT-{made['id']}")).json() == made


async def test_an_issued_invoice_becomes_no_draft(seller: Client) -> None:
    made = await created(seller, request())
    for wish, member in (({"draft": True}, "draft"), ({"status": "DRAFT"}, "status")):
        assert await not_changed(seller, made["id"], request(**wish)) == (
            "Sales invoice draft status cannot be changed after saving",
            {member},
        )


async def test_an_issued_invoice_takes_another_memo_and_keeps_its_document(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    made = await created(seller, request(memo="old"))
    stated = item(totalAmount=128.4, taxAmount=0)
    shown = await changed(seller, made["id"], request(stated, memo="new", status="OPEN", totalAmount=0, dueAmount=0))
    assert shown == {**made, "memo": "new"}
    assert (await document_of(sessions, tenant, "0000001")).memo == "old"
    assert await changed(seller, made["id"], shown) == shown


async def test_an_issued_invoice_keeps_everything_else(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request())
    before = await document_of(sessions, tenant, "0000001")
    other = request(item(unitPrice=121), currency="USD", salesInvoiceDate="17-06-2020", contact={"name": "Else"})
    message, fields = await not_changed(seller, made["id"], other)
    assert fields == {"salesInvoiceItems", "currency", "salesInvoiceDate", "contact"}
    assert "credit it" in message
    _, fields = await not_changed(seller, made["id"], request(totalAmount=100))
    assert fields == {"totalAmount"}
    assert (await seller.get(f"{URL}/0000001")).json() == made
    assert await document_of(sessions, tenant, "0000001") == before


async def test_a_number_that_looks_like_an_id_is_a_number(seller: Client) -> None:
    made = await created(seller, request())
    assert (await changed(seller, "0000001", request(memo="by number")))["id"] == made["id"]
    for nothing in ("0", "999999999", str(2**70), "0000009", "x", "-1"):
        answer = await seller.put(f"{URL}/{nothing}", json=request())
        assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Sales Invoice with given id not found.")


class TestBulk:
    async def test_several_are_made_in_order(self, seller: Client, temporal_gate: TemporalGateFake) -> None:
        bodies = [request(memo="a"), request(draft=True), request(memo="c"), request(item(unitPrice=1), memo="d")]
        answer = await seller.post(f"{URL}/bulk", json=bodies)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert [one["memo"] for one in made] == ["a", None, "c", "d"]
        assert [one["salesInvoiceCode"] for one in made] == ["0000001", f"DRAFT-{made[1]['id']}", "0000002", "0000003"]
        assert len(temporal_gate.outbox) == 3
        read = await seller.post(f"{URL}/codes", json=["0000003", "nothing", "0000001", "0000003"])
        assert (read.status_code, read.json()) == (200, [made[3], made[0]])
        assert (await seller.post(f"{URL}/bulk/codes", json=["0000002"])).json() == [made[2]]

    async def test_all_or_none_and_each_fault_has_its_place(
        self, seller: Client, sessions: Sessions, tenant: str
    ) -> None:
        bodies = [request(), request(contactCode="C-404"), request(item(), item(taxCode="TX-404"))]
        answer = await seller.post(f"{URL}/bulk", json=bodies)
        assert answer.status_code == 400
        assert set(faults(answer.json())) == {"1.contactCode", "2.salesInvoiceItems.1.taxCode"}
        answer = await seller.post(f"{URL}/bulk", json=[request(), {"currency": "SGD"}])
        assert set(faults(answer.json())) == {"1.contactCode", "1.salesInvoiceDate"}
        assert await number_of_drawn(sessions, tenant) == 0

    async def test_a_key_makes_them_once(self, sellers: AsyncClient, sessions: Sessions, tenant: str) -> None:
        bodies, headers = [request(), request(memo="b")], {"Idempotency-Key": "k"}
        answers = await asyncio.gather(
            *(sellers.post(f"{URL}/bulk", json=bodies, headers=headers) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} == {201}
        assert all(answer.json() == answers[0].json() for answer in answers)
        assert await number_of_drawn(sessions, tenant) == 2

    async def test_series_are_drawn_from_in_the_order_that_everybody_keeps(
        self, sellers: AsyncClient, sessions: Sessions, tenant: str
    ) -> None:
        """Somebody holds `east` and comes to `west` after a request that names `west` first: neither waits in vain."""
        for name in ("east", "west"):
            schema = {"name": name, "schemaType": name, "preText": name, "startValue": 0, "maxValue": 99}
            await sellers.post(f"/sequential-id/{tenant}/schemas", json={**schema, "numberOfDigits": 2})
        bodies = [request(sequenceFormat="west", memo="w"), request(sequenceFormat="east", memo="e")]
        async with sessions.begin() as session:
            east = await sequences.draw(session, tenant, "east")
            sending = asyncio.create_task(sellers.post(f"{URL}/bulk", json=bodies))
            await eventually(partial(_waiting, sessions, 1))
            west = await sequences.draw(session, tenant, "west")
            await sequences.record_many(session, [(east, "east01"), (west, "west01")], "client:x")
        answer = await sending
        assert answer.status_code == 201, answer.text
        assert [(one["salesInvoiceCode"], one["memo"]) for one in answer.json()] == [("west02", "w"), ("east02", "e")]

    async def test_several_are_changed_or_none(self, seller: Client, sessions: Sessions, tenant: str) -> None:
        drafts = [await created(seller, request(draft=True)) for _ in range(2)]
        issued = await created(seller, request())
        ids = [drafts[1]["id"], issued["id"], drafts[0]["id"]]
        bad = [request(id=ids[0], status="OPEN"), request(item(unitPrice=1), id=ids[1])]
        answer = await seller.put(f"{URL}/bulk", json=bad)
        assert (answer.status_code, set(faults(answer.json()))) == (400, {"1.salesInvoiceItems"})
        assert await number_of_drawn(sessions, tenant) == 1

        good = [request(id=ids[0], status="OPEN"), request(id=ids[1], memo="m"), request(id=ids[2], memo="d")]
        answer = await seller.put(f"{URL}/bulk", json=good)
        assert answer.status_code == 200, answer.text
        assert [(one["id"], one["status"], one["memo"]) for one in answer.json()] == [
            (ids[0], "OPEN", None),
            (ids[1], "OPEN", "m"),
            (ids[2], "DRAFT", "d"),
        ]

    async def test_each_change_names_one_invoice(self, seller: Client) -> None:
        made = await created(seller, request(draft=True))
        bodies = [request(), request(id=made["id"]), request(id=made["id"])]
        answer = await seller.put(f"{URL}/bulk", json=bodies)
        assert (answer.status_code, set(faults(answer.json()))) == (400, {"0.id", "2.id"})
        answer = await seller.put(f"{URL}/bulk", json=[request(id=made["id"]), request(id=2**62)])
        assert (answer.status_code, set(faults(answer.json()))) == (404, {"1.id"})

    @pytest.mark.parametrize("body", [[], {}, "x", [request()] * 201], ids=["none", "object", "text", "many"])
    async def test_what_is_no_array_of_a_sensible_length_is_refused(self, seller: Client, body: Any) -> None:
        for method in (seller.post, seller.put):
            assert (await method(f"{URL}/bulk", json=body)).status_code == 400
