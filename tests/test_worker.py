"""The worker as a process: it waits for Temporal, and a signal drains it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from demo.orders.manual import MANUAL
from settings import Settings
from tests.chaos.worker_process import WorkerProcess
from tests.service_fixtures import Service
from tests.waiting import eventually


def logged(log: Path, event: str) -> list[dict[str, object]]:
    """Our own lines; Temporal's core writes others."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def failures_in(log: Path) -> int:
    return log.read_text().count("Traceback")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


async def test_a_worker_waits_for_a_temporal_that_is_away_and_goes_when_told(
    log: Path, unused_port: int, tmp_path: Path
) -> None:
    settings = Settings(
        temporal_address=f"127.0.0.1:{unused_port}",
        document_store_url=(tmp_path / "documents").as_uri(),
        render_processes=1,
    )
    async with WorkerProcess(settings, log) as worker:

        async def asked_twice() -> bool:
            return len(logged(log, "waiting_for_temporal")) >= 2

        await eventually(asked_twice, what="a second try to reach Temporal")
        assert await worker.terminate() == 0
    assert failures_in(log) == 0


async def test_a_signal_in_the_middle_of_a_capture_lets_it_end(idle_service: Service, log: Path) -> None:
    service = idle_service
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=1.5)
    job_id = await service.start("EON9001")
    async with WorkerProcess(service.settings, log) as worker:

        async def capturing() -> bool:
            return any("capture" in request for request in service.shop.requests)

        await eventually(capturing, seconds=60, what="the capture")
        assert service.shop.captures("EON9001") == []
        assert await worker.terminate() == 0
    assert service.shop.captures("EON9001") == [(Decimal("288.95"), "EUR")]
    assert [effect.state for effect in await service.effects()] == ["DONE"]
    assert [len(logged(log, event)) for event in ("worker_draining", "worker_stopped")] == [1, 1]
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.RUNNING
    async with service.working():
        await service.job(job_id).result()
    assert (await service.items(job_id))["EON9001"].item.state == "SUCCESS"
    assert len(service.shop.captures("EON9001")) == 1
    assert sum("capture" in request for request in service.shop.requests) == 1
    (delivery,) = await service.deliveries()
    assert [mail.message_id for mail in service.mail_sink.mails()].count(delivery.message_id) == 1
    assert await service.drawn_numbers() == [1001]
