"""The Site Settings service over HTTP (Emporix A.4)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, SITE_MANAGE, SITE_READ
from database.tables import Tenant
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
JsonObject = dict[str, Any]

SCHEMAS: JsonObject = {"generalShopSettings": "https://example.com/generalShopSettingsSiteMixIn.v10"}
MAIN: JsonObject = {
    "code": "main",
    "name": "United States",
    "active": True,
    "default": True,
    "defaultLanguage": "en",
    "languages": ["en", "de"],
    "currency": "USD",
    "availableCurrencies": ["EUR", "USD"],
    "includesTax": False,
    "homeBase": {
        "address": {
            "street": "Broadway",
            "streetNumber": "1500",
            "zipCode": "10036",
            "city": "New York",
            "country": "US",
            "state": "NY",
        },
        "location": {"latitude": 40.75, "longitude": -73.98},
        "timezone": "Europe/Paris",
    },
    "shipToCountries": ["US"],
    "taxDeterminationBasedOn": "BILLING_ADDRESS",
    "cartCalculationScale": 2,
    "assistedBuying": {"storefrontUrl": ""},
    "metadata": {"mixins": SCHEMAS},
}
LEAST: JsonObject = {
    "code": "test2",
    "name": "postmanTestSiteName",
    "defaultLanguage": "en",
    "languages": ["en"],
    "currency": "GBP",
    "homeBase": {"address": {"country": "GB", "zipCode": "12345"}},
    "shipToCountries": ["GB"],
}
LOGO: JsonObject = {"logoUrl": "https://sample_logo_url.png"}
WITH_MIXINS = {"expand": "mixin:*"}


def url(tenant: str, code: str = "", *rest: str) -> str:
    return "/".join([f"/site/{tenant}/sites", *([code] if code else []), *rest])


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [SITE_MANAGE, SITE_READ])) as client:
        yield client


@pytest.fixture
async def reader(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [SITE_READ])) as client:
        yield client


async def create(client: Client, tenant: str, site: JsonObject = MAIN, **changes: JsonValue) -> None:
    created = await client.post(url(tenant), json={**site, **changes})
    assert created.status_code == 201, created.text


async def test_a_site_is_created_and_read_as_it_was_sent(client: Client, tenant: str) -> None:
    created = await client.post(url(tenant), json=MAIN)
    assert (created.status_code, created.json()) == (201, {"id": "main"})
    read = await client.get(url(tenant, "main"))
    assert (read.status_code, read.json()) == (200, {**MAIN, "metadata": {"mixins": SCHEMAS, "version": 1}})


async def test_the_least_site_has_the_documented_defaults(client: Client, tenant: str) -> None:
    await create(client, tenant, LEAST)
    assert (await client.get(url(tenant, "test2"))).json() == {
        **LEAST,
        "taxDeterminationBasedOn": "BILLING_ADDRESS",
        "metadata": {"mixins": {}, "version": 1},
    }


async def test_mixins_come_only_where_they_are_asked_for(client: Client, tenant: str) -> None:
    await create(client, tenant, mixins={"generalShopSettings": LOGO, "merchantInfo": {"merchantName": "Acme"}})
    read = {}
    for expand in ("", "payment:all,tax:none", "payment:all,mixin:*", "mixin:merchantInfo", "mixin:other"):
        site = await client.get(url(tenant, "main"), params={"expand": expand})
        read[expand] = site.json().get("mixins")
    assert read == {
        "": None,
        "payment:all,tax:none": None,
        "payment:all,mixin:*": {"generalShopSettings": LOGO, "merchantInfo": {"merchantName": "Acme"}},
        "mixin:merchantInfo": {"merchantInfo": {"merchantName": "Acme"}},
        "mixin:other": {},
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({**MAIN, "code": None}, "code"),
        ({**MAIN, "code": "two words"}, "code"),
        ({**MAIN, "name": ""}, "name"),
        ({**MAIN, "languages": []}, "languages"),
        ({**MAIN, "currency": "dollar"}, "currency"),
        ({**MAIN, "homeBase": {"address": {"country": "US"}}}, "homeBase.address.zipCode"),
        ({**MAIN, "homeBase": {**LEAST["homeBase"], "timezone": "Europe/Xp"}}, "homeBase.timezone"),
        ({**MAIN, "mixins": {"generalShopSettings": {"logoUrl": "logo.png"}}}, "mixins.generalShopSettings.logoUrl"),
    ],
)
async def test_a_site_that_lacks_something_is_refused_with_the_member(
    client: Client, tenant: str, body: JsonObject, named: str
) -> None:
    refused = await client.post(url(tenant), json=body)
    answer = refused.json()
    assert (refused.status_code, answer["status"], answer["type"]) == (400, 400, "validation_violation")
    assert [detail["message"].partition(":")[0] for detail in answer["details"]] == [named]
    assert (await client.get(url(tenant))).json() == []


@pytest.mark.parametrize("body", [[], "main", 5, None])
async def test_a_body_that_is_no_object_is_refused(client: Client, tenant: str, body: JsonValue) -> None:
    await create(client, tenant)
    for refused in (
        await client.post(url(tenant), json=body),
        await client.put(url(tenant, "main"), json=body),
        await client.patch(url(tenant, "main"), json=body),
        await client.post(url(tenant, "main", "mixins"), json=body),
    ):
        assert refused.status_code == 400


async def test_a_code_is_taken_once(client: Client, tenant: str) -> None:
    await create(client, tenant)
    again = await client.post(url(tenant), json=MAIN)
    assert (again.status_code, again.json()) == (
        409,
        {"type": "conflict_resource", "status": 409, "message": "Site main already exists"},
    )


async def test_a_site_that_is_not_there_is_not_found_whatever_is_asked(client: Client, tenant: str) -> None:
    for method, rest in [
        ("GET", []), ("PUT", []), ("PATCH", []), ("DELETE", []), ("GET", ["mixins"]), ("POST", ["mixins"]),
        ("GET", ["mixins", "a"]), ("PUT", ["mixins", "a"]), ("PATCH", ["mixins", "a"]), ("DELETE", ["mixins", "a"]),
    ]:  # fmt: skip
        body = {"generalShopSettings": LOGO} if method != "GET" else None
        missing = await client.request(method, url(tenant, "x", *rest), json=body)
        answer = missing.json()
        assert (missing.status_code, answer["status"], answer["message"]) == (404, 404, "Site not Found")
        assert answer["details"] == [{"message": "Couldn't find a site with code 'x'"}]


async def test_sites_are_listed_and_counted(client: Client, tenant: str) -> None:
    for code in ("US", "DE", "UK"):
        await create(client, tenant, code=code)
    listed = await client.get(url(tenant))
    assert ([site["code"] for site in listed.json()], "x-count" in listed.headers) == (["DE", "UK", "US"], False)
    page = await client.get(url(tenant), params={"totalCount": "true", "pageSize": 2, "pageNumber": 2})
    assert ([site["code"] for site in page.json()], page.headers["x-count"]) == (["US"], "3")
    codes = await client.get(f"/site/{tenant}/siteslist", params={"totalCount": "true"})
    assert (codes.json(), codes.headers["x-count"]) == (["DE", "UK", "US"], "3")


@pytest.mark.parametrize("query", [{"pageSize": 0}, {"pageNumber": 0}, {"pageSize": "x"}, {"totalCount": "perhaps"}])
async def test_a_page_that_cannot_be_is_refused(client: Client, tenant: str, query: dict[str, str]) -> None:
    for path in (url(tenant), f"/site/{tenant}/siteslist"):
        assert (await client.get(path, params=query)).status_code == 400


async def test_inactive_sites_are_seen_by_who_manages_sites(client: Client, reader: Client, tenant: str) -> None:
    await create(client, tenant)
    await create(client, tenant, LEAST, active=False)
    assert (await client.get(f"/site/{tenant}/siteslist")).json() == ["main"]
    everything = {"includeInactive": "true"}
    assert (await client.get(f"/site/{tenant}/siteslist", params=everything)).json() == ["main", "test2"]
    assert (await client.get(url(tenant, "test2"))).status_code == 200
    assert (await reader.get(url(tenant, "main"))).status_code == 200
    for refused in (await reader.get(url(tenant), params=everything), await reader.get(url(tenant, "test2"))):
        assert (refused.status_code, refused.json()["details"]) == (
            403,
            [{"message": "Missing required scopes [site.site_manage]"}],
        )


async def test_a_replaced_site_keeps_its_mixins_unless_they_are_sent(client: Client, tenant: str) -> None:
    await create(client, tenant, mixins={"generalShopSettings": LOGO})
    body = {name: value for name, value in LEAST.items() if name != "code"}
    replaced = await client.put(url(tenant, "main"), json=body)
    assert (replaced.status_code, replaced.json()["currency"], "includesTax" in replaced.json()) == (200, "GBP", False)
    assert (await client.get(url(tenant, "main"), params=WITH_MIXINS)).json()["mixins"] == {"generalShopSettings": LOGO}
    await client.put(url(tenant, "main"), json={**body, "mixins": {"other": {"a": 1}}})
    assert (await client.get(url(tenant, "main"), params=WITH_MIXINS)).json()["mixins"] == {"other": {"a": 1}}


async def test_a_changed_site_keeps_what_was_not_sent(client: Client, tenant: str) -> None:
    await create(client, tenant, mixins={"generalShopSettings": {**LOGO, "brandName": "Acme"}})
    change: JsonObject = {
        "includesTax": True,
        "cartCalculationScale": None,
        "homeBase": {"address": {"city": "Albany"}},
        "mixins": {"generalShopSettings": {"brandName": None, "primaryColor": "#fff"}, "new": {"a": 1}},
    }
    assert (await client.patch(url(tenant, "main"), json=change)).status_code == 200
    site = (await client.get(url(tenant, "main"), params=WITH_MIXINS)).json()
    assert (site["includesTax"], site["name"], "cartCalculationScale" in site) == (True, "United States", False)
    assert (site["homeBase"]["address"]["city"], site["homeBase"]["address"]["street"]) == ("Albany", "Broadway")
    assert site["mixins"] == {"generalShopSettings": {**LOGO, "primaryColor": "#fff"}, "new": {"a": 1}}
    assert site["metadata"] == {"mixins": SCHEMAS, "version": 2}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_to_something_that_cannot_be_stored_changes_nothing(
    client: Client, tenant: str, method: str
) -> None:
    await create(client, tenant)
    before = (await client.get(url(tenant, "main"))).json()
    for bad in ({"currency": "dollar"}, {"name": None}, {"mixins": {"generalShopSettings": {"logoUrl": 5}}}):
        refused = await client.request(method, url(tenant, "main"), json={**(MAIN if method == "PUT" else {}), **bad})
        assert refused.status_code == 400
    renamed = await client.request(method, url(tenant, "main"), json={**MAIN, "code": "other"})
    assert (renamed.status_code, renamed.json()["details"][0]["message"].partition(":")[0]) == (400, "code")
    assert (await client.get(url(tenant, "main"))).json() == before


async def test_a_change_of_an_old_version_is_a_conflict(client: Client, tenant: str) -> None:
    await create(client, tenant)
    read = (await client.get(url(tenant, "main"))).json()
    assert (await client.put(url(tenant, "main"), json={**read, "name": "First"})).status_code == 200
    late = await client.put(url(tenant, "main"), json={**read, "name": "Second"})
    assert (late.status_code, late.json()["type"]) == (409, "conflict_resource")
    assert (await client.patch(url(tenant, "main"), json={"metadata": {"version": 1}})).status_code == 409
    assert (await client.get(url(tenant, "main"))).json()["name"] == "First"


async def test_of_several_changes_of_one_version_at_once_one_succeeds(client: Client, tenant: str) -> None:
    await create(client, tenant)
    change = {"metadata": {"version": 1}}
    answers = await asyncio.gather(
        *(client.patch(url(tenant, "main"), json={**change, "name": f"V{i}"}) for i in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_a_deleted_site_is_gone_with_its_mixins(client: Client, tenant: str) -> None:
    await create(client, tenant, mixins={"generalShopSettings": LOGO})
    deleted = await client.delete(url(tenant, "main"))
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.delete(url(tenant, "main"))).status_code == 404
    await create(client, tenant)
    assert (await client.get(url(tenant, "main", "mixins"))).json() == {}


async def test_a_mixin_lives_from_creation_to_deletion(client: Client, tenant: str) -> None:
    await create(client, tenant)
    mixins, logo = url(tenant, "main", "mixins"), url(tenant, "main", "mixins", "generalShopSettings")
    created = await client.post(mixins, json={"generalShopSettings": LOGO})
    assert (created.status_code, created.json()) == (201, {"id": "generalShopSettings"})
    assert (await client.get(mixins)).json() == {"generalShopSettings": LOGO}
    assert (await client.get(logo)).json() == LOGO

    again = await client.post(mixins, json={"generalShopSettings": LOGO})
    assert (again.status_code, again.json()) == (
        409,
        {
            "type": "conflict_resource",
            "status": 409,
            "message": "Mixin generalShopSettings already exists for site main",
        },
    )

    assert (await client.patch(logo, json={"brandName": "Acme"})).status_code == 200
    assert (await client.get(logo)).json() == {**LOGO, "brandName": "Acme"}
    assert (await client.put(logo, json={"generalShopSettings": {"brandName": "Other"}})).status_code == 200
    assert (await client.get(logo)).json() == {"brandName": "Other"}
    assert (await client.put(logo, json=LOGO)).status_code == 200
    assert (await client.get(logo)).json() == LOGO

    assert (await client.delete(logo)).status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        missing = await client.request(method, logo, json=None if method == "GET" else {})
        assert (missing.status_code, missing.json()) == (
            404,
            {
                "type": "resource_not_found",
                "status": 404,
                "message": "Mixin with name 'generalShopSettings' could not be found",
            },
        )


@pytest.mark.parametrize("logo_url", ["logo.png", "ftp://example.com/logo.png", "", 5, ["https://example.com"]])
async def test_a_logo_must_be_a_web_address_whichever_way_it_comes(
    client: Client, tenant: str, logo_url: JsonValue
) -> None:
    await create(client, tenant)
    mixins, logo = url(tenant, "main", "mixins"), url(tenant, "main", "mixins", "generalShopSettings")
    bad = {"logoUrl": logo_url}
    refusals = [await client.post(mixins, json={"generalShopSettings": bad})]
    await client.post(mixins, json={"generalShopSettings": LOGO})
    refusals += [await client.put(logo, json={"generalShopSettings": bad}), await client.put(logo, json=bad)]
    refusals += [await client.patch(logo, json=bad)]
    for refused in refusals:
        assert refused.status_code == 400
        assert refused.json()["details"][0]["message"].startswith("generalShopSettings.logoUrl")
    assert (await client.get(logo)).json() == LOGO


@pytest.mark.parametrize("body", [{}, {"a": {}, "b": {}}, {"a": 5}, {"two words": {}}, {"a/b": {}}])
async def test_a_new_mixin_is_a_map_with_one_name_and_an_object(client: Client, tenant: str, body: JsonObject) -> None:
    await create(client, tenant)
    assert (await client.post(url(tenant, "main", "mixins"), json=body)).status_code == 400
    assert (await client.get(url(tenant, "main", "mixins"))).json() == {}


async def test_a_character_that_cannot_be_stored_is_refused(client: Client, tenant: str) -> None:
    assert (await client.post(url(tenant), json={**MAIN, "name": "a\x00b"})).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "enough"),
    [
        ("GET", "/sites", {SITE_READ, SITE_MANAGE}),
        ("POST", "/sites", {SITE_MANAGE}),
        ("GET", "/siteslist", {SITE_READ, SITE_MANAGE}),
        ("GET", "/sites/x", {SITE_READ, SITE_MANAGE}),
        ("PUT", "/sites/x", {SITE_MANAGE}),
        ("PATCH", "/sites/x", {SITE_MANAGE}),
        ("DELETE", "/sites/x", {SITE_MANAGE}),
        ("GET", "/sites/x/mixins", {SITE_MANAGE}),
        ("POST", "/sites/x/mixins", {SITE_MANAGE}),
        ("GET", "/sites/x/mixins/y", {SITE_MANAGE}),
        ("PUT", "/sites/x/mixins/y", {SITE_MANAGE}),
        ("PATCH", "/sites/x/mixins/y", {SITE_MANAGE}),
        ("DELETE", "/sites/x/mixins/y", {SITE_MANAGE}),
    ],
)
async def test_each_call_takes_its_scope_and_a_token(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, method: str, path: str, enough: set[str]
) -> None:
    async with api_client() as client:
        assert (await client.request(method, f"/site/{tenant}{path}")).status_code == 401
        for scope in (SITE_READ, SITE_MANAGE, CONFIGURATION_VIEW):
            headers = {"authorization": f"Bearer {await token(tenant, [scope])}"}
            answer = await client.request(method, f"/site/{tenant}{path}", headers=headers)
            assert (answer.status_code != 403) == (scope in enough)
            if answer.status_code == 403:
                assert (answer.json()["type"], answer.json()["message"]) == ("Forbidden", "User not authorized")


async def test_another_tenants_sites_are_neither_seen_nor_changed(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    await create(client, tenant, mixins={"generalShopSettings": LOGO})
    before = (await client.get(url(tenant, "main"), params=WITH_MIXINS)).json()
    other = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=other))
    async with api_client(token=await token(other)) as stranger:
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body: JsonObject | None = None if method == "GET" else {}
            for rest in ([], ["mixins", "generalShopSettings"]):
                assert (await stranger.request(method, url(tenant, "main", *rest), json=body)).status_code == 403
                assert (await stranger.request(method, url(other, "main", *rest), json=body)).status_code == 404
        assert (await stranger.get(url(other))).json() == []
        await create(stranger, other, name="Theirs")
        assert (await stranger.get(url(other, "main"), params=WITH_MIXINS)).json()["mixins"] == {}
    assert (await client.get(url(tenant, "main"), params=WITH_MIXINS)).json() == before
