"""Products in brief over HTTP (Deskera B.7)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from database import audit, products
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

URL = "/v1/products"
STOCK: Json = {
    "openingQuantity": 12.5,
    "openingValuation": 1249.99,
    "availableQuantity": 10,
    "costOfGoodsSoldAccountCode": "AC-0000031",
    "inventoryAccountCode": "AC-0000032",
    "stockAdjustmentAccountCode": "AC-0000033",
    "inventoryAccountName": "Stock",
    "warehouseCode": "WH-1",
}
DRILL: Json = {
    "name": "Cordless drill",
    "type": "TRACKED",
    "salesPrice": 99.9995,
    "salesTaxCode": "TX-0000001",
    "salesPriceTaxInclusive": True,
    "taxable": True,
    "stockUom": "2",
    "inventory": STOCK,
}
ASSIGNED = {"id", "productId", "documentSequenceCode", "active", "deleted"}


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        made = await client.post("/v1/taxes", json={"name": "GST", "percent": 9})
        assert made.json()["code"] == "TX-0000001"
        yield client


@pytest.fixture
async def everybody(client: Client, crowd: CrowdFactory, token: TokenMaker, tenant: str) -> AsyncIterator[AsyncClient]:
    """`client` for requests at once."""
    async with crowd(await token(tenant, [INVOICE_MANAGE])) as many:
        yield many


async def create(client: AsyncClient, **members: Any) -> Json:
    made = await client.post(URL, json={"name": "Drill"} | members)
    assert made.status_code == 201, made.text
    body: Json = made.json()
    return body


async def test_a_product_is_answered_as_it_was_sent_with_what_was_assigned(client: Client) -> None:
    made = await create(client, **DRILL)
    assert made.keys() >= DRILL.keys() | ASSIGNED
    assert {name: made[name] for name in DRILL} == DRILL
    assert {name: made[name] for name in ASSIGNED - {"id"}} == {
        "productId": "P-0000001",
        "documentSequenceCode": "P-0000001",
        "active": True,
        "deleted": False,
    }
    for path in (f"{URL}/{made['id']}", f"{URL}/{made['id']}/", f"{URL}/code/P-0000001"):
        read = await client.get(path)
        assert (read.status_code, read.json()) == (200, made)


async def test_a_name_is_enough_and_nulls_are_explicit(client: Client) -> None:
    whole, least = await create(client, **DRILL), await create(client, type=None, taxable=None)
    assert least.keys() == whole.keys()
    assert [least[member] for member in ("type", "taxable", "active")] == ["NONTRACKED", True, True]
    assert [least[member] for member in ("salesPrice", "inventory", "stockUom", "salesTaxCode")] == [None] * 4


@pytest.mark.parametrize(
    ("member", "sent", "kept"),
    [
        ("stockUom", 2, "2"),
        ("stockUom", "PCS", "PCS"),
        ("type", "tracked", "TRACKED"),
        ("type", "Bill_Of_Materials", "BILL_OF_MATERIALS"),
        ("salesPrice", "12.50", 12.5),
        ("salesTaxCode", "", None),
        ("taxable", False, False),
        ("active", False, False),
    ],
)
async def test_the_usual_spellings_are_taken(client: Client, member: str, sent: Any, kept: Any) -> None:
    assert (await create(client, **{member: sent}))[member] == kept


async def test_a_price_is_exact(client: Client) -> None:
    text = '{"name":"Screw","salesPrice":0.000123456789,"inventory":{"openingQuantity":0.1},"customField":{"x":1.10}}'
    made = await client.post(URL, content=text, headers={"content-type": "application/json"})
    read = await client.get(f"{URL}/code/P-0000001")
    for answer in (made, read):
        assert '"salesPrice":0.000123456789,' in answer.text
        assert '"openingQuantity":0.1,' in answer.text
        assert '"customField":{"x":1.1}' in answer.text


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"salesPrice": -1}, ["salesPrice"]),
        ({"salesPrice": "cheap"}, ["salesPrice"]),
        ({"type": "IMAGINARY"}, ["type"]),
        ({"taxable": "yes"}, ["taxable"]),
        ({"stockUom": True}, ["stockUom"]),
        ({"inventory": 5}, ["inventory"]),
        ({"inventory": {"openingQuantity": "many"}}, ["inventory.openingQuantity"]),
        ({"salesTaxCode": "TX-9", "purchaseTaxCode": "GST"}, ["salesTaxCode", "purchaseTaxCode"]),
    ],
)
async def test_what_is_wrong_is_named(client: Client, members: Json, fields: list[str]) -> None:
    refused = await client.post(URL, json={"name": "Drill"} | members)
    assert (refused.status_code, refused.json()["httpStatus"]) == (400, "BAD_REQUEST"), refused.text
    assert [error["field"] for error in refused.json()["errors"]] == fields
    assert (await client.get(URL)).json()["totalElements"] == 0


async def test_a_wrong_type_is_told_in_the_vendors_words(client: Client) -> None:
    refused = await client.post(URL, json={"name": "Drill", "type": "IMAGINARY"})
    assert refused.json()["errors"] == [{"field": "type", "error": "Product type 'IMAGINARY' is invalid"}]


async def test_a_put_replaces_all_but_whether_it_is_sold(client: Client) -> None:
    made = await create(client, **DRILL, active=False)
    replaced = await client.put(f"{URL}/{made['id']}", json={"name": "Hand drill", "salesPrice": 5})
    assert replaced.status_code == 200
    bare = dict.fromkeys(DRILL) | {"type": "NONTRACKED", "taxable": True, "name": "Hand drill", "salesPrice": 5}
    assert replaced.json() == made | bare
    assert (await client.put(f"{URL}/{made['id']}", json=made)).json() == made


async def test_a_line_finds_the_name(client: Client, sessions: Sessions, tenant: str) -> None:
    made = await create(client, **DRILL)
    async with sessions() as session:
        assert await products.names(session, tenant, [made["code"]]) == {"P-0000001": "Cordless drill"}


async def test_in_brief_there_is_what_a_line_needs(client: Client) -> None:
    made = await create(client, **DRILL, description="18 V")
    await create(client, name="Hand drill", active=False)
    listed = (await client.get(f"{URL}/brief/", params={"sort": "code"})).json()
    assert len(listed) == 2
    assert listed[0] == {
        "id": made["id"],
        "pid": "P-0000001",
        "code": "P-0000001",
        "documentSequenceCode": "P-0000001",
        "name": "Cordless drill",
        "description": "18 V",
        "type": "TRACKED",
        "barcode": None,
        "availableQuantity": 10,
        "status": True,
        "categoryCode": None,
        "unitPrice": 99.9995,
        "salesPrice": 99.9995,
        "salesTaxCode": "TX-0000001",
        "salesPriceTaxInclusive": True,
        "stockUom": "2",
        "taxable": True,
    }
    second = listed[1]
    assert [second[member] for member in ("status", "unitPrice", "availableQuantity")] == [False, None, None]
    active = await client.get(f"{URL}/brief", params={"status": "active", "limit": 1})
    assert [product["code"] for product in active.json()] == ["P-0000001"]


async def test_products_are_searched_and_filtered(client: Client) -> None:
    await create(client, name="Cordless drill", barcode="4006381333931", type="TRACKED")
    await create(client, name="Screw", description="for drilling", active=False)

    async def codes(**parameters: str) -> list[str]:
        listed = await client.get(URL, params={"sort": "code"} | parameters)
        assert listed.status_code == 200, listed.text
        return [product["code"] for product in listed.json()["content"]]

    drill, screw = "P-0000001", "P-0000002"
    assert await codes(search="DRILL") == [drill, screw]
    assert await codes(search="40063") == [drill]
    assert await codes(query="type=tracked") == [drill]
    assert await codes(query="active=false") == [screw]
    assert await codes(query="barcode!null") == [drill]
    assert await codes(status="inactive") == [screw]


async def test_products_created_at_once_get_codes_of_their_own(everybody: AsyncClient) -> None:
    made = await asyncio.gather(*(create(everybody) for _ in range(10)))
    assert sorted(product["code"] for product in made) == [f"P-{number:07d}" for number in range(1, 11)]


async def test_a_key_makes_a_product_once(everybody: AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    made = await asyncio.gather(*(everybody.post(URL, json=DRILL, headers=key) for _ in range(4)))
    assert [(answer.status_code, answer.json()["code"]) for answer in made] == [(201, "P-0000001")] * 4
    assert (await everybody.post(URL, json=DRILL | {"name": "Saw"}, headers=key)).status_code == 409


async def test_the_trail_says_who_created_and_changed_it(client: Client, sessions: Sessions, tenant: str) -> None:
    made = await create(client)
    await client.put(f"{URL}/{made['id']}", json=made | {"name": "Saw"})
    async with sessions() as session:
        trail = await audit.list_events(session, tenant, document="product/P-0000001", limit=5)
    assert [event.action for event in trail] == ["change", "create"]
    assert all(event.actor.startswith("client:") for event in trail)


async def test_another_tenant_sees_and_changes_nothing(
    client: Client, sessions: Sessions, api_client: ApiClientFactory, token: TokenMaker
) -> None:
    made = await create(client, **DRILL)
    async with api_client(token=await token(await another_tenant(sessions), [INVOICE_MANAGE])) as other:
        url = f"{URL}/{made['id']}"
        answers = [await other.get(url), await other.put(url, json=made), await other.get(f"{URL}/code/P-0000001")]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert (await other.get(URL)).json()["content"] == (await other.get(f"{URL}/brief")).json() == []
        borrowed = await other.post(URL, json=DRILL)
        assert [error["field"] for error in borrowed.json()["errors"]] == ["salesTaxCode"]
    assert (await client.get(url)).json() == made


async def test_writing_takes_the_manage_scope(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    made = await create(client)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(f"{URL}/brief")).status_code == 200
        assert (await viewer.post(URL, json=DRILL)).status_code == 403
        assert (await viewer.put(f"{URL}/{made['id']}", json=made)).status_code == 403
