"""Owners to kill, and waiting for what follows."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.embedded.orphans import find

OWNER = Path(__file__).with_name("owner.py")
ROOT = OWNER.parents[3]
PACKAGES = [entry for entry in sys.path if entry.endswith("site-packages")]
DEADLINE_SECONDS = 15.0

Own = Callable[..., tuple[subprocess.Popen[str], int]]
Eventually = Callable[[Callable[[], object]], None]
Gone = Callable[[int], None]


@pytest.fixture
def own() -> Iterator[Own]:
    """Runs `owner.py` with the arguments given; returns it and the process id of the server that it owns."""
    owners: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str | Path, python: str = sys.executable, user: int | None = None
    ) -> tuple[subprocess.Popen[str], int]:
        owner = subprocess.Popen(
            [python, OWNER, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join([str(ROOT), *PACKAGES])},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd="/",
        )
        owners.append(owner)
        assert owner.stdout
        with owner.stdout:
            return owner, int(owner.stdout.readline())

    yield start
    for owner in owners:
        owner.kill()
        owner.wait()


@pytest.fixture
def eventually() -> Eventually:
    """Waits until a condition is true, and fails after a while."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def gone(eventually: Eventually) -> Gone:
    """Waits for a process's end."""
    return lambda pid: eventually(lambda: find(pid) is None)
