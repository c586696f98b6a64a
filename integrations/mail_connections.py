"""Connections to the mail server that rest for a moment, so that the next mail need not connect and log in anew."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import aiosmtplib

IDLE_SECONDS = 10.0
"""Shorter than any server waits for the next command (RFC 5321 4.5.3.2.7 asks of it to wait five minutes)."""
MOST_IDLE = 10
QUIT_SECONDS = 2.0


class MailConnections:
    """Greeted connections, each in the hands of one mail at a time.

    A connection is only given back after a mail that went well: no other leaves the server in a known state.

    Args:
        connect: makes a new one.
        idle_seconds: how long one rests before it is closed.
    """

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], idle_seconds: float) -> None:
        self.new = connect
        self._idle_seconds = idle_seconds
        self._idle: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}
        self._parting: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def take_rested(self) -> aiosmtplib.SMTP | None:
        """The one that has rested shortest, None when there is none. The server may be about to end it."""
        while self._idle:
            server, timer = self._idle.popitem()
            timer.cancel()
            if server.is_connected:
                return server
            server.close()
        return None

    def give_back(self, server: aiosmtplib.SMTP) -> None:
        """Let it rest for the next mail; nothing that happens to it now is anybody's fault."""
        if self._is_closed or len(self._idle) >= MOST_IDLE:
            self._part(server)
        else:
            self._idle[server] = asyncio.get_running_loop().call_later(self._idle_seconds, self._part, server)

    async def aclose(self) -> None:
        """Part from the server; what is given back from now on is closed at once."""
        self._is_closed = True
        for server, timer in list(self._idle.items()):
            timer.cancel()
            self._part(server)
        await asyncio.gather(*self._parting)

    def _part(self, server: aiosmtplib.SMTP) -> None:
        self._idle.pop(server, None)
        task = asyncio.get_running_loop().create_task(_quit(server))
        self._parting.add(task)
        task.add_done_callback(self._parting.discard)


async def _quit(server: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await server.quit(timeout=QUIT_SECONDS)
    server.close()
