"""The refund side of the ledger: what credit notes give back of captured payments, and how far that is.

A credit note has one refund. Its row is written WANTED with the credit note and becomes STARTED before the gateway is
asked; after a definite refusal a retry has a row of its own.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.effects import EffectKind, EffectState
from database.tables import NOW, Effect


async def latest_refund(session: AsyncSession, tenant: str, credit_note_id: UUID) -> Effect | None:
    """The credit note's refund: the one that was made, else the last that was tried. None: it has none."""
    return (await refunds_of(session, tenant, [credit_note_id])).get(credit_note_id)


async def refunds_of(session: AsyncSession, tenant: str, credit_note_ids: Collection[UUID]) -> dict[UUID, Effect]:
    """`latest_refund` of several credit notes; those without one are absent."""
    rows = await session.scalars(
        _refunds(tenant)
        .where(Effect.credit_note_id.in_(credit_note_ids))
        .order_by(Effect.state == EffectState.DONE, Effect.created_at, Effect.key)
        .execution_options(populate_existing=True)
    )
    return {row.credit_note_id: row for row in rows if row.credit_note_id is not None}


async def lock_refund(session: AsyncSession, tenant: str, credit_note_id: UUID) -> Effect | None:
    """`latest_refund`, with all of the credit note's refunds held until the transaction ends."""
    rows = await session.scalars(_refunds(tenant).where(Effect.credit_note_id == credit_note_id).with_for_update())
    return await latest_refund(session, tenant, credit_note_id) if list(rows) else None


async def refund_keys(session: AsyncSession, tenant: str, credit_note_id: UUID) -> list[str]:
    """All idempotency keys under which the credit note's refund was ever asked for."""
    rows = await session.scalars(_refunds(tenant).where(Effect.credit_note_id == credit_note_id))
    return [row.key for row in rows]


async def begin_refund(session: AsyncSession, tenant: str, key: str, requested_by: str) -> bool:
    """WANTED becomes STARTED, once: whoever hears True is the first who asks the gateway."""
    begun = await session.scalar(
        update(Effect)
        .where(Effect.tenant == tenant, Effect.key == key, Effect.state == EffectState.WANTED)
        .values(state=EffectState.STARTED, requested_by=requested_by, updated_at=NOW)
        .returning(Effect.key)
    )
    return begun is not None


async def count_refused_refunds(session: AsyncSession, tenant: str, credit_note_id: UUID) -> int:
    """How often the gateway has definitively refused."""
    refused = _refunds(tenant).where(Effect.credit_note_id == credit_note_id, Effect.state == EffectState.REFUSED)
    return await session.scalar(select(func.count()).select_from(refused.subquery())) or 0


async def open_refunds(session: AsyncSession, tenant: str, order_id: str) -> list[UUID]:
    """The order's credit notes whose money has not gone back yet."""
    made = select(Effect.credit_note_id).where(
        Effect.tenant == tenant,
        Effect.order_id == order_id,
        Effect.kind == EffectKind.REFUND,
        Effect.state == EffectState.DONE,
    )
    rows = await session.scalars(
        _refunds(tenant)
        .where(Effect.order_id == order_id, Effect.credit_note_id.not_in(made))
        .with_only_columns(Effect.credit_note_id)
        .distinct()
    )
    return [row for row in rows if row is not None]


def _refunds(tenant: str) -> Select[Effect]:
    return select(Effect).where(Effect.tenant == tenant, Effect.kind == EffectKind.REFUND)
