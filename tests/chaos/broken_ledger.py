"""`invoices` with a capture step that never looks into its ledger: the suite must find the double captures.

Every attempt is the first of all and has a key of its own, as in a service that trusts its network.
"""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

import activities.capture_payment as capture
import cli
from contracts.order_invoice import CaptureRequest
from database import effects, orders
from database.effects import NewEffect
from invoicing.orders.payment import PaymentAction


async def open_without_looking(self: capture.CaptureActivities, request: CaptureRequest) -> "capture._Attempt | None":
    """A new row for every attempt, whatever became of the last one."""
    tenant, order_id = request.order.tenant, request.order.order_id
    async with self.sessions.begin() as session:
        await orders.lock_order(session, tenant, order_id)
        plan, currency, order_round = await self._plan(session, request)
        if plan.action is PaymentAction.NOTHING:
            return None
        new = NewEffect(
            tenant=tenant,
            key=str(uuid4()),
            order_id=order_id,
            order_round=order_round,
            amount=plan.amount,
            currency=currency,
            transaction_id=plan.transaction_id or "",
            requested_by=request.requested_by,
        )
        return await _noted(session, new)


async def _noted(session: AsyncSession, new: NewEffect) -> "capture._Attempt":
    await effects.start_effect(session, new)
    return capture._Attempt(await effects.get_effect(session, new.tenant, new.key), is_first=True)


if __name__ == "__main__":
    capture.CaptureActivities._open = open_without_looking  # type: ignore[method-assign]
    cli.main()
