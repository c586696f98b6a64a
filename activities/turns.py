"""Local activities of many tenants on one worker: each tenant finds a place, however busy the others are.

Temporal hands out tasks fairly, but a local activity is no task: once a workflow task is here, nobody asks Temporal
again. So the worker itself shares out its places.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

PATIENCE = timedelta(seconds=2)
"""A step that waited so long is better off as a regular activity: meanwhile it holds up nothing of the worker."""


class NoTurn(Exception):
    """The tenant's other steps take all the places that it may have."""


class Turns:
    """So many places. A tenant may hold as many as are free: half of them if it is alone, fewer if it is not.

    So one that comes anew finds a place, and where it finds none, the next one is its own.
    """

    def __init__(self, places: int, patience: timedelta = PATIENCE) -> None:
        self._free = places
        self._patience = patience.total_seconds()
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[None]:
        """Hold one of the tenant's places inside; among its own steps, first come, first served.

        Raises:
            NoTurn: none of them became free in time.
        """
        await self._take(tenant)
        try:
            yield
        finally:
            self._give_back(tenant)

    async def _take(self, tenant: str) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(place)
        self._admit()
        try:
            async with asyncio.timeout(self._patience):
                await place
        except BaseException as error:
            self._leave(tenant, place)
            if isinstance(error, TimeoutError):
                raise NoTurn(f"other steps of {tenant} took too long") from None
            raise

    def _leave(self, tenant: str, place: asyncio.Future[None]) -> None:
        """Of a place that was given in the very moment in which its taker went away, or never was."""
        if not place.cancelled():
            self._give_back(tenant)
        elif place in (waiting := self._waiting.get(tenant, deque())):
            waiting.remove(place)
            self._forget_if_empty(tenant)

    def _give_back(self, tenant: str) -> None:
        self._held -= Counter({tenant: 1})
        self._free += 1
        self._admit()

    def _admit(self) -> None:
        """Let in whoever has the fewest places; where that tenant may have no more, nobody may."""
        while self._waiting:
            tenant = min(self._waiting, key=self._held.__getitem__)
            if self._held[tenant] >= self._free:
                return
            place = self._waiting[tenant].popleft()
            self._forget_if_empty(tenant)
            if not place.done():
                place.set_result(None)
                self._held[tenant] += 1
                self._free -= 1

    def _forget_if_empty(self, tenant: str) -> None:
        if not self._waiting[tenant]:
            del self._waiting[tenant]
