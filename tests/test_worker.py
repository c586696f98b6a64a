"""The worker as a process: it waits for Temporal, and a signal drains it."""

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from contracts import starts
from contracts.sales_invoice import InvoiceRef
from database import outbox
from database.tables import WorkflowStart
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

        await eventually(capturing, what="the capture")
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


async def test_what_the_outbox_holds_is_started_and_one_that_cannot_be_holds_up_no_other(
    idle_service: Service,
) -> None:
    """What an API noted and died before it started; and before it, a row that no version of ours can read."""
    service = idle_service
    start = starts.document_of(InvoiceRef(tenant=service.tenant, invoice_id=uuid4(), number="R1"))
    async with service.sessions.begin() as session:
        await outbox.add_start(session, service.tenant, {"nonsense": True})
        noted = await outbox.add_start(session, service.tenant, start.model_dump(mode="json"))
        await session.execute(
            text("UPDATE workflow_starts SET created_at = now() - interval '1 minute' WHERE tenant = :tenant"),
            {"tenant": service.tenant},
        )

    async def started() -> bool:
        async with service.sessions() as session:
            row = await session.get(WorkflowStart, noted)
        return row is not None and row.started_at is not None

    async with service.working():
        await eventually(started, seconds=30, what="a start by the sweep")
    handle = service.temporal.get_workflow_handle(start.workflow_id)
    assert (await handle.describe()).workflow_type == "InvoiceDelivery"
    with suppress(RPCError):  # it may have ended by itself: there is no such invoice
        await handle.terminate()
