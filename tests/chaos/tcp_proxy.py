"""A TCP proxy whose connections can be cut, delayed, stalled and refused on purpose, and that counts what it did."""

import asyncio
import socket
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

CHUNK_BYTES = 64 * 1024
LOOPBACK = "127.0.0.1"
WITHOUT_A_WORD = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 s: closing sends RST instead of FIN."""


class Side(StrEnum):
    """Which way bytes go."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


@dataclass
class PlannedCut:
    """The next `connections` that pass this many bytes to one side, from now on, are cut just there."""

    side: Side
    after_bytes: int
    connections: int


@dataclass(eq=False)
class Link:
    """One connection of a client with its own to the server, and how much has gone each way."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    passed: Counter[Side] = field(default_factory=Counter)

    def abort(self) -> None:
        """End both connections at once, without a word (RST)."""
        for writer in (self.client, self.server):
            if writer is not None:
                connection = writer.get_extra_info("socket")
                with suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_A_WORD)
                writer.transport.abort()


class TcpProxy:
    """Listens on a port of its own and passes everything on to `upstream`, until it is told to misbehave.

    Everything but the constructor must be called on its event loop.

    Attributes:
        port: where it listens, once it runs; the same after `refuse` and `calm`.
        counts: connections that were `accepted`, `cut`, `refused` by the server, and met `stalled`.
    """

    def __init__(self, upstream_port: int) -> None:
        self.port = 0
        self.counts: Counter[str] = Counter()
        self._upstream_port = upstream_port
        self._server: asyncio.Server | None = None
        self._links: set[Link] = set()
        self._flowing = asyncio.Event()
        self._delay_seconds = 0.0
        self._cut: PlannedCut | None = None

    async def start(self) -> None:
        """Listen."""
        self._flowing.set()
        await self._listen()

    async def stop(self) -> None:
        """Listen no more, and end every connection."""
        await self.refuse()

    async def refuse(self) -> None:
        """Refuse new connections, and end those that there are: nobody is at home."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._abort_all()

    async def stall(self) -> None:
        """Accept and say nothing; what is connected falls silent as well."""
        self._flowing.clear()

    async def delay(self, seconds: float) -> None:
        """Let every piece wait for so long on its way."""
        self._delay_seconds = seconds

    async def cut_now(self) -> int:
        """End every connection; how many there were."""
        return self._abort_all()

    async def cut_after(self, side: Side, after_bytes: int, connections: int) -> None:
        """Cut connections in the middle of what they say: the cut falls exactly after so many bytes."""
        for link in self._links:
            link.passed.clear()
        self._cut = PlannedCut(side, after_bytes, connections)

    async def calm(self) -> None:
        """Let everything go well again."""
        self._delay_seconds, self._cut = 0.0, None
        self._flowing.set()
        await self._listen()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer)
        self._links.add(link)
        self.counts["accepted"] += 1
        try:
            await self._connect(link, reader)
        except OSError:
            self.counts["refused"] += 1
        finally:
            self._links.discard(link)
            link.abort()

    async def _connect(self, link: Link, reader: asyncio.StreamReader) -> None:
        if not self._flowing.is_set():
            self.counts["stalled"] += 1
            await self._flowing.wait()
        back, link.server = await asyncio.open_connection(LOOPBACK, self._upstream_port)
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(self._pump(link, Side.TO_SERVER, reader, link.server))
            pumps.create_task(self._pump(link, Side.TO_CLIENT, back, link.client))

    async def _pump(self, link: Link, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes until that side has said all; the other way may go on."""
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._wait_in_the_way()
                if not await self._pass(link, side, chunk, writer):
                    return
            if writer.can_write_eof():
                writer.write_eof()
            return
        link.abort()

    async def _wait_in_the_way(self) -> None:
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        await self._flowing.wait()

    async def _pass(self, link: Link, side: Side, chunk: bytes, writer: asyncio.StreamWriter) -> bool:
        """Write a chunk, or only its part before a planned cut; False if the connection is cut."""
        left = self._left_before_cut(link, side)
        writer.write(chunk if left is None else chunk[:left])
        await writer.drain()
        link.passed[side] += len(chunk)
        if left is None or len(chunk) < left:
            return True
        self._take_cut(link)
        return False

    def _left_before_cut(self, link: Link, side: Side) -> int | None:
        if self._cut is None or self._cut.side is not side:
            return None
        return max(self._cut.after_bytes - link.passed[side], 0)

    def _take_cut(self, link: Link) -> None:
        """What was written before the cut still arrives: closing sends it, then the connection is gone."""
        if self._cut is not None:
            self._cut.connections -= 1
            if self._cut.connections <= 0:
                self._cut = None
        self.counts["cut"] += 1
        for writer in (link.client, link.server):
            if writer is not None:
                writer.close()

    def _abort_all(self) -> int:
        links = list(self._links)
        for link in links:
            link.abort()
        self.counts["cut"] += len(links)
        return len(links)
