"""The ledger of effects outside this database: what was asked for, and what is known of the answer."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, Effect


class EffectKind(StrEnum):
    """What was done."""

    CAPTURE = "CAPTURE"
    REFUND = "REFUND"


class EffectState(StrEnum):
    """STARTED means that the outcome is unknown: it may have happened."""

    WANTED = "WANTED"
    """Of a refund: decided with its credit note, and nobody has been asked for it yet."""
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
    order_round: int = 0
    kind: EffectKind = EffectKind.CAPTURE
    credit_note_id: UUID | None = None
    """Of a refund."""


LATEST_CAPTURE = (
    select(Effect)
    .where(
        Effect.tenant == bindparam("tenant"),
        Effect.order_id == bindparam("order_id"),
        Effect.kind == EffectKind.CAPTURE,
        Effect.order_round == bindparam("order_round"),
    )
    .order_by(Effect.created_at.desc(), Effect.key.desc())
    .limit(1)
)


async def latest_capture(session: AsyncSession, tenant: str, order_id: str, order_round: int) -> Effect | None:
    """The last capture for the order's invoice of that round, refused ones included."""
    return await session.scalar(LATEST_CAPTURE, {"tenant": tenant, "order_id": order_id, "order_round": order_round})


async def earlier_captures(session: AsyncSession, tenant: str, order_id: str, order_round: int) -> list[Effect]:
    """What was captured, or may have been, for invoices of the order that stand no more."""
    return list(
        await session.scalars(
            select(Effect).where(
                *_captures(tenant, order_id),
                Effect.order_round < order_round,
                Effect.state != EffectState.REFUSED,
            )
        )
    )


def _captures(tenant: str, order_id: str) -> tuple[ColumnElement[bool], ...]:
    return Effect.tenant == tenant, Effect.order_id == order_id, Effect.kind == EffectKind.CAPTURE


async def get_effect(session: AsyncSession, tenant: str, key: str) -> Effect:
    """The ledger row of `key`.

    Raises:
        sqlalchemy.exc.NoResultFound: nothing of that key was started.
    """
    return (await session.scalars(select(Effect).where(Effect.tenant == tenant, Effect.key == key))).one()


async def count_refused_captures(session: AsyncSession, tenant: str, order_id: str, order_round: int) -> int:
    """How often the gateway has definitively refused to pay the order's invoice of that round."""
    statement = (
        select(func.count())
        .select_from(Effect)
        .where(
            *_captures(tenant, order_id),
            Effect.order_round == order_round,
            Effect.state == EffectState.REFUSED,
        )
    )
    return await session.scalar(statement) or 0


async def may_have_moved_money(session: AsyncSession, tenant: str, order_id: str, order_round: int) -> bool:
    """Whether a capture of that round is done, or its outcome unknown: from then on the order stays as it was."""
    effect = await latest_capture(session, tenant, order_id, order_round)
    return effect is not None and effect.state != EffectState.REFUSED


async def start_effect(session: AsyncSession, new: NewEffect, state: EffectState = EffectState.STARTED) -> None:
    """Write down the intention; an earlier row of the same key stays as it is."""
    await session.execute(
        upsert(Effect)
        .values(
            tenant=new.tenant,
            key=new.key,
            kind=new.kind,
            order_id=new.order_id,
            order_round=new.order_round,
            credit_note_id=new.credit_note_id,
            state=state,
            amount=new.amount,
            currency=new.currency,
            transaction_id=new.transaction_id,
            requested_by=new.requested_by,
        )
        .on_conflict_do_nothing()
    )


async def complete_effect(
    session: AsyncSession, tenant: str, key: str, state: EffectState, *, reference: str | None, message: str | None
) -> bool:
    """Write down what is known now. A row that is DONE stays DONE (False): a late answer takes nothing back."""
    changed = await session.scalar(
        update(Effect)
        .where(Effect.tenant == tenant, Effect.key == key, Effect.state != EffectState.DONE)
        .values(state=state, reference=reference, message=message, updated_at=NOW)
        .returning(Effect.key)
    )
    return changed is not None
