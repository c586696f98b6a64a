"""Orders as read, and as priced, until they are issued."""

from dataclasses import dataclass

from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import NOW, OrderSnapshot
from invoicing.frozen import Frozen
from invoicing.orders.payment import PaymentPlan
from invoicing.orders.pricing import PricedOrder


class Recalculation(Frozen):
    """What the recalculation decided: prices and payment."""

    priced: PricedOrder
    payment: PaymentPlan
    judged: bool = False
    """The invoice to be was judged by EN 16931 (`invoicing.rules.all_rules`) before these figures were stored.

    Figures stored by the version before there were rules do not say so. Money may have been captured by them, and then
    they can neither be made anew nor be refused.
    """


@dataclass(frozen=True)
class Snapshot:
    """An order's JSON text and, once recalculated, its prices."""

    raw: str
    recalculation: Recalculation | None
    order_round: int = 0
    """Of the invoice that it is read for: how many invoices of the order had been credited in full."""


NAMED = insert(OrderSnapshot).values(
    {name: bindparam(name) for name in ("tenant", "order_id", "raw", "priced", "order_round")}
)
SAVE = NAMED.on_conflict_do_update(
    index_elements=["tenant", "order_id"],
    set_={name: NAMED.excluded[name] for name in ("raw", "priced", "order_round")} | {"read_at": NOW},
)
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


async def lock_order(session: AsyncSession, tenant: str, order_id: str) -> None:
    """Hold the order until the transaction ends: reading it, pricing it and starting its capture take turns.

    A look-up that was thought dead may wake after the capture; under the lock it sees that it is too late.
    """
    await session.execute(LOCK, {"key": f"order/{tenant}/{order_id}"})


async def save_order(
    session: AsyncSession,
    tenant: str,
    order_id: str,
    raw: str,
    order_round: int,
    *,
    recalculation: Recalculation | None = None,
) -> None:
    """Keep the order as read just now, with its prices if there are any yet; earlier ones no longer hold."""
    priced = recalculation.model_dump(mode="json") if recalculation else None
    changed = {"raw": raw, "priced": priced, "order_round": order_round}
    await session.execute(SAVE, {"tenant": tenant, "order_id": order_id, **changed})


async def save_recalculation(session: AsyncSession, tenant: str, order_id: str, recalculation: Recalculation) -> None:
    """Keep the prices beside the order they were made from."""
    await session.execute(
        update(OrderSnapshot)
        .where(OrderSnapshot.tenant == tenant, OrderSnapshot.order_id == order_id)
        .values(priced=recalculation.model_dump(mode="json"))
    )


async def get_order(session: AsyncSession, tenant: str, order_id: str) -> Snapshot | None:
    """The order, if it has been read."""
    row = await session.get(OrderSnapshot, (tenant, order_id))
    if row is None:
        return None
    recalculation = Recalculation.model_validate(row.priced) if row.priced is not None else None
    return Snapshot(row.raw, recalculation, row.order_round)
