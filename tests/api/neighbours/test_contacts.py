"""Contacts over HTTP (Deskera B.7), and what all lists beside the sales invoices have in common (B.2)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, SITE_MANAGE
from database import audit
from database.tables import AuditEvent
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker
from tests.database.rows import another_tenant
from tests.database.sales import issue_sales_invoice

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

URL = "/v1/contacts"
ADDRESS: Json = {
    "address1": "204 E Chestnut St",
    "address2": None,
    "city": "Louisville",
    "state": "KY",
    "country": "US",
    "postalCode": "40202",
    "preferred": True,
}
WHOLE: Json = {
    "name": "Orchid Trading",
    "currencyCode": "SGD",
    "paymentTermCode": "4",
    "uen": "201912345K",
    "taxNumber": "M2-0012345-6",
    "receivableAccountCode": "AC-0000011",
    "payableAccountCode": "AC-0000012",
    "billingAddress": [ADDRESS],
    "shippingAddress": [ADDRESS | {"city": "Lexington", "preferred": False}],
    "emailId": "books@orchid.example",
    "peppolId": "0195:SGUEN201912345K",
    "taxExempted": True,
    "taxExemptionReason": "Resale",
    "customField": [{"id": 1, "label": "Tier", "module": "Contact", "value": "gold"}],
    "sequenceFormat": "1",
}
MEMBERS = WHOLE.keys() | {
    "id",
    "code",
    "documentSequenceCode",
    "status",
    "customer",
    "vendor",
    "deleted",
    "tenantId",
    "theyOweYou",
    "youOweThem",
    "invoices",
}


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.fixture
async def everybody(crowd: CrowdFactory, token: TokenMaker, tenant: str) -> AsyncIterator[AsyncClient]:
    """For requests at once."""
    async with crowd(await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def create(client: AsyncClient, **members: Any) -> Json:
    made = await client.post(URL, json={"name": "Ada"} | members)
    assert made.status_code == 201, made.text
    body: Json = made.json()
    return body


async def codes(client: AsyncClient, **parameters: Any) -> list[str]:
    listed = await client.get(URL, params=parameters)
    assert listed.status_code == 200, listed.text
    return [contact["code"] for contact in listed.json()["content"]]


async def refusal(client: Client, **members: Any) -> list[str]:
    """The members that a creation is refused for."""
    refused = await client.post(URL, json={"name": "Ada"} | members)
    body = refused.json()
    assert (refused.status_code, body["code"], body["httpStatus"]) == (400, 400, "BAD_REQUEST"), refused.text
    return [error["field"] for error in body["errors"]]


async def events(sessions: Sessions, tenant: str, document: str) -> list[AuditEvent]:
    async with sessions() as session:
        return await audit.list_events(session, tenant, document=document, limit=10)


async def test_a_contact_is_answered_as_it_was_sent_with_what_was_assigned(client: Client) -> None:
    made = await create(client, **WHOLE)
    assert made.keys() == MEMBERS
    assert {name: made[name] for name in WHOLE} == WHOLE
    assigned = {name: made[name] for name in MEMBERS - WHOLE.keys() - {"id", "tenantId"}}
    assert assigned == {
        "code": "C-0000001",
        "documentSequenceCode": "C-0000001",
        "status": "ACTIVE",
        "customer": True,
        "vendor": False,
        "deleted": False,
        "theyOweYou": 0,
        "youOweThem": None,
        "invoices": None,
    }
    assert isinstance(made["id"], int)
    assert isinstance(made["tenantId"], int)


async def test_it_is_read_by_id_and_by_code(client: Client) -> None:
    made = await create(client, **WHOLE)
    for path in (f"{URL}/{made['id']}", f"{URL}/{made['id']}/", f"{URL}/code/C-0000001", f"{URL}/code/C-0000001/"):
        read = await client.get(path)
        assert (read.status_code, read.json()) == (200, made)


async def test_a_name_is_enough_and_nulls_are_explicit(client: Client) -> None:
    made = await create(client, emailId=None, billingAddress=None)
    assert made.keys() == MEMBERS
    assert (made["billingAddress"], made["taxExempted"]) == ([], False)
    assert made["emailId"] is None
    assert made["customField"] is None


async def test_what_the_client_sends_with_a_trailing_slash_is_taken(client: Client) -> None:
    made = await client.post(f"{URL}/", json={"name": "Ada"})
    assert made.status_code == 201
    listed = await client.get(
        f"{URL}/?includeOpeningAmount=false&includeOweAmount=false&limit=10&page=0&sort=createdAt&sortDir=DESC"
    )
    assert [contact["code"] for contact in listed.json()["content"]] == ["C-0000001"]


async def test_members_that_nobody_knows_are_ignored(client: Client) -> None:
    made = await create(client, id=77, code="C-7", tenantId=7, theyOweYou=5, deleted=True, shoeSize=44)
    assert made.keys() == MEMBERS
    assert (made["code"], made["deleted"], made["theyOweYou"]) == ("C-0000001", False, 0)


async def test_a_custom_field_of_any_shape_keeps_its_exact_numbers(client: Client) -> None:
    text = '{"name":"Ada","customField":{"rate":0.10000000000000000000001,"list":[1,"1",null,true]}}'
    made = await client.post(URL, content=text, headers={"content-type": "application/json"})
    read = await client.get(f"{URL}/code/C-0000001")
    for answer in (made, read):
        assert '"customField":{"rate":0.10000000000000000000001,"list":[1,"1",null,true]}' in answer.text


@pytest.mark.parametrize(
    ("member", "sent", "kept"),
    [
        ("paymentTermCode", 4, "4"),
        ("paymentTermCode", "Net 30", "4"),
        ("paymentTermCode", "", None),
        ("currencyCode", "eur", "EUR"),
        ("sequenceFormat", 1, "1"),
        ("emailId", " ada@example.com ", "ada@example.com"),
        ("emailId", "", None),
        ("status", "inactive", "INACTIVE"),
        ("name", "  Ada ", "Ada"),
    ],
)
async def test_the_usual_spellings_are_taken(client: Client, member: str, sent: Any, kept: Any) -> None:
    assert (await create(client, **{member: sent}))[member] == kept


async def test_a_postal_code_may_be_a_number_and_is_answered_as_text(client: Client) -> None:
    made = await create(client, billingAddress=[{"postalCode": 123456}])
    assert made["billingAddress"] == [dict.fromkeys(ADDRESS) | {"postalCode": "123456"}]


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": {"first": "Ada"}}, ["name"]),
        ({"currencyCode": "XXX"}, ["currencyCode"]),
        ({"currencyCode": "DOLLARS"}, ["currencyCode"]),
        ({"paymentTermCode": "6"}, ["paymentTermCode"]),
        ({"emailId": "nobody"}, ["emailId"]),
        ({"peppolId": "201912345K"}, ["peppolId"]),
        ({"taxExempted": True}, ["taxExemptionReason"]),
        ({"taxExempted": True, "taxExemptionReason": " "}, ["taxExemptionReason"]),
        ({"taxExempted": "yes"}, ["taxExempted"]),
        ({"billingAddress": ADDRESS}, ["billingAddress"]),
        ({"shippingAddress": [ADDRESS, {"city": True}]}, ["shippingAddress.1.city"]),
        ({"status": "GONE"}, ["status"]),
        ({"emailId": "nobody", "uen": False}, ["uen", "emailId"]),
    ],
)
async def test_what_is_wrong_is_named(client: Client, members: Json, fields: list[str]) -> None:
    assert await refusal(client, **members) == fields
    assert await codes(client) == []


async def test_a_put_replaces_all_but_what_the_contact_is(client: Client) -> None:
    made = await create(client, **WHOLE, vendor=True, customer=False, status="INACTIVE")
    replaced = await client.put(f"{URL}/{made['id']}", json={"name": "Orchid Pte", "uen": "1"})
    bare = dict.fromkeys(WHOLE) | {"billingAddress": [], "shippingAddress": [], "taxExempted": False}
    assert replaced.status_code == 200
    assert replaced.json() == made | bare | {"name": "Orchid Pte", "uen": "1"}
    assert (await client.get(f"{URL}/{made['id']}")).json() == replaced.json()


async def test_an_answer_can_be_sent_back(client: Client) -> None:
    made = await create(client, **WHOLE)
    again = await client.put(f"{URL}/{made['id']}", json=made)
    assert (again.status_code, again.json()) == (200, made)


async def test_a_patch_changes_what_it_names_and_null_names_nothing(client: Client) -> None:
    made = await create(client, **WHOLE)
    sent: Json = {
        "status": "INACTIVE",
        "customer": None,
        "billingAddress": None,
        "shippingAddress": [],
        "customField": None,
    }
    patched = await client.patch(f"{URL}/{made['id']}", json=sent)
    assert patched.status_code == 200
    assert patched.json() == made | {"status": "INACTIVE", "shippingAddress": []}


async def test_a_patch_cannot_leave_an_exemption_without_a_reason(client: Client) -> None:
    made = await create(client)
    refused = await client.patch(f"{URL}/{made['id']}", json={"taxExempted": True})
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["taxExemptionReason"]
    both = await client.patch(f"{URL}/{made['id']}", json={"taxExempted": True, "taxExemptionReason": "Resale"})
    assert both.json()["taxExempted"] is True


async def test_patches_at_once_all_hold(everybody: AsyncClient) -> None:
    made = await create(everybody)
    url = f"{URL}/{made['id']}"
    await asyncio.gather(
        *(everybody.patch(url, json={member: "x"}) for member in ("uen", "taxNumber", "sequenceFormat"))
    )
    read = (await everybody.get(url)).json()
    assert [read[member] for member in ("uen", "taxNumber", "sequenceFormat")] == ["x", "x", "x"]


async def test_contacts_created_at_once_get_codes_of_their_own(everybody: AsyncClient) -> None:
    made = await asyncio.gather(*(create(everybody, name="Ada") for _ in range(12)))
    assert sorted(contact["code"] for contact in made) == [f"C-{number:07d}" for number in range(1, 13)]


async def test_a_contact_shows_what_it_owes(client: Client, sessions: Sessions, tenant: str) -> None:
    made = await create(client)
    await create(client, name="Grace")
    await issue_sales_invoice(sessions, tenant, total="100.00", contact_code="C-0000001")
    await issue_sales_invoice(sessions, tenant, total="20.50", contact_code="C-0000001")
    assert (await client.get(f"{URL}/{made['id']}")).json()["theyOweYou"] == 120.5
    listed = (await client.get(URL, params={"sort": "code"})).json()["content"]
    assert [contact["theyOweYou"] for contact in listed] == [120.5, 0]


@pytest.mark.parametrize("path", ["/0", "/-1", "/99999999", "/code/C-9999999"])
async def test_an_unknown_contact_is_not_found(client: Client, path: str) -> None:
    for method, body in (("GET", None), ("PUT", {"name": "Ada"}), ("PATCH", {"name": "Ada"})):
        if path.startswith("/code") and method != "GET":
            continue
        missing = await client.request(method, f"{URL}{path}", json=body)
        assert (missing.status_code, missing.json()["httpStatus"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/abc", "/99999999999999999999"])
async def test_what_is_no_id_is_never_a_fault_of_ours(client: Client, path: str) -> None:
    assert (await client.get(f"{URL}{path}")).status_code in {400, 404, 405}


async def test_another_tenant_sees_and_changes_nothing(
    client: Client, sessions: Sessions, api_client: ApiClientFactory, token: TokenMaker
) -> None:
    made = await create(client, **WHOLE)
    stranger = await token(await another_tenant(sessions), [INVOICE_MANAGE])
    async with api_client(token=stranger) as other:
        assert await codes(other) == []
        assert (await other.get(f"{URL}/code/C-0000001")).status_code == 404
        url = f"{URL}/{made['id']}"
        answers = [await other.get(url), await other.put(url, json=made), await other.patch(url, json={"uen": "9"})]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert (await create(other))["code"] == "C-0000001"
    assert (await client.get(url)).json() == made


async def test_reading_takes_the_view_scope_and_writing_the_manage_scope(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    made = await create(client)
    url = f"{URL}/{made['id']}"
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(url)).status_code == 200
        answers = [
            await viewer.post(URL, json=made),
            await viewer.put(url, json=made),
            await viewer.patch(url, json={}),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    async with api_client(token=await token(tenant, [SITE_MANAGE])) as other:
        assert [(await other.get(path)).status_code for path in (URL, url)] == [403, 403]


async def test_the_trail_says_who_changed_which_members_and_nothing_of_what_is_in_them(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    made = await create(client, **WHOLE)
    url = f"{URL}/{made['id']}"
    await client.patch(url, json={"emailId": "new@orchid.example", "name": "Orchid Ltd"})
    await client.patch(url, json={"emailId": "new@orchid.example"})
    await client.patch(url, json={"emailId": "nobody"})
    trail = await events(sessions, tenant, "contact/C-0000001")
    assert [(event.action, event.detail) for event in trail] == [
        ("change", {"members": "name, emailId"}),
        ("create", {}),
    ]
    assert all(event.actor.startswith("client:") for event in trail)


async def test_a_key_makes_a_contact_once(everybody: AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    made = await asyncio.gather(*(everybody.post(URL, json=WHOLE, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in made} == {201}
    assert {answer.json()["code"] for answer in made} == {"C-0000001"}
    assert await codes(everybody) == ["C-0000001"]


async def test_a_key_is_not_for_another_contact(client: Client) -> None:
    key = {"Idempotency-Key": "k1"}
    await client.post(URL, json=WHOLE, headers=key)
    conflict = await client.post(URL, json=WHOLE | {"name": "Grace"}, headers=key)
    assert (conflict.status_code, conflict.json()["httpStatus"]) == (409, "CONFLICT")
    assert conflict.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_a_page_is_springs(client: Client) -> None:
    for name in ("Ada", "Grace", "Barbara"):
        await create(client, name=name)
    page = (await client.get(URL, params={"limit": 2, "page": 1})).json()
    assert [contact["name"] for contact in page.pop("content")] == ["Ada"]
    sort = {"sorted": True, "unsorted": False, "empty": False}
    assert page == {
        "pageable": {"sort": sort, "pageSize": 2, "pageNumber": 1, "offset": 2, "paged": True, "unpaged": False},
        "totalElements": 3,
        "totalPages": 2,
        "last": True,
        "first": False,
        "sort": sort,
        "numberOfElements": 1,
        "size": 2,
        "number": 1,
        "empty": False,
    }


async def test_beyond_the_last_page_there_is_an_empty_one(client: Client) -> None:
    await create(client)
    page = (await client.get(URL, params={"page": 7})).json()
    assert (page["content"], page["totalElements"], page["empty"]) == ([], 1, True)


async def test_the_order_is_the_callers(client: Client) -> None:
    first = await create(client, name="grace")
    for name in ("Ada", "Barbara"):
        await create(client, name=name)
    await client.patch(f"{URL}/{first['id']}", json={"uen": "1"})
    grace, ada, barbara = (f"C-000000{number}" for number in (1, 2, 3))
    assert await codes(client) == [barbara, ada, grace]
    assert await codes(client, sort="createdDate") == [grace, ada, barbara]
    assert await codes(client, sort="name") == [ada, barbara, grace]
    assert await codes(client, sort="name", sortDir="desc") == [grace, barbara, ada]
    assert await codes(client, sort="updatedAt", sortDir="DESC") == [grace, barbara, ada]
    assert await codes(client, sort="code", limit=2) == [grace, ada]


async def test_search_looks_everywhere_and_takes_no_wildcards(client: Client) -> None:
    await create(client, name="50% Club", emailId="ada@example.com")
    await create(client, name="500 Club", taxNumber="M2_77")
    assert await codes(client, search="50%") == ["C-0000001"]
    assert await codes(client, search="m2_") == ["C-0000002"]
    assert await codes(client, search="ADA@") == ["C-0000001"]
    assert await codes(client, search="club", sort="code") == ["C-0000001", "C-0000002"]
    assert await codes(client, search="c-0000002") == ["C-0000002"]
    assert await codes(client, search="nobody") == []


async def test_filters_are_conditions_that_all_hold(client: Client) -> None:
    await create(client, name="Ada", currencyCode="SGD", uen="1")
    await create(client, name="Grace", currencyCode="EUR", uen="", status="INACTIVE")
    await create(client, name="Barbara", currencyCode="USD", vendor=True)
    ada, grace, barbara = (f"C-000000{number}" for number in (1, 2, 3))
    order = {"sort": "code"}
    assert await codes(client, query="currencyCode=SGD,currencyCode=EUR", **order) == [ada, grace]
    assert await codes(client, query="currencyCode=SGD,name=Grace") == []
    assert await codes(client, query="uen!null") == [ada]
    assert await codes(client, query="vendor=true") == [barbara]
    assert await codes(client, query="status=inactive") == [grace]
    assert await codes(client, status="ACTIVE", **order) == [ada, barbara]
    assert await codes(client, status="ACTIVE,INACTIVE", query="name=ada") == [ada]
    assert await codes(client, status="", query="", search="", **order) == [ada, grace, barbara]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"page": "1.5"}, "page"),
        ({"sort": "shoeSize"}, "sort"),
        ({"sortDir": "UP"}, "sortDir"),
        ({"status": "GONE"}, "status"),
        ({"query": "shoeSize=44"}, "query"),
        ({"query": "status"}, "query"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(client: Client, parameters: Json, field: str) -> None:
    refused = await client.get(URL, params=parameters)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_parameters_that_nobody_knows_are_ignored(client: Client) -> None:
    assert await codes(client, **{"10": "10", "0": "0", "shoeSize": "44"}) == []
