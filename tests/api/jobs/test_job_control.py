"""Steering real workflows when Temporal is away, the job has not begun, or its workflow is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from api.jobs import job_control
from api.jobs.control_gate import ClientControlGate, Declined
from api.jobs.job_control import Steering
from api.schedules.gate import ClientScheduleGate
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.order_invoice import OrderState
from contracts.temporal_client import TemporalTarget, connect, start_job
from database import jobs
from database.jobs import JobView
from demo.orders.manual import MANUAL
from integrations.document_store import ObjectDocumentStore
from tests.service_fixtures import Service
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def impatient_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker takes up at once what nobody could start."""
    monkeypatch.setattr("sweeping.LOOK_SECONDS", 0.2)
    monkeypatch.setattr("sweeping.MISSED_AGE", timedelta(0))


@pytest.fixture
def near(idle_service: Service) -> ApiServices:
    """An API that reaches Temporal."""
    client = idle_service.temporal
    return ApiServices(
        settings=idle_service.settings,
        sessions=idle_service.sessions,
        documents=ObjectDocumentStore(idle_service.settings.document_store_url),
        temporal=ClientGate(client),
        control=ClientControlGate(client),
        schedules=ClientScheduleGate(client),
    )


@pytest.fixture
async def far(near: ApiServices, unused_port: int) -> ApiServices:
    """An API for which Temporal is away."""
    client = await connect(TemporalTarget(f"127.0.0.1:{unused_port}", "invoices"), lazy=True)
    return replace(near, temporal=ClientGate(client), control=ClientControlGate(client))


async def view_of(service: Service, job_id: UUID) -> JobView:
    async with service.sessions.begin() as session:
        view = await jobs.get_job(session, service.tenant, job_id)
    assert view is not None
    return view


def has_ended(service: Service, job_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return (await view_of(service, job_id)).job.finished_at is not None

    return holds


async def test_a_cancel_that_could_not_be_told_is_told_by_the_next_sweep(service: Service, far: Steering) -> None:
    for order_id in ("EON1", "EON2"):
        service.shop.add_order(MANUAL["EON9004"](order_id))
    service.shop.fault("GET .*/salesorders/", "status", times=None)
    job_id = await service.start("EON1", "EON2", concurrency=1)
    words = await job_control.cancel(far, service.tenant, job_id)
    assert words in {"The job is cancelled as soon as Temporal answers", "The job is cancelled before it began"}
    await service.job(job_id).result()
    view = await view_of(service, job_id)
    assert view.job.cancelled_at is not None
    assert (view.job.finished_at is not None, view.counts) == (True, {OrderState.FAILURE: 2})
    with pytest.raises(Declined, match="the job has ended"):
        await job_control.cancel(far, service.tenant, job_id)


async def test_failed_orders_that_could_not_be_told_of_run_again_at_the_next_sweep(
    service: Service, far: Steering
) -> None:
    job_id = await service.start("EON1")
    await service.job(job_id).result()
    assert (await view_of(service, job_id)).counts == {OrderState.FAILURE: 1}
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    words = await job_control.retry_failed(far, service.tenant, job_id, RetryFailed())
    assert words == "1 failed order is being tried again"
    await eventually(has_ended(service, job_id), seconds=60, what="the end of the second try")
    assert (await view_of(service, job_id)).counts == {OrderState.SUCCESS: 1}


@pytest.mark.parametrize("command", [job_control.cancel, job_control.pause])
async def test_a_job_that_is_about_to_begin_again_takes_commands(
    idle_service: Service,
    near: Steering,
    far: Steering,
    command: Callable[[Steering, str, UUID], Coroutine[Any, Any, str]],
) -> None:
    """Temporal was away when its failed orders were wanted again, and no worker has looked into the outbox since."""
    service = idle_service
    async with service.working():
        job_id = await service.start("EON1")
        await service.job(job_id).result()
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    await job_control.retry_failed(far, service.tenant, job_id, RetryFailed())
    steered = asyncio.create_task(command(near, service.tenant, job_id))
    async with service.working():
        await steered
        if command is job_control.pause:
            assert (await view_of(service, job_id)).job.paused_at is not None
            await job_control.cancel(near, service.tenant, job_id)
        await eventually(has_ended(service, job_id), what="the end of the cancelled job")
    view = await view_of(service, job_id)
    assert view.job.cancelled_at is not None
    assert sum(view.counts.values()) == 1


async def test_a_job_that_was_cancelled_before_it_began_never_begins(idle_service: Service, near: Steering) -> None:
    service = idle_service
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    job_id = await service.accept("EON1")
    assert await job_control.cancel(near, service.tenant, job_id) == "The job is cancelled before it began"
    other = await service.accept("EON404")
    async with service.working():
        await eventually(has_ended(service, other), seconds=60, what="the end of a job that was accepted later")
    with pytest.raises(RPCError):
        await service.job(job_id).describe()
    assert (await view_of(service, job_id)).counts == {OrderState.FAILURE: 1}
    assert not any("EON1" in request for request in service.shop.requests)


async def test_a_job_that_temporal_has_and_no_worker_began_is_cancelled_while_temporal_is_away(
    idle_service: Service, far: Steering
) -> None:
    service = idle_service
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    job_id = await service.start("EON1", job_type=JobType.MANUAL)
    assert await job_control.cancel(far, service.tenant, job_id) == "The job is cancelled before it began"
    async with service.working():
        await service.job(job_id).result()
    view = await view_of(service, job_id)
    assert (view.job.finished_at is not None, view.counts) == (True, {OrderState.FAILURE: 1})
    assert await service.invoices() == []


async def test_a_job_that_temporal_has_not_heard_of_is_begun_to_be_paused(service: Service, near: Steering) -> None:
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    job_id = await service.accept("EON1")
    service.shop.fault("GET .*/salesorders/", "delay", seconds=2, times=1)
    await job_control.pause(near, service.tenant, job_id)
    assert (await view_of(service, job_id)).job.paused_at is not None
    with pytest.raises(Declined, match="the job is paused already"):
        await job_control.pause(near, service.tenant, job_id)
    await job_control.resume(near, service.tenant, job_id)
    await service.job(job_id).result()
    assert (await view_of(service, job_id)).counts == {OrderState.SUCCESS: 1}


async def test_a_job_whose_workflow_was_terminated_goes_on_with_the_orders_that_wait(
    service: Service, near: Steering
) -> None:
    for order_id in ("EON1", "EON2"):
        service.shop.add_order(MANUAL["EON9004"](order_id))
    job_id = await service.accept("EON1", "EON2")
    run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, paused=True)
    await start_job(service.temporal, run)

    async def has_begun() -> bool:
        return (await view_of(service, job_id)).job.started_at is not None

    await eventually(has_begun, what="the beginning")
    await service.job(job_id).terminate()
    with pytest.raises(Declined, match="was ended from outside"):
        await job_control.pause(near, service.tenant, job_id)
    words = await job_control.retry_failed(near, service.tenant, job_id, RetryFailed())
    assert words == "The job goes on with the orders that wait"
    await eventually(has_ended(service, job_id), what="the end")
    assert (await view_of(service, job_id)).counts == {OrderState.SUCCESS: 2}
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.COMPLETED
