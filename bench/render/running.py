"""A contestant in a process of its own, and one core for all of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def keep_to_one_core() -> None:
    """This process and those that it starts, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class Process:
    """A contestant at work."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "bench.render.process", name]
        self._process = subprocess.Popen(  # noqa: S603 - our own
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._serial = 1

    def set(self, lines: int, count: int) -> tuple[list[float], int]:
        """So many invoices: CPU seconds of each, resident bytes afterwards."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise ConnectionError("a process without pipes")
        asked.write(f"{lines} {self._serial} {count}\n")
        asked.flush()
        self._serial += count
        told = json.loads(answered.readline())
        return told["seconds"], told["resident"]

    def close(self) -> None:
        self._process.communicate()
