"""What a run is to measure."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.invoices_command import invoices_command, module_command
from demo.surroundings import PREFIX, Surroundings, surroundings

OURS = frozenset(
    PREFIX + name
    for name in (
        "API_HOST",
        "API_PORT",
        "COMMERCE_CREDENTIALS",
        "COMMERCE_TOKEN_URL",
        "DATABASE_URL",
        "DOCUMENT_STORE_URL",
        "ORDER_SERVICE_URL",
        "PAYMENT_GATEWAY_URL",
        "PUBLIC_BASE_URL",
        "SMTP_URL",
        "TEMPORAL_ADDRESS",
        "TEMPORAL_API_KEY",
        "TEMPORAL_NAMESPACE",
        "TEMPORAL_TLS",
    )
)
"""Settings that would lead out of the measured stack."""
RENDER_PROCESSES = "RENDER_PROCESSES"
ROOT = Path(__file__).parents[2]
"""Where `bench` is found: it is not installed."""


@dataclass(frozen=True)
class Plan:
    """What to measure, and on what.

    Attributes:
        sizes: orders of each measurement; all of them run in one stack, one after the other.
        jobs: how many jobs share the orders of a measurement; all are started at once.
        workers: worker processes.
        skip_pdf: print nothing, to see the orchestration alone.
        warm_up: orders that are invoiced before anything is measured.
        ceiling_sample: how many invoices the bare rendering is measured with, at most.
        settings: of the service, without their prefix; they go before those of the environment.
    """

    sizes: tuple[int, ...]
    jobs: int = 1
    workers: int = 1
    skip_pdf: bool = False
    warm_up: int = 20
    ceiling_sample: int = 300
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def worker_commands(self) -> list[list[str]]:
        """How each worker is run."""
        without_pdf = module_command("bench.whole_path.worker_without_pdf")
        return [without_pdf if self.skip_pdf else invoices_command("worker")] * self.workers

    def surroundings(self, environ: Mapping[str, str]) -> Surroundings:
        """The environment of the measured service; the workers share the cores for rendering unless it says more."""
        found = surroundings({name: value for name, value in environ.items() if name.upper() not in OURS})
        each = max(1, (os.cpu_count() or 1) // self.workers)
        path = os.pathsep.join([str(ROOT), *filter(None, [environ.get("PYTHONPATH")])])
        settings = {RENDER_PROCESSES: str(each), **found.settings, **self.settings}
        return Surroundings({**found.inherited, "PYTHONPATH": path}, settings)

    def render_processes(self, users: Surroundings) -> int:
        """PDF processes of all workers together."""
        return (int(users.settings[RENDER_PROCESSES]) or os.cpu_count() or 1) * self.workers
