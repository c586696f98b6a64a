"""What a person does about an order on hold, by the reason that the service gives."""

import threading
from collections.abc import Iterable

from demo.orders.exact_json import dump
from demo.shop.running import RunningShop
from tests.chaos.planned_orders import HELD_FOR, Kind, PlannedOrder

DECLINED = "Insufficient funds"


class Mender:
    """Fills the shop with the orders as they are at first, and puts right what is wrong with one."""

    def __init__(self, shop: RunningShop, orders: Iterable[PlannedOrder]) -> None:
        self._shop = shop
        self._orders = {(order.tenant, order.order_id): order for order in orders}
        self._mended: set[tuple[str, str]] = set()
        self._one_at_a_time = threading.Lock()

    def fill_the_shop(self) -> None:
        """Put every order on its tenant's shelf, and let the gateway decline what it is meant to decline."""
        known = [order for order in self._orders.values() if order.is_known]
        for tenant in {order.tenant for order in known}:
            documents = ((order.order_id, dump(order.document())) for order in known if order.tenant == tenant)
            self._shop.shelf.add_all(tenant, documents)
        for order in known:
            if order.kind is Kind.DECLINED:
                self._shop.gateway.decline(order.tenant, order.transaction, DECLINED)

    def mend(self, tenant: str, order_id: str, reason: str) -> None:
        """Make the order one that can be invoiced, once; of other reasons there is nothing to mend but to try again.

        It is shown as held for a while longer. Mended again, the shop's order would lose what it was told since.
        """
        order = self._orders[tenant, order_id]
        with self._one_at_a_time:
            if reason not in HELD_FOR.values() or (tenant, order_id) in self._mended:
                return
            self._mended.add((tenant, order_id))
            if order.kind is Kind.DECLINED:
                self._shop.gateway.accept(tenant, order.transaction)
            else:
                self._shop.replace_order(order.mended(), tenant)
