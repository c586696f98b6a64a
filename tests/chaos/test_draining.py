"""SIGTERM in the middle of a step: the worker exits within its grace period, and the next one goes on at once.

That a workflow task was lost, which is noticed only after its timeout, would show in the history of the order.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from time import monotonic
from uuid import UUID

import psutil
import pytest
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from demo.orders.manual import MANUAL
from settings import Settings
from tests.chaos.worker_process import WorkerProcess
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed
from worker import DRAIN

ORDER, AMOUNT = "EON9001", Decimal("288.95")
ANOTHER = "EON9004"
LOOK_UP, CAPTURE = f"GET /order-v2/.*{ORDER}", "POST /payment-gateway/.*capture"
GRACE_SECONDS = DRAIN.total_seconds() + 4
"""What a supervisor gives a process before it kills it is 30 s."""
TAKEN_OVER_SECONDS = 20
"""Generous, for a machine that is busy with other tests; a lost task alone would cost 10 s, and shows anyway."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


async def test_a_slow_local_step_ends_and_the_next_step_is_left_to_the_next_worker(
    idle_service: Service, log: Path
) -> None:
    service = idle_service
    service.shop.fault(LOOK_UP, "delay", seconds=3.0)
    async with ordered(service, patient(service), log) as (worker, job_id):
        await requested(service, "GET", ORDER)
        assert await drained(worker) < GRACE_SECONDS
    assert (requests(service, "GET", ORDER), requests(service, "POST", "capture")) == (1, 0)
    await taken_over(service, job_id)
    assert requests(service, "GET", ORDER) == 1


async def test_a_step_that_is_not_answered_is_left_to_the_next_worker(idle_service: Service, log: Path) -> None:
    """The shop takes a minute; the call's own limit ends the try, and the next try is not this worker's."""
    service = idle_service
    service.shop.fault(LOOK_UP, "delay", seconds=60.0)
    async with ordered(service, patient(service), log) as (worker, job_id):
        await requested(service, "GET", ORDER)
        assert await drained(worker) < GRACE_SECONDS
    await taken_over(service, job_id)


@pytest.mark.thorough
async def test_a_slow_capture_as_a_regular_activity_ends(idle_service: Service, log: Path) -> None:
    service = idle_service
    service.shop.fault(CAPTURE, "status", status=503)
    service.shop.fault(CAPTURE, "delay", seconds=2.5, effect=True)
    async with ordered(service, service.settings, log) as (worker, job_id):
        await requested(service, "POST", "capture", times=2)
        assert await drained(worker) < GRACE_SECONDS
    assert [effect.state for effect in await service.effects()] == ["DONE"]
    await taken_over(service, job_id)
    assert requests(service, "POST", "capture") == 2


async def test_a_pdf_that_is_being_made_ends(idle_service: Service, log: Path) -> None:
    service = idle_service
    async with ordered(service, service.settings, log, stopped_renderer=True) as (worker, job_id):
        await rendering(service)
        draining = asyncio.ensure_future(drained(worker))
        await noted(log, "worker_draining")
        renderer_of(worker).send_signal(signal.SIGCONT)
        assert await draining < GRACE_SECONDS
    assert len(pdfs(service)) == 1
    await taken_over(service, job_id)


@pytest.mark.thorough
async def test_a_pdf_that_does_not_end_in_time_is_made_by_the_next_worker(idle_service: Service, log: Path) -> None:
    """There is one grace period for all that runs: another order's slow step meanwhile does not prolong it."""
    service = idle_service
    other = service.shop.add_order(MANUAL[ANOTHER](ANOTHER))
    service.shop.fault(f"GET /order-v2/.*{other}", "delay", seconds=8.0)
    async with ordered(service, patient(service), log, stopped_renderer=True) as (worker, job_id):
        await rendering(service)
        second = await service.start(other)
        await requested(service, "GET", other)
        assert await drained(worker) < GRACE_SECONDS
    assert pdfs(service) == []
    async with service.working():
        await service.job(second).result()
        await service.job(job_id).result()
    await invoiced_once(service, [job_id, second], numbers=[1001, 1002])


@asynccontextmanager
async def ordered(
    service: Service, settings: Settings, log: Path, *, stopped_renderer: bool = False
) -> AsyncIterator[tuple[WorkerProcess, UUID]]:
    """A worker process, and a job of one order that it works on."""
    service.shop.add_order(MANUAL[ORDER](ORDER))
    async with WorkerProcess(settings, log) as worker:
        await noted(log, "worker_started")
        if stopped_renderer:
            renderer_of(worker).send_signal(signal.SIGSTOP)
        yield worker, await service.start(ORDER)


def patient(service: Service) -> Settings:
    """Of a worker that waits for the shop almost as long as those in earnest do."""
    return service.settings.model_copy(update={"http_timeout_seconds": 10.0})


async def drained(worker: WorkerProcess) -> float:
    """Send SIGTERM; how many seconds it took to exit, with status 0."""
    began = monotonic()
    assert await worker.terminate() == 0
    return monotonic() - began


async def taken_over(service: Service, job_id: UUID) -> None:
    """Another worker finishes the order at once, and nothing is done twice."""
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.RUNNING
    async with service.working():
        began = monotonic()
        await service.job(job_id).result()
        assert monotonic() - began < TAKEN_OVER_SECONDS
    await invoiced_once(service, [job_id], numbers=[1001])


async def invoiced_once(service: Service, job_ids: list[UUID], numbers: list[int]) -> None:
    """No task was lost, and each order has one capture, one number, one PDF and one mail."""
    for handle in (service.order(ORDER), *map(service.job, job_ids)):
        history = await replayed(handle)
        assert EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT not in {event.event_type for event in history.events}
    for job_id in job_ids:
        assert {view.item.state for view in (await service.items(job_id)).values()} == {"SUCCESS"}
    assert service.shop.captures(ORDER) == [(AMOUNT, "EUR")]
    assert await service.drawn_numbers() == numbers
    assert len(pdfs(service)) == len(numbers)
    mails = [mail.message_id for mail in service.mail_sink.mails()]
    assert sorted(mails) == sorted(delivery.message_id for delivery in await service.deliveries())
    assert len(mails) == len(numbers)


async def requested(service: Service, method: str, part: str, times: int = 1) -> None:
    async def asked() -> bool:
        return requests(service, method, part) >= times

    await eventually(asked, seconds=60, what=f"{method} {part}")


def requests(service: Service, method: str, part: str) -> int:
    return sum(one.startswith(method) and part in one for one in service.shop.requests)


async def rendering(service: Service) -> None:
    """Wait until the worker is making the PDF."""

    async def begun() -> bool:
        try:
            pending = (await service.order(ORDER).describe()).raw_description.pending_activities
        except RPCError:  # the order's workflow is yet to begin
            return False
        return [(one.activity_type.name, one.state) for one in pending] == [
            ("create_pdf", PendingActivityState.PENDING_ACTIVITY_STATE_STARTED)
        ]

    await eventually(begun, seconds=60, what="the PDF")


async def noted(log: Path, event: str) -> None:
    async def written() -> bool:
        return event in said_in(log)

    await eventually(written, seconds=60, what=event)


def said_in(log: Path) -> str:
    return log.read_text()


def renderer_of(worker: WorkerProcess) -> psutil.Process:
    """The worker's only PDF process."""
    (renderer,) = psutil.Process(worker.pid).children()
    return renderer


def pdfs(service: Service) -> list[Path]:
    return list(Path(service.settings.document_store_url.removeprefix("file://")).rglob("*.pdf"))
