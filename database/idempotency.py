"""Requests that carry an `Idempotency-Key`: a repeat is answered with what the first one made."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import IdempotentRequest


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
