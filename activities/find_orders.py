"""An automatic job's orders: found by status, extended status and hours since delivery."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from contracts.invoice_job import JobRef
from database import configurations, invoices, jobs, sites
from database.order_intake import add_items
from database.secured_values import SecuredValues
from database.tables import Job
from integrations.order_service import FoundOrder, OrderService
from invoicing.delivery import is_due, is_invoiced
from invoicing.invoice_settings import KEY, BadInvoiceSettings, InvoiceSettings, parse_invoice_settings
from invoicing.order import OrderRejected, parse_order
from invoicing.order_query import order_query
from invoicing.site import UTC, read_site

PAGE_SIZE = 100


@dataclass(frozen=True)
class FindActivities:
    sessions: async_sessionmaker[AsyncSession]
    shop: OrderService
    secured_values: SecuredValues

    @activity.defn
    async def find_orders(self, ref: JobRef) -> None:
        """Store the ids of the orders that were due when the job was accepted; a repeat adds only what is missing."""
        async with self.sessions.begin() as session:
            job = await jobs.load_job(session, ref.tenant, ref.job_id)
            value = await configurations.get_value(session, ref.tenant, KEY, self.secured_values)
            zones = await _timezones(session, ref.tenant)
        try:
            settings = parse_invoice_settings(value)
        except BadInvoiceSettings as error:
            await self._explain(job, f"the configuration {KEY} is missing or cannot be used: {error}")
            return
        seen = 0
        for number in count(1):
            page = await self.shop.search(ref.tenant, order_query(settings), page_number=number, page_size=PAGE_SIZE)
            due = [found.order_id for found in page.orders if _is_eligible(found, settings, job, zones)]
            await self._add(job, due)
            seen += len(page.orders)
            if not page.orders or (page.total is not None and seen >= page.total):
                return

    async def _add(self, job: Job, order_ids: list[str]) -> None:
        """What was invoiced and credited is not invoiced again unless a person names it in a job."""
        async with self.sessions.begin() as session:
            invoiced = await invoices.invoiced_orders(session, job.tenant, order_ids)
            await add_items(session, job.tenant, job.id, [o for o in order_ids if o not in invoiced])

    async def _explain(self, job: Job, message: str) -> None:
        async with self.sessions.begin() as session:
            await jobs.explain_job(session, job.tenant, job.id, message)


async def _timezones(session: AsyncSession, tenant: str) -> dict[str, ZoneInfo]:
    return {view.code: read_site(view.body).timezone for view in await sites.list_sites(session, tenant)}


def _is_eligible(found: FoundOrder, settings: InvoiceSettings, job: Job, zones: dict[str, ZoneInfo]) -> bool:
    """Due and not invoiced. An order that cannot be read is taken too: it fails where a person sees why."""
    try:
        order = parse_order(found.text)
    except OrderRejected:
        return True
    if is_invoiced(order):
        return False
    threshold = timedelta(seconds=int(settings.threshold_hours * 3600))
    return is_due(order, zones.get(order.site_code or "", UTC), threshold=threshold, now=job.query_time or job.created_at)
