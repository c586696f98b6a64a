"""Step 1: is there an invoice already, and what does the shop say of the order?"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended, reasons
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, LookedUp, OrderRef
from database import credit_notes, effects, invoices, orders, refunds, sales_invoices
from integrations.order_service import OrderService
from invoicing.delivery import is_invoiced, reported_number
from invoicing.order import OrderRejected, parse_order

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
        tenant, order_id = order.tenant, order.order_id
        async with self.sessions.begin() as session:
            if unfinished := await self._unfinished_invoice(session, order):
                return Seen(unfinished=unfinished)
            await self._require_refunds(session, order)
            order_round = await sales_invoices.order_round(session, tenant, order_id)
            if await effects.may_have_moved_money(session, tenant, order_id, order_round):
                return Seen(order_round=order_round)
            credited = await credit_notes.credited_numbers(session, tenant, order_id)
        with reasons():
            return Seen(text=await self._read(order, credited), order_round=order_round)

    async def _keep(self, order: OrderRef, text: str, order_round: int) -> None:
        """Store the order, unless it has come so far meanwhile that it stays as it was."""
        tenant, order_id = order.tenant, order.order_id
        async with self.sessions.begin() as session:
            await orders.lock_order(session, tenant, order_id)
            is_late = order_round != await sales_invoices.order_round(session, tenant, order_id)
            if not is_late and not await effects.may_have_moved_money(session, tenant, order_id, order_round):
                await orders.save_order(session, tenant, order_id, text, order_round)

    @activity.defn
    async def invoice_stands(self, invoice: InvoiceRef) -> bool:
        """Whether the invoice is still to be finished: one that was credited in full is not."""
        async with self.sessions.begin() as session:
            return await invoices.stands(session, invoice.tenant, invoice.invoice_id)

    async def _unfinished_invoice(self, session: AsyncSession, order: OrderRef) -> InvoiceRef | None:
        invoice = await invoices.find_by_order(session, order.tenant, order.order_id)
        if invoice is None:
            return None
        complete = await invoices.find_pdf(session, order.tenant, invoice.id) and await invoices.is_mailed(
            session, order.tenant, invoice.id
        )
        if complete:
            raise ended(Reason.ALREADY_INVOICED, f"already invoiced: {invoice.number}")
        return InvoiceRef(tenant=order.tenant, invoice_id=invoice.id, number=invoice.number)

    async def _require_refunds(self, session: AsyncSession, order: OrderRef) -> None:
        """While it is open whether the money of a credited invoice went back, none is taken again."""
        if await refunds.open_refunds(session, order.tenant, order.order_id):
            raise ended(Reason.REFUND_PENDING, "the payment of the order's credited invoice has not been refunded yet")

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
