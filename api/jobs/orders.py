"""Orders under way: what a person decides about one, whichever job it came with.

By its id in the path, or in the body: only there fits an id with a slash, or one that a path reads as something else.
"""

from collections.abc import Awaitable
from typing import Annotated

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from api.errors.api_error import ApiError
from api.jobs import order_control
from api.jobs.control import declined, temporal_is_away
from api.jobs.control_gate import Declined, NotOpen
from api.security.access import INVOICE_MANAGE, Access
from api.services import ApiServices
from contracts.order_invoice import Choice, Release
from contracts.temporal_client import TemporalAway

COMMAND = {"scopes": [INVOICE_MANAGE]}
CANCEL = "cancel"
RELEASED = {
    Choice.RETRY: "The order is being tried again",
    Choice.ACCEPT_OURS: "The order is being invoiced at the total that its parts come to",
    Choice.ACCEPT_ORDERS: "The order is being invoiced at the total that it states",
    Choice.ABANDON: "The order is given up",
}


class RequestBody(BaseModel):
    """What may be sent, camelCase."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class ReleaseRequest(RequestBody):
    """What a person decides about a held order.

    `retry` tries the failed step again. Of an order held because its totals differ, `accept_ours` invoices what its
    parts come to, and `accept_orders` the total that it states. `abandon` gives it up.
    """

    choice: Choice


class NamedOrder(RequestBody):
    """An order."""

    order_id: Annotated[str, StringConstraints(min_length=1, max_length=200), Field(examples=["EON/1001"])]


class NamedRelease(NamedOrder, ReleaseRequest):
    """A person's decision, and the order that it is about."""


class OrderMoved(BaseModel):
    """The order has taken the command."""

    message: str


class OrderController(Controller):
    """Orders by their own id."""

    path = "/invoice/{tenant:str}/orders/{order_id:str}"
    tags = ["Orders"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/retry",
        operation_id="retryOrder",
        summary="Try a held order again",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def retry(
        self, order_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> OrderMoved:
        """Go on from the step that failed; what has happened does not happen again."""
        return await _retry(services, access, order_id)

    @post(
        "/release",
        operation_id="releaseOrder",
        summary="Release a held order, with a choice",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def release(
        self,
        order_id: FromPath[str],
        data: JSONBody[ReleaseRequest],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> OrderMoved:
        """The decision is kept with the client that made it. 409 where the order cannot be released like that."""
        return await _release(services, access, order_id, data.choice)

    @post(
        "/cancel",
        operation_id="cancelOrder",
        summary="Cancel an order before its payment is captured",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def cancel(
        self, order_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> OrderMoved:
        """It ends as FAILURE, `cancelled`; a later job may name it again. 409 once money has moved, or may have."""
        return await _cancel(services, access, order_id)


class NamedOrderController(Controller):
    """Orders of any id, which stands in the body."""

    path = "/invoice/{tenant:str}/orders"
    tags = ["Orders"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/retry",
        operation_id="retryNamedOrder",
        summary="Try a held order again, whatever its id",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def retry(
        self, data: JSONBody[NamedOrder], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> OrderMoved:
        """As `retryOrder`."""
        return await _retry(services, access, data.order_id)

    @post(
        "/release",
        operation_id="releaseNamedOrder",
        summary="Release a held order, whatever its id",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def release(
        self, data: JSONBody[NamedRelease], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> OrderMoved:
        """As `releaseOrder`."""
        return await _release(services, access, data.order_id, data.choice)

    @post(
        "/cancel",
        operation_id="cancelNamedOrder",
        summary="Cancel an order before its payment is captured, whatever its id",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def cancel(
        self, data: JSONBody[NamedOrder], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> OrderMoved:
        """As `cancelOrder`."""
        return await _cancel(services, access, data.order_id)


async def _retry(services: ApiServices, access: Access, order_id: str) -> OrderMoved:
    await _moved(order_control.retry(services, access.tenant, order_id))
    return OrderMoved(message=RELEASED[Choice.RETRY])


async def _release(services: ApiServices, access: Access, order_id: str, choice: Choice) -> OrderMoved:
    wish = Release(choice=choice, actor=f"client:{access.client_id}")
    await _moved(order_control.release(services, access.tenant, order_id, wish))
    return OrderMoved(message=RELEASED[choice])


async def _cancel(services: ApiServices, access: Access, order_id: str) -> OrderMoved:
    await _moved(services.control.tell_order(access.tenant, order_id, CANCEL))
    return OrderMoved(message="The order is being cancelled")


async def _moved(command: Awaitable[None]) -> None:
    try:
        await command
    except NotOpen as error:
        raise ApiError(404, "No invoice of this order is under way", field="orderId") from error
    except Declined as error:
        raise declined(error, "orderId") from error
    except TemporalAway as error:
        raise temporal_is_away() from error
