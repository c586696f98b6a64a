"""Doing what the plan says: every fault strikes at its time and is over after its length."""

import heapq
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

import psutil

from demo.embedded.process import ChildProcess
from demo.orders.generator import Dice
from tests.chaos.fault_plan import PlannedFault
from tests.chaos.outside_faults import OutsideFaults
from tests.chaos.stack import ChaosStack
from tests.chaos.tcp_proxy import Side

Undo = Callable[[], object]
Log = Callable[[str], None]
NOTHING_TO_UNDO: Undo = lambda: None  # noqa: E731
CUTS = {"cut in the request": Side.TO_SERVER, "cut in the answer": Side.TO_CLIENT}
CONNECTIONS_CUT = 3


class RunClock:
    """Seconds since the start of a run, which is when this is made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def wait_until(self, seconds: float) -> None:
        """Sleep until then."""
        time.sleep(max(0.0, seconds - self.now()))


class Breaker:
    """Breaks a stack by plan.

    Attributes:
        done: how often each fault has been made.
    """

    def __init__(self, stack: ChaosStack, dice: Dice, clock: RunClock, log: Log) -> None:
        self.done: Counter[str] = Counter()
        self._stack = stack
        self._dice = dice
        self._clock = clock
        self._log = log
        self._outside = OutsideFaults(stack.shop, stack.mail_sink)
        self._undo: list[tuple[float, int, Undo]] = []
        self._ticket = count()

    def run(self, plan: Sequence[PlannedFault]) -> None:
        """Make every fault of the plan, and end it; what is counted by requests may still strike afterwards."""
        try:
            for fault in plan:
                self._undo_until(fault.at)
                self._clock.wait_until(fault.at)
                self._log(f"{self._clock.now():8.1f} s  {fault}")
                undo = self._strike(fault)
                self.done[fault.name] += 1
                heapq.heappush(self._undo, (self._clock.now() + fault.seconds, next(self._ticket), undo))
            self._undo_until(max((at for at, _, _ in self._undo), default=0.0))
        finally:
            self.calm()

    def calm(self) -> None:
        """End what is still broken; what was killed is being started by its supervisor."""
        self._stack.proxies.calm()
        self._stack.disk.make_room()
        self._outside.calm()

    def _undo_until(self, seconds: float) -> None:
        while self._undo and self._undo[0][0] <= seconds:
            at, _, undo = heapq.heappop(self._undo)
            self._clock.wait_until(at)
            undo()

    def _strike(self, fault: PlannedFault) -> Undo:
        match fault.kind:
            case "kill":
                for target in fault.target.split("+"):
                    self._kill(target)
                return NOTHING_TO_UNDO
            case "network":
                return self._disturb(fault)
            case "disk":
                self._log(f"{'':10}  the disk is full: {self._stack.disk.fill(self._stack.worker.child.pid)}")
                return self._stack.disk.make_room
            case "shop" | "gateway" | "smtp":
                return self._outside.plan(fault)
        raise ValueError(f"nobody can break {fault.kind}")

    def _kill(self, target: str) -> None:
        match target:
            case "worker":
                kill(self._stack.worker.child)
            case "api":
                kill(self._stack.api.child)
            case "temporal":
                kill(self._stack.temporal.child)
            case "postgres":
                kill(self._stack.postgres.child)
            case "renderer":
                self._kill_child(self._stack.worker.child, "documents.render")
            case "backend":
                self._kill_child(self._stack.postgres.child, "postgres: invoices invoices")
            case _:
                raise ValueError(f"nobody is called {target}")

    def _kill_child(self, parent: ChildProcess, words: str) -> None:
        """One of the processes that serve a parent; none if it has just been killed itself."""
        with suppress(psutil.Error):
            children = [
                child
                for child in psutil.Process(parent.pid).children(recursive=True)
                if words in " ".join(child.cmdline())
            ]
            if children:
                self._dice.choice(children).kill()

    def _disturb(self, fault: PlannedFault) -> Undo:
        proxies, proxy = self._stack.proxies, self._stack.proxies[fault.target]
        match fault.what:
            case "cut":
                proxies.run(proxy.cut_now())
                return NOTHING_TO_UNDO
            case "delay":
                proxies.run(proxy.delay(self._dice.uniform(0.02, 0.3)))
            case "stall":
                proxies.run(proxy.stall())
            case "refuse":
                proxies.run(proxy.refuse())
            case _:
                proxies.run(proxy.cut_after(CUTS[fault.what], fault.amount or 0, CONNECTIONS_CUT))
                return NOTHING_TO_UNDO
        return lambda: proxies.run(proxy.calm())


def kill(child: ChildProcess) -> None:
    """`kill -9`, in the middle of whatever it does. One that is down already stays so until it is started again."""
    if child.pid is not None and child.alive():
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
