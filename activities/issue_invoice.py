"""Step 4: number and invoice, in one local transaction under the series' row lock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended, reasons
from activities.sites import site_of
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, OrderRef
from database import effects, invoices, orders
from database.effects import EffectState
from database.issuing import ORDER_SERIES, Issue, issue
from database.orders import Recalculation, Snapshot
from database.sales_invoices import Entry
from database.sites import SiteView
from database.tables import IssuedInvoice
from invoicing.invoice import Invoice
from invoicing.issuing import issue_details, make_invoice
from invoicing.order import Order, parse_order
from invoicing.payment import PaymentAction
from invoicing.site import read_site


@dataclass(frozen=True)
class IssueActivities:
    sessions: async_sessionmaker[AsyncSession]

    @activity.defn
    async def issue_invoice(self, order: OrderRef) -> InvoiceRef:
        """Issue the order's invoice; an order that has one gets the same one again."""
        with reasons():
            async with self.sessions.begin() as session:
                return await self._issue(session, order)

    async def _issue(self, session: AsyncSession, ref: OrderRef) -> InvoiceRef:
        snapshot = await orders.get_order(session, ref.tenant, ref.order_id)
        if existing := await self._existing(session, ref, snapshot):
            return InvoiceRef(tenant=ref.tenant, invoice_id=existing.id, number=existing.number)
        if snapshot is None or snapshot.recalculation is None:
            raise ended(Reason.INTERNAL_ERROR, "the order has not been recalculated")
        await self._require_capture(session, ref, snapshot.recalculation, snapshot.order_round)
        order = parse_order(snapshot.raw)
        site = await site_of(session, ref.tenant, order)
        invoice = await self._number(
            session, ref, order, snapshot.recalculation, site, order_round=snapshot.order_round
        )
        return InvoiceRef(tenant=ref.tenant, invoice_id=invoice.id, number=invoice.number)

    async def _existing(self, session: AsyncSession, ref: OrderRef, snapshot: Snapshot | None) -> IssuedInvoice | None:
        """The invoice of the round that the order was read for, even if it has been credited in full by now.

        A late attempt of this step must never make a second invoice of what was invoiced and credited.
        """
        if snapshot is None:
            return await invoices.find_by_order(session, ref.tenant, ref.order_id)
        return await invoices.find_by_round(session, ref.tenant, ref.order_id, snapshot.order_round)

    async def _require_capture(
        self, session: AsyncSession, ref: OrderRef, recalculation: Recalculation, order_round: int
    ) -> None:
        """An invoice that says "paid" is only made for money that the ledger knows to be captured, to the cent."""
        plan = recalculation.payment
        if plan.action is PaymentAction.NOTHING:
            return
        effect = await effects.latest_capture(session, ref.tenant, ref.order_id, order_round)
        if effect is None or effect.state != EffectState.DONE or effect.amount != plan.amount:
            raise ended(Reason.INTERNAL_ERROR, f"the ledger knows of no capture over {plan.amount}")

    async def _number(
        self,
        session: AsyncSession,
        ref: OrderRef,
        order: Order,
        recalculation: Recalculation,
        view: SiteView,
        *,
        order_round: int,
    ) -> Invoice:
        site = read_site(view.body)
        issue_date = datetime.now(site.timezone).date()

        def make(invoice_id: UUID, number: str) -> Invoice:
            details = issue_details(
                site,
                recalculation.priced,
                tenant=ref.tenant,
                invoice_id=invoice_id,
                number=number,
                issue_date=issue_date,
            )
            return make_invoice(order, recalculation.priced, recalculation.payment, details)

        wanted = Issue(
            tenant=ref.tenant,
            site=view.body,
            issue_date=issue_date,
            entry=Entry(actor=f"job:{ref.job_id}"),
            schema_type=ORDER_SERIES,
            vendor=order.vendor.name if order.vendor else None,
            order_round=order_round,
            predates_rules=not recalculation.judged,
        )
        return await issue(session, wanted, make)
