"""API clients and their access tokens. Neither a client's secret nor a token is kept in a form that opens a door."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.client_secrets import hash_secret
from database.tables import AccessToken, ApiClient

KEEP_EXPIRED = timedelta(days=1)
"""How long an expired token is still told from an unknown one."""

SWEEP = 100
"""Expired tokens that one new token clears away at most."""


@dataclass(frozen=True)
class NewClient:
    """A client as made: the only time that its secret is seen."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class NewToken:
    """A token as issued: the only time that it is seen."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class FoundToken:
    """What is known of a token whose client is in good standing."""

    tenant: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


async def create_client(session: AsyncSession, tenant: str, scopes: Sequence[str]) -> NewClient:
    """A new client of an existing tenant."""
    # An id is typed on command lines, where one that begins with a dash would be an option.
    client = NewClient(client_id=secrets.token_hex(16), client_secret=secrets.token_urlsafe(32))
    session.add(
        ApiClient(
            client_id=client.client_id,
            tenant=tenant,
            secret_hash=hash_secret(client.client_secret),
            scopes=sorted(set(scopes)),
        )
    )
    await session.flush()
    return client


async def find_client(session: AsyncSession, client_id: str) -> ApiClient | None:
    """The client, unless it is unknown or revoked."""
    return await session.scalar(
        select(ApiClient).where(ApiClient.client_id == client_id, ApiClient.revoked_at.is_(None))
    )


async def list_clients(session: AsyncSession, tenant: str) -> list[ApiClient]:
    """Every client of a tenant, revoked ones too, the oldest first."""
    query = select(ApiClient).where(ApiClient.tenant == tenant).order_by(ApiClient.created_at, ApiClient.client_id)
    return list(await session.scalars(query))


async def revoke_client(session: AsyncSession, tenant: str, client_id: str) -> bool:
    """Close the door to a client and to all its tokens, at once. False: the tenant has no such client."""
    revoked = await session.scalar(
        update(ApiClient)
        .where(ApiClient.tenant == tenant, ApiClient.client_id == client_id)
        .values(revoked_at=func.coalesce(ApiClient.revoked_at, func.now()))
        .returning(ApiClient.client_id)
    )
    return revoked is not None


async def issue_token(
    session: AsyncSession, client: ApiClient, scopes: Sequence[str], lifetime_seconds: float
) -> NewToken:
    """A token for `client`; old ones that expired make room for it."""
    await delete_expired(session, SWEEP)
    token = NewToken(secrets.token_urlsafe(32), datetime.now(UTC) + timedelta(seconds=lifetime_seconds))
    session.add(
        AccessToken(
            token_hash=_token_hash(token.secret),
            client_id=client.client_id,
            tenant=client.tenant,
            scopes=list(scopes),
            expires_at=token.expires_at,
        )
    )
    await session.flush()
    return token


async def find_token(session: AsyncSession, secret: str) -> FoundToken | None:
    """The token, expired or not, unless it is unknown or its client revoked: one look at the primary key."""
    query = (
        select(AccessToken.tenant, AccessToken.client_id, AccessToken.scopes, AccessToken.expires_at)
        .join(ApiClient, ApiClient.client_id == AccessToken.client_id)
        .where(AccessToken.token_hash == _token_hash(secret), ApiClient.revoked_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    return FoundToken(row.tenant, row.client_id, tuple(row.scopes), row.expires_at) if row else None


async def delete_expired(session: AsyncSession, limit: int) -> int:
    """Forget up to `limit` tokens that expired more than a day ago; those that another transaction clears are left.

    Returns:
        How many they were.
    """
    expired = (
        select(AccessToken.token_hash)
        .where(AccessToken.expires_at < datetime.now(UTC) - KEEP_EXPIRED)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = await session.scalars(
        delete(AccessToken).where(AccessToken.token_hash.in_(expired)).returning(AccessToken.client_id)
    )
    return len(deleted.all())


def _token_hash(secret: str) -> str:
    """SHA-256 is enough here: a token is 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
