"""What must hold whatever the machine: a bench that finds it broken fails, however fast everything was."""

from collections.abc import Sequence

from bench.whole_path.figures import Figures

MOST_EVENTS = 5_000
"""Of a run of a job (`workflows.invoice_job`)."""
WORKER_GROWTH_MIB = 150.0
"""What a worker may hold after a job of any size beside what it held before: caches that fill, and no more."""


def broken_bounds(measured: Sequence[Figures]) -> list[str]:
    """What does not hold, a sentence each."""
    return [sentence for figures in measured for sentence in _broken(figures)]


def _broken(figures: Figures) -> list[str]:
    broken = []
    if figures.most_events_of_a_job_run > MOST_EVENTS:
        events = figures.most_events_of_a_job_run
        broken.append(f"{figures.orders} orders: a run of a job has {events} events, more than {MOST_EVENTS}")
    growth = figures.worker_memory_mib["end"] - figures.worker_memory_mib["start"]
    if growth > WORKER_GROWTH_MIB:
        broken.append(
            f"{figures.orders} orders: the worker grew by {growth:.0f} MiB, more than {WORKER_GROWTH_MIB:.0f}"
        )
    return broken
