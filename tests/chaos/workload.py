"""The clients of a run: jobs started as good clients start them, and people who mend held orders and release them."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from demo.failure import DemoFailed
from demo.orders.generator import Dice
from demo.service import InvoiceService
from demo.service_bodies import JobOrder, JobView
from tests.chaos.mending import Mender
from tests.chaos.planned_orders import PlannedOrder
from tests.chaos.stack import ChaosStack

POLL_SECONDS = 0.5
LONG_POLL_SECONDS = 3.0
MANY_JOBS = 10
BY_COMMAND = 7
"""One release in so many is an operator's command, the others are requests."""
SECONDS_BETWEEN_RELEASES = 4.0
NAMED_TWICE_PERCENT = 8


@dataclass(frozen=True)
class PlannedJob:
    """A job of one tenant, started after so many seconds."""

    tenant: str
    number: int
    starts_at: float
    order_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its idempotency key."""
        return f"chaos-{self.tenant}-{self.number}"


@dataclass
class RunningJob:
    """A job on its way; `trouble` is what kept its client from seeing it through."""

    planned: PlannedJob
    job_id: str | None = None
    trouble: str | None = None


def planned_jobs(dice: Dice, orders: Sequence[PlannedOrder], jobs: int, seconds: float) -> list[PlannedJob]:
    """Deal the orders of each tenant out to its jobs, which begin over `seconds`; some orders are named by two at once.

    Jobs come in pairs that start together, because two that name one order are to meet while both run.
    """
    plan: list[PlannedJob] = []
    tenants = sorted({order.tenant for order in orders})
    for tenant in tenants:
        ids = [order.order_id for order in orders if order.tenant == tenant]
        dice.shuffle(ids)
        pairs = max(1, jobs // len(tenants) // 2)
        starts = sorted(dice.uniform(0, seconds) for _ in range(pairs))
        starts[0] = 0.0
        parts = [ids[place :: 2 * pairs] for place in range(2 * pairs)]
        for pair, start in enumerate(starts):
            first, second = parts[2 * pair : 2 * pair + 2]
            shared = [order_id for order_id in first if dice.yes(NAMED_TWICE_PERCENT)] or first[:1]
            for place, part in ((0, first), (1, [*second, *shared])):
                dice.shuffle(part)
                plan.append(PlannedJob(tenant, 2 * pair + place + 1, round(start, 1), tuple(part)))
    return plan


@dataclass
class Workload:
    """Runs the jobs, each in a thread.

    Attributes:
        holds: (tenant, order id, reason) of every order that was seen on hold.
    """

    stack: ChaosStack
    mender: Mender
    jobs: Sequence[PlannedJob]
    now: Callable[[], float]
    running: list[RunningJob] = field(default_factory=list)
    holds: set[tuple[str, str, str]] = field(default_factory=set)
    releases: Counter[str] = field(default_factory=Counter)
    _released_at: dict[tuple[str, str], float] = field(default_factory=dict)
    _given_up: threading.Event = field(default_factory=threading.Event)
    _tickets: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        """Begin; returns at once."""
        self.running = [RunningJob(planned) for planned in self.jobs]
        self._pool = ThreadPoolExecutor(len(self.running), thread_name_prefix="client")
        self._futures = [self._pool.submit(self._see_through, job) for job in self.running]

    def finish(self, seconds: float) -> None:
        """Wait until every job has ended and nothing is on hold, at most so long; then the clients give up."""
        wait(self._futures, timeout=seconds)
        self._given_up.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def settled(self) -> int:
        """Jobs whose clients are content."""
        return sum(future.done() for future in self._futures)

    def _see_through(self, job: RunningJob) -> None:
        try:
            self._pause(job.planned.starts_at - self.now())
            service = self.stack.services[job.planned.tenant]
            job.job_id = service.start_job(job.planned.order_ids, job.planned.key)
            while not self._is_content(service, job, service.job(job.job_id)):
                self._pause(POLL_SECONDS if len(self.jobs) < MANY_JOBS else LONG_POLL_SECONDS)
        except GaveUp:
            job.trouble = "its orders did not settle in time"
        except DemoFailed as error:
            job.trouble = str(error)

    def _is_content(self, service: InvoiceService, job: RunningJob, view: JobView) -> bool:
        """Everything is settled; before that, what is held is mended and released, while the job runs too."""
        if view.counts.held:
            for order in list(service.orders(view.job_id)):
                if order.held and self._is_time_for(job.planned.tenant, order.order_id):
                    self._release(service, job.planned.tenant, order)
        return view.done and not view.counts.pending and not view.counts.held

    def _is_time_for(self, tenant: str, order_id: str) -> bool:
        """Whether nobody has released it a moment ago: it is still shown as held until it has ended."""
        now = time.monotonic()
        is_time = now - self._released_at.get((tenant, order_id), -SECONDS_BETWEEN_RELEASES) > SECONDS_BETWEEN_RELEASES
        if is_time:
            self._released_at[tenant, order_id] = now
        return is_time

    def _release(self, service: InvoiceService, tenant: str, order: JobOrder) -> None:
        self.holds.add((tenant, order.order_id, order.reason or ""))
        self.mender.mend(tenant, order.order_id, order.reason or "")
        if next(self._tickets) % BY_COMMAND == 0:
            try:
                self.stack.run_invoices("order", "retry", order.order_id, "--tenant", tenant)
                self.releases["command"] += 1
            except DemoFailed:  # it is being tried again already, or Temporal is away: the next look decides
                self.releases["command refused"] += 1
            return
        answer = service.call("POST", f"/invoice/{tenant}/orders/{order.order_id}/retry")
        self.releases[f"request {answer.status_code}"] += 1

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if self._given_up.wait(left):
                raise GaveUp
        if self._given_up.is_set():
            raise GaveUp


class GaveUp(Exception):
    """Nobody waits any longer."""
