"""What a worker looks after beside its tasks: jobs that nobody works on, and rows that nobody needs."""

from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from temporalio.service import RPCError

import sweeping
from contracts import starts
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.sales_invoice import InvoiceRef
from contracts.temporal_client import TemporalTarget, connect
from database import jobs, outbox
from database.jobs import JobView
from database.tables import AccessToken, IdempotentRequest, WorkflowStart
from demo.orders.manual import MANUAL
from sweeping import GONE, Sweep
from tests.service_fixtures import Service
from tests.waiting import eventually


def sweep_of(service: Service) -> Sweep:
    return Sweep(service.settings, service.sessions, service.temporal)


async def sweep_all_jobs(sweep: Sweep) -> None:
    """Every page of them: other tests have left some."""
    await sweep.close_forsaken_jobs()
    while sweep._asked_up_to is not None:
        await sweep.close_forsaken_jobs()


async def view_of(service: Service, job_id: UUID) -> JobView:
    async with service.sessions.begin() as session:
        view = await jobs.get_job(session, service.tenant, job_id)
    assert view is not None
    return view


async def begun_long_ago(service: Service, job_id: UUID) -> None:
    async with service.sessions.begin() as session:
        await jobs.begin_job(session, service.tenant, job_id)
        await session.execute(
            text("UPDATE jobs SET started_at = now() - interval '2 minutes' WHERE id = :id"), {"id": job_id}
        )


async def forsaken(service: Service) -> UUID:
    """A job that has begun and whose workflow was terminated."""
    job_id = await service.start("EON9001", "EON9002")
    await service.job(job_id).terminate()
    await begun_long_ago(service, job_id)
    return job_id


async def test_a_job_whose_workflow_was_terminated_is_ended_in_the_books(idle_service: Service) -> None:
    job_id = await forsaken(idle_service)
    await sweep_all_jobs(sweep_of(idle_service))
    view = await view_of(idle_service, job_id)
    assert view.job.finished_at is not None
    assert view.job.message == GONE
    assert view.counts == {"FAILURE": 2}
    item = (await idle_service.items(job_id))["EON9001"].item
    assert (item.reason, item.message) == ("internal_error", GONE)


async def test_a_job_that_temporal_has_forgotten_is_ended_in_the_books(idle_service: Service) -> None:
    job_id = await idle_service.accept("EON9001")
    await begun_long_ago(idle_service, job_id)
    await sweep_all_jobs(sweep_of(idle_service))
    assert (await view_of(idle_service, job_id)).job.finished_at is not None


async def test_a_job_that_is_only_slow_goes_on(idle_service: Service) -> None:
    """No worker is there: nothing happens, and nothing is lost."""
    idle_service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    job_id = await idle_service.start("EON9001")
    await begun_long_ago(idle_service, job_id)
    await sweep_all_jobs(sweep_of(idle_service))
    assert (await view_of(idle_service, job_id)).job.finished_at is None
    async with idle_service.working():
        await idle_service.job(job_id).result()
    assert (await view_of(idle_service, job_id)).counts == {"SUCCESS": 1}


async def test_a_job_that_has_just_begun_is_not_asked_after(idle_service: Service) -> None:
    job_id = await idle_service.accept("EON9001")
    async with idle_service.sessions.begin() as session:
        await jobs.begin_job(session, idle_service.tenant, job_id)
    await sweep_all_jobs(sweep_of(idle_service))
    assert (await view_of(idle_service, job_id)).job.finished_at is None


async def test_a_job_that_the_outbox_is_about_to_begin_again_goes_on(idle_service: Service) -> None:
    """Its failed orders were to be tried again while Temporal was away: its last workflow has long ended."""
    job_id = await forsaken(idle_service)
    run = JobRun(tenant=idle_service.tenant, job_id=job_id, job_type=JobType.MANUAL)
    again = starts.failed_orders_again(run, RetryFailed())
    async with idle_service.sessions.begin() as session:
        noted = await outbox.add_start(session, idle_service.tenant, again.model_dump(mode="json"))
    await sweep_all_jobs(sweep_of(idle_service))
    assert (await view_of(idle_service, job_id)).job.finished_at is None
    async with idle_service.sessions.begin() as session:
        await outbox.mark_started(session, noted)
    await sweep_all_jobs(sweep_of(idle_service))
    assert (await view_of(idle_service, job_id)).job.finished_at is not None


async def test_a_job_is_not_taken_for_lost_where_the_namespace_is(idle_service: Service) -> None:
    """Somebody has pointed a worker at the wrong Temporal, or the namespace is being made anew."""
    job_id = await forsaken(idle_service)
    elsewhere = await connect(TemporalTarget(idle_service.settings.temporal_address, "no-such-namespace"))
    with pytest.raises(RPCError):
        await sweep_all_jobs(Sweep(idle_service.settings, idle_service.sessions, elsewhere))
    assert (await view_of(idle_service, job_id)).job.finished_at is None


async def test_jobs_are_asked_after_a_few_at_a_time(idle_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = sweep_of(idle_service)
    await sweep_all_jobs(sweep)
    forsaken_jobs = [await forsaken(idle_service) for _ in range(3)]
    monkeypatch.setattr(sweeping, "FORSAKEN_AT_ONCE", 2)

    async def ended() -> int:
        return sum([(await view_of(idle_service, job)).job.finished_at is not None for job in forsaken_jobs])

    await sweep.close_forsaken_jobs()
    assert await ended() == 2
    await sweep.close_forsaken_jobs()
    assert await ended() == 3


async def test_old_rows_are_forgotten_and_young_ones_kept(
    idle_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the outbox what was started more than 7 days ago, keys of 30 days ago, tokens that expired a day ago."""
    tenant = idle_service.tenant
    monkeypatch.setattr(sweeping, "ROWS_AT_ONCE", 2)
    async with idle_service.sessions.begin() as session:
        for age in ("8 days", "8 days", "8 days", "6 days", None):
            started = f"now() - interval '{age}'" if age else "NULL"
            await session.execute(
                text(
                    "INSERT INTO workflow_starts (id, tenant, body, created_at, started_at)"
                    f" VALUES (gen_random_uuid(), :tenant, '{{}}', now() - interval '9 days', {started})"
                ),
                {"tenant": tenant},
            )
        for days in (31, 32, 33, 29):
            await session.execute(
                text(
                    "INSERT INTO idempotent_requests (tenant, operation, key, request_hash, subject, created_at)"
                    f" VALUES (:tenant, 'create', 'key {days}', '', '', now() - interval '{days} days')"
                ),
                {"tenant": tenant},
            )
        await session.execute(
            text(
                "INSERT INTO api_clients (client_id, tenant, secret_hash, scopes) VALUES (:tenant, :tenant, '', '{}')"
            ),
            {"tenant": tenant},
        )
        for hours in (25, 26, 27, 23):
            await session.execute(
                text(
                    "INSERT INTO access_tokens (token_hash, client_id, tenant, scopes, expires_at)"
                    f" VALUES (:hash, :tenant, :tenant, '{{}}', now() - interval '{hours} hours')"
                ),
                {"tenant": tenant, "hash": f"{tenant} {hours}"},
            )
    await sweep_of(idle_service).forget_old_rows()
    async with idle_service.sessions.begin() as session:
        kept = [
            await session.scalar(select(func.count()).select_from(table).where(table.tenant == tenant))
            for table in (WorkflowStart, IdempotentRequest, AccessToken)
        ]
        await session.execute(text("UPDATE workflow_starts SET started_at = now() WHERE tenant = :t"), {"t": tenant})
    assert kept == [2, 1, 1]


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
    async with service.sessions.begin() as session:  # other tests read the whole outbox
        await session.execute(text("DELETE FROM workflow_starts WHERE tenant = :tenant"), {"tenant": service.tenant})
    with suppress(RPCError):  # it may have ended by itself: there is no such invoice
        await handle.terminate()
