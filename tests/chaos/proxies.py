"""The proxies of a stack, on an event loop in a thread of its own, steered from any other thread."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.chaos.tcp_proxy import TcpProxy

ANSWER_SECONDS = 10.0
Answer = TypeVar("Answer")


class Proxies:
    """Running proxies by name, until the `with` block is left."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._proxies: dict[str, TcpProxy] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def add(self, upstreams: Mapping[str, int]) -> None:
        """Put a proxy in front of each of these ports."""
        for name, port in upstreams.items():
            self._proxies[name] = TcpProxy(port)
            self.run(self._proxies[name].start())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for proxy in self._proxies.values():
            self.run(proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_SECONDS)

    def __getitem__(self, name: str) -> TcpProxy:
        """A proxy; its coroutines are for `run`."""
        return self._proxies[name]

    def port(self, name: str) -> int:
        """Where clients of that upstream connect to."""
        return self._proxies[name].port

    def run(self, deed: Coroutine[Any, Any, Answer]) -> Answer:
        """Have one of the proxies do something, and wait until it is done."""
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(ANSWER_SECONDS)

    def calm(self) -> None:
        """Let everything go well again."""
        for proxy in self._proxies.values():
            self.run(proxy.calm())

    def counts(self) -> dict[str, dict[str, int]]:
        """What each of them has done."""
        return {name: dict(proxy.counts) for name, proxy in self._proxies.items()}
