"""Payment gateway (Emporix A.6)."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.params import FromPath, HeaderParameter

from demo.shop.parts import GatewayPart, ShopRequest
from demo.shop.refusals import answer_json
from demo.shop.tokens import needs_token

IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


class GatewayRoutes(Controller):
    """Capture, refund, and look at a transaction."""

    path = "/payment-gateway/{tenant:str}"
    guards = (needs_token,)

    @post("/payment/{transaction_id:str}/capture", status_code=200)
    async def capture(
        self,
        request: ShopRequest,
        tenant: FromPath[str],
        transaction_id: FromPath[str],
        gateway: GatewayPart,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take the money; a failure is an answer of its own, with status 200."""
        return answer_json(gateway.capture(tenant, transaction_id, await request.body(), idempotency_key))

    @post("/payment/{transaction_id:str}/refund", status_code=200)
    async def refund(
        self,
        request: ShopRequest,
        tenant: FromPath[str],
        transaction_id: FromPath[str],
        gateway: GatewayPart,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give money back."""
        return answer_json(gateway.refund(tenant, transaction_id, await request.body(), idempotency_key))

    @get("/transactions/{transaction_id:str}")
    async def statement(
        self, tenant: FromPath[str], transaction_id: FromPath[str], gateway: GatewayPart
    ) -> Response[bytes]:
        """What happened to a transaction."""
        return answer_json(gateway.statement(tenant, transaction_id))
