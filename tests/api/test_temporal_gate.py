"""What the API asks of Temporal, asked of a real one, of none, and of one that hangs."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from api.temporal_gate import ClientGate, RetryAnswer
from contracts.ids import order_workflow_id
from contracts.invoice_job import JobRun, JobType
from contracts.order_invoice import OrderRef
from contracts.temporal_client import TemporalAway, TemporalTarget, connect
from demo.orders.manual import MANUAL
from tests.service_fixtures import Service


def run_of(tenant: str = "acme") -> JobRun:
    return JobRun(tenant=tenant, job_id=uuid4(), job_type=JobType.MANUAL)


async def test_a_held_order_accepts_once_and_an_order_under_way_declines(service: Service) -> None:
    gate = ClientGate(service.temporal)
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    service.shop.accept(service.shop.transaction_of("EON9001"))
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    assert await gate.retry_order(service.tenant, "EON9001") is RetryAnswer.ACCEPTED
    assert await gate.retry_order(service.tenant, "EON9001") is RetryAnswer.NOT_HELD
    service.shop.clear_faults()
    await service.order("EON9001").result()
    assert await gate.retry_order(service.tenant, "EON9001") is RetryAnswer.UNKNOWN


async def test_an_order_that_nobody_invoices_is_unknown_whatever_its_id(temporal_client: Client) -> None:
    gate = ClientGate(temporal_client)
    for order_id in ("EON9404", "Größe/7", "x" * 2_000):
        assert await gate.retry_order("acme", order_id) is RetryAnswer.UNKNOWN


async def test_temporal_that_answers_is_ready(temporal_client: Client) -> None:
    assert await ClientGate(temporal_client).ready()


async def assert_away(address: str) -> None:
    gate = ClientGate(await connect(TemporalTarget(address, "invoices"), lazy=True))
    with pytest.raises(TemporalAway):
        await gate.ready()
    with pytest.raises(TemporalAway):
        await gate.start_job(run_of())
    with pytest.raises(TemporalAway):
        await gate.retry_order("acme", "EON1")


async def test_where_nobody_listens_temporal_is_away(unused_port: int) -> None:
    await assert_away(f"127.0.0.1:{unused_port}")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_server_that_says_nothing_is_away_too(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts.temporal_client.RPC_TIMEOUT", timedelta(seconds=0.3))
    await assert_away(f"127.0.0.1:{silent_port}")


async def test_a_retry_that_no_worker_takes_up_in_time_means_away(
    temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK has an error of its own for an update that is not answered."""
    monkeypatch.setattr("contracts.temporal_client.RPC_TIMEOUT", timedelta(seconds=0.5))
    order = OrderRef(tenant="acme", order_id=uuid4().hex, job_id=uuid4())
    handle = await temporal_client.start_workflow(
        "OrderInvoice", order, id=order_workflow_id(order.tenant, order.order_id), task_queue="nobody"
    )
    with pytest.raises(TemporalAway):
        await ClientGate(temporal_client).retry_order(order.tenant, order.order_id)
    await handle.terminate()
