"""Temporal Schedules of a test's tenant: made, run for past times, waited for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.service import RPCError

from contracts.ids import occurrence_key, schedule_id, scheduled_job_workflow_id
from contracts.invoice_job import JobRun, JobType
from contracts.scheduled_job import ScheduledEnd
from contracts.temporal_client import start_job
from database import jobs
from database.effects import EffectState
from database.jobs import NewJob
from database.tables import Job
from demo.orders.automatic import TYPICAL
from tests.service_fixtures import Service
from tests.waiting import eventually

NIGHTLY = "nightly"
THRESHOLD = timedelta(hours=24)
"""As the tenant's `invoiceSettings` say."""


def days_ago(days: int) -> datetime:
    """02:30 UTC, which is when the test's schedule runs."""
    return datetime.now(UTC).replace(hour=2, minute=30, second=0, microsecond=0) - timedelta(days=days)


@asynccontextmanager
async def nightly(
    service: Service, wish: object = None, *, overlap: ScheduleOverlapPolicy = ScheduleOverlapPolicy.SKIP
) -> AsyncIterator[ScheduleHandle]:
    """A paused schedule for 02:30 UTC inside the block: it runs only when it is told to."""
    calendar = ScheduleCalendarSpec(hour=[ScheduleRange(2)], minute=[ScheduleRange(30)])
    handle = await service.temporal.create_schedule(
        schedule_id(service.tenant, NIGHTLY),
        Schedule(
            action=ScheduleActionStartWorkflow(
                "ScheduledJob",
                {"tenant": service.tenant} if wish is None else wish,
                id=scheduled_job_workflow_id(service.tenant, NIGHTLY),
                task_queue="invoices",
            ),
            spec=ScheduleSpec(calendars=[calendar]),
            policy=SchedulePolicy(overlap=overlap),
            state=ScheduleState(paused=True),
        ),
    )
    try:
        yield handle
    finally:
        await handle.delete()


async def backfill(
    handle: ScheduleHandle,
    first: datetime,
    last: datetime,
    overlap: ScheduleOverlapPolicy = ScheduleOverlapPolicy.BUFFER_ALL,
) -> None:
    await handle.backfill(ScheduleBackfill(first, last, overlap=overlap))


def run_at(service: Service, nominal: datetime) -> WorkflowHandle[Any, ScheduledEnd]:
    """The workflow of an occurrence."""
    workflow_id = f"{scheduled_job_workflow_id(service.tenant, NIGHTLY)}-{nominal:%Y-%m-%dT%H:%M:%SZ}"
    return service.temporal.get_workflow_handle(workflow_id, result_type=ScheduledEnd)


async def status_of(handle: WorkflowHandle[Any, Any]) -> WorkflowExecutionStatus | None:
    """None: there is no such workflow."""
    try:
        return (await handle.describe()).status
    except RPCError:
        return None


async def ended(handle: WorkflowHandle[Any, ScheduledEnd]) -> ScheduledEnd:
    await begun(handle)
    return await handle.result()


async def begun(handle: WorkflowHandle[Any, Any]) -> None:
    async def is_known() -> bool:
        return await status_of(handle) is not None

    await eventually(is_known, what=f"the start of {handle.id}")


async def jobs_of(service: Service) -> list[Job]:
    """Jobs of the tenant's schedule, by their nominal time."""
    async with service.sessions.begin() as session:
        rows = select(Job).where(Job.tenant == service.tenant, Job.schedule == NIGHTLY).order_by(Job.query_time)
        return list(await session.scalars(rows))


def add_automatic(service: Service, order_id: str, *, due: datetime) -> None:
    now = datetime.now(UTC)
    delivered = replace(TYPICAL, delivered_ago=now - (due - THRESHOLD))
    service.shop.add_order(delivered.document(order_id, now))


async def begun_by_a_worker(service: Service, nominal: datetime) -> UUID:
    """The run died between storing its job and starting it, and a worker has found the job."""
    key = occurrence_key(run_at(service, nominal).id, None, dry_run=False)
    stored = NewJob(
        service.tenant,
        JobType.AUTOMATIC,
        idempotency_key=key,
        request_hash=f"schedule {NIGHTLY}, dry run: False",
        schedule=NIGHTLY,
        query_time=nominal,
    )
    async with service.sessions.begin() as session:
        job_id = await jobs.create_job(session, stored)
    await start_job(service.temporal, JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.AUTOMATIC))
    await is_capturing(service)
    return job_id


async def waits_for_its_job(service: Service, nominal: datetime) -> None:
    async def waits() -> bool:
        pending = (await run_at(service, nominal).describe()).raw_description.pending_activities
        return any(a.activity_type.name == "await_job_end" and a.attempt > 1 for a in pending)

    await begun(run_at(service, nominal))
    await eventually(waits, what="waiting for the job")


async def is_capturing(service: Service) -> None:
    async def captures() -> bool:
        return any(effect.state != EffectState.DONE for effect in await service.effects())

    await eventually(captures, seconds=40, what="a capture")
