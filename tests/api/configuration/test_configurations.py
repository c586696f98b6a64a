"""The Configuration service over HTTP (Emporix A.2)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import JsonValue, SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_MANAGE, CONFIGURATION_VIEW, SITE_MANAGE
from api.services import ApiServices
from database.tables import Tenant
from settings import Settings
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
JsonObject = dict[str, JsonValue]

SETTINGS: JsonObject = {
    "key": "invoiceSettings",
    "secured": False,
    "value": {"threshold": "24", "status": "CREATED,CONFIRMED", "extendedOrderStatus": "70,75,76"},
    "version": 1,
}
COUNTRY: JsonObject = {"key": "project_country", "secured": False, "value": "DE", "version": 1}


def path(tenant: str, key: str = "") -> str:
    return f"/configuration/{tenant}/configurations{f'/{key}' if key else ''}"


@pytest.fixture
async def admin(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [CONFIGURATION_MANAGE, CONFIGURATION_VIEW])) as client:
        yield client


@pytest.fixture
def with_key(api_services: ApiServices) -> ApiServices:
    key = SecretStr(Fernet.generate_key().decode())
    return replace(api_services, settings=Settings(encryption_key=key))


async def test_an_array_is_created_and_answered_as_an_array(admin: Client, tenant: str) -> None:
    created = await admin.post(path(tenant), json=[SETTINGS, COUNTRY])
    assert (created.status_code, created.json()) == (201, [SETTINGS, COUNTRY])
    assert (await admin.get(path(tenant))).json() == [SETTINGS, COUNTRY]


async def test_an_object_is_created_and_answered_as_an_object(admin: Client, tenant: str) -> None:
    created = await admin.post(path(tenant), json=SETTINGS)
    assert (created.status_code, created.json()) == (201, SETTINGS)
    read = await admin.get(path(tenant, "invoiceSettings"))
    assert (read.status_code, read.json()) == (200, SETTINGS)


async def test_a_configuration_begins_at_version_one_whatever_was_sent(admin: Client, tenant: str) -> None:
    for key, sent in (("a", {}), ("b", {"version": 0}), ("c", {"version": 7})):
        created = await admin.post(path(tenant), json={"key": key, "value": "x", **sent})
        assert created.json() == {"key": key, "secured": False, "value": "x", "version": 1}


async def test_flags_and_texts_that_were_set_are_answered(admin: Client, tenant: str) -> None:
    sent: JsonObject = {
        "key": "k",
        "value": {"a": [1, None, "x"]},
        "description": "ours",
        "restricted": True,
        "readOnly": True,
        "schemaUrl": "https://example.com",
    }
    await admin.post(path(tenant), json=[sent])
    assert (await admin.get(path(tenant, "k"))).json() == {**sent, "secured": False, "version": 1}


async def test_only_the_keys_asked_for_are_listed(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json=[{"key": key, "value": key} for key in ("a", "b", "c")])
    listed = await admin.get(path(tenant), params={"keys": "c, a,nothing"})
    assert [entry["key"] for entry in listed.json()] == ["a", "c"]


async def test_a_tenant_without_configurations_lists_none(admin: Client, tenant: str) -> None:
    listed = await admin.get(path(tenant))
    assert (listed.status_code, listed.json()) == (200, [])


async def test_a_key_that_is_there_is_a_conflict_and_nothing_of_the_array_is_stored(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json=[COUNTRY])
    again = await admin.post(path(tenant), json=[{"key": "new", "value": "x"}, COUNTRY])
    assert again.status_code == 409
    assert again.json() == {
        "details": [{"message": f"Duplicate key for the tenant configuration during create for the tenant '{tenant}'"}],
        "message": "Tenant configuration could not be created",
        "status": 409,
        "type": "application/json",
    }
    assert (await admin.get(path(tenant))).json() == [COUNTRY]


async def test_a_key_twice_in_one_array_is_a_conflict(admin: Client, tenant: str) -> None:
    assert (await admin.post(path(tenant), json=[COUNTRY, COUNTRY])).status_code == 409
    assert (await admin.get(path(tenant))).json() == []


async def test_an_unknown_key_is_not_found(admin: Client, tenant: str) -> None:
    read = await admin.get(path(tenant, "nothing"))
    reason = f"Could not find the tenant configuration with the propertyKey 'nothing' for the tenant '{tenant}'"
    assert (read.status_code, read.json()) == (
        404,
        {
            "details": [{"message": reason}],
            "message": "Configuration not found",
            "status": 404,
            "type": "application/json",
        },
    )


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ({"threshold": "soon", "status": "CREATED", "extendedOrderStatus": "70"}, "threshold"),
        ({"threshold": "24", "status": "PAID", "extendedOrderStatus": "70"}, "status"),
        ({"threshold": "24", "status": "CREATED", "extendedOrderStatus": "70) x:(1"}, "extendedOrderStatus"),
        ({"threshold": "24", "status": "CREATED"}, "extendedOrderStatus"),
        ("24", "value"),
    ],
)
async def test_bad_invoice_settings_are_refused_with_the_member_when_created_and_when_updated(
    admin: Client, tenant: str, value: JsonValue, member: str
) -> None:
    refused = await admin.post(path(tenant), json=[COUNTRY, {**SETTINGS, "value": value}])
    assert (refused.status_code, refused.json()["type"]) == (400, "application/json")
    assert refused.json()["message"] == "Tenant configuration could not be created"
    assert member in refused.json()["details"][0]["message"]
    assert refused.json()["details"][0]["message"].startswith("1.value")
    assert (await admin.get(path(tenant))).json() == []

    await admin.post(path(tenant), json=SETTINGS)
    refused = await admin.put(path(tenant, "invoiceSettings"), json={**SETTINGS, "value": value})
    assert refused.status_code == 400
    assert member in refused.json()["details"][0]["message"]
    assert (await admin.get(path(tenant, "invoiceSettings"))).json() == SETTINGS


@pytest.mark.parametrize(
    "value",
    [
        {"threshold": 24, "status": ["CREATED", "CONFIRMED"], "extendedOrderStatus": [70, "75"]},
        {"threshold": "96h", "status": "CREATED , CONFIRMED", "extendedOrderStatus": 70},
        {"threshold": "96 h", "status": "CREATED", "extendedOrderStatus": "70"},
    ],
)
async def test_invoice_settings_are_taken_as_people_write_them_and_kept_as_sent(
    admin: Client, tenant: str, value: JsonValue
) -> None:
    assert (await admin.post(path(tenant), json=[{"key": "invoiceSettings", "value": value}])).status_code == 201
    assert (await admin.get(path(tenant, "invoiceSettings"))).json()["value"] == value


async def test_a_sender_must_be_a_mail_address(admin: Client, tenant: str) -> None:
    sender: JsonObject = {"key": "cust.notification.email.from", "value": "not an address"}
    refused = await admin.post(path(tenant), json=sender)
    assert (refused.status_code, "mail address" in refused.json()["details"][0]["message"]) == (400, True)
    assert (await admin.post(path(tenant), json={**sender, "value": "shop@example.com"})).status_code == 201


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"value": "x"}, "key"),
        ({"key": "k"}, "value"),
        ({"key": "k", "value": None}, "value"),
        ({"key": "", "value": "x"}, "key"),
        ({"key": "two words", "value": "x"}, "key"),
        ({"key": "a/b", "value": "x"}, "key"),
        ({"key": "k" * 256, "value": "x"}, "key"),
        ({"key": 5, "value": "x"}, "key"),
        ({"key": "k", "value": "x", "secured": "yes"}, "secured"),
        ({"key": "k", "value": "x", "version": "1"}, "version"),
        ({"key": "k", "value": "x", "version": True}, "version"),
        ({"key": "k", "value": "x", "schemaUrl": "no url"}, "schemaUrl"),
        ({"key": "k", "value": "x", "valeu": "y"}, "valeu"),
        ("text", "body"),
        (["x"], "body"),
    ],
)
async def test_a_body_that_is_no_configuration_is_refused_with_its_member(
    admin: Client, tenant: str, body: JsonValue, named: str
) -> None:
    refused = await admin.post(path(tenant), json=[body])
    assert refused.status_code == 400
    assert refused.json()["details"][0]["message"].startswith(f"0.{named}")


@pytest.mark.parametrize("body", ["text", 5, True])
async def test_a_body_of_another_shape_is_a_syntax_error(admin: Client, tenant: str, body: JsonValue) -> None:
    refused = await admin.post(path(tenant), json=body)
    assert (refused.status_code, refused.json()["type"], refused.json()["status"]) == (400, "bad_payload_syntax", 400)


@pytest.mark.parametrize("body", [b"{", b'{"key":"k","value":NaN}', b'{"key":"k","value":1e999}', b"\xff"])
async def test_a_body_that_is_no_json_is_a_syntax_error(admin: Client, tenant: str, body: bytes) -> None:
    refused = await admin.post(path(tenant), content=body, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["type"]) == (400, "bad_payload_syntax")


async def test_no_body_at_all_is_refused(admin: Client, tenant: str) -> None:
    for refused in (await admin.post(path(tenant)), await admin.put(path(tenant, "k"))):
        assert (refused.status_code, refused.json()["status"]) == (400, 400)


async def test_a_character_that_cannot_be_stored_is_refused(admin: Client, tenant: str) -> None:
    assert (await admin.post(path(tenant), json={"key": "k", "value": {"a": "\x00"}})).status_code == 400
    assert (await admin.get(path(tenant, "%00"))).status_code in {400, 404}


async def test_an_update_carries_the_current_version_and_counts_it_up(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    updated = await admin.put(path(tenant, "project_country"), json={**COUNTRY, "value": "AT"})
    assert (updated.status_code, updated.json()) == (200, {**COUNTRY, "value": "AT", "version": 2})
    assert (await admin.get(path(tenant, "project_country"))).json() == updated.json()


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_an_update_with_another_version_is_a_conflict(admin: Client, tenant: str, version: int) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    await admin.put(path(tenant, "project_country"), json={**COUNTRY, "value": "AT"})
    late = await admin.put(path(tenant, "project_country"), json={**COUNTRY, "value": "CH", "version": version})
    assert late.status_code == 409
    body = late.json()
    assert (body["status"], body["type"]) == (409, "application/json")
    assert body["message"] == "Tenant configuration could not be updated"
    assert body["details"][0]["message"] == (
        f"Duplicate property key 'project_country' for the tenant configuration during update for the tenant '{tenant}'"
    )
    assert (await admin.get(path(tenant, "project_country"))).json()["value"] == "AT"


async def test_of_several_updates_of_one_version_at_once_one_succeeds(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    answers = await asyncio.gather(
        *(admin.put(path(tenant, "project_country"), json={**COUNTRY, "value": f"V{i}"}) for i in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_an_update_of_an_unknown_key_is_refused(admin: Client, tenant: str) -> None:
    refused = await admin.put(path(tenant, "project_country"), json=COUNTRY)
    assert (refused.status_code, refused.json()["message"]) == (400, "Tenant configuration could not be updated")
    assert (await admin.get(path(tenant))).json() == []


@pytest.mark.parametrize(
    ("change", "named"),
    [({"key": "other"}, "key"), ({"version": None}, "version"), ({"schemaUrl": "https://example.com/x"}, "schemaUrl")],
)
async def test_an_update_that_does_not_fit_is_refused(
    admin: Client, tenant: str, change: JsonObject, named: str
) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    refused = await admin.put(path(tenant, "project_country"), json={**COUNTRY, **change})
    assert (refused.status_code, refused.json()["message"]) == (400, "Tenant configuration could not be updated")
    assert refused.json()["details"][0]["message"].startswith(named)


async def test_a_read_only_configuration_cannot_be_updated_but_deleted(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json={**COUNTRY, "readOnly": True})
    refused = await admin.put(path(tenant, "project_country"), json={**COUNTRY, "readOnly": False})
    assert (refused.status_code, "read only" in refused.json()["details"][0]["message"]) == (400, True)
    assert (await admin.delete(path(tenant, "project_country"))).status_code == 204


async def test_a_restricted_configuration_can_be_updated_but_neither_freed_nor_deleted(
    admin: Client, tenant: str
) -> None:
    await admin.post(path(tenant), json={**COUNTRY, "restricted": True})
    updated = await admin.put(path(tenant, "project_country"), json={**COUNTRY, "value": "AT"})
    assert (updated.status_code, updated.json()["restricted"]) == (200, True)
    freed = await admin.put(path(tenant, "project_country"), json={**updated.json(), "restricted": False})
    assert (freed.status_code, freed.json()["details"][0]["message"]) == (400, "restricted: cannot be unset")
    assert (await admin.delete(path(tenant, "project_country"))).status_code == 400
    assert (await admin.get(path(tenant, "project_country"))).json()["value"] == "AT"


async def test_a_deleted_configuration_is_gone(admin: Client, tenant: str) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    deleted = await admin.delete(path(tenant, "project_country"))
    assert (deleted.status_code, deleted.content) == (204, b"")
    again = await admin.delete(path(tenant, "project_country"))
    assert (again.status_code, again.json()["status"], again.json()["type"]) == (404, 404, "application/json")


async def test_without_a_key_nothing_can_be_secured(admin: Client, tenant: str) -> None:
    refused = await admin.post(path(tenant), json={"key": "k", "value": "s3cret", "secured": True})
    assert refused.status_code == 400
    assert "INVOICES_ENCRYPTION_KEY" in refused.json()["details"][0]["message"]
    assert "s3cret" not in refused.text


async def test_a_secured_value_is_answered_in_the_clear_and_stored_encrypted(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, with_key: ApiServices, sessions: Sessions
) -> None:
    async with api_client(token=await token(tenant), services=with_key) as client:
        secret: JsonObject = {"key": "k", "value": "s3cret", "secured": True}
        created = await client.post(path(tenant), json=secret)
        assert (created.status_code, created.json()) == (201, {**secret, "version": 1})
        assert (await client.get(path(tenant, "k"))).json() == {**secret, "version": 1}
        updated = await client.put(path(tenant, "k"), json={"key": "k", "value": "n3w", "version": 1})
        assert updated.json() == {"key": "k", "value": "n3w", "secured": True, "version": 2}
    async with sessions() as session:
        stored = await session.scalar(
            text("SELECT string_agg(configurations::text, '') FROM configurations WHERE tenant = :t"), {"t": tenant}
        )
    assert stored is not None
    assert "s3cret" not in stored
    assert "n3w" not in stored


async def test_a_secured_value_must_be_a_text(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, with_key: ApiServices
) -> None:
    async with api_client(token=await token(tenant), services=with_key) as client:
        refused = await client.post(path(tenant), json={"key": "k", "value": {"a": 1}, "secured": True})
        assert (refused.status_code, refused.json()["details"][0]["message"].startswith("value")) == (400, True)


async def test_a_secured_value_of_another_key_is_said_to_be_so_and_can_be_replaced(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, with_key: ApiServices, api_services: ApiServices
) -> None:
    secret = await token(tenant)
    async with api_client(token=secret, services=with_key) as client:
        await client.post(path(tenant), json={"key": "k", "value": "s3cret", "secured": True})
    async with api_client(token=secret) as client:
        for read in (await client.get(path(tenant, "k")), await client.get(path(tenant))):
            assert (read.status_code, "'k' cannot be read" in read.json()["details"][0]["message"]) == (500, True)
        body: JsonObject = {"key": "k", "value": "plain", "secured": False, "version": 1}
        assert (await client.put(path(tenant, "k"), json=body)).status_code == 200
        assert (await client.get(path(tenant, "k"))).json()["value"] == "plain"


@pytest.mark.parametrize(
    ("method", "key", "scope"),
    [
        ("GET", "", CONFIGURATION_VIEW),
        ("POST", "", CONFIGURATION_MANAGE),
        ("GET", "k", CONFIGURATION_VIEW),
        ("PUT", "k", CONFIGURATION_MANAGE),
        ("DELETE", "k", CONFIGURATION_MANAGE),
    ],
)
async def test_each_call_takes_its_scope_and_a_token(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, method: str, key: str, scope: str
) -> None:
    others = {CONFIGURATION_VIEW, CONFIGURATION_MANAGE, SITE_MANAGE} - {scope}
    async with api_client() as client:
        assert (await client.request(method, path(tenant, key))).status_code == 401
        headers = {"authorization": f"Bearer {await token(tenant, sorted(others))}"}
        refused = await client.request(method, path(tenant, key), headers=headers)
        assert refused.status_code == 403
        assert refused.json() == {
            "details": [{"message": f"Missing required scopes [{scope}]"}],
            "message": "User not authorized",
            "status": 403,
            "type": "Forbidden",
        }


async def test_another_tenants_configurations_are_neither_seen_nor_changed(
    admin: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    await admin.post(path(tenant), json=COUNTRY)
    other = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=other))
    async with api_client(token=await token(other)) as stranger:
        for method, key in (
            ("GET", ""),
            ("GET", "project_country"),
            ("PUT", "project_country"),
            ("DELETE", "project_country"),
        ):
            refused = await stranger.request(method, path(tenant, key), json=COUNTRY if method == "PUT" else None)
            assert refused.status_code == 403
        assert (await stranger.get(path(other))).json() == []
        assert (await stranger.get(path(other, "project_country"))).status_code == 404
        assert (await stranger.delete(path(other, "project_country"))).status_code == 404
        assert (await stranger.put(path(other, "project_country"), json=COUNTRY)).status_code == 400
        assert (await stranger.post(path(other), json={**COUNTRY, "value": "US"})).status_code == 201
    assert (await admin.get(path(tenant))).json() == [COUNTRY]
