import secrets
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database.access import (
    create_client,
    delete_expired,
    find_client,
    find_token,
    issue_token,
    list_clients,
    revoke_client,
)
from database.client_secrets import secret_matches
from database.tables import AccessToken, ApiClient

Sessions = async_sessionmaker[AsyncSession]
SCOPES = ["b.b_view", "a.a_view", "b.b_view"]


async def new_token(sessions: Sessions, tenant: str, lifetime_seconds: float = 60) -> tuple[str, str]:
    """(client id, the token's secret)"""
    async with sessions.begin() as session:
        made = await create_client(session, tenant, SCOPES)
        client = await find_client(session, made.client_id)
        assert client is not None
        return made.client_id, (await issue_token(session, client, ["a.a_view"], lifetime_seconds)).secret


async def test_a_clients_id_is_no_option_of_a_command_line(
    sessions: Sessions, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    urlsafe = secrets.token_urlsafe
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: f"--{urlsafe(size)}")
    async with sessions.begin() as session:
        made = await create_client(session, tenant, SCOPES)
    assert made.client_id.isalnum()
    assert len(made.client_id) == 32


async def test_a_clients_secret_is_kept_as_a_hash_that_knows_it(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        made = await create_client(session, tenant, SCOPES)
    async with sessions() as session:
        (client,) = await list_clients(session, tenant)
    assert (client.client_id, client.scopes) == (made.client_id, ["a.a_view", "b.b_view"])
    assert made.client_secret not in client.secret_hash
    assert secret_matches(made.client_secret, client.secret_hash)


async def test_a_client_needs_a_tenant(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(IntegrityError):
            await create_client(session, "nobodyhere", SCOPES)


async def test_a_token_is_found_by_its_secret_alone(sessions: Sessions, tenant: str) -> None:
    client_id, secret = await new_token(sessions, tenant)
    async with sessions() as session:
        found = await find_token(session, secret)
        assert found is not None
        assert (found.tenant, found.client_id, found.scopes) == (tenant, client_id, ("a.a_view",))
        assert timedelta(seconds=50) < found.expires_at - datetime.now(UTC) <= timedelta(seconds=60)
        kept = await session.scalar(select(AccessToken.token_hash).where(AccessToken.client_id == client_id))
        assert await find_token(session, str(kept)) is None
        assert await find_token(session, secret[:-1]) is None


async def test_an_expired_token_is_still_found_so_that_it_can_be_told(sessions: Sessions, tenant: str) -> None:
    _, secret = await new_token(sessions, tenant, lifetime_seconds=-60)
    async with sessions() as session:
        found = await find_token(session, secret)
    assert found is not None
    assert found.expires_at < datetime.now(UTC)


async def test_a_revoked_client_and_its_tokens_are_gone_but_listed(sessions: Sessions, tenant: str) -> None:
    client_id, secret = await new_token(sessions, tenant)
    async with sessions.begin() as session:
        assert await revoke_client(session, tenant, client_id)
    async with sessions() as session:
        assert await find_token(session, secret) is None
        assert await find_client(session, client_id) is None
        (client,) = await list_clients(session, tenant)
        first = client.revoked_at
    async with sessions.begin() as session:
        assert await revoke_client(session, tenant, client_id)
    async with sessions() as session:
        kept = await session.scalar(select(ApiClient.revoked_at).where(ApiClient.client_id == client_id))
    assert kept == first is not None


async def test_nobody_revokes_another_tenants_client(sessions: Sessions, tenant: str) -> None:
    client_id, secret = await new_token(sessions, tenant)
    async with sessions.begin() as session:
        assert not await revoke_client(session, "someoneelse", client_id)
    async with sessions() as session:
        assert await find_token(session, secret) is not None


async def test_tokens_long_expired_are_swept_and_others_stay(sessions: Sessions, tenant: str) -> None:
    clients = [await new_token(sessions, tenant) for _ in range(3)]
    ages = [timedelta(days=2), timedelta(hours=2), timedelta(minutes=-5)]
    async with sessions.begin() as session:
        for (client_id, _), age in zip(clients, ages, strict=True):
            await session.execute(
                update(AccessToken).where(AccessToken.client_id == client_id).values(expires_at=func.now() - age)
            )
    async with sessions.begin() as session:
        await delete_expired(session, limit=10_000)
    async with sessions() as session:
        found = [await find_token(session, secret) is not None for _, secret in clients]
    assert found == [False, True, True]


async def test_two_sweeps_at_once_do_not_wait_for_each_other(sessions: Sessions, tenant: str) -> None:
    client_id, _ = await new_token(sessions, tenant)
    async with sessions.begin() as session:
        await session.execute(
            update(AccessToken)
            .where(AccessToken.client_id == client_id)
            .values(expires_at=func.now() - timedelta(days=3))
        )
    async with sessions() as one, sessions() as other:
        await delete_expired(one, limit=10_000)
        await delete_expired(other, limit=10_000)
        await other.commit()
        await one.commit()
        left = await other.scalar(select(func.count()).where(AccessToken.client_id == client_id))
    assert left == 0
