"""Automatic jobs that a Temporal Schedule begins: one job a nominal time, asked for that time, as long as its run."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import ScheduleOverlapPolicy, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from contracts.invoice_job import JobType
from contracts.scheduled_job import ScheduledEnd, ScheduledWish
from database import jobs
from database.jobs import NewJob
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed
from tests.workflows.schedules import (
    NIGHTLY,
    add_automatic,
    backfill,
    begun,
    begun_by_a_worker,
    days_ago,
    ended,
    is_capturing,
    jobs_of,
    nightly,
    run_at,
    status_of,
    waits_for_its_job,
)


async def found_by(service: Service, job_id: Any) -> list[str]:
    return sorted(await service.items(job_id))


async def test_a_backfill_finds_for_every_nominal_time_what_a_run_in_time_would_have_found(service: Service) -> None:
    first, second, third = days_ago(5), days_ago(4), days_ago(3)
    hour = timedelta(hours=1)
    add_automatic(service, "A1", due=first - hour)
    add_automatic(service, "A2", due=second - hour)
    add_automatic(service, "A3", due=third - hour)
    add_automatic(service, "A4", due=third + hour)  # due by now, and not at any of the three times
    async with nightly(service) as schedule:
        await backfill(schedule, first, third)
        ends = [await ended(run_at(service, nominal)) for nominal in (first, second, third)]
    stored = await jobs_of(service)
    assert [job.query_time for job in stored] == [first, second, third]
    assert [job.id for job in stored] == [end.job_id for end in ends]
    assert [job.job_type for job in stored] == ["AUTOMATIC"] * 3
    assert all(job.finished_at for job in stored)
    assert [await found_by(service, job.id) for job in stored] == [["A1"], ["A2"], ["A3"]]
    assert {i.order_id for i in await service.invoices()} == {"A1", "A2", "A3"}
    await replayed(run_at(service, first))


async def test_a_late_run_looks_for_the_orders_of_its_own_time(idle_service: Service) -> None:
    """The schedule went on while no worker ran: the runs wait in Temporal."""
    service, nominal = idle_service, days_ago(2)
    add_automatic(service, "A1", due=nominal - timedelta(minutes=5))
    add_automatic(service, "A2", due=nominal + timedelta(minutes=5))
    async with nightly(service) as schedule:
        await backfill(schedule, nominal, nominal)
        await begun(run_at(service, nominal))
        assert await jobs_of(service) == []
        async with service.working():
            end = await ended(run_at(service, nominal))
    assert await found_by(service, end.job_id) == ["A1"]


async def test_a_time_that_is_run_again_is_the_same_job(service: Service) -> None:
    nominal = days_ago(2)
    add_automatic(service, "A1", due=nominal)
    async with nightly(service) as schedule:
        await backfill(schedule, nominal, nominal)
        first = await ended(run_at(service, nominal))
        once = (await run_at(service, nominal).describe()).run_id
        await backfill(schedule, nominal, nominal)

        async def ran_again() -> bool:
            return (await run_at(service, nominal).describe()).run_id != once

        await eventually(ran_again, what="the second run")
        assert (await ended(run_at(service, nominal))).job_id == first.job_id
    assert len(await jobs_of(service)) == 1
    assert len(await service.invoices()) == 1


async def test_a_trigger_asks_for_the_moment_it_came(service: Service) -> None:
    add_automatic(service, "A1", due=datetime.now(UTC) - timedelta(hours=1))
    add_automatic(service, "A2", due=datetime.now(UTC) + timedelta(hours=1))
    before = datetime.now(UTC).replace(microsecond=0)
    async with nightly(service) as schedule:
        await schedule.trigger()

        async def has_ended() -> bool:
            return any(job.finished_at for job in await jobs_of(service))

        await eventually(has_ended, seconds=40, what="the job")
    (job,) = await jobs_of(service)
    assert job.query_time is not None
    assert before <= job.query_time <= datetime.now(UTC)
    assert await found_by(service, job.id) == ["A1"]


async def test_a_dry_run_issues_nothing_and_does_not_stand_in_for_the_real_one(service: Service) -> None:
    nominal = days_ago(2)
    add_automatic(service, "A1", due=nominal)
    async with nightly(service, {"tenant": service.tenant, "dry_run": True}) as schedule:
        await backfill(schedule, nominal, nominal)
        dry = await ended(run_at(service, nominal))
    assert [job.dry_run for job in await jobs_of(service)] == [True]
    assert await found_by(service, dry.job_id) == ["A1"]
    assert await service.invoices() == []
    async with nightly(service) as schedule:
        await backfill(schedule, nominal, nominal)

        async def is_invoiced() -> bool:
            return len(await service.invoices()) == 1

        await eventually(is_invoiced, what="the invoice")
        real = await ended(run_at(service, nominal))
    assert real.job_id != dry.job_id


async def test_a_dry_job_that_a_worker_finds_waiting_stays_dry(service: Service) -> None:
    """Its run died before it could start the job."""
    add_automatic(service, "A1", due=days_ago(2))
    new = NewJob(service.tenant, JobType.AUTOMATIC, dry_run=True, schedule=NIGHTLY, query_time=days_ago(2))
    async with service.sessions.begin() as session:
        await jobs.create_job(session, new)

    async def has_ended() -> bool:
        return (await jobs_of(service))[0].finished_at is not None

    await eventually(has_ended, seconds=40, what="the job that a worker found")
    assert await found_by(service, (await jobs_of(service))[0].id) == ["A1"]
    assert await service.invoices() == []


async def test_while_a_job_runs_the_next_time_is_skipped(service: Service) -> None:
    first, second = days_ago(3), days_ago(2)
    add_automatic(service, "A1", due=first)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    async with nightly(service) as schedule:
        await backfill(schedule, first, first)
        await is_capturing(service)
        await backfill(schedule, second, second, ScheduleOverlapPolicy.SKIP)

        async def is_skipped() -> bool:
            return (await schedule.describe()).info.num_actions_skipped_overlap == 1

        await eventually(is_skipped, what="the skip")
        service.shop.clear_faults()
        await ended(run_at(service, first))
    assert [job.query_time for job in await jobs_of(service)] == [first]
    assert await status_of(run_at(service, second)) is None


async def test_a_buffered_time_waits_until_the_job_before_it_has_ended(service: Service) -> None:
    first, second = days_ago(3), days_ago(2)
    add_automatic(service, "A1", due=first)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    async with nightly(service) as schedule:
        await backfill(schedule, first, second, ScheduleOverlapPolicy.BUFFER_ALL)
        await is_capturing(service)
        assert await status_of(run_at(service, second)) is None
        service.shop.clear_faults()
        await ended(run_at(service, second))
    one, two = await jobs_of(service)
    assert one.finished_at is not None
    assert two.created_at >= one.finished_at


@pytest.mark.parametrize("overlap", [ScheduleOverlapPolicy.CANCEL_OTHER, ScheduleOverlapPolicy.TERMINATE_OTHER])
async def test_a_run_that_gives_way_to_the_next_takes_its_job_along(
    service: Service, overlap: ScheduleOverlapPolicy
) -> None:
    """Orders that were not begun fail as cancelled, and no money is torn."""
    first, second = days_ago(3), days_ago(2)
    add_automatic(service, "A1", due=first)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    async with nightly(service) as schedule:
        await backfill(schedule, first, first)
        await is_capturing(service)
        await backfill(schedule, second, second, overlap)
        if overlap is ScheduleOverlapPolicy.CANCEL_OTHER:
            service.shop.clear_faults()
        with pytest.raises(WorkflowFailureError):
            await ended(run_at(service, first))
        service.shop.clear_faults()
        await ended(run_at(service, second))

        async def both_ended() -> bool:
            return all(job.finished_at for job in await jobs_of(service))

        await eventually(both_ended, seconds=40, what="the end of both jobs")
    job = service.job((await jobs_of(service))[0].id)
    assert await status_of(job) is WorkflowExecutionStatus.CANCELED


async def test_a_job_that_a_worker_found_and_started_is_waited_for(service: Service) -> None:
    nominal = days_ago(2)
    add_automatic(service, "A1", due=nominal)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    job_id = await begun_by_a_worker(service, nominal)
    async with nightly(service) as schedule:
        await backfill(schedule, nominal, nominal)
        await waits_for_its_job(service, nominal)
        service.shop.clear_faults()
        assert (await ended(run_at(service, nominal))).job_id == job_id
    assert len(await jobs_of(service)) == 1
    await replayed(run_at(service, nominal))


async def test_a_cancel_reaches_a_job_that_a_worker_has_started_and_its_end_is_awaited(service: Service) -> None:
    nominal = days_ago(2)
    add_automatic(service, "A1", due=nominal)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    job_id = await begun_by_a_worker(service, nominal)
    async with nightly(service) as schedule:
        await backfill(schedule, nominal, nominal)
        await waits_for_its_job(service, nominal)
        await run_at(service, nominal).cancel()
        service.shop.clear_faults()
        with pytest.raises(WorkflowFailureError):
            await run_at(service, nominal).result()
    assert (await jobs_of(service))[0].finished_at is not None
    assert await status_of(service.job(job_id)) is WorkflowExecutionStatus.CANCELED
    assert await status_of(run_at(service, nominal)) is WorkflowExecutionStatus.CANCELED
    await replayed(run_at(service, nominal))


@pytest.mark.parametrize(
    ("wish", "kind", "sentence"),
    [
        ({"tenant": "nobody"}, "unknown_tenant", "there is no tenant 'nobody'"),
        ({"tenant": "acme"}, "not_its_schedule", "is no schedule of tenant 'acme'"),
        ({"name": "acme"}, "ValidationError", "tenant"),
        ("acme", "ValidationError", "ScheduledWish"),
    ],
)
async def test_what_a_schedule_must_not_start_fails_at_once_and_says_why(
    service: Service, wish: object, kind: str, sentence: str
) -> None:
    if kind == "unknown_tenant":
        handle = await service.temporal.start_workflow(
            "ScheduledJob", wish, id=f"by-hand-{uuid4()}", task_queue="invoices", result_type=ScheduledEnd
        )
        await _fails(handle, kind, sentence)
        return
    async with nightly(service, wish) as schedule:
        await backfill(schedule, days_ago(2), days_ago(2))
        run = run_at(service, days_ago(2))
        await begun(run)
        await _fails(run, kind, sentence)
    assert await jobs_of(service) == []


async def test_a_backfill_ahead_of_time_is_refused_and_the_time_itself_runs(service: Service) -> None:
    tomorrow = days_ago(-1)
    async with nightly(service) as schedule:
        await backfill(schedule, tomorrow, tomorrow)
        await begun(run_at(service, tomorrow))
        await _fails(run_at(service, tomorrow), "ahead_of_time", "lies ahead")
    assert await jobs_of(service) == []


async def test_a_run_that_is_started_by_hand_is_one_of_its_own(service: Service) -> None:
    add_automatic(service, "A1", due=datetime.now(UTC) - timedelta(hours=1))
    ends = []
    for _ in range(2):
        handle = await service.temporal.start_workflow(
            "ScheduledJob",
            ScheduledWish(tenant=service.tenant),
            id=f"scheduled-job/{service.tenant}/by-hand",
            task_queue="invoices",
            result_type=ScheduledEnd,
        )
        ends.append(await handle.result())
    assert ends[0].job_id != ends[1].job_id
    assert await found_by(service, ends[0].job_id) == ["A1"]
    assert await found_by(service, ends[1].job_id) == []


async def _fails(handle: Any, kind: str, sentence: str) -> None:
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    cause: BaseException | None = failed.value.cause
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.type == kind
    assert sentence in cause.message
