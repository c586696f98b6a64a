"""The refund side of the ledger: what credit notes give back of captured payments, and how far that is.

A credit note has one refund. Its row is written WANTED with the credit note and becomes STARTED before the gateway is
asked; after a definite refusal a retry has a row of its own, and so has what a person has given back outside.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, effects
from database.audit import Deed
from database.effects import EffectKind, EffectState, NewEffect
from database.tables import NOW, Effect


@dataclass(frozen=True)
class GivenOutside:
    """A refund that a person has made without this service."""

    actor: str
    key: str
    """The ledger's key of it."""
    reference: str
    """What it is called where it was made: the gateway's refund id, a bank transfer's text."""
    note: str | None = None


class NotRefused(Exception):
    """There is no refusal to settle: nothing goes back, it is back already, or its outcome is not known."""

    def __init__(self, state: EffectState | None) -> None:
        super().__init__(f"the refund is {state or 'not there'}")
        self.state = state


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


def refund_again(refused: Effect, key: str, requested_by: str) -> NewEffect:
    """The same refund under another key."""
    return NewEffect(
        tenant=refused.tenant,
        key=key,
        order_id=refused.order_id,
        amount=refused.amount or Decimal(0),
        currency=refused.currency or "",
        transaction_id=refused.transaction_id or "",
        requested_by=requested_by,
        order_round=refused.order_round,
        kind=EffectKind.REFUND,
        credit_note_id=refused.credit_note_id,
    )


async def settle_outside(
    session: AsyncSession, tenant: str, credit_note_id: UUID, number: str, given: GivenOutside
) -> Effect:
    """Write down, with an audit event, that the credit note's money was given back outside.

    Raises:
        NotRefused: the last refund has not definitely been refused.
    """
    latest = await lock_refund(session, tenant, credit_note_id)
    if latest is None or latest.state != EffectState.REFUSED:
        raise NotRefused(EffectState(latest.state) if latest else None)
    await effects.start_effect(session, refund_again(latest, given.key, given.actor))
    await effects.complete_effect(
        session, tenant, given.key, EffectState.DONE, reference=given.reference, message=given.note
    )
    await audit.record(
        session,
        tenant,
        Deed(given.actor, "refund", f"credit-note/{number}"),
        amount=str(latest.amount),
        currency=latest.currency,
        order=latest.order_id,
        refund=given.reference,
        outside=True,
    )
    return await effects.get_effect(session, tenant, given.key)


async def made_refunds(session: AsyncSession, refund: Effect) -> list[str | None]:
    """References of all refunds of ours that gave back the same amount of the same transaction."""
    return list(
        await session.scalars(
            _refunds(refund.tenant)
            .where(
                Effect.transaction_id == refund.transaction_id,
                Effect.amount == refund.amount,
                Effect.currency == refund.currency,
                Effect.state == EffectState.DONE,
            )
            .with_only_columns(Effect.reference)
        )
    )


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
