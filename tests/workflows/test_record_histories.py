"""How the committed histories were recorded.

`make test ARGS="tests/workflows/test_record_histories.py --record-histories -n 0"` writes those that are missing. One
that is committed is never written anew: delete its file to have it recorded again.
"""

from datetime import UTC, datetime

import pytest

from contracts import starts
from contracts.invoice_job import JobRun, JobType, RetryFailed
from contracts.order_invoice import Choice, Release, Retry
from contracts.preview import PreviewRef
from contracts.temporal_client import start_job
from database import document_previews, jobs
from database.jobs import NewJob
from demo.orders.exact_json import JsonObject
from demo.orders.manual import MANUAL
from demo.orders.rounds import Round
from invoicing.document.preview import PreviewTask, PreviewWish
from tests.credit_desk import ORDER, Desk
from tests.recurring_invoices import wish
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.deliveries import Delivering, asked, enter
from tests.workflows.golden_files import keep
from tests.workflows.previews import begun
from tests.workflows.recurrences import ago, daily, exhaust_series, mend_series, tell, waits
from tests.workflows.schedules import (
    add_automatic,
    backfill,
    begun_by_a_worker,
    days_ago,
    ended,
    nightly,
    run_at,
    waits_for_its_job,
)
from tests.workflows.test_job_steering import add_orders, counts, reopen, stall, struck

DIFFERS = "EON9006"
"""Its parts come to another total than it states."""


@pytest.fixture(autouse=True)
def record(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--record-histories"):
        pytest.skip("only with --record-histories")


def add(service: Service, order_id: str) -> JsonObject:
    order = MANUAL[order_id](order_id)
    service.shop.add_order(order)
    return order


async def test_record_orders(service: Service) -> None:
    for order_id in ("EON9001", "EON9004", "EON9002"):
        add(service, order_id)
    service.shop.decline(service.shop.transaction_of("EON9002"))
    job = await service.start("EON9001", "EON9004", "EON9404", "EON9002")
    await service.job(job).result()
    await keep("job_manual", service.job(job))
    await keep("order_success", service.order("EON9001"))
    await keep("order_on_account", service.order("EON9004"))
    await keep("order_unknown", service.order("EON9404"))
    await keep("order_declined", service.order("EON9002"))
    service.shop.accept(service.shop.transaction_of("EON9002"))
    await service.order("EON9002").execute_update("retry", Retry())
    await service.order("EON9002").result()
    await keep("order_held_then_released", service.order("EON9002"))


async def test_record_take_over_and_cancel(service: Service) -> None:
    for order_id in ("EON9002", "EON9003"):
        add(service, order_id)
    service.shop.decline(service.shop.transaction_of("EON9002"))
    service.shop.decline(service.shop.transaction_of("EON9003"))
    await service.job(await service.start("EON9002", "EON9003")).result()
    service.shop.accept(service.shop.transaction_of("EON9002"))
    second = await service.start("EON9002")
    await service.job(second).result()
    await service.order("EON9002").result()
    await keep("job_meets_held_order", service.job(second))
    await keep("order_taken_over", service.order("EON9002"))
    await service.order("EON9003").cancel()
    with pytest.raises(Exception, match="failed"):
        await service.order("EON9003").result()
    await keep("order_cancelled", service.order("EON9003"))


async def test_record_an_order_whose_mail_is_held(service: Service) -> None:
    order = MANUAL[ORDER](ORDER)
    order["customer"]["email"] = "nobody"
    service.shop.add_order(order)
    await service.run(ORDER)
    mended = service.shop.order(ORDER)
    mended["customer"]["email"] = "ada@example.org"
    service.shop.replace_order(mended)
    await service.order(ORDER).execute_update("retry", Retry())
    await service.order(ORDER).result()
    await keep("order_finished_after_hold", service.order(ORDER))


async def test_record_an_order_that_is_credited_while_it_is_held(desk: Desk) -> None:
    order, shop = MANUAL[ORDER](ORDER), desk.service.shop
    order["customer"]["email"] = "nobody"
    shop.add_order(order)
    await desk.service.run(ORDER)
    await desk.settled(await desk.credit())
    shop.authorise_again(ORDER, "second-transaction")
    await desk.service.run(ORDER)  # the new invoice cannot be mailed either
    mended = shop.order(ORDER)
    mended["customer"]["email"] = "ada@example.org"
    shop.replace_order(mended)
    await desk.service.order(ORDER).execute_update("retry", Retry())
    await desk.service.order(ORDER).result()
    await keep("order_credited_while_held", desk.service.order(ORDER))


async def test_record_deliveries(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    document = await Delivering.of(service, invoice)
    await document.ended()
    await keep("delivery_document", document.handle)
    mail = await Delivering.of(service, invoice, await asked(service.sessions, invoice))
    await mail.ended()
    await keep("delivery_mail", mail.handle)
    service.mail_sink.refuse(".*", 550, times=None)
    refused = await Delivering.of(service, invoice, await asked(service.sessions, invoice))
    with pytest.raises(Exception, match="failed"):
        await refused.ended()
    await keep("delivery_refused", refused.handle)


async def test_record_previews(service: Service) -> None:
    _, made = await begun(service, PreviewWish(task=PreviewTask.PAGE))
    await made.result()
    await keep("preview_made", made)
    async with service.sessions.begin() as session:
        preview_id = await document_previews.add(session, service.tenant, {"task": "of a later version"})
    wanted = starts.preview(PreviewRef(tenant=service.tenant, preview_id=preview_id))
    await starts.start(service.temporal, wanted)
    failed = service.temporal.get_workflow_handle(wanted.workflow_id)
    with pytest.raises(Exception, match="failed"):
        await failed.result()
    await keep("preview_failed", failed)


async def test_record_recurring_invoices(service: Service) -> None:
    continued = await tell(service, await daily(service, 25, copies=20))
    await continued.result()
    begun = (await continued.fetch_history()).events[0].workflow_execution_started_event_attributes
    first = service.temporal.get_workflow_handle(continued.id, run_id=begun.first_execution_run_id)
    await keep("recurring_continued", first)
    parent = await daily(service, 5, activated=False)
    changed = await tell(service, parent)
    await waits(changed, "PAUSED")
    await wish(service.sessions, parent, now=ago(1))
    await tell(service, parent)
    await waits(changed, "next copy on")
    await wish(service.sessions, parent, recurring=False)
    await tell(service, parent)
    await changed.result()
    await keep("recurring_changed", changed)
    parent = await daily(service, 3, copies=2)
    await exhaust_series(service)
    held = await tell(service, parent)
    await waits(held, "HELD")
    await mend_series(service)
    await tell(service, parent)
    await held.result()
    await keep("recurring_held", held)


async def test_record_an_automatic_job(service: Service) -> None:
    for order in Round(1, 0).fixed(datetime.now(UTC)):
        service.shop.add_order(order)
    job = await service.start(job_type=JobType.AUTOMATIC)
    await service.job(job).result()
    await keep("job_automatic", service.job(job))


async def test_record_scheduled_jobs(service: Service) -> None:
    first, second = days_ago(3), days_ago(2)
    add_automatic(service, "A1", due=first)
    add_automatic(service, "A2", due=second)
    async with nightly(service) as schedule:
        await backfill(schedule, first, first)
        await ended(run_at(service, first))
        await keep("scheduled_job", run_at(service, first))
        service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
        await begun_by_a_worker(service, second)
        await backfill(schedule, second, second)
        await waits_for_its_job(service, second)
        service.shop.clear_faults()
        await ended(run_at(service, second))
        await keep("scheduled_job_begun_by_a_worker", run_at(service, second))


async def test_record_credit_notes(desk: Desk) -> None:
    await desk.invoice()
    part = await desk.credit([{"position": 1, "quantity": 1}])
    await desk.settled(part)
    await keep("credit_note_refunded", desk.workflow(part))
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction)
    rest = await desk.credit()
    await desk.held(rest)
    desk.service.shop.accept(transaction)
    await desk.workflow(rest).execute_update("retry", Retry())
    await desk.settled(rest)
    await keep("credit_note_held_then_released", desk.workflow(rest))


async def hold(service: Service, order_id: str) -> None:
    add(service, order_id)
    assert (await service.run(order_id))[order_id].item.state == "HELD"


async def test_record_an_order_whose_total_is_accepted(service: Service) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).execute_update("release", Release(choice=Choice.ACCEPT_OURS))
    await service.order(DIFFERS).result()
    await keep("order_accepted_ours", service.order(DIFFERS))


async def test_record_an_order_that_is_given_up(service: Service) -> None:
    await hold(service, DIFFERS)
    await service.order(DIFFERS).execute_update("release", Release(choice=Choice.ABANDON))
    with pytest.raises(Exception, match="failed"):
        await service.order(DIFFERS).result()
    await keep("order_abandoned", service.order(DIFFERS))


async def test_record_an_order_whose_mail_is_given_up(service: Service) -> None:
    order = MANUAL[ORDER](ORDER)
    order["customer"]["email"] = "nobody"
    service.shop.add_order(order)
    await service.run(ORDER)
    await service.order(ORDER).execute_update("release", Release(choice=Choice.ABANDON))
    await service.order(ORDER).result()
    await keep("order_finished_without_mail", service.order(ORDER))


async def test_record_an_order_that_is_cancelled_by_command(service: Service) -> None:
    add(service, "EON9001")
    fault = stall(service)
    await service.start("EON9001")
    await struck(fault, 1)
    await service.order("EON9001").execute_update("cancel")
    with pytest.raises(Exception, match="failed"):
        await service.order("EON9001").result()
    await keep("order_cancelled_by_command", service.order("EON9001"))


async def test_record_an_order_whose_first_try_fails(service: Service) -> None:
    add(service, "EON9001")
    service.shop.fault("GET /order-v2/.*", "status", times=1)
    service.shop.fault("POST /payment-gateway/.*capture", "status", times=1)
    await service.run("EON9001")
    await service.order("EON9001").result()
    await keep("order_step_fell_back", service.order("EON9001"))


async def test_record_a_job_that_continues_as_new(service: Service) -> None:
    job = await service.start(*add_orders(service, 9), page_size=3)
    first = (await service.job(job).describe()).run_id
    await service.job(job).result()
    assert (await service.job(job).describe()).run_id != first
    await keep("job_continued", service.temporal.get_workflow_handle(service.job(job).id, run_id=first))
    await keep("job_continued_to_its_end", service.job(job))


async def test_record_a_job_that_is_paused_and_resumed(service: Service) -> None:
    fault = stall(service)
    job = await service.start(*add_orders(service, 3), concurrency=1)
    first = (await service.job(job).describe()).run_id
    await struck(fault, 1)
    await service.job(job).execute_update("pause")
    service.shop.clear_faults()

    async def is_through() -> bool:
        return (await counts(service, job)).get("SUCCESS") == 1

    await eventually(is_through, seconds=60, what="the one that was under way")
    await service.job(job).execute_update("resume")
    await service.job(job).result()
    await keep("job_paused_and_resumed", service.temporal.get_workflow_handle(service.job(job).id, run_id=first))


async def test_record_a_job_that_is_cancelled(service: Service) -> None:
    fault = stall(service)
    job = await service.start(*add_orders(service, 3), concurrency=2)
    await struck(fault, 2)
    await service.job(job).execute_update("cancel")
    await service.job(job).result()
    await keep("job_cancelled", service.job(job))


async def test_record_a_job_that_is_cancelled_with_an_order_that_it_took_over(service: Service) -> None:
    add(service, "EON9001")
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    service.shop.accept(service.shop.transaction_of("EON9001"))
    fault = stall(service)
    job = await service.start("EON9001")
    await struck(fault, 2)
    await service.job(job).execute_update("cancel")
    await service.job(job).result()
    await keep("job_cancelled_with_adopted_order", service.job(job))


async def test_record_a_job_whose_failed_orders_are_tried_again(service: Service) -> None:
    (known,) = add_orders(service, 1)
    fault = service.shop.fault(f"GET /order-v2/.*{known}", "status", times=None)
    job = await service.start("EON9004099", known)
    await struck(fault, 1)

    async def has_failed() -> bool:
        return (await counts(service, job)).get("FAILURE") == 1

    await eventually(has_failed, what="the unknown order's failure")
    await service.job(job).execute_update("retry_failed", RetryFailed())
    service.shop.clear_faults()
    await service.job(job).result()
    await keep("job_retries_failed", service.job(job))
    service.shop.add_order({**MANUAL["EON9004"]("EON9004"), "id": "EON9004099"})
    await reopen(service, job, RetryFailed())
    await service.job(job).result()
    await keep("job_reopened", service.job(job))


async def test_record_a_dry_run(service: Service) -> None:
    for order_id in ("EON9001", DIFFERS):
        add(service, order_id)
    async with service.sessions.begin() as session:
        wanted = ["EON9001", DIFFERS, "EON9404"]
        job = await jobs.create_job(session, NewJob(service.tenant, JobType.MANUAL, wanted, dry_run=True))
    await start_job(service.temporal, JobRun(tenant=service.tenant, job_id=job, job_type=JobType.MANUAL, dry_run=True))
    await service.job(job).result()
    await keep("job_dry_run", service.job(job))
