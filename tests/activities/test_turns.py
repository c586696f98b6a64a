"""Places that tenants share: who may hold how many, who is next, who gives up."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from activities.turns import NoTurn, Turns

AT_ONCE = timedelta(milliseconds=20)


async def held_at_most(turns: Turns, tenant: str, inside: AsyncExitStack) -> int:
    """How many places the tenant gets, which it keeps until the stack is left."""
    count = 0
    while True:
        try:
            await inside.enter_async_context(turns.of(tenant))
        except NoTurn:
            return count
        count += 1


async def begun(step: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """The step's task, which waits by now."""
    task = asyncio.create_task(step)
    await asyncio.sleep(0)
    return task


async def test_each_tenant_holds_as_many_places_as_it_leaves_free() -> None:
    """Of 12 the first gets 6. Of the 6 left the second takes until it holds as many as are free: 3. Then 2, then 1."""
    turns = Turns(12, AT_ONCE)
    async with AsyncExitStack() as inside:
        assert [await held_at_most(turns, tenant, inside) for tenant in "abcd"] == [6, 3, 2, 1]
    async with AsyncExitStack() as inside:
        assert await held_at_most(turns, "d", inside) == 6


async def test_a_place_that_is_given_back_goes_to_whoever_holds_fewest() -> None:
    turns, order = Turns(2, timedelta(seconds=5)), list[str]()

    async def step(tenant: str, name: str, held: asyncio.Event) -> None:
        async with turns.of(tenant):
            order.append(name)
            await held.wait()

    first, rest = asyncio.Event(), asyncio.Event()
    rest.set()
    async with asyncio.TaskGroup() as steps:
        steps.create_task(step("big", "big 1", first))
        await asyncio.sleep(0)
        for name in ("big 2", "big 3"):
            steps.create_task(step("big", name, rest))
        await asyncio.sleep(0)
        steps.create_task(step("small", "small 1", rest))
        await asyncio.sleep(0)
        first.set()
    assert order == ["big 1", "small 1", "big 2", "big 3"]


async def test_who_gives_up_or_is_cancelled_leaves_no_place_taken() -> None:
    turns = Turns(2, AT_ONCE)
    async with turns.of("acme"):
        with pytest.raises(NoTurn, match="other steps of acme"):
            async with turns.of("acme"):
                raise AssertionError
        waiting = await begun(turns.of("acme").__aenter__())
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        given = await begun(turns.of("acme").__aenter__())
    given.cancel()  # in the moment in which it has its place
    with pytest.raises(asyncio.CancelledError):
        await given
    async with turns.of("other"):
        pass
    async with turns.of("acme"):
        pass


async def test_a_step_that_fails_gives_its_place_back() -> None:
    turns = Turns(2, AT_ONCE)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with turns.of("acme"):
                raise ZeroDivisionError
