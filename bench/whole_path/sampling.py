"""Looking at the parts again and again while they work: the most memory that each has held."""

import threading
from types import TracebackType
from typing import Self

from bench.whole_path.processes import Roots, Usage, machine_cpu_seconds, usages

EVERY_SECONDS = 0.5


class Sampler:
    """Samples from the beginning of the `with` block to its end.

    Attributes:
        before: usage at the beginning.
        after: usage at the end.
        peak_memory: bytes, by part.
        others_cpu_seconds: what processes used in the block that are no parts.
    """

    def __init__(self, roots: Roots) -> None:
        self.before: dict[str, Usage] = {}
        self.after: dict[str, Usage] = {}
        self.peak_memory: dict[str, int] = {}
        self.others_cpu_seconds = 0.0
        self._roots = roots
        self._machine_before = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sampler", daemon=True)

    def cpu_seconds(self) -> dict[str, float]:
        """What each part used in the block."""
        return {name: used.cpu_seconds - self.before[name].cpu_seconds for name, used in self.after.items()}

    def __enter__(self) -> Self:
        self._machine_before, self.before = machine_cpu_seconds(), self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.after = self._sample()
        spent = machine_cpu_seconds() - self._machine_before
        self.others_cpu_seconds = max(0.0, spent - sum(self.cpu_seconds().values()))

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._sample()

    def _sample(self) -> dict[str, Usage]:
        used = usages(self._roots)
        for name, usage in used.items():
            self.peak_memory[name] = max(usage.memory_bytes, self.peak_memory.get(name, 0))
        return used
