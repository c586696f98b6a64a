"""A job's window: first come, first served, resized and closed while orders wait at it."""

import asyncio

from workflows.window import Window


class Queue:
    """Orders that go through a window and stay inside until they are told to leave."""

    def __init__(self, window: Window, orders: int) -> None:
        self.window = window
        self.entered: list[int] = []
        self.leave = [asyncio.Event() for _ in range(orders)]
        self.tasks = [asyncio.create_task(self._go(number)) for number in range(orders)]

    async def _go(self, number: int) -> None:
        async with self.window:
            self.entered.append(number)
            await self.leave[number].wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def end(queue: Queue) -> None:
    queue.window.resize(len(queue.tasks))
    queue.window.open()
    for event in queue.leave:
        event.set()
    await asyncio.gather(*queue.tasks, return_exceptions=True)


async def test_so_many_are_inside_and_the_rest_follow_in_their_order() -> None:
    queue = Queue(Window(2), 4)
    await settle()
    assert (queue.entered, queue.window.inside) == ([0, 1], 2)
    queue.leave[1].set()
    await settle()
    assert queue.entered == [0, 1, 2]
    await end(queue)


async def test_a_closed_window_lets_nobody_in_and_nobody_is_thrown_out() -> None:
    queue = Queue(Window(2), 4)
    await settle()
    queue.window.close()
    queue.leave[0].set()
    await settle()
    assert (queue.entered, queue.window.inside) == ([0, 1], 1)
    queue.window.open()
    await settle()
    assert queue.entered == [0, 1, 2]
    await end(queue)


async def test_a_wider_window_lets_more_in_at_once() -> None:
    queue = Queue(Window(1), 4)
    await settle()
    queue.window.resize(3)
    await settle()
    assert queue.entered == [0, 1, 2]
    await end(queue)


async def test_a_narrower_window_waits_until_enough_have_left() -> None:
    queue = Queue(Window(3), 5)
    await settle()
    queue.window.resize(1)
    queue.leave[0].set()
    queue.leave[1].set()
    await settle()
    assert (queue.entered, queue.window.inside) == ([0, 1, 2], 1)
    queue.leave[2].set()
    await settle()
    assert queue.entered == [0, 1, 2, 3]
    await end(queue)


async def test_who_is_cancelled_while_waiting_takes_no_place() -> None:
    queue = Queue(Window(1), 3)
    await settle()
    queue.tasks[1].cancel()
    await settle()
    queue.leave[0].set()
    await settle()
    assert (queue.entered, queue.window.inside) == ([0, 2], 1)
    await end(queue)


async def test_who_is_cancelled_in_the_moment_of_being_let_in_gives_the_place_back() -> None:
    queue = Queue(Window(1, is_open=False), 2)
    await settle()
    queue.window.open()
    queue.tasks[0].cancel()
    await settle()
    assert (queue.entered, queue.window.inside) == ([1], 1)
    await end(queue)
