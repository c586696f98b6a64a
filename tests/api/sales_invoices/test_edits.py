"""Memo, attachments and deletion of sales invoices over HTTP (Deskera B.2)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_VIEW
from database import audit, sales_invoices
from database.tables import IssuedInvoice
from tests.api.attachments.test_attachments import one
from tests.api.sales_invoices import requests as fixtures
from tests.api.sales_invoices.requests import URL, Json, created, faults, request, set_up
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
seller = fixtures.seller

BULK = f"{URL}/bulk-delete"


async def changed(client: Client, url: str, body: Json) -> Json:
    answer = await client.patch(url, json=body)
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def refusal(client: Client, url: str, body: Json) -> dict[str, str]:
    answer = await client.patch(url, json=body)
    assert answer.status_code == 400, answer.text
    return faults(answer.json())


async def issued_document(sessions: Sessions, tenant: str, made: Json) -> tuple[UUID, Json, str]:
    async with sessions() as session:
        row = await sales_invoices.get(session, tenant, made["id"])
        assert row is not None
        found = select(IssuedInvoice).where(IssuedInvoice.id == row.invoice_id)
        issued = (await session.scalars(found)).one()
        return issued.id, issued.document, issued.hash


async def trail(sessions: Sessions, tenant: str, code: str) -> list[tuple[str, Json]]:
    """What was done to the invoice, the latest first."""
    async with sessions() as session:
        events = await audit.list_events(session, tenant, document=f"sales-invoice/{code}", limit=50)
    return [(event.action, event.detail) for event in events]


@pytest.mark.parametrize("status", ["OPEN", "DRAFT"])
async def test_the_memo_of_a_draft_or_an_issued_invoice_is_changed(
    seller: Client, sessions: Sessions, tenant: str, status: str
) -> None:
    made = await created(seller, request(memo="first", status=status))
    shown = await changed(seller, f"{URL}/{made['id']}", {"memo": "second"})
    assert shown == {**made, "memo": "second"}
    code = made["salesInvoiceCode"]
    assert (await seller.get(f"{URL}/{code}")).json() == shown
    assert (await trail(sessions, tenant, code))[0] == ("change", {"changed": "memo"})
    assert (await changed(seller, f"{URL}/code/{code}/", {"memo": "third"}))["memo"] == "third"
    assert (await changed(seller, f"{URL}/{made['id']}", {"memo": ""}))["memo"] is None


async def test_a_new_memo_leaves_the_issued_document_as_it_is(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request(memo="as printed"))
    before = await issued_document(sessions, tenant, made)
    await changed(seller, f"{URL}/{made['id']}", {"memo": "as noted later"})
    after = await issued_document(sessions, tenant, made)
    assert after == before
    assert after[1]["memo"] == "as printed"


async def test_a_draft_is_issued_with_the_memo_that_it_has_by_then(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    draft = await created(seller, request(memo="first", status="DRAFT"))
    shown = await changed(seller, f"{URL}/{draft['id']}", {"memo": "second"})
    answer = await seller.put(f"{URL}/{draft['id']}", json={**shown, "draft": False, "status": "OPEN"})
    assert answer.status_code == 200, answer.text
    assert (await issued_document(sessions, tenant, answer.json()))[1]["memo"] == "second"


async def test_null_and_nothing_change_nothing(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request(memo="kept", attachmentIds=[await one(seller)]))
    events = await trail(sessions, tenant, made["salesInvoiceCode"])
    for body in ({}, {"memo": None, "attachmentIds": None, "attachments": None}, {"memo": "kept"}):
        assert await changed(seller, f"{URL}/{made['id']}", body) == made
    assert await trail(sessions, tenant, made["salesInvoiceCode"]) == events


async def test_the_whole_invoice_may_be_sent_back_with_another_memo(seller: Client) -> None:
    made = await created(seller, request(memo="first", customField=[{"id": 1, "value": 1.10}]))
    sent = {**made, "memo": "second", "somethingElse": {"of": "the client's"}, "totalAmount": "128.40"}
    assert await changed(seller, f"{URL}/{made['id']}", sent) == {**made, "memo": "second"}


async def test_a_member_that_says_something_else_is_named_and_nothing_changes(seller: Client) -> None:
    made = await created(seller, request(memo="first"))
    items = [{**made["salesInvoiceItems"][0], "unitPrice": 1}]
    others = {
        "totalAmount": 1,
        "dueAmount": "zero",
        "currency": "USD",
        "status": "CLOSED",
        "salesInvoiceItems": items,
        "contact": {"name": "Somebody else"},
        "backOrder": True,
    }
    told = await refusal(seller, f"{URL}/{made['id']}", {"memo": "second", "taxAmount": 8.4, **others})
    assert set(told) == set(others)
    assert await refusal(seller, f"{URL}/{made['id']}", {"salesInvoiceItems": []})
    assert (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json() == made


async def test_a_wrong_type_is_named(seller: Client) -> None:
    made = await created(seller, request())
    for body, field in (
        ({"memo": {"a": 1}}, "memo"),
        ({"attachmentIds": ["x"]}, "attachmentIds.0"),
        ({"attachmentIds": [-1]}, "attachmentIds.0"),
        ({"attachmentIds": 7}, "attachmentIds"),
        ({"attachments": [1.5, {}]}, "attachments.1"),
    ):
        assert field in await refusal(seller, f"{URL}/{made['id']}", body), body


async def test_files_come_to_a_draft_and_leave_it(seller: Client, sessions: Sessions, tenant: str) -> None:
    first, second = await one(seller), await one(seller)
    draft = await created(seller, request(status="DRAFT", attachmentIds=[first]))
    url = f"{URL}/{draft['id']}"
    assert (await changed(seller, url, {"attachmentIds": [second]}))["attachmentIds"] == [second]
    assert (await trail(sessions, tenant, draft["salesInvoiceCode"]))[0] == (
        "change",
        {"attached": str(second), "detached": str(first)},
    )
    assert (await changed(seller, url, {"attachmentIds": [second, first, first]}))["attachmentIds"] == [first, second]
    assert (await changed(seller, url, {"attachmentIds": []}))["attachmentIds"] is None


async def test_files_come_to_an_issued_invoice_and_stay(seller: Client) -> None:
    first, second = await one(seller), await one(seller)
    made = await created(seller, request(attachmentIds=[first]))
    url = f"{URL}/{made['id']}"
    assert (await changed(seller, url, {"attachmentIds": [first, second]}))["attachmentIds"] == [first, second]
    told = await refusal(seller, url, {"memo": "not this either", "attachmentIds": [second]})
    assert told == {"attachmentIds": f"What is attached to an issued invoice stays with it: {first} missing"}
    read = (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json()
    assert (read["attachmentIds"], read["memo"]) == ([first, second], None)


async def test_a_file_of_another_invoice_or_of_nobody_is_named(seller: Client) -> None:
    taken = await one(seller)
    await created(seller, request(attachmentIds=[taken]))
    made = await created(seller, request())
    for file, reason in ((taken, "is attached to another invoice"), (987654321, "does not exist")):
        told = await refusal(seller, f"{URL}/{made['id']}", {"attachmentIds": [file]})
        assert told == {"attachmentIds": f"attachment {file} {reason}"}


async def test_names_of_files_kept_elsewhere_are_changed(seller: Client) -> None:
    made = await created(seller, request(attachments=["a.pdf"]))
    shown = await changed(seller, f"{URL}/{made['id']}", {"attachments": ["b.pdf", "https://files.example/c"]})
    assert shown["attachments"] == ["b.pdf", "https://files.example/c"]
    assert (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json() == shown


async def test_the_memo_has_a_route_of_its_own(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request(memo="first"))
    code = made["salesInvoiceCode"]
    answer = await seller.put(f"{URL}/memo", json={"code": code, "memo": "second"})
    assert (answer.status_code, answer.json()) == (200, {**made, "memo": "second"})
    assert (await trail(sessions, tenant, code))[0] == ("change", {"changed": "memo"})
    gone = await seller.put(f"{URL}/memo", json={"code": code, "memo": None})
    assert gone.json()["memo"] is None
    unknown = await seller.put(f"{URL}/memo", json={"code": "0009999", "memo": "x"})
    assert (unknown.status_code, unknown.json()["errorMessage"]) == (404, "Sales invoice not found.")
    for body, field in (({"memo": "x"}, "code"), ({"code": code}, "memo")):
        refused = await seller.put(f"{URL}/memo", json=body)
        assert (refused.status_code, set(faults(refused.json()))) == (400, {field})


async def test_a_draft_is_deleted_and_its_files_are_free_again(seller: Client, sessions: Sessions, tenant: str) -> None:
    file = await one(seller)
    draft = await created(seller, request(status="DRAFT", attachmentIds=[file]))
    answer = await seller.delete(f"{URL}/{draft['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await seller.get(f"{URL}/{draft['salesInvoiceCode']}")).status_code == 404
    assert (await seller.delete(f"{URL}/{draft['id']}")).status_code == 404
    assert [action for action, _ in await trail(sessions, tenant, draft["salesInvoiceCode"])] == ["delete", "create"]
    assert (await created(seller, request(attachmentIds=[file])))["attachmentIds"] == [file]


async def test_a_number_is_not_taken_for_an_id(seller: Client) -> None:
    """`0000012` is what an invoice may be numbered; the draft of id 12 is somebody else's business."""
    draft = await created(seller, request(status="DRAFT"))
    url = f"{URL}/{draft['id']:07d}"
    assert (await seller.delete(url)).status_code == 404
    assert (await seller.patch(url, json={"memo": "x"})).status_code == 404
    assert (await seller.get(f"{URL}/{draft['salesInvoiceCode']}")).json()["memo"] == draft["memo"]


async def test_a_recurring_draft_is_deleted_with_its_schedule(seller: Client) -> None:
    schedule = {
        "recurrenceType": 1,
        "recurrenceFrequency": "MONTH",
        "invoiceRecurringCount": 3,
        "recurrenceEndDate": "31-12-2030",
    }
    draft = await created(seller, request(status="DRAFT", recurring=True, salesInvoiceRecurring=schedule))
    assert (await seller.delete(f"{URL}/{draft['id']}")).status_code == 204


async def test_an_issued_invoice_is_never_deleted(seller: Client) -> None:
    made = await created(seller, request())
    answer = await seller.delete(f"{URL}/{made['id']}")
    assert (answer.status_code, answer.json()["errorMessage"]) == (
        400,
        "An issued invoice is never deleted: credit it",
    )
    assert (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json() == made


async def test_an_id_that_nothing_has_is_not_found(seller: Client) -> None:
    for name in ("0", "987654321", str(10**20), "-1", "abc"):
        for answer in (await seller.delete(f"{URL}/{name}"), await seller.patch(f"{URL}/{name}", json={"memo": "x"})):
            assert (answer.status_code, answer.json()["code"]) == (404, 404), name
    answer = await seller.delete(f"{URL}/987654321")
    assert answer.json()["errorMessage"] == "Sales Invoice with given id not found."
    unknown = await seller.patch(f"{URL}/code/0009999", json={"memo": "x"})
    assert (unknown.status_code, unknown.json()["errorMessage"]) == (404, "Sales invoice not found.")


async def bulk_delete(client: Client, body: Any) -> tuple[int, dict[str, str]]:
    answer = await client.request("DELETE", BULK, json=body)
    return answer.status_code, faults(answer.json()) if answer.content else {}


async def test_several_drafts_are_deleted_at_once(seller: Client) -> None:
    drafts = [await created(seller, request(status="DRAFT")) for _ in range(3)]
    ids = [draft["id"] for draft in drafts]
    assert await bulk_delete(seller, [ids[1], ids[0], ids[1]]) == (204, {})
    assert await bulk_delete(seller, {"ids": [ids[2]]}) == (204, {})
    assert (await seller.get("/v1/invoices/count")).json() == {"count": 0}


async def test_of_several_all_are_deleted_or_none(seller: Client) -> None:
    draft = await created(seller, request(status="DRAFT"))
    issued = await created(seller, request())
    status, told = await bulk_delete(seller, [draft["id"], issued["id"]])
    assert (status, told) == (400, {"id": "0000001 was issued"})
    status, told = await bulk_delete(seller, [draft["id"], 987654321])
    assert (status, told) == (404, {"id": "There is no sales invoice 987654321"})
    for body in ([], {}, {"ids": None}, ["x"], [-1], "7", None, list(range(1001))):
        assert (await bulk_delete(seller, body))[0] == 400, body
    assert (await seller.get("/v1/invoices/count")).json() == {"count": 2}


async def test_a_draft_is_deleted_or_issued_but_not_both(seller: Client) -> None:
    """Both take the row's lock; whoever comes second finds what the first has made of it."""
    for _ in range(5):
        draft = await created(seller, request(status="DRAFT"))
        url = f"{URL}/{draft['id']}"
        deleted, issued = await asyncio.gather(seller.delete(url), seller.put(url, json=request(status="OPEN")))
        assert (deleted.status_code, issued.status_code) in {(204, 404), (400, 200)}


async def test_another_tenants_invoice_cannot_be_touched(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions
) -> None:
    draft = await created(seller, request(status="DRAFT", memo="mine"))
    issued = await created(seller, request(memo="mine"))
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    async with api_client(token=await token(other)) as stranger:
        for made in (draft, issued):
            url, code = f"{URL}/{made['id']}", made["salesInvoiceCode"]
            answers = [
                await stranger.patch(url, json={"memo": "theirs"}),
                await stranger.patch(f"{URL}/code/{code}", json={"memo": "theirs"}),
                await stranger.put(f"{URL}/memo", json={"code": code, "memo": "theirs"}),
                await stranger.delete(url),
                await stranger.request("DELETE", BULK, json=[made["id"]]),
            ]
            assert [answer.status_code for answer in answers] == [404] * 5
    for made in (draft, issued):
        assert (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json() == made


async def test_who_may_only_look_changes_nothing(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    draft = await created(seller, request(status="DRAFT"))
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        for answer in (
            await viewer.patch(f"{URL}/{draft['id']}", json={"memo": "x"}),
            await viewer.patch(f"{URL}/code/{draft['salesInvoiceCode']}", json={"memo": "x"}),
            await viewer.put(f"{URL}/memo", json={"code": draft["salesInvoiceCode"], "memo": "x"}),
            await viewer.delete(f"{URL}/{draft['id']}"),
            await viewer.request("DELETE", BULK, json=[draft["id"]]),
        ):
            assert answer.status_code == 403
