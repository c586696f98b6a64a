"""Step 4: number and invoice, in one local transaction under the series' row lock."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended, reasons
from activities.sites import site_of
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, OrderRef
from database import invoices
from database.issuing import ORDER_SERIES, Issue, issue
from database.orders import Recalculation
from database.orders_to_issue import NumberedInvoice, find_order_to_issue
from database.sales_invoices import Entry
from database.sites import SiteView
from invoicing.invoice import Invoice
from invoicing.orders.issuing import issue_details, make_invoice
from invoicing.orders.order import Order, parse_order
from invoicing.orders.payment import PaymentAction, PaymentPlan
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
        """Make the invoice of the round that the order was read for, unless it has one, credited in full or not.

        A late attempt of this step must never make a second invoice of what was invoiced and credited.
        """
        found = await find_order_to_issue(session, ref.tenant, ref.order_id)
        if existing := found.invoice if found else await self._live(session, ref):
            return InvoiceRef(tenant=ref.tenant, invoice_id=existing.id, number=existing.number)
        recalculation = found.recalculation if found else None
        if found is None or recalculation is None:
            raise ended(Reason.INTERNAL_ERROR, "the order has not been recalculated")
        _require_capture(recalculation.payment, found.captured)
        order = parse_order(found.raw)
        site = await site_of(session, ref.tenant, order)
        invoice = await self._number(session, ref, order, recalculation, site, order_round=found.order_round)
        return InvoiceRef(tenant=ref.tenant, invoice_id=invoice.id, number=invoice.number)

    async def _live(self, session: AsyncSession, ref: OrderRef) -> NumberedInvoice | None:
        """The standing invoice of an order whose text is not there."""
        row = await invoices.find_by_order(session, ref.tenant, ref.order_id)
        return NumberedInvoice(row.id, row.number) if row else None

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
            may_be_refused=False,
            predates_rules=not recalculation.judged,
        )
        return await issue(session, wanted, make)


def _require_capture(plan: PaymentPlan, captured: Decimal | None) -> None:
    """An invoice that says "paid" is only made for money that the ledger knows to be captured, to the cent."""
    if plan.action is not PaymentAction.NOTHING and captured != plan.amount:
        raise ended(Reason.INTERNAL_ERROR, f"the ledger knows of no capture over {plan.amount}")
