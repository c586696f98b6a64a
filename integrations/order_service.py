"""The shop's orders (Emporix Order Service v2, A.5): read one, search, write the invoice's number back."""

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from integrations.commerce_token import AccessTokens
from integrations.exact_json import NotJson, check_object, split_array
from integrations.faults import PermanentFault, TransientFault, quoted
from integrations.pace import UNPACED, Downstream, Pace
from integrations.shop_client import Answer, Request, ShopClient, path_segment

NOT_FOUND = 404
CONFLICT = 409
REPORT_ATTEMPTS = 2


class UnknownOrder(PermanentFault):
    """The shop has no order of this id."""


@dataclass(frozen=True)
class FoundOrder:
    """An order that a search found: its id, and its JSON text as the shop sent it, digit for digit."""

    order_id: str
    text: str
    created: str | None = None
    """When it was created, in the shop's own words."""


@dataclass(frozen=True)
class OrderPage:
    """One page of a search; `total` counts all pages, None when the shop did not say."""

    orders: tuple[FoundOrder, ...]
    total: int | None


class OrderService(Protocol):
    """Where orders come from. Every method may raise `TransientFault` (see `integrations.faults`)."""

    async def get(self, tenant: str, order_id: str) -> str:
        """The order's JSON text as the shop sent it, digit for digit; surely a JSON object.

        Raises:
            UnknownOrder: there is none.
            PermanentFault: the shop cannot do anything with the id.
        """

    async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
        """A page of the orders that `q` finds (grammar of A.5), the oldest first; the first page is number 1.

        Raises:
            PermanentFault: the shop does not understand `q`.
        """

    async def report_invoice(
        self, tenant: str, order_id: str, invoice_number: str, document_url: str, *, read_before: str | None = None
    ) -> None:
        """Write number and document into the order's `mixins.invoice` (A.1.5). Safe to repeat.

        Args:
            tenant: whose order it is.
            order_id: which.
            invoice_number: of the order's invoice.
            document_url: where its PDF is.
            read_before: the order as `get` gave it at some time. It saves reading it when nobody has changed it since.

        Raises:
            UnknownOrder: there is none.
            PermanentFault: the shop refuses the change.
            TransientFault: also when somebody else kept changing the order meanwhile.
        """


class HttpOrderService:
    """The order service over HTTP.

    Args:
        base_url: `/order-v2/{tenant}/salesorders` is appended to it.
        tokens: where bearer tokens come from.
        timeout_seconds: limit on one HTTP exchange; `report_invoice` makes up to five.
        pace: how often it may be called.
    """

    def __init__(self, base_url: str, tokens: AccessTokens, timeout_seconds: float, pace: Pace = UNPACED) -> None:
        turn = partial(pace.wait, Downstream.ORDER_SERVICE)
        self._shop = ShopClient("order service", base_url, tokens, timeout_seconds, turn)

    async def get(self, tenant: str, order_id: str) -> str:
        """See `OrderService.get`."""
        answer = await self._read(tenant, order_id)
        text = answer.text()
        try:
            check_object(text)
        except NotJson:
            raise answer.unreadable() from None
        return text

    async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
        """See `OrderService.search`."""
        params = {"q": q, "sort": "created:asc,id:asc", "pageNumber": str(page_number), "pageSize": str(page_size)}
        headers = {"X-Total-Count": "true"}
        answer = await self._shop.send(tenant, Request("GET", _orders_path(tenant), params=params, headers=headers))
        if not answer.is_success:
            raise PermanentFault(f"The order service refused the search ({answer.status}).")
        total = answer.headers.get("X-Total-Count", "")
        return OrderPage(_found_orders(answer), int(total) if re.fullmatch(r"[0-9]{1,18}", total) else None)

    async def report_invoice(
        self, tenant: str, order_id: str, invoice_number: str, document_url: str, *, read_before: str | None = None
    ) -> None:
        """See `OrderService.report_invoice`. An order that is read and already carries these values is left alone."""
        invoice = {"invoiceNo": invoice_number, "invoiceDocument": document_url}
        version = _version_in(read_before) if read_before is not None else None
        # Written blindly only under a version: the shop refuses it where anything has changed, our own report included.
        if version is not None and await self._patch(tenant, order_id, _patch(invoice, version)):
            return
        for _ in range(REPORT_ATTEMPTS):
            order = (await self._read(tenant, order_id)).json_object()
            if _already_reported(order, invoice):
                return
            if await self._patch(tenant, order_id, _patch(invoice, _version_of(order))):
                return
        raise TransientFault(f"Order {quoted(order_id)} is being changed by somebody else in the shop.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._shop.aclose()

    async def _read(self, tenant: str, order_id: str) -> Answer:
        answer = await self._shop.send(tenant, Request("GET", _order_path(tenant, order_id)))
        _check_found(answer, order_id)
        if not answer.is_success:
            raise PermanentFault(f"The order service refused to show order {quoted(order_id)} ({answer.status}).")
        return answer

    async def _patch(self, tenant: str, order_id: str, patch: dict[str, object]) -> bool:
        """False: somebody changed the order since we read it."""
        request = Request(
            "PATCH",
            _order_path(tenant, order_id),
            # The invoice is issued: the shop must not price the order anew.
            params={"recalculate": "false"},
            json_text=json.dumps(patch),
        )
        answer = await self._shop.send(tenant, request)
        if answer.status == CONFLICT:
            return False
        _check_found(answer, order_id)
        if not answer.is_success:
            raise PermanentFault(
                f"The order service refused to note the invoice on order {quoted(order_id)} ({answer.status})."
            )
        if answer.body:
            # The service says 204 (A.5). Words that cannot be read are those of somebody in between, who noted nothing.
            answer.json_object()
        return True


def _orders_path(tenant: str) -> str:
    return f"/order-v2/{path_segment(tenant)}/salesorders"


def _order_path(tenant: str, order_id: str) -> str:
    if not order_id:
        # The path would be that of the list.
        raise UnknownOrder("An order without an id cannot be looked up.")
    return f"{_orders_path(tenant)}/{path_segment(order_id)}"


def _check_found(answer: Answer, order_id: str) -> None:
    if answer.status == NOT_FOUND:
        raise UnknownOrder(f"The shop has no order {quoted(order_id)}.")


def _already_reported(order: dict[str, object], invoice: dict[str, str]) -> bool:
    mixins = order.get("mixins")
    noted = mixins.get("invoice") if isinstance(mixins, dict) else None
    return isinstance(noted, dict) and {key: noted.get(key) for key in invoice} == invoice


def _patch(invoice: dict[str, str], version: int | None) -> dict[str, object]:
    patch: dict[str, object] = {"mixins": {"invoice": invoice}}
    return patch if version is None else {**patch, "metadata": {"version": version}}


def _version_in(text: str) -> int | None:
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _version_of(order) if isinstance(order, dict) else None


def _version_of(order: dict[str, object]) -> int | None:
    metadata = order.get("metadata")
    version = metadata.get("version") if isinstance(metadata, dict) else None
    return version if isinstance(version, int) else None


def _found_orders(answer: Answer) -> tuple[FoundOrder, ...]:
    try:
        elements = split_array(answer.text())
    except NotJson:
        raise answer.unreadable() from None
    found: list[FoundOrder] = []
    for text, order in elements:
        order_id = order.get("id")
        if not isinstance(order_id, str) or not order_id:
            raise answer.unreadable()
        created = order.get("created")
        found.append(FoundOrder(order_id, text, created if isinstance(created, str) else None))
    return tuple(found)
