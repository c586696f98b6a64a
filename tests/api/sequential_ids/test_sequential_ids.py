"""The Sequential ID service over HTTP (Emporix A.3)."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import SEQUENTIAL_ID_MANAGE, SEQUENTIAL_ID_VIEW, SITE_MANAGE
from database import sites
from database.tables import DrawnNumber, Tenant
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
JsonObject = dict[str, JsonValue]

VERIFY: JsonObject = {
    "name": "verify-test",
    "schemaType": "verifyTestSequence",
    "preText": "V-",
    "startValue": 10,
    "maxValue": 99999,
    "numberOfDigits": 4,
}
ORDERS: JsonObject = {
    "name": "orderNumbers2026",
    "schemaType": "orderNoSequence",
    "preText": "EC-__region__-__year__-__month__-",
    "postText": "-D",
    "startValue": 3,
    "maxValue": 999999999,
    "numberOfDigits": 9,
    "placeholders": {
        "__year__": {"required": True},
        "__abo__": {"required": False, "default": "REG"},
        "__region__": {
            "required": True,
            "sitePath": "mixins.customConfig.region",
            "arrayLimit": 3,
            "delimiter": "-",
        },
    },
}


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [SEQUENTIAL_ID_MANAGE, SEQUENTIAL_ID_VIEW])) as client:
        yield client


@pytest.fixture
async def site(sessions: Sessions, tenant: str) -> str:
    """A site in Austria with regions of its own."""
    body = {"homeBase": {"address": {"country": "AT"}, "timezone": "Europe/Vienna"}}
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, "main", body, {"customConfig": {"region": ["N", "S", "E", "W"]}})
    return "main"


async def create(client: Client, tenant: str, schema: JsonObject, *, active: bool = True) -> str:
    created = await client.post(f"/sequential-id/{tenant}/schemas", json=schema)
    assert created.status_code == 201
    if active:
        await client.post(f"/sequential-id/{tenant}/schemas/{created.text}/setActive")
    return created.text


async def next_id(client: Client, tenant: str, schema_type: str = "verifyTestSequence", **body: JsonValue) -> str:
    drawn = await client.post(f"/sequential-id/{tenant}/schemas/types/{schema_type}/nextId", json=body)
    assert drawn.status_code == 201, drawn.text
    assert list(drawn.json()) == ["id"]
    return str(drawn.json()["id"])


async def test_the_vendors_own_check_passes(client: Client, tenant: str) -> None:
    """Create, activate, draw, pool, clean up: as integrators saw it on the vendor's service."""
    base = f"/sequential-id/{tenant}/schemas"
    created = await client.post(base, json=VERIFY)
    schema_id = created.text
    assert (created.status_code, created.headers["content-type"].partition(";")[0]) == (201, "text/plain")
    assert str(UUID(schema_id)) == schema_id

    activated = await client.post(f"{base}/{schema_id}/setActive")
    assert (activated.status_code, activated.content) == (200, b"")
    assert (await client.get(f"{base}/{schema_id}")).json()["active"] is True

    assert await next_id(client, tenant) == "V-0011"
    assert await next_id(client, tenant) == "V-0012"
    assert (await client.get(f"{base}/{schema_id}")).json()["counter"] == 12
    assert await next_id(client, tenant, sequenceKey="poolA") == "V-0011"
    types = {schema["schemaType"]: schema["id"] for schema in (await client.get(base)).json()}
    assert types.keys() == {"verifyTestSequence", "verifyTestSequence--poolA"}

    missing = await client.post(f"{base}/types/verifyNoSuchSequence/nextId", json={})
    assert missing.status_code == 404
    assert missing.json()["message"] == "Active schema with the type verifyNoSuchSequence doesn't exist!"

    for id_ in types.values():
        assert (await client.delete(f"{base}/{id_}")).status_code == 204
    assert (await client.get(base)).json() == []


async def test_a_schema_is_read_with_all_that_was_sent(client: Client, tenant: str) -> None:
    schema_id = await create(client, tenant, ORDERS, active=False)
    for url in (
        f"/sequential-id/{tenant}/schemas",
        f"/sequential-id/{tenant}/schemas/types/orderNoSequence",
        "/sequential-id/sequenceSchemas",
    ):
        (schema,) = (await client.get(url)).json()
        metadata = schema.pop("metadata")
        assert schema == {**ORDERS, "id": schema_id, "active": False, "counter": 3}
        assert metadata.keys() == {"createdAt", "modifiedAt", "version"}
        assert metadata["createdAt"].endswith("Z")
    assert (await client.get(f"/sequential-id/{tenant}/schemas/types/other")).json() == []


async def test_who_accepts_json_only_gets_the_id_as_json(client: Client, tenant: str) -> None:
    url = f"/sequential-id/{tenant}/schemas"
    json_only = await client.post(url, json=VERIFY, headers={"accept": "application/json"})
    assert json_only.status_code == 201
    assert (await client.get(f"{url}/{json_only.json()['id']}")).json()["name"] == "verify-test"
    either = await client.post(url, json=VERIFY, headers={"accept": "application/json, text/plain, */*"})
    UUID(either.text)


async def test_a_schema_without_a_type_is_of_the_type_that_its_name_says(client: Client, tenant: str) -> None:
    least: JsonObject = {"name": "tickets", "startValue": 0, "maxValue": 9, "numberOfDigits": 2}
    schema_id = await create(client, tenant, least)
    assert (await client.get(f"/sequential-id/{tenant}/schemas/{schema_id}")).json()["schemaType"] == "tickets"
    assert await next_id(client, tenant, "tickets") == "01"
    refused = await client.post(f"/sequential-id/{tenant}/schemas", json={**least, "name": "two words"})
    assert refused.json()["errorDetails"][0]["field"] == "schemaType"


@pytest.mark.parametrize("schema_id", ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "6915e2eb3b4c2e6c7c80711b", "x"])
async def test_a_schema_that_is_not_there_reads_empty_and_deletes_but_is_not_activated(
    client: Client, tenant: str, schema_id: str
) -> None:
    url = f"/sequential-id/{tenant}/schemas/{schema_id}"
    read = await client.get(url)
    assert (read.status_code, read.content) == (200, b"")
    assert (await client.delete(url)).status_code == 204
    activated = await client.post(f"{url}/setActive")
    assert (activated.status_code, activated.json()["status"]) == (404, 404)
    assert schema_id in activated.json()["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"schemaType": "invoice-numbers"}, "schemaType"),
        ({"schemaType": "a--b"}, "schemaType"),
        ({"schemaType": "a#deleted"}, "schemaType"),
        ({"preText": "A\r\nB"}, "preText"),
        ({"postText": "x" * 256}, "postText"),
        ({"startValue": None}, "startValue"),
        ({"startValue": -1}, "startValue"),
        ({"startValue": "10"}, "startValue"),
        ({"startValue": True}, "startValue"),
        ({"startValue": 1.5}, "startValue"),
        ({"maxValue": 10}, "maxValue"),
        ({"maxValue": 2**63}, "maxValue"),
        ({"numberOfDigits": 0}, "numberOfDigits"),
        ({"numberOfDigits": 19}, "numberOfDigits"),
        ({"placeholders": {"year": {"required": True}}}, "placeholders"),
        ({"placeholders": {"__year__": True}}, "placeholders.__year__"),
        ({"placeholders": {"__year__": {"required": "yes"}}}, "placeholders.__year__.required"),
        ({"placeholders": {"__year__": {"arrayLimit": 0}}}, "placeholders.__year__.arrayLimit"),
        ({"counter": 5}, "counter"),
    ],
)
async def test_a_schema_that_cannot_count_is_refused_with_its_member(
    client: Client, tenant: str, change: JsonObject, field: str
) -> None:
    body = {name: value for name, value in {**VERIFY, **change}.items() if value is not None}
    refused = await client.post(f"/sequential-id/{tenant}/schemas", json=body)
    assert refused.status_code == 400
    answer = refused.json()
    assert (answer["status"], answer["message"]) == (
        400,
        "There are validation problems, see details section for more information",
    )
    assert answer["errorDetails"][0]["field"].startswith(field)
    assert answer["errorDetails"][0]["message"]
    assert (await client.get(f"/sequential-id/{tenant}/schemas")).json() == []


async def test_a_whole_float_counts_as_the_number_it_is(client: Client, tenant: str) -> None:
    await create(client, tenant, {**VERIFY, "startValue": 10.0})
    assert await next_id(client, tenant) == "V-0011"


async def test_the_largest_series_ends_where_the_database_does(client: Client, tenant: str) -> None:
    await create(client, tenant, {**VERIFY, "startValue": 2**63 - 2, "maxValue": 2**63 - 1})
    assert await next_id(client, tenant) == f"V-{2**63 - 1}"
    exhausted = await client.post(f"/sequential-id/{tenant}/schemas/types/verifyTestSequence/nextId")
    assert exhausted.status_code == 409


async def test_after_the_last_number_there_is_a_conflict_and_nothing_is_counted(client: Client, tenant: str) -> None:
    schema_id = await create(client, tenant, {**VERIFY, "maxValue": 11})
    assert await next_id(client, tenant) == "V-0011"
    exhausted = await client.post(f"/sequential-id/{tenant}/schemas/types/verifyTestSequence/nextId", json={})
    assert (exhausted.status_code, exhausted.json()) == (
        409,
        {
            "status": 409,
            "type": "conflict_resource",
            "message": "Not enough free ids left in this schema. MaxValue is exceeded",
        },
    )
    assert (await client.get(f"/sequential-id/{tenant}/schemas/{schema_id}")).json()["counter"] == 11


async def test_a_required_placeholder_that_is_missing_draws_nothing(client: Client, tenant: str) -> None:
    schema_id = await create(client, tenant, ORDERS)
    refused = await client.post(
        f"/sequential-id/{tenant}/schemas/types/orderNoSequence/nextId", json={"placeholders": {"__region__": "EU"}}
    )
    assert refused.status_code == 400
    (fault,) = refused.json()["errorDetails"]
    assert fault["field"] == "placeholders.__year__"
    assert "Required Placeholder is missing" in fault["message"]
    assert (await client.get(f"/sequential-id/{tenant}/schemas/{schema_id}")).json()["counter"] == 3


async def test_placeholders_come_from_the_body_or_from_the_site(client: Client, tenant: str, site: str) -> None:
    await create(client, tenant, {**ORDERS, "preText": "EC-__region__-__abo__-__country__-"})
    url = f"/sequential-id/{tenant}/schemas/types/orderNoSequence/nextId"
    from_site = await client.post(url, params={"siteCode": site}, json={})
    assert from_site.json() == {"id": "EC-N-S-E-REG-AT-000000004-D"}
    given: JsonObject = {"placeholders": {"__region__": "X", "__abo__": 7}}
    from_body = await client.post(url, params={"siteCode": site}, json=given)
    assert from_body.json() == {"id": "EC-X-7-AT-000000005-D"}


async def test_a_site_that_is_not_there_is_refused_by_name(client: Client, tenant: str) -> None:
    await create(client, tenant, VERIFY)
    refused = await client.post(
        f"/sequential-id/{tenant}/schemas/types/verifyTestSequence/nextId", params={"siteCode": "nowhere"}
    )
    assert (refused.status_code, refused.json()["errorDetails"][0]["field"]) == (400, "siteCode")
    assert await next_id(client, tenant) == "V-0011"


async def test_a_body_is_not_needed_to_draw_a_number(client: Client, tenant: str) -> None:
    await create(client, tenant, VERIFY)
    drawn = await client.post(f"/sequential-id/{tenant}/schemas/types/verifyTestSequence/nextId")
    assert (drawn.status_code, drawn.json()) == (201, {"id": "V-0011"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sequenceKey": "two words"}, "sequenceKey"),
        ({"sequenceKey": ""}, "sequenceKey"),
        ({"sequenceKey": "x#deleted"}, "sequenceKey"),
        ({"sequenceKey": "x" * 65}, "sequenceKey"),
        ({"placeholders": {"year": "2026"}}, "placeholders"),
        ({"placeholders": {"__year__": [2026]}}, "placeholders.__year__"),
        ({"numberOfIds": 2}, "numberOfIds"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_with_its_member(
    client: Client, tenant: str, body: JsonObject, field: str
) -> None:
    await create(client, tenant, VERIFY)
    refused = await client.post(f"/sequential-id/{tenant}/schemas/types/verifyTestSequence/nextId", json=body)
    assert refused.status_code == 400
    assert refused.json()["errorDetails"][0]["field"].startswith(field)


async def test_a_batch_draws_from_several_types_at_once(client: Client, tenant: str) -> None:
    await create(client, tenant, VERIFY)
    await create(client, tenant, {**VERIFY, "schemaType": "invoiceNoSequence", "preText": "INV-__year__-",
                                  "placeholders": {"__year__": {"required": True}}})  # fmt: skip
    drawn = await client.post(
        "/sequential-id/sequenceSchemaBatch/nextIds",
        json={
            "verifyTestSequence": {"numberOfIds": 3},
            "invoiceNoSequence": {"numberOfIds": 1, "sequenceKey": 2025, "placeholders": {"__year__": "2025"}},
        },
    )
    assert (drawn.status_code, drawn.json()) == (
        201,
        {
            "verifyTestSequence": {"ids": ["V-0011", "V-0012", "V-0013"]},
            "invoiceNoSequence": {"ids": ["INV-2025-0011"]},
        },
    )


async def test_a_batch_draws_all_or_nothing(client: Client, tenant: str) -> None:
    await create(client, tenant, VERIFY)
    refused = await client.post(
        "/sequential-id/sequenceSchemaBatch/nextIds", json={"verifyTestSequence": {}, "zzz": {"numberOfIds": 1}}
    )
    assert refused.status_code == 404
    assert refused.json()["message"] == "Active schema with the type zzz doesn't exist!"
    assert await next_id(client, tenant) == "V-0011"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"verifyTestSequence": {"numberOfIds": 0}}, "verifyTestSequence.numberOfIds"),
        ({"verifyTestSequence": {"numberOfIds": 1_001}}, "verifyTestSequence.numberOfIds"),
        ({"verifyTestSequence": {"numberOfIds": 600}, "other": {"numberOfIds": 600}}, "numberOfIds"),
        ({"verifyTestSequence": 3}, "verifyTestSequence"),
    ],
)
async def test_a_batch_that_wants_too_much_is_refused(
    client: Client, tenant: str, body: JsonObject, field: str
) -> None:
    await create(client, tenant, VERIFY)
    refused = await client.post("/sequential-id/sequenceSchemaBatch/nextIds", json=body)
    assert (refused.status_code, refused.json()["errorDetails"][0]["field"]) == (400, field)


async def test_the_old_paths_do_what_their_successors_do(client: Client, tenant: str) -> None:
    created = await client.post("/sequential-id/sequenceSchemas", json=VERIFY)
    assert created.status_code == 201
    assert (await client.get(f"/sequential-id/{tenant}/schemas/{created.text}")).json()["name"] == "verify-test"
    url = "/sequential-id/sequenceSchemas/verifyTestSequence/nextIds"
    drawn = await client.post(url, json={"numberOfIds": 2, "placeholders": {}})
    assert (drawn.status_code, drawn.json()) == (201, {"ids": ["V-0011", "V-0012"]})
    one = await client.post(url, json={"sequenceKey": "2016-05"})
    assert one.json() == {"ids": ["V-0011"]}


async def test_an_invoice_number_drawn_by_a_client_is_recorded_as_drawn_by_it(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    invoices: JsonObject = {**VERIFY, "schemaType": "invoiceNoSequence", "preText": "INV__num__",
                            "placeholders": {"__num__": {"required": True}}}  # fmt: skip
    async with api_client(token=await token(tenant)) as client:
        schema_id = await create(client, tenant, invoices)
        assert await next_id(client, tenant, "invoiceNoSequence", placeholders={"__num__": "26"}) == "INV260011"
        await client.delete(f"/sequential-id/{tenant}/schemas/{schema_id}")
    async with sessions() as session:
        (row,) = await session.scalars(select(DrawnNumber).where(DrawnNumber.tenant == tenant))
    assert (str(row.schema_id), row.counter, row.formatted) == (schema_id, 11, "INV260011")
    assert row.drawn_by.startswith("client:")


async def test_numbers_drawn_at_once_are_all_different_and_leave_no_gap(client: Client, tenant: str) -> None:
    await create(client, tenant, VERIFY)
    numbers = await asyncio.gather(*(next_id(client, tenant) for _ in range(20)))
    assert sorted(numbers) == [f"V-{counter:04}" for counter in range(11, 31)]


CALLS = [
    ("GET", "/{tenant}/schemas", SEQUENTIAL_ID_VIEW),
    ("POST", "/{tenant}/schemas", SEQUENTIAL_ID_MANAGE),
    ("GET", "/{tenant}/schemas/x", SEQUENTIAL_ID_VIEW),
    ("DELETE", "/{tenant}/schemas/x", SEQUENTIAL_ID_MANAGE),
    ("POST", "/{tenant}/schemas/x/setActive", SEQUENTIAL_ID_MANAGE),
    ("GET", "/{tenant}/schemas/types/x", SEQUENTIAL_ID_VIEW),
    ("POST", "/{tenant}/schemas/types/x/nextId", SEQUENTIAL_ID_VIEW),
    ("POST", "/sequenceSchemaBatch/nextIds", SEQUENTIAL_ID_VIEW),
    ("GET", "/sequenceSchemas", SEQUENTIAL_ID_VIEW),
    ("POST", "/sequenceSchemas", SEQUENTIAL_ID_MANAGE),
    ("POST", "/sequenceSchemas/x/nextIds", SEQUENTIAL_ID_VIEW),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
async def test_each_call_takes_its_scope_and_a_token(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, method: str, path: str, scope: str
) -> None:
    """Managing does not include drawing, nor the other way round."""
    url = f"/sequential-id{path.format(tenant=tenant)}"
    others = sorted({SEQUENTIAL_ID_MANAGE, SEQUENTIAL_ID_VIEW, SITE_MANAGE} - {scope})
    async with api_client() as client:
        assert (await client.request(method, url)).status_code == 401
        refused = await client.request(method, url, headers={"authorization": f"Bearer {await token(tenant, others)}"})
        assert (refused.status_code, refused.json()["type"]) == (403, "insufficient_permissions")
        assert scope in refused.json()["message"]


async def test_another_tenants_series_are_neither_seen_nor_drawn_from_nor_changed(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    schema_id = await create(client, tenant, VERIFY)
    other = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=other))
    async with api_client(token=await token(other)) as stranger:
        for method, path, _ in CALLS:
            if "{tenant}" in path:
                refused = await stranger.request(method, f"/sequential-id{path.format(tenant=tenant)}")
                assert refused.status_code == 403
        assert (await stranger.get(f"/sequential-id/{other}/schemas")).json() == []
        assert (await stranger.get("/sequential-id/sequenceSchemas")).json() == []
        assert (await stranger.get(f"/sequential-id/{other}/schemas/{schema_id}")).content == b""
        assert (await stranger.post(f"/sequential-id/{other}/schemas/{schema_id}/setActive")).status_code == 404
        assert (await stranger.delete(f"/sequential-id/{other}/schemas/{schema_id}")).status_code == 204
        batch = await stranger.post("/sequential-id/sequenceSchemaBatch/nextIds", json={"verifyTestSequence": {}})
        assert batch.status_code == 404
    assert await next_id(client, tenant) == "V-0011"
