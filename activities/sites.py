"""The site of an order, as every step that needs it reads it."""

from sqlalchemy.ext.asyncio import AsyncSession

from activities.failures import ended
from contracts.failures import Reason
from database import sites
from invoicing.orders.order import Order


async def site_of(session: AsyncSession, tenant: str, order: Order) -> sites.SiteView:
    """The configured site that the order names, with its mixins.

    Raises:
        temporalio.exceptions.ApplicationError: of reason `unknown_site`; without a site there is no seller.
    """
    code = order.site_code or ""
    view = await sites.get_site(session, tenant, code)
    if view is None:
        raise ended(Reason.UNKNOWN_SITE, f"the order's site {code!r} is not configured")
    return view
