"""The ledger of effects outside this database: what was asked for, and what is known of the answer."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, Effect


class EffectKind(StrEnum):
    """What was done."""

    CAPTURE = "CAPTURE"


class EffectState(StrEnum):
    """STARTED means that the outcome is unknown: it may have happened."""

    STARTED = "STARTED"
    DONE = "DONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class NewEffect:
    """An effect about to be tried."""

    tenant: str
    key: str
    order_id: str
    amount: Decimal
    currency: str
    transaction_id: str
    requested_by: str
    kind: EffectKind = EffectKind.CAPTURE


async def latest_capture(session: AsyncSession, tenant: str, order_id: str) -> Effect | None:
    """The order's last capture, refused ones included."""
    return await session.scalar(
        select(Effect)
        .where(Effect.tenant == tenant, Effect.order_id == order_id, Effect.kind == EffectKind.CAPTURE)
        .order_by(Effect.created_at.desc(), Effect.key.desc())
        .limit(1)
    )


async def get_effect(session: AsyncSession, tenant: str, key: str) -> Effect:
    """The ledger row of `key`.

    Raises:
        sqlalchemy.exc.NoResultFound: nothing of that key was started.
    """
    return (await session.scalars(select(Effect).where(Effect.tenant == tenant, Effect.key == key))).one()


async def count_refused_captures(session: AsyncSession, tenant: str, order_id: str) -> int:
    """How often the gateway has definitively refused."""
    statement = (
        select(func.count())
        .select_from(Effect)
        .where(
            Effect.tenant == tenant,
            Effect.order_id == order_id,
            Effect.kind == EffectKind.CAPTURE,
            Effect.state == EffectState.REFUSED,
        )
    )
    return await session.scalar(statement) or 0


async def may_have_moved_money(session: AsyncSession, tenant: str, order_id: str) -> bool:
    """Whether a capture of the order is done, or its outcome unknown: from then on the order stays as it was."""
    effect = await latest_capture(session, tenant, order_id)
    return effect is not None and effect.state != EffectState.REFUSED


async def start_effect(session: AsyncSession, new: NewEffect) -> None:
    """Write down the intention; an earlier row of the same key stays as it is."""
    await session.execute(
        upsert(Effect)
        .values(
            tenant=new.tenant,
            key=new.key,
            kind=new.kind,
            order_id=new.order_id,
            state=EffectState.STARTED,
            amount=new.amount,
            currency=new.currency,
            transaction_id=new.transaction_id,
            requested_by=new.requested_by,
        )
        .on_conflict_do_nothing()
    )


async def complete_effect(
    session: AsyncSession, tenant: str, key: str, state: EffectState, *, reference: str | None, message: str | None
) -> None:
    """Write down what is known now. A row that is DONE stays DONE: a late answer takes nothing back."""
    await session.execute(
        update(Effect)
        .where(Effect.tenant == tenant, Effect.key == key, Effect.state != EffectState.DONE)
        .values(state=state, reference=reference, message=message, updated_at=NOW)
    )
