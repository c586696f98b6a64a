"""The API as a process of its own, for tests that need a real socket."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


@dataclass
class ServedApi:
    process: subprocess.Popen[str]
    lines: "Queue[str]"
    errors: list[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_line(self) -> str:
        return self.lines.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def served(database_url: str) -> Iterator[ServedApi]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.server_process", database_url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: Queue[str] = Queue()
    errors: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    output, complaints = process.stdout, process.stderr

    def read_output() -> None:
        for line in output:
            lines.put(line.strip())

    readers = [
        threading.Thread(target=read_output, daemon=True),
        threading.Thread(target=lambda: errors.extend(complaints), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        yield ServedApi(process, lines, errors, int(lines.get(timeout=PATIENCE_SECONDS)))
    finally:
        process.kill()
        process.wait()
        for reader in readers:
            reader.join()
        process.stdout.close()
        process.stderr.close()
