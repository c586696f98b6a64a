"""One line a request: method, route template, status, milliseconds, tenant. Never the query, which may be personal."""

import time
from uuid import uuid4

from litestar.types import ASGIApp, Message, Receive, Scope, Send

import logs

log = logs.get_logger("api.request")


async def logged(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `app` answer one request, and say so.

    The line and every other of this request carry a `request_id`, which the caller gets as `X-Request-Id`.
    """
    request_id = uuid4().hex
    logs.unbind_all()
    logs.bind(request_id=request_id)
    status = 500
    begun = time.perf_counter()

    async def noted(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
        await send(message)

    try:
        await app(scope, receive, noted)
    finally:
        route = scope.get("path_template", "(none)")
        write = log.debug if route.startswith("/health") else log.info
        write(
            "request",
            method=scope.get("method"),
            route=route,
            status=status,
            milliseconds=round((time.perf_counter() - begun) * 1000, 1),
        )
