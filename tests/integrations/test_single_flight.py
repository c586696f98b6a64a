import asyncio

import pytest

from integrations.single_flight import SingleFlight


class Calls:
    """A call that takes until it is let go, and counts."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def succeed(self) -> int:
        self.made += 1
        number = self.made
        self.begun.set()
        await self.let_go.wait()
        return number

    async def fail(self) -> int:
        raise LookupError(f"call {await self.succeed()}")


async def test_callers_at_the_same_time_share_one_call() -> None:
    calls, flights = Calls(), SingleFlight[str, int]()
    callers = [asyncio.create_task(flights.share("a", calls.succeed)) for _ in range(3)]
    calls.let_go.set()
    assert await asyncio.gather(*callers) == [1, 1, 1]


async def test_callers_share_a_failure_too() -> None:
    calls, flights = Calls(), SingleFlight[str, int]()
    callers = [asyncio.create_task(flights.share("a", calls.fail)) for _ in range(3)]
    calls.let_go.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["call 1"] * 3


async def test_a_later_caller_makes_a_new_call() -> None:
    calls, flights = Calls(), SingleFlight[str, int]()
    calls.let_go.set()
    assert [await flights.share("a", calls.succeed) for _ in range(2)] == [1, 2]


async def test_other_keys_do_not_wait() -> None:
    slow, fast, flights = Calls(), Calls(), SingleFlight[str, int]()
    waiting = asyncio.create_task(flights.share("slow", slow.succeed))
    fast.let_go.set()
    assert await flights.share("fast", fast.succeed) == 1
    assert not waiting.done()
    slow.let_go.set()
    assert await waiting == 1


async def test_a_call_that_everybody_left_ends_in_peace() -> None:
    calls, flights = Calls(), SingleFlight[str, int]()
    caller = asyncio.create_task(flights.share("a", calls.fail))
    await calls.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    joined = asyncio.create_task(flights.share("a", calls.succeed))
    calls.let_go.set()
    with pytest.raises(LookupError, match="call 1"):
        await joined
