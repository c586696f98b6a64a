"""One measurement: orders on the shelf, jobs through the API, their end, and what it took."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from bench.whole_path.books import JobTimes, invoices_of, job_times, seconds_to_mail
from bench.whole_path.ceiling import Ceiling, measure_ceiling
from bench.whole_path.figures import Figures, make_figures
from bench.whole_path.histories import HistoryFigures, add_up, histories_since
from bench.whole_path.parts import roots_of
from bench.whole_path.plan import Plan
from bench.whole_path.processes import PartEnded
from bench.whole_path.sampling import Sampler
from database.engine import create_engine, create_sessions
from demo.failure import DemoFailed
from demo.round_book import RoundEntry
from demo.running import Running
from demo.screen import Screen
from demo.service import InvoiceService
from demo.service_bodies import JobView
from demo.shop_books import ShopBooks
from demo.watching import Watch

MOST_NAMED = 5
POLL_SECONDS = 1.0
"""Looking is not free: the API counts the orders of a job each time. Times are taken from the database."""
SETTLING_TRIES = 100
SETTLING_SECONDS = 0.1


@dataclass(frozen=True)
class Left:
    """What jobs have left in database and Temporal."""

    times: JobTimes
    to_mail: list[float]
    histories: HistoryFigures
    ceiling: Ceiling | None


class Bench:
    """Measures on a stack that runs."""

    def __init__(self, up: Running, screen: Screen, plan: Plan) -> None:
        self._up = up
        self._screen = screen
        self._plan = plan
        self._watch = Watch(up.service, up.stack.worker, screen, poll_seconds=POLL_SECONDS)
        self._rounds = 0

    def warm_up(self) -> None:
        """Invoice some orders, so that no measurement pays for what is done only once."""
        if self._plan.warm_up:
            self._run_jobs(self._seed(self._plan.warm_up), jobs=1)

    def measure(self, orders: int) -> Figures:
        """Invoice so many orders, and say what it took.

        Raises:
            DemoFailed: not every order was invoiced, printed and mailed.
        """
        order_ids, began = self._seed(orders), datetime.now(UTC)
        roots = roots_of(self._up.stack)
        with Sampler(roots) as watched:
            jobs = self._run_jobs(order_ids, self._plan.jobs)
        if roots_of(self._up.stack).pids != roots.pids:
            raise PartEnded
        left = asyncio.run(self._look_after([UUID(job.job_id) for job in jobs], began))
        if len(left.to_mail) != orders:
            raise DemoFailed(f"{orders} orders were invoiced, but {len(left.to_mail)} mails sent")
        return make_figures(
            orders=orders,
            jobs=len(jobs),
            took=left.times.seconds,
            watched=watched,
            histories=left.histories,
            to_mail=left.to_mail,
            ceiling=left.ceiling,
        )

    def _seed(self, orders: int) -> list[str]:
        self._rounds += 1
        self._screen.say(f"Putting {orders} orders on the shop's shelf")
        with ShopBooks(self._up.stack.shop_url or "") as shop:
            return shop.seed(RoundEntry(number=self._rounds, orders=orders, run="bench")).generated

    def _run_jobs(self, order_ids: Sequence[str], jobs: int) -> list[JobView]:
        parts = [order_ids[part::jobs] for part in range(jobs)]
        ids = [self._up.service.start_job(part, uuid4().hex) for part in parts if part]
        ended = [self._watch.follow(job_id, "Orders invoiced") for job_id in ids]
        for job in ended:
            expect_success(self._up.service, job)
        return ended

    async def _look_after(self, job_ids: Sequence[UUID], began: datetime) -> Left:
        environment = self._up.stack.environment
        histories = await _histories(environment, began)
        engine = create_engine(environment["INVOICES_DATABASE_URL"], pool_size=1)
        try:
            return await self._read_books(engine, job_ids, histories)
        finally:
            await engine.dispose()

    async def _read_books(self, engine: AsyncEngine, job_ids: Sequence[UUID], histories: HistoryFigures) -> Left:
        most = 0 if self._plan.skip_pdf else self._plan.ceiling_sample
        async with create_sessions(engine).begin() as session:
            times, to_mail = await job_times(session, job_ids), await seconds_to_mail(session, job_ids)
            invoices = await invoices_of(session, job_ids, most) if most else []
        ceiling = None
        if invoices:
            self._screen.say(f"Printing {len(invoices)} of the invoices with nothing else to do")
            ceiling = await measure_ceiling(invoices, self._plan.render_processes(self._up.stack.surroundings))
        return Left(times, to_mail, histories, ceiling)


def expect_success(service: InvoiceService, job: JobView) -> None:
    """Let a job pass whose orders all have their invoices.

    Raises:
        DemoFailed: naming some that have none.
    """
    if job.counts.success == job.counts.total:
        return
    others = (order for order in service.orders(job.job_id) if order.order_status != "SUCCESS")
    named = [f"{order.order_id} ({order.reason}: {order.message})" for order in islice(others, MOST_NAMED)]
    missing = job.counts.total - job.counts.success
    raise DemoFailed(f"{missing} of {job.counts.total} orders have no invoice: {'; '.join(named)}")


async def _histories(environment: dict[str, str], began: datetime) -> HistoryFigures:
    """The sizes of all histories, once all of them have ended; a run closes a moment after its last activity."""
    client = await Client.connect(
        environment["INVOICES_TEMPORAL_ADDRESS"], namespace=environment["INVOICES_TEMPORAL_NAMESPACE"]
    )
    for _ in range(SETTLING_TRIES):
        found = add_up(await histories_since(client, began))
        if not found.open:
            return found
        await asyncio.sleep(SETTLING_SECONDS)
    raise DemoFailed(f"{found.open} workflows are still open although every job has ended")
