from datetime import UTC, datetime, timedelta

import pytest
from litestar import Controller, get
from litestar.exceptions import ImproperlyConfiguredException
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.app import create_app
from api.services import ApiServices
from database.access import revoke_client
from database.tables import AccessToken, Tenant
from tests.api.probes import PROBES, SCOPES
from tests.api_fixtures import ApiClientFactory, TokenMaker

Sessions = async_sessionmaker[AsyncSession]

UNKNOWN = {"fault": {"faultstring": "Invalid access token", "detail": {"errorcode": "oauth.v2.InvalidAccessToken"}}}
EXPIRED = {
    "fault": {
        "faultstring": "Access Token expired",
        "detail": {"errorcode": "keymanagement.service.access_token_expired"},
    }
}
DIALECTS = ["invoice", "configuration", "sequential-id", "site"]


def forbidden(dialect: str, reason: str) -> dict[str, object]:
    general = {"status": 403, "type": "Forbidden", "message": "User not authorized", "details": [{"message": reason}]}
    bodies: dict[str, dict[str, object]] = {
        "invoice": {"message": "User not authorized", "code": "403", "detailInfo": reason},
        "configuration": general,
        "sequential-id": {"status": 403, "type": "insufficient_permissions", "message": reason},
        "site": general,
    }
    return bodies[dialect]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer never-issued"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic bmV2ZXI6aXNzdWVk"},
        {"x-access-token": "never-issued"},
        {"x-access-token": ""},
    ],
)
async def test_without_a_token_of_ours_every_dialect_answers_401(
    api_client: ApiClientFactory, tenant: str, dialect: str, headers: dict[str, str]
) -> None:
    async with api_client(controllers=PROBES) as client:
        answer = await client.get(f"/{dialect}/{tenant}/who", headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNKNOWN)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_expired_token_is_told_from_an_unknown_one(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, dialect: str
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES, lifetime_seconds=-1)) as client:
        answer = await client.get(f"/{dialect}/{tenant}/who")
    assert (answer.status_code, answer.json()) == (401, EXPIRED)


async def test_a_token_expires_while_it_is_in_use(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES)) as client:
        assert (await client.get(f"/site/{tenant}/who")).status_code == 200
        async with sessions.begin() as session:
            past = datetime.now(UTC) - timedelta(seconds=1)
            await session.execute(update(AccessToken).where(AccessToken.tenant == tenant).values(expires_at=past))
        assert (await client.get(f"/site/{tenant}/who")).json() == EXPIRED


async def test_revoking_a_client_shuts_out_its_tokens_at_once(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES)) as client:
        who = await client.get(f"/invoice/{tenant}/who")
        async with sessions.begin() as session:
            assert await revoke_client(session, tenant, who.json()["client"])
        answer = await client.get(f"/invoice/{tenant}/who")
    assert (answer.status_code, answer.json()) == (401, UNKNOWN)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_another_tenant_is_forbidden_whether_it_exists_or_not(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions, dialect: str
) -> None:
    neighbour = f"n{tenant}"
    async with sessions.begin() as session:
        session.add(Tenant(code=neighbour))
    reason = "The access token is not valid for this tenant"
    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES)) as client:
        for other in (neighbour, "nobody0here", "x", "ACME", tenant.upper(), "a" * 17, "1abc", f"{tenant}%0A"):
            answer = await client.get(f"/{dialect}/{other}/who")
            assert (answer.status_code, answer.json()) == (403, forbidden(dialect, reason)), other


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_missing_scope_is_named(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, dialect: str
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, ["other.scope"])) as client:
        answer = await client.get(f"/{dialect}/{tenant}/who")
    reason = "Missing required scopes [probe.read, probe.manage]"
    assert (answer.status_code, answer.json()) == (403, forbidden(dialect, reason))


@pytest.mark.parametrize("scope", SCOPES)
async def test_any_of_a_routes_scopes_opens_it(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, scope: str
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, [scope])) as client:
        assert (await client.get(f"/site/{tenant}/who")).json()["tenant"] == tenant


async def test_the_token_comes_in_either_header_and_basic_beside_it_is_ignored(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    secret = await token(tenant, SCOPES)
    async with api_client(controllers=PROBES) as client:
        for headers in (
            {"authorization": f"bearer {secret}"},
            {"x-access-token": secret},
            {"x-access-token": secret, "authorization": "Basic Y2xpZW50OnNlY3JldA=="},
        ):
            answer = await client.get("/v0/who", headers=headers)
            assert answer.json()["tenant"] == tenant


async def test_routes_of_no_dialect_answer_401_and_403_as_problems(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    async with api_client(controllers=PROBES) as client:
        nobody = await client.get("/v0/who")
        headers = {"x-access-token": await token(tenant, ["other.scope"])}
        scopeless = await client.get("/v0/who", headers=headers)
    assert nobody.headers["content-type"] == scopeless.headers["content-type"] == "application/problem+json"
    assert nobody.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Invalid access token",
    }
    assert scopeless.json()["errors"] == [
        {"field": None, "detail": "Missing required scopes [probe.read, probe.manage]"}
    ]


async def test_a_token_costs_one_query(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, engine: AsyncEngine
) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES)) as client:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            await client.get(f"/site/{tenant}/who")
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(statements) == 1
    assert "access_tokens" in statements[0]


async def test_the_database_never_sees_a_token(token: TokenMaker, tenant: str, sessions: Sessions) -> None:
    secret = await token(tenant, SCOPES)
    async with sessions() as session:
        kept = await session.scalar(select(AccessToken.token_hash).where(AccessToken.tenant == tenant))
    assert kept is not None
    assert len(kept) == 64
    assert secret not in kept


async def test_a_handler_that_does_not_say_who_may_call_it_stops_the_start(api_services: ApiServices) -> None:
    class Forgetful(Controller):
        @get("/open-by-mistake")
        async def handler(self) -> None: ...

    with pytest.raises(ImproperlyConfiguredException, match="/open-by-mistake"):
        create_app(api_services, [Forgetful])


async def test_asking_for_methods_needs_a_token_too(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    async with api_client(controllers=PROBES) as client:
        assert (await client.options(f"/site/{tenant}/who")).json() == UNKNOWN
        headers = {"x-access-token": await token(tenant, SCOPES)}
        answer = await client.options(f"/site/{tenant}/who", headers=headers)
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS"}
