"""Fulfilling sales invoices over the API, and taking it back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from database import audit
from database.tables import SalesInvoice
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker
from tests.database.rows import another_tenant
from tests.database.sales import add_draft, as_it_is, credit, issue_sales_invoice, stated_item

Sessions = async_sessionmaker[AsyncSession]
PATH = "/v1/sales/fulfillments"
DELETE_PATH = "/v1/invoices/sales/fulfillments"
STATED = [
    stated_item("SII-0000001", "P-0000001", "10"),
    stated_item("SII-0000002", "P-0000002", "2.5"),
    stated_item("SII-0000003", "P-0000003", "-1"),
]


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.fixture
async def everybody(crowd: CrowdFactory, token: TokenMaker, tenant: str) -> AsyncIterator[httpx.AsyncClient]:
    """For requests at once."""
    async with crowd(await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def issue(sessions: Sessions, tenant: str, **details: Any) -> SalesInvoice:
    return await issue_sales_invoice(sessions, tenant, details={"salesInvoiceItems": STATED, **details})


def item(quantity: object, code: str | None = "SII-0000001", **members: Any) -> dict[str, Any]:
    return {"documentItemCode": code, "fulfilledQuantity": quantity, **members}


def fulfilment(row: SalesInvoice, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "documentCode": row.code,
        "documentType": "SALES_INVOICE",
        "fulfillmentItems": list(items),
        "autoFulfilled": False,
        "fulfillmentDate": "25-11-2026",
        **members,
    }


async def standing(sessions: Sessions, row: SalesInvoice) -> tuple[str, str]:
    row = await as_it_is(sessions, row)
    return row.fulfillment_status, row.fulfillment_type


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(fault["field"], fault["error"]) for fault in answer.json()["errors"]]


async def test_a_fulfilment_is_answered_with_200_and_all_that_it_took(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    row = await issue(sessions, tenant)
    sent = fulfilment(
        row,
        item(4, productCode="P-0000001", warehouseCode="WH-1", quantityRequired=99, pendingQuantity=98),
        item("0.25", None, productCode="P-0000002", fulfillmentDate="24-11-2026"),
        fulfillmentType="PICK_PACK_SHIP",
        memo="first parcel",
        customField={"weight": 1.5},
    )
    answer = await client.post(PATH, json=sent)
    assert answer.status_code == 200
    body = answer.json()
    assert isinstance(body.pop("id"), int)
    assert body == {
        "fulfillmentCode": "FF-0000001",
        "documentSequenceCode": "FF-0000001",
        "documentCode": row.code,
        "documentType": "SALES_INVOICE",
        "autoFulfilled": False,
        "fulfillmentDate": "25-11-2026",
        "fulfillmentType": "PICK_PACK_SHIP",
        "memo": "first parcel",
        "customField": {"weight": 1.5},
        "fulfillmentItems": [
            {
                "productCode": "P-0000001",
                "documentItemCode": "SII-0000001",
                "fulfilledQuantity": 4,
                "quantityRequired": 10,
                "pendingQuantity": 6,
                "warehouseCode": "WH-1",
                "fulfillmentDate": "25-11-2026",
            },
            {
                "productCode": "P-0000002",
                "documentItemCode": "SII-0000002",
                "fulfilledQuantity": 0.25,
                "quantityRequired": 2.5,
                "pendingQuantity": 2.25,
                "warehouseCode": None,
                "fulfillmentDate": "24-11-2026",
            },
        ],
    }
    assert (await client.get(f"{PATH}/FF-0000001")).json() == answer.json()
    assert await standing(sessions, row) == ("PARTIAL_FULFILLED", "PICK_PACK_SHIP")


async def test_the_last_piece_fulfils_the_invoice(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    assert await standing(sessions, row) == ("UNFULFILLED", "NONE")
    await client.post(PATH, json=fulfilment(row, item(10)))
    assert await standing(sessions, row) == ("PARTIAL_FULFILLED", "DEFAULT")
    await client.post(PATH, json=fulfilment(row, item("2.5", "SII-0000002")))
    assert await standing(sessions, row) == ("FULLY_FULFILLED", "DEFAULT")


async def test_auto_fulfils_all_that_is_left(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    await client.post(PATH, json=fulfilment(row, item(4)))
    body = fulfilment(row, autoFulfilled=True)
    del body["fulfillmentItems"]
    answer = (await client.post(PATH, json=body)).json()
    taken = [(entry["documentItemCode"], entry["fulfilledQuantity"]) for entry in answer["fulfillmentItems"]]
    assert taken == [("SII-0000001", 6), ("SII-0000002", 2.5)]
    assert answer["autoFulfilled"] is True
    assert (await standing(sessions, row))[0] == "FULLY_FULFILLED"
    again = await client.post(PATH, json=body)
    assert (again.status_code, faults(again)) == (400, [("documentCode", "has nothing left to fulfil")])


async def test_lines_that_no_request_stated_are_fulfilled_by_their_place(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    """As those of an invoice made from an order: one line, quantity 1."""
    row = await issue_sales_invoice(sessions, tenant)
    answer = await client.post(PATH, json=fulfilment(row, item(1, f"{row.code}-1")))
    assert answer.json()["fulfillmentItems"][0]["productCode"] == "item-1"
    assert (await standing(sessions, row))[0] == "FULLY_FULFILLED"


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"fulfilledQuantity": 0}, "fulfilledQuantity"),
        ({"fulfilledQuantity": -1}, "fulfilledQuantity"),
        ({"fulfilledQuantity": "10.5"}, "fulfilledQuantity"),
        ({"fulfilledQuantity": None}, "fulfilledQuantity"),
        ({"documentItemCode": "SII-0000009"}, "documentItemCode"),
        ({"documentItemCode": None}, "documentItemCode"),
        ({"productCode": "P-0000002"}, "productCode"),
        ({"documentItemCode": "SII-0000003"}, "fulfilledQuantity"),
        ({"fulfillmentDate": "tomorrow"}, "fulfillmentDate"),
    ],
)
async def test_a_wrong_member_of_an_item_is_named_and_nothing_is_fulfilled(
    client: Client, sessions: Sessions, tenant: str, change: dict[str, Any], member: str
) -> None:
    row = await issue(sessions, tenant)
    answer = await client.post(PATH, json=fulfilment(row, item(1, "SII-0000002"), item(1) | change))
    assert (answer.status_code, answer.json()["httpStatus"]) == (400, "BAD_REQUEST")
    assert [name for name, _ in faults(answer)] == [f"fulfillmentItems.1.{member}"]
    assert await standing(sessions, row) == ("UNFULFILLED", "NONE")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"documentCode": None}, "documentCode"),
        ({"documentType": "SALES_ORDER"}, "documentType"),
        ({"fulfillmentItems": []}, "fulfillmentItems"),
        ({"fulfillmentItems": None}, "fulfillmentItems"),
        ({"fulfillmentType": "CARRIER_PIGEON"}, "fulfillmentType"),
        ({"fulfillmentDate": None}, "fulfillmentDate"),
        ({"autoFulfilled": "yes"}, "autoFulfilled"),
        ({"autoFulfilled": True}, "autoFulfilled"),
    ],
)
async def test_a_wrong_member_is_named(
    client: Client, sessions: Sessions, tenant: str, change: dict[str, Any], field: str
) -> None:
    row = await issue(sessions, tenant)
    answer = await client.post(PATH, json=fulfilment(row, item(1)) | change)
    assert answer.status_code == 400
    assert [name for name, _ in faults(answer)] == [field]
    assert await standing(sessions, row) == ("UNFULFILLED", "NONE")


async def test_a_day_of_its_items_is_the_day_of_the_whole(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    days = ("30-11-2026", "01-12-2026")
    answer = await client.post(
        PATH, json=fulfilment(row, *(item(1, fulfillmentDate=day) for day in days)) | {"fulfillmentDate": None}
    )
    assert answer.json()["fulfillmentDate"] == "01-12-2026"


async def test_drafts_and_credited_invoices_are_not_fulfilled(client: Client, sessions: Sessions, tenant: str) -> None:
    draft = await add_draft(sessions, tenant, {"salesInvoiceItems": STATED})
    credited = await issue(sessions, tenant)
    await credit(sessions, credited, "100.00")
    for row in (draft, credited):
        answer = await client.post(PATH, json=fulfilment(row, item(1)))
        assert (answer.status_code, [name for name, _ in faults(answer)]) == (400, ["documentCode"])


async def test_an_invoice_that_there_is_not_is_not_found(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    answer = await client.post(PATH, json=fulfilment(row, item(1)) | {"documentCode": "0009999"})
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Sales invoice not found.")
    assert faults(answer) == [("documentCode", "there is no sales invoice 0009999")]
    assert (await client.get(f"{PATH}/FF-0000001")).json()["errorMessage"] == "Fulfillment not found."


async def test_a_drop_shipment_is_fulfilled_as_one(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant, dropShip=True)
    refused = await client.post(PATH, json=fulfilment(row, item(1), fulfillmentType="DEFAULT"))
    assert [name for name, _ in faults(refused)] == ["fulfillmentType"]
    made = await client.post(PATH, json=fulfilment(row, item(1)))
    assert made.json()["fulfillmentType"] == "DROP_SHIP"
    assert await standing(sessions, row) == ("PARTIAL_FULFILLED", "DROP_SHIP")


async def test_at_once_no_more_is_fulfilled_than_there_is(
    everybody: httpx.AsyncClient, sessions: Sessions, tenant: str
) -> None:
    row = await issue(sessions, tenant)
    answers = await asyncio.gather(*(everybody.post(PATH, json=fulfilment(row, item(3))) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [400] * 5
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert faults(refused) == [("fulfillmentItems.0.fulfilledQuantity", "is 3, but only 1 is left to fulfil")]


async def test_a_repeat_under_the_same_key_fulfils_once(
    everybody: httpx.AsyncClient, sessions: Sessions, tenant: str
) -> None:
    row = await issue(sessions, tenant)
    key = {"Idempotency-Key": "send-1"}
    answers = await asyncio.gather(
        *(everybody.post(PATH, json=fulfilment(row, item(4)), headers=key) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["fulfillmentCode"] for answer in answers} == {"FF-0000001"}
    other = await everybody.post(PATH, json=fulfilment(row, item(5)), headers=key)
    assert other.status_code == 409
    await everybody.delete(DELETE_PATH, params={"fulfillmentCode": "FF-0000001", "salesInvoiceCode": row.code})
    gone = await everybody.post(PATH, json=fulfilment(row, item(4)), headers=key)
    assert gone.status_code == 409
    assert await standing(sessions, row) == ("UNFULFILLED", "NONE")


async def test_what_is_taken_back_is_left_to_fulfil_again(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    await client.post(PATH, json=fulfilment(row, item(4), fulfillmentType="PICK_PACK_SHIP"))
    await client.post(PATH, json=fulfilment(row, autoFulfilled=True))
    assert await standing(sessions, row) == ("FULLY_FULFILLED", "DEFAULT")
    second = {"fulfillmentCode": "FF-0000002", "salesInvoiceCode": row.code}
    answer = await client.delete(DELETE_PATH, params=second)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await standing(sessions, row) == ("PARTIAL_FULFILLED", "PICK_PACK_SHIP")
    assert (await client.delete(DELETE_PATH, params=second)).status_code == 404
    await client.delete(DELETE_PATH, params=second | {"fulfillmentCode": "FF-0000001"})
    assert await standing(sessions, row) == ("UNFULFILLED", "NONE")
    assert (await client.post(PATH, json=fulfilment(row, item(10)))).status_code == 200


async def test_only_a_fulfilment_of_the_named_invoice_is_taken_back(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    row, other = await issue(sessions, tenant), await issue(sessions, tenant)
    await client.post(PATH, json=fulfilment(row, item(10)))
    answer = await client.delete(DELETE_PATH, params={"fulfillmentCode": "FF-0000001", "salesInvoiceCode": other.code})
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Fulfillment not found.")
    assert (await client.delete(DELETE_PATH, params={"salesInvoiceCode": row.code})).status_code == 400
    assert await standing(sessions, row) == ("PARTIAL_FULFILLED", "DEFAULT")


async def test_the_trail_tells_of_both(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue(sessions, tenant)
    await client.post(PATH, json=fulfilment(row, item(10)))
    await client.delete(DELETE_PATH, params={"fulfillmentCode": "FF-0000001", "salesInvoiceCode": row.code})
    async with sessions() as session:
        events = await audit.list_events(session, tenant, document=f"sales-invoice/{row.code}", limit=2)
    assert [(event.action, event.detail) for event in events] == [
        ("take-back", {"fulfillment": "FF-0000001", "status": "UNFULFILLED"}),
        ("fulfil", {"fulfillment": "FF-0000001", "status": "PARTIAL_FULFILLED"}),
    ]


async def test_fulfilments_are_listed_by_invoice(client: Client, sessions: Sessions, tenant: str) -> None:
    rows = [await issue(sessions, tenant) for _ in range(2)]
    for row in [rows[0], rows[1], rows[0]]:
        await client.post(PATH, json=fulfilment(row, item(1)))
    mine = (await client.get(PATH, params={"salesInvoiceCode": rows[0].code})).json()
    assert [entry["fulfillmentCode"] for entry in mine["content"]] == ["FF-0000003", "FF-0000001"]
    page = (await client.get(f"{PATH}/", params={"limit": 1, "page": 1})).json()
    assert [entry["fulfillmentCode"] for entry in page["content"]] == ["FF-0000002"]
    assert (page["totalElements"], page["totalPages"]) == (3, 3)


async def test_fulfilments_are_their_tenant_s_alone(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    row = await issue(sessions, tenant)
    await client.post(PATH, json=fulfilment(row, item(1)))
    names = {"fulfillmentCode": "FF-0000001", "salesInvoiceCode": row.code}
    async with api_client(token=await token(await another_tenant(sessions))) as other:
        assert (await other.post(PATH, json=fulfilment(row, item(1)))).status_code == 404
        assert (await other.get(f"{PATH}/FF-0000001")).status_code == 404
        assert (await other.get(PATH)).json()["content"] == []
        assert (await other.delete(DELETE_PATH, params=names)).status_code == 404
    assert (await standing(sessions, row))[0] == "PARTIAL_FULFILLED"


async def test_who_only_reads_invoices_fulfils_nothing(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    row = await issue(sessions, tenant)
    names = {"fulfillmentCode": "FF-0000001", "salesInvoiceCode": row.code}
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as reader:
        assert (await reader.post(PATH, json=fulfilment(row, item(1)))).status_code == 403
        assert (await reader.delete(DELETE_PATH, params=names)).status_code == 403
        assert (await reader.get(PATH)).status_code == 200
