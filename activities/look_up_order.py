"""Step 1: is there an invoice already, and what does the shop say of the order?"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended, reasons
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, LookedUp, OrderRef
from database import invoices, orders
from database.order_past import LiveInvoice, past_of_order
from integrations.order_service import OrderService
from invoicing.orders.delivery import is_invoiced, reported_number
from invoicing.orders.order import OrderRejected, parse_order

NOT_INVOICEABLE = frozenset({"IN_CHECKOUT", "DECLINED"})
"""Orders in these states were never placed, or were turned down (Emporix A.5)."""


@dataclass(frozen=True)
class Seen:
    """How an order stands. Its text is None where it is not to be read any more: invoiced, or money may have moved."""

    text: str | None = None
    order_round: int = 0
    unfinished: InvoiceRef | None = None


@dataclass(frozen=True)
class LookUpActivities:
    sessions: async_sessionmaker[AsyncSession]
    shop: OrderService

    @activity.defn
    async def look_up_order(self, order: OrderRef) -> LookedUp:
        """Store the order as the shop has it now.

        An order whose invoice is complete is refused; an invoice that a run left unfinished is handed back to be
        finished. Once money may have moved, the order stays as it was then: what was captured is what is invoiced.
        An order whose invoice was credited in full is read anew, once its money has gone back.
        """
        seen = await self.see(order)
        if seen.text is not None:
            await self._keep(order, seen.text, seen.order_round)
        return LookedUp(unfinished=seen.unfinished)

    async def see(self, order: OrderRef) -> Seen:
        """The same without keeping anything."""
        async with self.sessions.begin() as session:
            past = await past_of_order(session, order.tenant, order.order_id)
        if past.invoice is not None:
            return Seen(unfinished=_unfinished(order, past.invoice))
        if past.has_open_refunds:
            raise ended(Reason.REFUND_PENDING, "the payment of the order's credited invoice has not been refunded yet")
        if past.may_have_moved_money:
            return Seen(order_round=past.order_round)
        with reasons():
            return Seen(text=await self._read(order, past.credited), order_round=past.order_round)

    async def _keep(self, order: OrderRef, text: str, order_round: int) -> None:
        """Store the order, unless it has come so far meanwhile that it stays as it was."""
        async with self.sessions.begin() as session:
            if await is_to_be_kept(session, order, order_round):
                await orders.save_order(session, order.tenant, order.order_id, text, order_round)

    @activity.defn
    async def invoice_stands(self, invoice: InvoiceRef) -> bool:
        """Whether the invoice is still to be finished: one that was credited in full is not."""
        async with self.sessions.begin() as session:
            return await invoices.stands(session, invoice.tenant, invoice.invoice_id)

    async def _read(self, order: OrderRef, credited: frozenset[str]) -> str:
        """The order's text. Of an invoice that was credited in full it may still carry the number."""
        raw = await self.shop.get(order.tenant, order.order_id)
        parsed = parse_order(raw)
        if parsed.id != order.order_id:
            raise OrderRejected("id", "is not the id that was asked for")
        if parsed.status in NOT_INVOICEABLE:
            raise ended(Reason.NOT_INVOICEABLE, f"an order that is {parsed.status} is not invoiced")
        if is_invoiced(parsed) and reported_number(parsed) not in credited:
            raise ended(Reason.ALREADY_INVOICED, "already invoiced: the order carries an invoice number")
        return raw


async def is_to_be_kept(session: AsyncSession, order: OrderRef, order_round: int) -> bool:
    """Whether an order that was read for that round may still be stored; its lock is held from here on.

    False for one that another attempt has brought further: its round is over, or money may have moved for it.
    """
    await orders.lock_order(session, order.tenant, order.order_id)
    past = await past_of_order(session, order.tenant, order.order_id)
    return past.order_round == order_round and not past.may_have_moved_money


def _unfinished(order: OrderRef, invoice: LiveInvoice) -> InvoiceRef:
    if invoice.is_complete:
        raise ended(Reason.ALREADY_INVOICED, f"already invoiced: {invoice.number}")
    return InvoiceRef(tenant=order.tenant, invoice_id=invoice.id, number=invoice.number)
