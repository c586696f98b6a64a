"""Waiting for what becomes true in its own time."""

import time
from collections.abc import Callable

import pytest

DEADLINE_SECONDS = 120.0


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Waits until a condition is true, and fails after a while."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.05)

    return wait
