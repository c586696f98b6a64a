"""Going through all orders that a query finds while others leave the result: nothing slips.

Page numbers alone would not do: an order that gets its invoice meanwhile leaves the result, all later ones move up a
place, and one of them moves from the page that is next to the one that was just read. So every page is the first one of
the orders created since the last one that was looked at. (The query language compares dates, Emporix A.5; whether it
compares ids is not documented.)
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from integrations.order_service import FoundOrder, OrderService
from invoicing.configuration.invoice_settings import InvoiceSettings
from invoicing.orders.query import WITHOUT_CREATION, created_since, order_query

PAGE_SIZE = 100

Take = Callable[[tuple[FoundOrder, ...], str | None], Awaitable[int]]
"""Keeps orders, and with them the instant from which the search goes on (None: as before); how many orders are new."""


@dataclass(frozen=True)
class _Pass:
    """What one reading of the orders created since an instant came to."""

    pages: int
    new: int
    later: str | None
    """A later instant of creation, at which the search goes on; None: there is nothing later."""


@dataclass(frozen=True)
class OrderSearch:
    """The search of one tenant's orders."""

    shop: OrderService
    tenant: str
    settings: InvoiceSettings
    take: Take

    async def run(self, since: str | None) -> None:
        """Hand over every order created at `since` or later, some of them more than once; None: every order."""
        later = await self._go_through(since)
        while later is not None:
            since = later
            later = await self._go_through(since)
        if since is not None:
            await self._go_through(since, WITHOUT_CREATION)

    async def _go_through(self, since: str | None, *others: str) -> str | None:
        """Orders of one instant that fill several pages have page numbers; they are read until nothing new is found.

        Returns:
            The later instant of creation at which the search goes on, None at the end of it.
        """
        terms = others or ((created_since(since),) if since else ())
        while True:
            done = await self._pass(since, order_query(self.settings, *terms))
            if done.pages == 1 or not done.new:
                return done.later

    async def _pass(self, since: str | None, query: str) -> _Pass:
        number = new = seen = 0
        while True:
            number += 1
            page = await self.shop.search(self.tenant, query, page_number=number, page_size=PAGE_SIZE)
            seen += len(page.orders)
            # On later pages the total would mislead: it falls while `seen` does not.
            is_last = not page.orders or (number == 1 and page.total is not None and seen >= page.total)
            later = None if is_last else _later(page.orders, since)
            new += await self.take(page.orders, later if number == 1 else None)
            if is_last or later is not None:
                return _Pass(number, new, later)


def _later(orders: tuple[FoundOrder, ...], since: str | None) -> str | None:
    """When the last of these orders was created, if that is later than `since`."""
    last = next((order.created for order in reversed(orders) if order.created and _instant(order.created)), None)
    if last is None or (since is not None and not _is_later(last, since)):
        return None
    return last


def _is_later(one: str, other: str) -> bool:
    moment, before = _instant(one), _instant(other)
    return moment is not None and before is not None and moment > before


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
