import base64

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, SITE_READ
from api.security.token import TokenController
from database.access import NewClient, create_client, revoke_client
from database.tables import ApiClient
from tests.api.probes import PROBES
from tests.api_fixtures import ApiClientFactory, LogLines

Sessions = async_sessionmaker[AsyncSession]

INVALID = {"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}}
CONTROLLERS = (TokenController, *PROBES)


@pytest.fixture
async def made(sessions: Sessions, tenant: str) -> NewClient:
    async with sessions.begin() as session:
        return await create_client(session, tenant, [INVOICE_MANAGE, SITE_READ, "probe.read"])


def form(client: NewClient, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        **more,
    }


async def test_the_answer_has_the_vendors_shape_and_all_scopes(
    api_client: ApiClientFactory, made: NewClient, tenant: str
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made))
    body = answer.json()
    secret = body.pop("access_token")
    assert answer.status_code == 200
    assert body == {
        "token_type": "Bearer",
        "expires_in": 14_400,
        "session_idle_time": 120,
        "refresh_token": "",
        "refresh_token_expires_in": 0,
        "scope": f"invoice.invoice_manage probe.read site.site_read tenant={tenant}",
    }
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert answer.headers["cache-control"] == "no-store"


async def test_the_token_opens_the_door(api_client: ApiClientFactory, made: NewClient, tenant: str) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        secret = (await client.post("/oauth/token", data=form(made))).json()["access_token"]
        answer = await client.get(f"/site/{tenant}/who", headers={"authorization": f"Bearer {secret}"})
    assert answer.json() == {"tenant": tenant, "client": made.client_id}


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("site.site_read", "site.site_read "),
        ("site.site_read site.site_manage tenant=other", "site.site_read "),
        (INVOICE_VIEW, ""),
        ("  ", "invoice.invoice_manage probe.read site.site_read "),
    ],
)
async def test_scopes_that_the_client_does_not_own_are_silently_missing(
    api_client: ApiClientFactory, made: NewClient, tenant: str, asked: str, granted: str
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made, scope=asked))
    assert (answer.status_code, answer.json()["scope"]) == (200, f"{granted}tenant={tenant}")


async def test_a_token_with_fewer_scopes_opens_fewer_doors(
    api_client: ApiClientFactory, made: NewClient, tenant: str
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made, scope=SITE_READ))
        headers = {"x-access-token": answer.json()["access_token"]}
        assert (await client.get(f"/site/{tenant}/who", headers=headers)).status_code == 403


async def test_id_and_secret_may_come_as_http_basic(api_client: ApiClientFactory, made: NewClient) -> None:
    credentials = base64.b64encode(f"{made.client_id}:{made.client_secret}".encode()).decode()
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"authorization": f"Basic {credentials}"},
        )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"client_id": "nobody"},
        {"client_id": ""},
    ],
)
async def test_a_wrong_id_and_a_wrong_secret_get_the_same_answer(
    api_client: ApiClientFactory, made: NewClient, change: dict[str, str]
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made) | change)
    assert (answer.status_code, answer.json()) == (401, INVALID)


@pytest.mark.parametrize("authorization", ["Basic", "Basic !!!", "Basic /////w==", "Basic bm9jb2xvbg=="])
async def test_a_broken_basic_header_is_a_wrong_client(api_client: ApiClientFactory, authorization: str) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers={"authorization": authorization}
        )
    assert (answer.status_code, answer.json()) == (401, INVALID)


async def test_a_revoked_client_gets_no_token(
    api_client: ApiClientFactory, made: NewClient, tenant: str, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await revoke_client(session, tenant, made.client_id)
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made))
    assert (answer.status_code, answer.json()) == (401, INVALID)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
        ({"client_id": "x"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
async def test_a_form_that_is_none_of_ours_is_told_so(
    api_client: ApiClientFactory, data: dict[str, str], error: str
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_nul_in_a_client_id_is_bad_input(api_client: ApiClientFactory) -> None:
    data = {"grant_type": "client_credentials", "client_id": "a\0b", "client_secret": "c"}
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_json_is_no_form(api_client: ApiClientFactory, made: NewClient) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", json=form(made))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


async def test_neither_secret_nor_token_is_in_log_or_database(
    api_client: ApiClientFactory, made: NewClient, tenant: str, sessions: Sessions, log_lines: LogLines
) -> None:
    async with api_client(controllers=CONTROLLERS) as client:
        answer = await client.post("/oauth/token", data=form(made))
        secret = answer.json()["access_token"]
        await client.get(f"/site/{tenant}/who?token={secret}", headers={"x-access-token": secret})
        await client.post("/oauth/token", data=form(made) | {"client_id": "nobody"})
    async with sessions() as session:
        kept = await session.scalar(select(ApiClient.secret_hash).where(ApiClient.client_id == made.client_id))
    assert made.client_secret not in str(kept)
    assert len(log_lines.named("request")) == 3
    assert made.client_secret not in log_lines.text
    assert secret not in log_lines.text
