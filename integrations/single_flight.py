"""One call at a time for each key: whoever asks meanwhile shares its outcome."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Outcome = TypeVar("Outcome")


class SingleFlight(Generic[Key, Outcome]):
    """Callers who ask for the same key at the same time wait for one call and get its result or its exception.

    A caller who is cancelled leaves; the call goes on for the others.
    """

    def __init__(self) -> None:
        self._under_way: dict[Key, asyncio.Task[Outcome]] = {}

    async def share(self, key: Key, call: Callable[[], Coroutine[None, None, Outcome]]) -> Outcome:
        """The outcome of the call under way for `key`, or of `call` when there is none."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(call())
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    def _finish(self, key: Key, done: asyncio.Task[Outcome]) -> None:
        self._under_way.pop(key, None)
        if not done.cancelled():
            # Looked at, so that a failure which every caller has left is not reported as forgotten.
            done.exception()
