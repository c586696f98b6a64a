"""Uvicorn for the shop, on a connection that can be hung up on purpose."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from demo.shop.faults import HANG_UP, WRITE


class CuttableConnection(H11Protocol):
    """HTTP/1.1 whose requests carry, in `scope["state"]`, the functions that close and that misuse their connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Uvicorn copies `app_state` into the scope of every request of this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, HANG_UP: transport.close, WRITE: transport.write}


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self.listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.listens()


def server(app: ASGIApp, listens: Callable[[], None] = lambda: None) -> Server:
    """A quiet server for the shop; give its `run` the socket to listen on."""
    config = uvicorn.Config(
        app,
        http=CuttableConnection,
        ws="none",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return Server(config, listens)


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    # asyncio turns Nagle's delay off (40 ms an answer) only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener
