"""Running the application: one uvicorn server in the running event loop.

    uvloop.run(main())     # main() makes the services and awaits serve(create_app(services), host, port)

SIGTERM and SIGINT end it gracefully: no new connection is taken, requests under way are answered, then `serve` returns
and its caller closes what it opened. A second SIGINT does not wait.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import cast

import uvicorn
from litestar.types import ASGIApp
from uvicorn._types import ASGIApplication

MAX_CONNECTIONS = 1_000
"""More are answered 503 at once, rather than all of them slowly."""

KEEP_ALIVE_SECONDS = 75
"""Longer than the usual load balancer keeps its connections (60 s), so that it is never us who hang up in between."""

GRACEFUL_SHUTDOWN_SECONDS = 25
"""Shorter than the usual 30 s between SIGTERM and SIGKILL."""

BACKLOG = 1_024


class _Server(uvicorn.Server):
    """uvicorn's server, but it returns after a signal instead of raising it anew, and says on which port it listens."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started(self.servers[0].sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


async def serve(app: ASGIApp, host: str, port: int, on_started: Callable[[int], None] = lambda _port: None) -> None:
    """Serve `app` until SIGTERM or SIGINT.

    Args:
        app: the application of `api.app.create_app`.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        on_started: called with the port as soon as connections are taken.

    Raises:
        SystemExit: the address cannot be listened on; uvicorn has logged why.
    """
    config = uvicorn.Config(
        cast("ASGIApplication", app),
        host=host,
        port=port,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    await _Server(config, on_started).serve()
