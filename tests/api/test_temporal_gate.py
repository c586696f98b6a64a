"""What the API asks of Temporal, asked of a real one, of none, and of one that hangs."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from api.jobs.control_gate import ClientControlGate
from api.temporal_gate import ClientGate
from contracts.invoice_job import JobRun, JobType
from contracts.temporal_client import TemporalAway, TemporalTarget, connect


def run_of(tenant: str = "acme") -> JobRun:
    return JobRun(tenant=tenant, job_id=uuid4(), job_type=JobType.MANUAL)


async def test_temporal_that_answers_is_ready(temporal_client: Client) -> None:
    assert await ClientGate(temporal_client).ready()


async def assert_away(address: str) -> None:
    client = await connect(TemporalTarget(address, "invoices"), lazy=True)
    gate, control = ClientGate(client), ClientControlGate(client)
    with pytest.raises(TemporalAway):
        await gate.ready()
    with pytest.raises(TemporalAway):
        await gate.start_job(run_of())
    with pytest.raises(TemporalAway):
        await gate.retry_credit_note("acme", uuid4())
    with pytest.raises(TemporalAway):
        await control.tell_order("acme", "EON1", "cancel")
    with pytest.raises(TemporalAway):
        await control.progress("acme", uuid4())


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
