"""Step 4: number and invoice, in one local transaction under the series' row lock."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended, reasons
from activities.sites import site_of
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, OrderRef
from database import effects, invoices, orders, sequences
from database.effects import EffectState
from database.invoices import SeriesPlace
from database.orders import Recalculation
from database.sites import SiteView
from invoicing.invoice import Invoice
from invoicing.issuing import issue_details, make_invoice
from invoicing.numbering import format_number, invoice_placeholders, placeholder_values
from invoicing.order import Order, parse_order
from invoicing.payment import PaymentAction
from invoicing.site import read_site

SERIES = "invoiceNoSequence"


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
        if existing := await invoices.find_by_order(session, ref.tenant, ref.order_id):
            return InvoiceRef(tenant=ref.tenant, invoice_id=existing.id, number=existing.number)
        snapshot = await orders.get_order(session, ref.tenant, ref.order_id)
        if snapshot is None or snapshot.recalculation is None:
            raise ended(Reason.INTERNAL_ERROR, "the order has not been recalculated")
        await self._require_capture(session, ref, snapshot.recalculation)
        order = parse_order(snapshot.raw)
        site = await site_of(session, ref.tenant, order)
        invoice = await self._number(session, ref, order, snapshot.recalculation, site)
        return InvoiceRef(tenant=ref.tenant, invoice_id=invoice.id, number=invoice.number)

    async def _require_capture(self, session: AsyncSession, ref: OrderRef, recalculation: Recalculation) -> None:
        """An invoice that says "paid" is only made for money that the ledger knows to be captured, to the cent."""
        plan = recalculation.payment
        if plan.action is PaymentAction.NOTHING:
            return
        effect = await effects.latest_capture(session, ref.tenant, ref.order_id)
        if effect is None or effect.state != EffectState.DONE or effect.amount != plan.amount:
            raise ended(Reason.INTERNAL_ERROR, f"the ledger knows of no capture over {plan.amount}")

    async def _number(
        self, session: AsyncSession, ref: OrderRef, order: Order, recalculation: Recalculation, view: SiteView
    ) -> Invoice:
        site, now = read_site(view.body), datetime.now(UTC)
        issue_date = now.astimezone(site.timezone).date()
        drawn = await sequences.draw(session, ref.tenant, SERIES)
        given = invoice_placeholders(issue_date, order.vendor.name if order.vendor else None)
        number = format_number(drawn.format, drawn.counter, placeholder_values(drawn.format, given, now, view.body))
        invoice = make_invoice(
            order,
            recalculation.priced,
            recalculation.payment,
            issue_details(
                site,
                recalculation.priced,
                tenant=ref.tenant,
                invoice_id=uuid4(),
                number=number,
                issue_date=issue_date,
            ),
        )
        await sequences.record(session, drawn, number, drawn_by=f"invoice:{invoice.id}")
        await invoices.add_invoice(session, invoice, SeriesPlace(drawn.schema_id, drawn.counter))
        return invoice
