"""A child process with a log, a moment when it is ready, and an end that is certain."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from demo.embedded.account import Account
from demo.embedded.errors import EmbeddedServerError, ProcessFailedError
from demo.embedded.orphans import end_group, remember, stop_left_over

LOG_TAIL_BYTES = 4_000
LOG_TAIL_LINES = 20
LOG_START_BYTES = 1_000_000
POLL_SECONDS = 0.02
LAUNCH_ATTEMPTS = 10
LAUNCH_PAUSE_SECONDS = 0.2


@dataclass
class ChildProcess:
    """One process in a session of its own, so that Ctrl-C reaches us and not it.

    On Linux the child gets `stop_signal` when the *thread* that started it ends, so start it from one that lives long.
    What still outlives us is found by `record` and stopped before the next start.

    Attributes:
        name: what people call it.
        command: program and arguments.
        log: file that its output is added to; readable for its owner only, as servers log what they are asked.
        environment: all of its environment; None: ours.
        ready: whether it does its work yet; asked over and over until it does. None: ready at once.
        ready_seconds: how long it may take until it is ready.
        stop_signal: what asks it to end.
        stop_seconds: how long it may take to end before it is killed.
        record: file that remembers it for the time after a `kill -9` of ours; None: somebody else does.
        account: user to run as.
        folder: where it runs; None: where we run.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    record: Path | None = None
    account: Account = field(default_factory=Account)
    folder: Path | None = None
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _log_start: int = field(default=0, init=False, repr=False)

    @property
    def pid(self) -> int | None:
        """Process id of the last start; None before the first."""
        return self._popen.pid if self._popen else None

    def alive(self) -> bool:
        """Whether it runs."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready; a running one is only waited for.

        Raises:
            ProcessFailedError: it ended first, or `ready_seconds` passed; it is stopped then.
        """
        self.spawn()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def spawn(self) -> None:
        """Start it without waiting, after stopping what an earlier run of ours left; does nothing when it runs."""
        if self.alive():
            return
        if self.record:
            stop_left_over(self.record, self.stop_signal, self.stop_seconds)
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            self._log_start = os.fstat(log).st_size
            self._popen = self._open(log)
        finally:
            os.close(log)
        if self.record:
            remember(self.record, self._popen.pid, self.command)

    def wait_until_ready(self) -> None:
        """Block until it is ready; raises as `start` does, but stops nothing."""
        deadline = time.monotonic() + self.ready_seconds
        while True:
            if not self.alive():
                raise self._failure(f"{self.name} ended with status {self._status()} before it was ready")
            if self.ready is None or self.ready():
                return
            if time.monotonic() > deadline:
                raise self._failure(f"{self.name} was not ready after {self.ready_seconds:g} s")
            time.sleep(POLL_SECONDS)

    def wait(self) -> int:
        """Block until it ends; returns its exit status, negative for a signal. 0 when it never started."""
        if self._popen is None:
            return 0
        self._popen.wait()
        end_group(self._popen.pid)
        return self._status()

    def stop(self) -> None:
        """Ask it to end, kill it after `stop_seconds`, and kill what it left behind. Does nothing when it is over."""
        popen = self._popen
        if popen is None or popen.returncode is not None:
            return
        popen.send_signal(self.stop_signal)
        try:
            popen.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
        end_group(popen.pid)
        if self.record:
            self.record.unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop it and start it anew with the same command; raises as `start` does."""
        self.stop()
        self.start()

    def log_tail(self) -> str:
        """The last lines that this run wrote."""
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_start, size - LOG_TAIL_BYTES))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    def _open(self, log: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*_ends_with_us(self.stop_signal), *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.account.user,
                group=self.account.group,
                extra_groups=self.account.extra_groups,
                start_new_session=True,
            )
        except OSError as error:
            raise EmbeddedServerError(f"{self.name} cannot be started: {error}.") from error

    def _status(self) -> int:
        return (self._popen.returncode or 0) if self._popen else 0

    def _failure(self, what: str) -> ProcessFailedError:
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            logged = file.read(LOG_START_BYTES).decode(errors="replace")
        return ProcessFailedError(what, self.log, logged)


def launch(make: Callable[[], ChildProcess]) -> ChildProcess:
    """Make and start a process, again with a fresh one while a port or memory of a dead server is still in use.

    Raises:
        ProcessFailedError: it failed for another reason, or too often.
    """
    for _ in range(LAUNCH_ATTEMPTS - 1):
        process = make()
        try:
            process.start()
        except ProcessFailedError as error:
            if not error.may_pass:
                raise
            time.sleep(LAUNCH_PAUSE_SECONDS)
        else:
            return process
    process = make()
    process.start()
    return process


@lru_cache
def _ends_with_us(stop_signal: signal.Signals) -> tuple[str, ...]:
    """The program that has Linux send `stop_signal` to a child whose parent is gone; nothing where there is none."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"))
    tried = subprocess.run([*prefix, "true"], check=False, capture_output=True, timeout=10)
    return prefix if tried.returncode == 0 else ()
