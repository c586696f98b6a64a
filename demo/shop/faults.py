"""Scripted, counted faults in front of the shop, for tests of what its clients do then."""

import asyncio
import re
from typing import Annotated, Literal, cast

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

HANG_UP, WRITE = "hang_up", "write"
"""Where `demo.shop.serving` puts the functions that close a request's connection, and write bytes to it as they are,
into the scope's `state`."""
SPARED = ("/health", "/faults", "/books", "/demo/")
FaultKind = Literal["status", "delay", "cut_before", "cut_after", "garbage", "half_body", "twice"]
GARBAGE = b'{"successful": tr\x00\xff<html>Bad gateway</html>'


def compiled(pattern: str) -> str:
    """Refuse what is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return pattern


class Fault(BaseModel):
    """What goes wrong with the next `times` requests (None: with all) whose `METHOD /path` matches `match`.

    Attributes:
        kind: `status` answers `status` (and `retry_after` seconds as Retry-After); `delay` waits `seconds`, then all
            goes well; `cut_before` closes the connection without doing anything; `cut_after` does what was asked and
            closes the connection without an answer; `garbage` answers 200 with what is no JSON; `half_body` does what
            was asked, and closes the connection in the middle of the answer's body; `twice` does what was asked once,
            and sends the answer two times.
        effect: whether `status` and `garbage` do what was asked before they answer, and `delay` before it waits.
        struck: how often it has struck.
    """

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)

    match: Annotated[str, AfterValidator(compiled)]
    kind: FaultKind
    times: Annotated[int | None, Field(ge=1)] = 1
    status: Annotated[int, Field(ge=400, le=599)] = 503
    retry_after: int | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0
    effect: bool = False
    struck: int = 0

    @property
    def spent(self) -> bool:
        """It has struck as often as it should."""
        return self.times is not None and self.struck >= self.times


class FaultPlan:
    """The faults in the order in which they were planned; the first one that matches strikes."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests: list[str] | None = None
        """`METHOD /path` of every request, where somebody wants to know."""

    def add(self, fault: Fault) -> Fault:
        """Plan a fault."""
        self.faults = [*self.faults, fault]
        return fault

    def clear(self) -> None:
        """Let everything go well again."""
        self.faults = []

    def strike(self, request: str) -> Fault | None:
        """The fault for this request, counted."""
        if self.requests is not None:
            self.requests.append(request)
        for fault in self.faults:
            if not fault.spent and re.search(fault.match, request):
                fault.struck += 1
                return fault
        return None


class FaultyDoor:
    """ASGI application around the shop that lets the planned faults happen."""

    def __init__(self, shop: ASGIApp, plan: FaultPlan) -> None:
        self.shop = shop
        self.plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, well or badly."""
        if scope["path"].startswith(SPARED):
            await self.shop(scope, receive, send)
            return
        request = cast("HTTPScope", scope)  # the server speaks neither websockets nor lifespan with us
        fault = self.plan.strike(f"{request['method']} {request['path']}")
        if fault and (fault.kind in {"half_body", "twice"} or (fault.kind == "delay" and fault.effect)):
            await self.spoil_answer(fault, request, receive, send)
            return
        if fault is None or fault.kind == "delay":
            await asyncio.sleep(fault.seconds if fault else 0)
            await self.shop(scope, receive, send)
            return
        if fault.kind == "cut_after" or (fault.effect and fault.kind != "cut_before"):
            await self.shop(scope, receive, swallow)
        await misbehave(fault, request, receive, send)

    async def spoil_answer(self, fault: Fault, request: HTTPScope, receive: Receive, send: Send) -> None:
        """Do what was asked at once, and send the answer late, in half, or two times."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.shop(request, receive, keep)
        if fault.kind == "half_body":
            await send_half(answer, request, receive, send)
            return
        if fault.kind == "twice":
            request["state"][WRITE](as_sent(answer))
        await asyncio.sleep(fault.seconds)
        for message in answer:
            await send(message)


async def send_half(answer: list[Message], scope: HTTPScope, receive: Receive, send: Send) -> None:
    """The head with the whole length, then half of the body, then nothing."""
    body = body_of(answer)
    await send(answer[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await hang_up(scope, receive)


def as_sent(answer: list[Message]) -> bytes:
    """An answer as it goes over the line (HTTP/1.1)."""
    head = answer[0]
    if head["type"] != "http.response.start":
        raise ValueError("an answer begins with its status")
    lines = [b"HTTP/1.1 %d Again" % head["status"], *(b"%s: %s" % header for header in head["headers"])]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body_of(answer)


def body_of(answer: list[Message]) -> bytes:
    """The body, whose parts may have come one by one."""
    return b"".join(message["body"] for message in answer if message["type"] == "http.response.body")


async def swallow(_: Message) -> None:
    """Where an answer goes that nobody gets."""


async def misbehave(fault: Fault, scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer badly, or not at all."""
    if fault.kind in {"cut_before", "cut_after"}:
        await hang_up(scope, receive)
        return
    status = fault.status if fault.kind == "status" else 200
    headers = [(b"content-type", b"application/json")]
    if fault.kind == "status" and fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    body = GARBAGE if fault.kind == "garbage" else b'{"status":%d,"message":"planned fault"}' % status
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def hang_up(scope: HTTPScope, receive: Receive) -> None:
    """Close the connection and wait until it is closed, so that the server does not answer in our place."""
    scope["state"][HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        continue
