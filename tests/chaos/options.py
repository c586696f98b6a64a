"""What a run of the chaos suite is asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """One run; the same options with the same seed break the same things at the same times.

    Attributes:
        folder: for this run alone; stays behind, with all logs.
        seed: of every dice.
        seconds: how long things are broken.
        orders: of all tenants together.
        tenants: that have jobs; one more is set up and must stay untouched.
        jobs: of all tenants together.
        gap_seconds: between two faults, on average.
        render_processes: of the worker; each start of it costs as many seconds of computing.
        settle_seconds: how long the work may go on after the last fault is over.
        broken_ledger: run the worker that keeps no ledger of its captures, to see that the suite finds that out.
    """

    folder: Path
    seed: int = 1
    seconds: float = 1800.0
    orders: int = 5000
    tenants: int = 3
    jobs: int = 36
    gap_seconds: float = 3.0
    render_processes: int = 2
    settle_seconds: float = 900.0
    broken_ledger: bool = False

    @property
    def tenant_codes(self) -> tuple[str, ...]:
        """The tenants that have jobs."""
        return tuple(f"tenant{number}" for number in range(1, self.tenants + 1))
