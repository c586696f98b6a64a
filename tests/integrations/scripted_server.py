"""An HTTP server that answers each request with the next answer of a script, byte for byte, faults included."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    """A request as it came in; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Scripted:
    """Bytes to send back; afterwards the connection is closed, or kept open in silence until the test ends."""

    raw: bytes = b""
    then_silence: bool = False
    drip: bytes = b""
    """Sent again and again, a little at a time, until the other side goes."""
    after: asyncio.Event | None = None
    """Wait for it before answering."""


def http(
    status: int, body: str | bytes = b"", headers: dict[str, str] | None = None, after: asyncio.Event | None = None
) -> Scripted:
    """A whole answer."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Scripted("\r\n".join([*lines, "", ""]).encode() + content, after=after)


def json_answer(status: int, value: object, headers: dict[str, str] | None = None) -> Scripted:
    return http(status, json.dumps(value), {"Content-Type": "application/json", **(headers or {})})


CUT = Scripted()
"""The request is read, then the connection is closed without a byte."""
SILENCE = Scripted(then_silence=True)
"""The request is read, and nothing more happens."""
HALF_A_BODY = Scripted(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"successful": tr')
GARBAGE = http(200, b'{"successful": tr\x00\xff<html>')


@dataclass
class ScriptedServer:
    """A running server; `script` is what it has left to say, `received` what it was asked."""

    url: str
    script: list[Scripted]
    received: list[Received] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the first request."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            self.received.append(await _read_request(reader))
            self.asked.set()
            answer = self.script.pop(0) if self.script else http(599, "the script is over")
            if answer.after is not None:
                await answer.after.wait()
            writer.write(answer.raw)
            await writer.drain()
            while answer.drip:
                writer.write(answer.drip)
                await writer.drain()
                await asyncio.sleep(0.05)
            if answer.then_silence:
                await reader.read()
        writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


@contextlib.asynccontextmanager
async def scripted_server(*script: Scripted, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """A server on a free port of 127.0.0.1."""
    served = ScriptedServer("", list(script))
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    served.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield served
    finally:
        server.close()


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections for as long as the test needs it: bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
