"""How many orders of a job run at once: a semaphore that can be resized and closed while orders wait at it."""

import asyncio
from collections import deque


class Window:
    """First come, first served. Closing it stops nobody who is inside."""

    def __init__(self, size: int, *, is_open: bool = True) -> None:
        self.size = size
        self.is_open = is_open
        self.inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def open(self) -> None:
        """Let orders in again."""
        self.is_open = True
        self._admit()

    def close(self) -> None:
        """Let nobody in any more."""
        self.is_open = False

    def resize(self, size: int) -> None:
        """Let so many be inside; where more are, none is let in until enough have left."""
        self.size = size
        self._admit()

    async def __aenter__(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # let in, and cancelled in the same moment
                self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self.inside -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.is_open and self.inside < self.size:
            place = self._waiting.popleft()
            if not place.done():
                self.inside += 1
                place.set_result(None)
