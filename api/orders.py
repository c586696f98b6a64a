"""Orders under way: the operator's one command to move a held one."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED
from pydantic import BaseModel

from api.access import INVOICE_MANAGE, Access
from api.errors import ApiError
from api.services import ApiServices
from api.temporal_gate import RetryAnswer
from contracts.temporal_client import TemporalAway


class RetryAccepted(BaseModel):
    """The order is being tried again."""

    message: str = "The order is being tried again"


class OrderController(Controller):
    """Orders by their own id, whichever job they came with."""

    path = "/invoice/{tenant:str}/orders/{order_id:str}"
    tags = ["Orders"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/retry",
        operation_id="retryOrder",
        summary="Try a held order again",
        status_code=HTTP_202_ACCEPTED,
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def retry(
        self,
        order_id: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> RetryAccepted:
        """Go on from the step that failed; what has happened does not happen again."""
        try:
            answer = await services.temporal.retry_order(access.tenant, order_id)
        except TemporalAway as error:
            raise ApiError(503, "Temporal does not answer; try again", headers={"Retry-After": "5"}) from error
        if answer is RetryAnswer.UNKNOWN:
            raise ApiError(404, "No invoice of this order is under way", field="orderId")
        if answer is RetryAnswer.NOT_HELD:
            raise ApiError(409, "The order is not on hold", field="orderId")
        return RetryAccepted()
