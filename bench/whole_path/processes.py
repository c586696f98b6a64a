"""What processes cost, from Linux's /proc: CPU seconds and memory of each part, and of everybody else.

A part is one or more trees of processes. Its CPU is that of its living processes and, as Linux hands a child's time to
the parent that waits for it, of those that have ended. The children of a worker set PDFs and are a part of their own.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from demo.failure import DemoFailed

PROC = "/proc"
READ_BYTES = 4096
BUSY = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""The first columns of /proc/stat, in its order. Guests' time is in `user` already."""
RESTING = frozenset({"idle", "iowait", "steal"})


class PartEnded(DemoFailed):
    """A part of the measured service is gone, and with it what it has used."""

    def __init__(self) -> None:
        super().__init__("a part of the stack has ended or was started again: --keep FOLDER keeps the logs")


@dataclass(frozen=True)
class ProcessStat:
    """One line of /proc/PID/stat; times in clock ticks.

    Attributes:
        own: what the process itself used.
        reaped: what those of its children used that have ended and were waited for, with their own such children.
    """

    parent: int
    own: int
    reaped: int


@dataclass(frozen=True)
class Usage:
    """What a part has used so far (`cpu_seconds`), and holds now (`memory_bytes`)."""

    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Roots:
    """Where the parts begin: the processes whose trees they are.

    Attributes:
        parts: name -> process.
        workers: below these is `renderer`.
        bench: who measures; it alone, not what is below it.
    """

    parts: Mapping[str, int]
    workers: tuple[int, ...]
    bench: int

    @property
    def pids(self) -> frozenset[int]:
        """All of them; another set means that a part was started again meanwhile."""
        return frozenset((*self.parts.values(), *self.workers, self.bench))


def parse_stat(line: str) -> ProcessStat:
    """Read /proc/PID/stat; the command's name may hold blanks and brackets."""
    fields = line.rpartition(")")[2].split()
    times = [int(field) for field in fields[11:15]]
    return ProcessStat(parent=int(fields[1]), own=times[0] + times[1], reaped=times[2] + times[3])


def parse_statm(line: str) -> tuple[int, int]:
    """Read /proc/PID/statm: resident pages, and those of them that may be shared."""
    _, resident, shared, *_ = line.split()
    return int(resident), int(shared)


def parse_busy_ticks(stat: str) -> int:
    """Read /proc/stat: ticks in which any core worked for us, since the machine started."""
    times = dict(zip(BUSY, stat.splitlines()[0].split()[1:], strict=False))
    return sum(int(ticks) for name, ticks in times.items() if name not in RESTING)


def children_of(table: Mapping[int, ProcessStat]) -> dict[int, list[int]]:
    """The processes that each process has started and that still run."""
    children: dict[int, list[int]] = {}
    for pid, stat in table.items():
        children.setdefault(stat.parent, []).append(pid)
    return children


def tree_of(root: int, children: Mapping[int, list[int]]) -> list[int]:
    """A process, and all that descend from it."""
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def usages(roots: Roots) -> dict[str, Usage]:
    """Every part's usage, `worker` and `renderer` among them.

    Raises:
        PartEnded: one of the roots does not run any more.
    """
    table = process_table()
    if not roots.pids <= table.keys():
        raise PartEnded
    children = children_of(table)
    used = {}
    for name, root in roots.parts.items():
        tree = tree_of(root, children)
        used[name] = Usage(seconds(sum(table[pid].own + table[pid].reaped for pid in tree)), _memory(tree))
    renderers = [pid for worker in roots.workers for pid in tree_of(worker, children)[1:]]
    worked = sum(table[worker].own for worker in roots.workers)
    rendered = sum(table[worker].reaped for worker in roots.workers)
    rendered += sum(table[pid].own + table[pid].reaped for pid in renderers)
    used["worker"] = Usage(seconds(worked), _memory(roots.workers))
    used["renderer"] = Usage(seconds(rendered), _memory(renderers))
    used["bench"] = Usage(seconds(table[roots.bench].own), _memory([roots.bench]))
    return used


def machine_cpu_seconds() -> float:
    """What all processes of the machine have used since it started."""
    return seconds(parse_busy_ticks(_read(f"{PROC}/stat")))


def process_table() -> dict[int, ProcessStat]:
    """Every process of the machine."""
    table = {}
    for entry in os.scandir(PROC):
        if entry.name.isdecimal():
            with suppress(OSError):  # it has ended meanwhile
                table[int(entry.name)] = parse_stat(_read(f"{entry.path}/stat"))
    return table


def _memory(pids: Iterable[int]) -> int:
    """What processes hold together: the private pages of all, and the shared ones of the process with most of them."""
    private, most_shared = 0, 0
    for pid in pids:
        with suppress(OSError):
            resident, shared = parse_statm(_read(f"{PROC}/{pid}/statm"))
            private, most_shared = private + resident - shared, max(most_shared, shared)
    return (private + most_shared) * os.sysconf("SC_PAGE_SIZE")


def _read(file: str) -> str:
    """The beginning of a file of /proc; `open` and `Path` would take three times as long, and we read hundreds."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return os.read(descriptor, READ_BYTES).decode(errors="replace")
    finally:
        os.close(descriptor)


def seconds(ticks: int) -> float:
    """Clock ticks as seconds."""
    return ticks / os.sysconf("SC_CLK_TCK")
