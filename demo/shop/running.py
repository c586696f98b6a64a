"""A shop in a thread of this process, on a free port: for tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from demo.orders.exact_json import JsonObject, dump, parse_object
from demo.shop.app import Shop, create_app
from demo.shop.books import Books, read_books
from demo.shop.faults import Fault, FaultKind, FaultPlan
from demo.shop.gateway import Gateway
from demo.shop.order_shelf import OrderShelf
from demo.shop.serving import Server, listening_socket, server
from demo.shop.store import Store
from demo.shop.tokens import DEFAULT_CLIENTS, Client, TokenDesk

HOST = "127.0.0.1"
START_SECONDS = 10.0


@dataclass
class ServerThread:
    """Uvicorn in a thread; stopped and started again it keeps its port."""

    shop: Shop
    port: int = 0
    server: Server | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen.

        Raises:
            TimeoutError: the server did not start.
        """
        listener = listening_socket(HOST, self.port)
        self.port = listener.getsockname()[1]
        listens = threading.Event()
        self.server = server(create_app(self.shop), listens.set)
        self.thread = threading.Thread(target=self.server.run, args=([listener],), name="shop", daemon=True)
        self.thread.start()
        if not listens.wait(START_SECONDS):
            raise TimeoutError(f"the shop did not start in {START_SECONDS} s")

    def stop(self) -> None:
        """Finish the requests under way and close the port."""
        if self.server and self.thread:
            self.server.should_exit = True
            self.thread.join(START_SECONDS)


@dataclass
class RunningShop:
    """What a test may ask of a shop and do to it; orders and transactions are those of the client's tenant.

    Attributes:
        url: base URL of order service and gateway.
        client: the OAuth client that may call them.
        requests: `METHOD /path` of every request so far, faults included.
    """

    url: str
    folder: Path
    shop: Shop
    thread: ServerThread
    client: Client
    requests: list[str] = field(default_factory=list)

    @property
    def tenant(self) -> str:
        """The tenant of the client."""
        return self.client.tenant

    @property
    def token_url(self) -> str:
        """Where the client gets its tokens."""
        return f"{self.url}/oauth/token"

    @property
    def shelf(self) -> OrderShelf:
        """The orders."""
        return self.shop.shelf

    @property
    def gateway(self) -> Gateway:
        """The payments."""
        return self.shop.gateway

    def books(self, prefix: str = "") -> Books:
        """The shop's own books, of the orders whose id begins with `prefix`."""
        return read_books(self.shop.store, prefix)

    def add_order(self, order: JsonObject | str, order_id: str | None = None, tenant: str | None = None) -> str:
        """Put an order on the shelf, unchecked; JSON text is served as it is (`order_id` where it has no id).

        Returns:
            The order's id.
        """
        text = order if isinstance(order, str) else dump(order)
        known_id = order_id or str(parse_object(text)["id"])
        self.shelf.add(tenant or self.tenant, known_id, text)
        return known_id

    def replace_order(self, order: JsonObject, tenant: str | None = None) -> None:
        """Put another version of an order in its place, as somebody who mends it would."""
        with self.shop.store.writing() as connection:
            connection.execute(
                "UPDATE orders SET body = ? WHERE tenant = ? AND id = ?",
                (dump(order), tenant or self.tenant, order["id"]),
            )

    def order(self, order_id: str) -> JsonObject:
        """An order as the shop has it now."""
        return parse_object(self.shelf.text(self.tenant, order_id))

    def captures(self, order_id: str) -> list[tuple[Decimal, str]]:
        """(amount, currency) of the successful captures of an order."""
        booked = self.books(order_id).captures
        return [(capture.amount, capture.currency) for capture in booked if capture.order_id == order_id]

    def refunds(self, order_id: str) -> list[tuple[Decimal, str]]:
        """(amount, currency) of the successful refunds of an order."""
        booked = self.books(order_id).refunds
        return [(refund.amount, refund.currency) for refund in booked if refund.order_id == order_id]

    def authorise_again(self, order_id: str, transaction: str) -> None:
        """Let the customer pay once more, on another transaction."""
        self.shelf.authorise_again(self.tenant, order_id, transaction)

    def decline(self, transaction: str, message: str = "Insufficient funds") -> None:
        """Let the captures and refunds of a transaction fail (200, `successful: false`)."""
        self.gateway.decline(self.tenant, transaction, message)

    def accept(self, transaction: str) -> None:
        """End `decline`; the keys that were refused may be used again."""
        self.gateway.accept(self.tenant, transaction)

    def transaction_of(self, order_id: str) -> str:
        """The transaction of an order's first payment."""
        return str(self.order(order_id)["payments"][0]["transactionId"])

    def fault(
        self,
        match: str,
        kind: FaultKind,
        *,
        times: int | None = 1,
        status: int = 503,
        retry_after: int | None = None,
        seconds: float = 0.0,
        effect: bool = False,
    ) -> Fault:
        """Plan a fault (see `Fault`); its `struck` counts how often it has struck."""
        return self.shop.faults.add(
            Fault(
                match=match,
                kind=kind,
                times=times,
                status=status,
                retry_after=retry_after,
                seconds=seconds,
                effect=effect,
            )
        )

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self.shop.faults.clear()

    def forget_tokens(self) -> None:
        """Answer 401 until the client has asked for a new token."""
        self.shop.desk.revoke_all()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse connections meanwhile; afterwards the shop is back at the same address."""
        self.thread.stop()
        try:
            yield
        finally:
            self.thread.start()


@contextmanager
def running_shop(
    folder: Path,
    *,
    clients: tuple[Client, ...] = DEFAULT_CLIENTS,
    token_life_seconds: float = 14_399.0,
    port: int = 0,
    careless_gateway: bool = False,
) -> Iterator[RunningShop]:
    """A shop with its books in `folder`; a second one in the same folder carries on with them.

    A careless gateway captures a transaction again for every new key: nobody but its client keeps it from that.
    """
    desk, faults = TokenDesk(clients, token_life_seconds), FaultPlan()
    served, seen = Store(folder), Store(folder)
    thread = ServerThread(Shop(served, desk, faults, careless_gateway), port)
    thread.start()
    running = RunningShop(
        f"http://{HOST}:{thread.port}", folder, Shop(seen, desk, faults, careless_gateway), thread, clients[0]
    )
    faults.requests = running.requests
    try:
        yield running
    finally:
        thread.stop()
        served.close()
        seen.close()
