"""Waiting for a job with a progress bar, and knowing when waiting is no use any more."""

import time
from dataclasses import dataclass, field
from itertools import islice

from demo.embedded.supervisor import Supervised
from demo.failure import DemoFailed
from demo.number_verdict import named
from demo.screen import Screen
from demo.service import InvoiceService
from demo.service_bodies import JobView

POLL_SECONDS = 0.4
STUCK_SECONDS = 300.0
STUCK_SECONDS_PER_ORDER = 3.0
RESTARTS = 8
"""So often may the worker be started again without getting anything done."""
LOOKED_AT = 1000


@dataclass
class Watch:
    """Follows jobs.

    Args:
        worker: told apart from a slow one: a worker that never gets anything done before it dies.
        stuck_seconds: how long nothing may happen, beside 3 s an order.
        poll_seconds: how long to wait between two looks.
    """

    service: InvoiceService
    worker: Supervised
    screen: Screen
    stuck_seconds: float = STUCK_SECONDS
    poll_seconds: float = POLL_SECONDS
    _settled: int = field(default=-1, init=False)
    _moved_at: float = field(default=0.0, init=False)
    _restarts: int = field(default=0, init=False)

    def follow(self, job_id: str, title: str) -> JobView:
        """Wait for the job's end.

        Raises:
            DemoFailed: nothing moves any more; the message names the orders that wait.
        """
        self._note(-1)
        with self.screen.progress(title) as bar:
            while True:
                job = self.service.job(job_id)
                bar.move(job.counts.settled, job.counts.total)
                if job.done:
                    return job
                self._expect_progress(job)
                time.sleep(self.poll_seconds)

    def _expect_progress(self, job: JobView) -> None:
        if job.counts.settled != self._settled:
            self._note(job.counts.settled)
            return
        if self.worker.restarts - self._restarts >= RESTARTS:
            child = self.worker.child
            raise DemoFailed(f"the worker dies again and again; the end of its log {child.log}:\n{child.log_tail()}")
        patience = self.stuck_seconds + STUCK_SECONDS_PER_ORDER * job.counts.total
        if time.monotonic() - self._moved_at > patience:
            raise DemoFailed(
                f"nothing has happened for {patience:.0f} s; these orders wait: {self._waiting(job)}. "
                f"Look into the logs in {self.worker.child.log.parent} and into Temporal's Web UI; "
                "the next run in this folder goes on with them"
            )

    def _note(self, settled: int) -> None:
        self._settled, self._moved_at, self._restarts = settled, time.monotonic(), self.worker.restarts

    def _waiting(self, job: JobView) -> str:
        orders = islice(self.service.orders(job.job_id), LOOKED_AT)
        return named([order.order_id for order in orders if order.order_status == "PENDING"]) or "none"
