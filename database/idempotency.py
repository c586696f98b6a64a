"""Requests that carry an `Idempotency-Key`: a repeat is answered with what the first one made."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import IdempotentRequest

KEEP = timedelta(days=30)
"""How long a repeat is known for one. Afterwards the key is as good as new."""


class KeyReused(Exception):
    """The key came before with another request."""


@dataclass(frozen=True)
class KeyedRequest:
    """A request under its caller's key; `request_hash` tells two requests apart."""

    tenant: str
    operation: str
    key: str
    request_hash: str


async def made_before(session: AsyncSession, request: KeyedRequest) -> str | None:
    """The subject that this request made before, None the first time.

    The key stays locked until the transaction ends: of two equal requests at once, the second waits and gets the
    first one's subject.

    Raises:
        KeyReused: the key belongs to another request.
    """
    lock = func.hashtextextended(f"idempotency/{request.tenant}/{request.operation}/{request.key}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(lock)))
    row = await session.get(IdempotentRequest, (request.tenant, request.operation, request.key))
    if row is None:
        return None
    if row.request_hash != request.request_hash:
        raise KeyReused(f"the idempotency key {request.key!r} was used with another request")
    return row.subject


async def remember(session: AsyncSession, request: KeyedRequest, subject: str) -> None:
    """Note what the request made, in the same transaction."""
    session.add(IdempotentRequest(**vars(request), subject=subject))
    await session.flush()


async def forget_old(session: AsyncSession, limit: int) -> int:
    """Delete up to `limit` keys that are older than `KEEP`; how many they were."""
    key = tuple_(IdempotentRequest.tenant, IdempotentRequest.operation, IdempotentRequest.key)
    old = (
        select(IdempotentRequest.tenant, IdempotentRequest.operation, IdempotentRequest.key)
        .where(IdempotentRequest.created_at < func.now() - KEEP)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = await session.scalars(delete(IdempotentRequest).where(key.in_(old)).returning(IdempotentRequest.key))
    return len(deleted.all())
