"""Commands and questions to workflows, asked of a real Temporal. How each command works is in tests/test_control.py."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from api.jobs import control_gate
from api.jobs.control_gate import ClientControlGate, Declined, NotOpen
from contracts.ids import job_workflow_id, order_workflow_id
from contracts.invoice_job import JobRun, JobType
from contracts.order_invoice import OrderRef, Release, Retry, Step
from contracts.temporal_client import TemporalAway
from demo.orders.manual import MANUAL
from tests.service_fixtures import Service

NOT_HELD = "the order is not on hold"


async def test_a_held_order_accepts_once_and_an_order_under_way_declines(service: Service) -> None:
    gate = ClientControlGate(service.temporal)
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    standing = await gate.standing(service.tenant, "EON9001")
    assert (standing.step, standing.held is not None) == (Step.CAPTURE, True)
    service.shop.accept(service.shop.transaction_of("EON9001"))
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    await gate.tell_order(service.tenant, "EON9001", "retry", Retry())
    for command, wish in (("retry", Retry()), ("release", Release())):
        with pytest.raises(Declined, match=NOT_HELD):
            await gate.tell_order(service.tenant, "EON9001", command, wish)
    service.shop.clear_faults()
    await service.order("EON9001").result()
    with pytest.raises(NotOpen):
        await gate.tell_order(service.tenant, "EON9001", "retry", Retry())


async def test_what_nobody_works_on_is_not_open_whatever_its_id(temporal_client: Client) -> None:
    gate = ClientControlGate(temporal_client)
    for order_id in ("EON9404", "Größe/7", "x" * 2_000):
        with pytest.raises(NotOpen):
            await gate.tell_order("acme", order_id, "retry", Retry())
        with pytest.raises(NotOpen):
            await gate.standing("acme", order_id)
    with pytest.raises(NotOpen):
        await gate.tell_job("acme", uuid4(), "pause")
    with pytest.raises(NotOpen):
        await gate.progress("acme", uuid4())


async def test_a_command_that_no_worker_takes_up_in_time_means_away(
    temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK has an error of its own for an update that is not answered."""
    monkeypatch.setattr("contracts.temporal_client.RPC_TIMEOUT", timedelta(seconds=0.5))
    monkeypatch.setattr(control_gate, "QUERY_SECONDS", 0.5)
    order = OrderRef(tenant="acme", order_id=uuid4().hex, job_id=uuid4())
    run = JobRun(tenant="acme", job_id=uuid4(), job_type=JobType.MANUAL)
    unheard = [
        await temporal_client.start_workflow(
            "OrderInvoice", order, id=order_workflow_id(order.tenant, order.order_id), task_queue="nobody"
        ),
        await temporal_client.start_workflow(
            "InvoiceJob", run, id=job_workflow_id(run.tenant, run.job_id), task_queue="nobody"
        ),
    ]
    gate = ClientControlGate(temporal_client)
    with pytest.raises(TemporalAway):
        await gate.tell_order(order.tenant, order.order_id, "retry", Retry())
    with pytest.raises(TemporalAway):
        await gate.tell_job(run.tenant, run.job_id, "pause")
    with pytest.raises(TemporalAway):
        await gate.progress(run.tenant, run.job_id)
    for handle in unheard:
        await handle.terminate()
