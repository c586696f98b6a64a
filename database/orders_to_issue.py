"""All that an order's invoice is made from, in one read."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from database.effects import EffectState
from database.orders import Recalculation

ORDER = text(
    """
    SELECT snapshot.raw, NULLIF(snapshot.priced, 'null')::text AS priced, snapshot.order_round,
        invoice.id, invoice.number, capture.state, capture.amount
    FROM order_snapshots snapshot
    LEFT JOIN invoices invoice ON invoice.tenant = snapshot.tenant AND invoice.order_id = snapshot.order_id
        AND invoice.order_round = snapshot.order_round AND invoice.kind = 'INVOICE'
    LEFT JOIN LATERAL (
        SELECT state, amount FROM effects
        WHERE effects.tenant = snapshot.tenant AND effects.order_id = snapshot.order_id AND effects.kind = 'CAPTURE'
            AND effects.order_round = snapshot.order_round
        ORDER BY effects.created_at DESC, effects.key DESC LIMIT 1
    ) capture ON true
    WHERE snapshot.tenant = :tenant AND snapshot.order_id = :order_id
    """
)


@dataclass(frozen=True)
class NumberedInvoice:
    """An invoice that was issued."""

    id: UUID
    number: str


@dataclass(frozen=True)
class OrderToIssue:
    """An order as it was read and priced, and what has been done for the round that it was read for."""

    raw: str
    priced: str | None
    """`Recalculation` as JSON."""
    order_round: int
    invoice: NumberedInvoice | None
    """Of the round, whether it still stands or was credited in full."""
    captured: Decimal | None
    """What the ledger knows for certain to be captured; None while the last capture is refused, open or not there."""

    @property
    def recalculation(self) -> Recalculation | None:
        """What the recalculation decided; None before it."""
        return None if self.priced is None else Recalculation.model_validate_json(self.priced)


async def find_order_to_issue(session: AsyncSession, tenant: str, order_id: str) -> OrderToIssue | None:
    """The order, if it has been read."""
    row = (await session.execute(ORDER, {"tenant": tenant, "order_id": order_id})).one_or_none()
    if row is None:
        return None
    return OrderToIssue(
        raw=row.raw,
        priced=row.priced,
        order_round=row.order_round,
        invoice=None if row.id is None else NumberedInvoice(row.id, row.number),
        captured=row.amount if row.state == EffectState.DONE else None,
    )
