"""An automatic job's orders: found by status, extended status and hours since delivery."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import ended
from activities.order_search import OrderSearch
from contracts.failures import Reason
from contracts.invoice_job import JobRef
from database import configurations, invoices, jobs, sites
from database.order_intake import add_items
from database.secured_values import SecuredValues
from database.tables import Job
from integrations.order_service import FoundOrder, OrderService
from invoicing.configuration.invoice_settings import KEY, BadInvoiceSettings, InvoiceSettings, parse_invoice_settings
from invoicing.orders.delivery import is_due, is_invoiced
from invoicing.orders.order import OrderRejected, parse_order
from invoicing.site import UTC, read_site


@dataclass(frozen=True)
class _Wanted:
    """Which of the orders found are the job's."""

    threshold: timedelta
    now: datetime
    """The query's time: a late run finds what one in time would have found."""
    zones: dict[str, ZoneInfo]

    def includes(self, found: FoundOrder) -> bool:
        """Due and not invoiced. An order that cannot be read is taken too: it fails where a person sees why."""
        try:
            order = parse_order(found.text)
        except OrderRejected:
            return True
        if is_invoiced(order):
            return False
        return is_due(order, self.zones.get(order.site_code or "", UTC), threshold=self.threshold, now=self.now)


@dataclass(frozen=True)
class FindActivities:
    sessions: async_sessionmaker[AsyncSession]
    shop: OrderService
    secured_values: SecuredValues

    @activity.defn
    async def find_orders(self, ref: JobRef) -> None:
        """Store the ids of the orders that were due at the job's query time.

        An attempt that was cut off is gone on with where its last page was stored.
        """
        async with self.sessions.begin() as session:
            job = await jobs.load_job(session, ref.tenant, ref.job_id)
            value = await configurations.get_value(session, ref.tenant, KEY, self.secured_values)
            zones = await _timezones(session, ref.tenant)
        try:
            settings = parse_invoice_settings(value)
        except BadInvoiceSettings as error:
            await self._explain(job, f"the configuration {KEY} is missing or cannot be used: {error}")
            return
        wanted = _Wanted(_threshold(settings), job.query_time or job.created_at, zones)
        search = OrderSearch(self.shop, ref.tenant, settings, partial(self._take, job, wanted))
        await search.run(since=job.search_cursor)
        async with self.sessions.begin() as session:
            await jobs.note_searched(session, job.tenant, job.id)

    async def _take(self, job: Job, wanted: _Wanted, found: tuple[FoundOrder, ...], later: str | None) -> int:
        """What was invoiced and credited is not invoiced again unless a person names it in a job."""
        order_ids = [order.order_id for order in found if wanted.includes(order)]
        async with self.sessions.begin() as session:
            if not await jobs.lock_searching(session, job.tenant, job.id):
                raise ended(Reason.CANCELLED, "the job has ended: no more orders are looked for")
            invoiced = await invoices.invoiced_orders(session, job.tenant, order_ids)
            new = await add_items(session, job.tenant, job.id, (o for o in order_ids if o not in invoiced))
            if later is not None:
                await jobs.note_search(session, job.tenant, job.id, later)
        return new

    async def _explain(self, job: Job, message: str) -> None:
        async with self.sessions.begin() as session:
            await jobs.explain_job(session, job.tenant, job.id, message)


def _threshold(settings: InvoiceSettings) -> timedelta:
    return timedelta(seconds=int(settings.threshold_hours * 3600))


async def _timezones(session: AsyncSession, tenant: str) -> dict[str, ZoneInfo]:
    return {view.code: read_site(view.body).timezone for view in await sites.list_sites(session, tenant)}
