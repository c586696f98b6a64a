"""Temporal Schedules of a test's tenant: made, run for past times, waited for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

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

from contracts.ids import schedule_id, scheduled_job_workflow_id
from contracts.scheduled_job import ScheduledEnd
from database.tables import Job
from tests.service_fixtures import Service
from tests.waiting import eventually

NIGHTLY = "nightly"


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
