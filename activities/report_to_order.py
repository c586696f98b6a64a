"""Step 7: the order learns its invoice's number and link."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from contracts.links import pdf_link
from contracts.order_invoice import Delivery
from database.deliveries import find_reportable
from database.engine import statements
from integrations.order_service import OrderService


@dataclass(frozen=True)
class ReportActivities:
    sessions: async_sessionmaker[AsyncSession]
    shop: OrderService
    public_base_url: str

    @activity.defn
    async def report_to_order(self, delivery: Delivery) -> None:
        """Write `mixins.invoice` on the order; doing it twice changes nothing.

        An invoice that was credited in full is not reported: the order may name the one after it by now.
        """
        ref = delivery.invoice
        async with statements(self.sessions) as session:
            reportable = await find_reportable(session, ref.tenant, ref.invoice_id)
        if reportable is None:
            return
        link = pdf_link(self.public_base_url, ref.tenant, ref.invoice_id)
        await self.shop.report_invoice(
            ref.tenant, delivery.order.order_id, ref.number, link, read_before=reportable.order_text
        )
