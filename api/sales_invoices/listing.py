"""Listing sales invoices (Deskera B.2): pages, counts, and what is unpaid. Invoices made from orders are among them.

The vendor names `GET /v1/invoices/count` and `GET /v1/invoices/sales/unpaid-seq-codes` without their answers: ours are
`{"count": 12}`, and a plain array of numbers, the longest due first. Both take the filters of the list.
"""

from datetime import UTC, date, datetime

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, spring_page
from api.sales_invoices.answers import answers
from api.sales_invoices.filters import ListParameters, provide_list_parameters
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import sales_invoice_lists, sites
from database.sales_invoice_lists import Filters
from invoicing.sales.site_choice import chosen_site
from invoicing.site import UTC as NO_ZONE
from invoicing.site import timezone_of

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}


class SalesInvoiceListController(Controller):
    """Many sales invoices at once."""

    path = "/v1/invoices"
    tags = ["Sales invoices"]  # noqa: RUF012 -- Litestar's own way to declare it
    dependencies = {"listing": Provide(provide_list_parameters)}  # noqa: RUF012

    @get("/sales", operation_id="listSalesInvoices", summary="List sales invoices", opt=READ)
    async def list_sales_invoices(
        self,
        listing: NamedDependency[ListParameters],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """A page of them, the newest first; `page` counts from 0, `limit` is 10 where it is left out.

        `query` joins conditions by commas, `status=OPEN,contactCode=C-0000001,documentSequenceCode!null`; the same
        field again means any of its values. `search` looks into number, contact name, memo and the buyer's order
        number. Dates are dd-MM-yyyy, both ends included. `overdue=true` lists what was due before today in the
        seller's time zone, or before `asOf`. `kind` is SALES, ORDER, OPENING or RECURRING.
        """
        filters = await _filters(session, access.tenant, listing)
        rows = await sales_invoice_lists.page(
            session,
            access.tenant,
            filters,
            listing.sorting(),
            limit=listing.limit,
            offset=listing.page * listing.limit,
        )
        total = await sales_invoice_lists.count(session, access.tenant, filters)
        content = await answers(session, access.tenant, rows)
        return answer(spring_page(content, page=listing.page, limit=listing.limit, total=total, is_sorted=True))

    @get("/count", operation_id="countSalesInvoices", summary="Count sales invoices", opt=READ)
    async def count(
        self,
        listing: NamedDependency[ListParameters],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """How many there are, drafts included; the filters of the list narrow it."""
        filters = await _filters(session, access.tenant, listing)
        return answer({"count": await sales_invoice_lists.count(session, access.tenant, filters)})

    @get("/sales/unpaid-seq-codes", operation_id="listUnpaidSalesInvoices", summary="List unpaid numbers", opt=READ)
    async def unpaid(
        self,
        listing: NamedDependency[ListParameters],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """Numbers of issued invoices on which something is due, the first due first; paged as the list is."""
        filters = await _filters(session, access.tenant, listing)
        codes = await sales_invoice_lists.unpaid_codes(
            session, access.tenant, filters, limit=listing.limit, offset=listing.page * listing.limit
        )
        return answer(codes)


async def _filters(session: AsyncSession, tenant: str, listing: ListParameters) -> Filters:
    return listing.filters(await _today(session, tenant) if listing.needs_today else None)


async def _today(session: AsyncSession, tenant: str) -> date:
    """The day in the seller's time zone; of several sites, that of the one which sells where an invoice names none."""
    bodies = [view.body for view in await sites.list_sites(session, tenant)]
    place = chosen_site(bodies)
    zone = NO_ZONE if place is None else timezone_of(bodies[place])
    return datetime.now(UTC).astimezone(zone).date()
