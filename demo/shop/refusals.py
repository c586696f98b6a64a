"""The error bodies of the commerce API; they differ from service to service (Emporix A.0, A.5, A.6)."""

from datetime import UTC, datetime

from litestar import Request, Response
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from pydantic import ValidationError

from demo.orders.exact_json import JsonObject, dump


class Refusal(Exception):
    """A request is answered with an error: its status and its body."""

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def token_refused(text: str, code: str) -> Refusal:
    """401 of every service."""
    return Refusal(401, {"fault": {"faultstring": text, "detail": {"errorcode": code}}})


def foreign_tenant(path: str) -> Refusal:
    """403: the two shapes of it."""
    if path.startswith("/order-v2/"):
        return order_refused(403, "insufficient_permissions", "The token belongs to another tenant")
    details = [{"message": "The token belongs to another tenant"}]
    return Refusal(403, {"status": 403, "type": "Forbidden", "message": "User not authorized", "details": details})


def order_refused(status: int, kind: str, message: str, field: str | None = None) -> Refusal:
    """An error of the order service; `field` names the member or parameter at fault."""
    body: JsonObject = {"status": status, "type": kind, "message": message}
    return Refusal(status, body | ({"details": [{"field": field, "message": message}]} if field else {}))


def invalid(message: str, field: str) -> Refusal:
    """400 of the order service."""
    return order_refused(400, "validation_violation", message, field)


def gateway_refused(status: int, message: str) -> Refusal:
    """An error of the payment gateway."""
    return Refusal(status, {"code": status, "timestamp": datetime.now(UTC).isoformat(), "message": message})


def answer_json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """A JSON answer with exact numbers."""
    return Response(dump(body).encode(), status_code=status, media_type=MediaType.JSON, headers=headers)


def answer_refusal(_: Request[None, None, State], refusal: Refusal) -> Response[bytes]:
    """Litestar's hook for our own refusals."""
    return answer_json(refusal.body, refusal.status)


def answer_http_exception(request: Request[None, None, State], error: HTTPException) -> Response[bytes]:
    """Litestar's own findings (unknown path, bad query parameter) in the shape of the service asked."""
    if request.url.path.startswith("/payment-gateway/"):
        refusal = gateway_refused(error.status_code, error.detail)
    else:
        kind = "validation_violation" if error.status_code == 400 else "bad_request"  # noqa: PLR2004
        refusal = order_refused(error.status_code, kind, error.detail)
    return answer_json(refusal.body, refusal.status)


def answer_bad_body(_: Request[None, None, State], error: ValidationError) -> Response[bytes]:
    """A body of the shop's own routes that is not what they take."""
    first = error.errors()[0]
    refusal = invalid(first["msg"], ".".join(map(str, first["loc"])))
    return answer_json(refusal.body, refusal.status)
