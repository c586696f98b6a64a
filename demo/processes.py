"""The child processes of a stack: each with a log and a record, each started again when it dies."""

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from demo.embedded.orphans import stop_left_over
from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.process import ChildProcess, launch
from demo.embedded.supervisor import Supervised
from demo.embedded.temporal import EmbeddedTemporal

READY_SECONDS = 60.0
DRAIN_SECONDS = 40.0
"""Longer than worker and API take to end by themselves."""


@dataclass(frozen=True)
class Program:
    """What to run; `ready` says whether it does its work yet, None: it does from the start."""

    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool] | None = None


class Processes:
    """Starts children in `folder` and stops them in reverse order."""

    def __init__(self, folder: Path) -> None:
        self.logs = folder / "logs"
        self._records = folder / "processes"
        self._running = ExitStack()

    def open(self, left_over: Sequence[str]) -> None:
        """Make the folders, and stop what a killed run left of these children: it may hold their ports."""
        for folder in (self.logs, self._records):
            folder.mkdir(parents=True, exist_ok=True)
        for name in left_over:
            stop_left_over(self._record(name), signal.SIGTERM, DRAIN_SECONDS)

    def run_server(self, server: EmbeddedPostgres | EmbeddedTemporal) -> Supervised:
        """Start an embedded server and watch it; raises `EmbeddedServerError`."""
        self._running.callback(server.stop)
        server.start()
        return self._watch(server.process)

    def run(self, name: str, program: Callable[[], Program]) -> Supervised:
        """Start a child and watch it; `program` is asked again while a port turns out to be taken.

        Raises:
            ProcessFailedError: it did not get ready.
        """
        return self._watch(launch(lambda: self._child(name, program())))

    def stop(self) -> None:
        """Stop all of them, the youngest first."""
        self._running.close()

    def _watch(self, child: ChildProcess) -> Supervised:
        supervised = Supervised(child)
        self._running.callback(supervised.stop)
        supervised.start()
        return supervised

    def _child(self, name: str, program: Program) -> ChildProcess:
        return ChildProcess(
            name=f"The {name}",
            command=program.command,
            log=self.logs / f"{_file_name(name)}.log",
            environment=program.environment,
            ready=program.ready,
            ready_seconds=READY_SECONDS,
            stop_seconds=DRAIN_SECONDS,
            record=self._record(name),
        )

    def _record(self, name: str) -> Path:
        return self._records / f"{_file_name(name)}.json"


def _file_name(name: str) -> str:
    return name.lower().replace(" ", "-")
