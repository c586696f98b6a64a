"""Jobs: many orders, found or given; every job ends and its counters sum to the orders it was given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError

from activities import interceptor, meet_order, order_search
from contracts.failures import Reason
from contracts.ids import job_workflow_id
from contracts.invoice_job import JobProgress, JobRun, JobTally, JobType
from contracts.order_invoice import Retry
from contracts.temporal_client import start_job
from database import jobs
from database.tables import Configuration, Job, JobItem
from demo.orders.generator import generated_order
from demo.orders.manual import MANUAL
from demo.orders.rounds import Round
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed
from workflows import invoice_job


def add_orders(service: Service, count: int) -> list[str]:
    return [service.shop.add_order(generated_order(index, 1)) for index in range(1, count + 1)]


async def counts(service: Service, job_id: Any) -> dict[str, int]:
    async with service.sessions.begin() as session:
        view = await jobs.get_job(session, service.tenant, job_id)
    assert view is not None
    return view.counts


async def test_a_job_ends_with_an_outcome_for_every_order_whatever_became_of_it(service: Service) -> None:
    ids = [service.shop.add_order(MANUAL[o](o)) for o in ("EON9001", "EON9005", "EON9006", "EON9010")]
    service.shop.decline(service.shop.transaction_of("EON9005"))
    job_id = await service.start(*ids, "EON9404")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 2, "HELD": 2, "FAILURE": 1}
    numbers = sorted(invoice.counter or 0 for invoice in await service.invoices())
    assert numbers == [1001, 1002]


async def test_a_page_at_a_time_a_job_works_through_its_list(service: Service) -> None:
    ids = add_orders(service, 7)
    job_id = await service.start(*ids, page_size=3, concurrency=2)
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 7}
    assert [invoice.counter for invoice in await service.invoices()] == list(range(1001, 1008))
    progress = await service.job(job_id).query("progress", result_type=JobProgress)
    assert progress == JobProgress(
        phase="done", handed_out=7, running=0, concurrency=2, total=7, tally=JobTally(succeeded=7)
    )
    await replayed(service.job(job_id))


async def test_duplicate_ids_make_one_invoice(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    job_id = await service.start("EON9001", "EON9001", "EON9001")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert len(await service.invoices()) == 1


async def test_an_order_that_another_job_is_invoicing_is_left_to_it(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    stalled = service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    first = await service.start("EON9001")

    async def capturing() -> bool:
        return stalled.struck > 0

    await eventually(capturing, what="the capture")
    second = (await service.run("EON9001"))["EON9001"]
    assert (second.item.state, second.item.reason) == ("FAILURE", Reason.IN_PROGRESS_ELSEWHERE)
    assert second.item.message == "the order is being invoiced by another job"
    service.shop.clear_faults()
    await service.job(first).result()
    assert await counts(service, first) == {"SUCCESS": 1}
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_new_job_takes_over_a_held_order(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    first = await service.start("EON9001")
    await service.job(first).result()
    assert await counts(service, first) == {"HELD": 1}
    service.shop.accept(service.shop.transaction_of("EON9001"))
    second = await service.start("EON9001")
    await service.job(second).result()
    assert await counts(service, second) == {"SUCCESS": 1}
    assert await counts(service, first) == {"SUCCESS": 1}  # what it asked for has come true
    assert len(service.shop.captures("EON9001")) == 1
    await replayed(service.job(second))


async def test_both_jobs_end_when_one_takes_over_while_the_other_is_being_told(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    first = await service.accept("EON9001")
    async with service.sessions() as session:
        await session.execute(select(JobItem).where(JobItem.job_id == first).with_for_update())
        await start_job(service.temporal, JobRun(tenant=service.tenant, job_id=first, job_type=JobType.MANUAL))

        async def is_held() -> bool:
            try:
                return (await service.standing("EON9001")).held is not None
            except RPCError:
                return False

        await eventually(is_held, what="the hold")  # its outcome cannot be written yet
        second = await service.start("EON9001")

        async def has_taken_over() -> bool:
            history = await service.order("EON9001").fetch_history()
            return any(
                event.HasField("workflow_execution_update_accepted_event_attributes") for event in history.events
            )

        await eventually(has_taken_over, what="the take-over")
        await session.rollback()
    await service.job(first).result()
    await service.job(second).result()
    assert await counts(service, first) == {"HELD": 1}
    assert await counts(service, second) == {"HELD": 1}


async def test_an_order_with_an_impossible_date_fails_alone(service: Service) -> None:
    for order in Round(1, 0).fixed(datetime.now(UTC)):
        service.shop.add_order(order)
    odd = service.shop.order("EON9101") | {"id": "EON9199"}
    odd["deliveryWindow"] = {"deliveryDate": "9999-12-31"}
    service.shop.add_order(odd)
    job_id = await service.start(job_type=JobType.AUTOMATIC)
    await service.job(job_id).result()
    items = await service.items(job_id)
    assert items["EON9199"].item.reason == Reason.INVALID_ORDER
    assert items["EON9101"].item.state == "SUCCESS"


async def test_a_new_job_that_meets_the_same_refusal_ends_too(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    again = (await service.run("EON9001"))["EON9001"]
    assert (again.item.state, again.item.reason) == ("HELD", Reason.PAYMENT_DECLINED)


async def test_a_terminated_order_does_not_keep_its_job(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    stalled = service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
    job_id = await service.start("EON9001")

    async def capturing() -> bool:
        return stalled.struck > 0

    await eventually(capturing, what="the capture")
    await service.order("EON9001").terminate()
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"FAILURE": 1}


async def test_a_cancelled_job_ends_with_true_counts(service: Service) -> None:
    ids = add_orders(service, 6)
    stalled = service.shop.fault("GET /order-v2/.*", "status", times=None)
    job_id = await service.start(*ids, concurrency=2)

    async def looking() -> bool:
        return stalled.struck >= 2

    await eventually(looking, what="two look-ups")
    await service.job(job_id).cancel()
    with pytest.raises(WorkflowFailureError):
        await service.job(job_id).result()
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.CANCELED
    items = (await service.items(job_id)).values()
    assert {item.item.reason for item in items} == {Reason.CANCELLED}
    assert await counts(service, job_id) == {"FAILURE": 6}
    assert service.shop.books().captures == ()


async def test_an_automatic_job_finds_exactly_the_orders_that_are_due(service: Service) -> None:
    round_ = Round(1, 0)
    for order in round_.fixed(datetime.now(UTC)):
        service.shop.add_order(order)
    await service.run("EON9001")  # of the same extended status, but invoiced by then
    job_id = await service.start(job_type=JobType.AUTOMATIC)
    await service.job(job_id).result()
    assert sorted(await service.items(job_id)) == sorted(round_.automatic_ids())
    assert await counts(service, job_id) == {"SUCCESS": len(round_.automatic_ids())}


async def test_an_automatic_job_reads_every_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "PAGE_SIZE", 5)
    order = next(o for o in Round(1, 0).fixed(datetime.now(UTC)) if o["id"] == "EON9101")
    wanted = [f"A{number:04d}" for number in range(12)]
    for order_id in wanted:
        service.shop.add_order(
            order | {"id": order_id, "siteCode": "nowhere", "deliveryWindow": order["deliveryWindow"]}
        )
    job_id = await service.start(job_type=JobType.AUTOMATIC, concurrency=50)
    await service.job(job_id).result()
    assert sorted(await service.items(job_id)) == wanted


@pytest.mark.parametrize("value", [None, {"threshold": "soon", "status": "CREATED", "extendedOrderStatus": "70"}])
async def test_without_usable_settings_an_automatic_job_ends_and_says_so(service: Service, value: Any) -> None:
    async with service.sessions.begin() as session:
        await session.execute(
            update(Configuration)
            .where(Configuration.tenant == service.tenant, Configuration.key == "invoiceSettings")
            .values(value={"value": value})
        )
    job_id = await service.start(job_type=JobType.AUTOMATIC)
    await service.job(job_id).result()
    async with service.sessions.begin() as session:
        job = await jobs.load_job(session, service.tenant, job_id)
    assert job.finished_at is not None
    assert "invoiceSettings is missing or cannot be used" in (job.message or "")


async def test_an_unreachable_shop_is_waited_for(service: Service) -> None:
    ids = add_orders(service, 3)
    with service.shop.unreachable():
        job_id = await service.start(*ids)

        async def has_tried() -> bool:
            description = await service.order(ids[0]).describe()
            return any(a.attempt > 1 for a in description.raw_description.pending_activities)

        async def started() -> bool:
            try:
                return await has_tried()
            except RPCError:
                return False

        await eventually(started, what="a second attempt")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 3}


async def test_an_unreachable_mail_server_is_waited_for(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    with service.mail_sink.unreachable():
        job_id = await service.start("EON9001")

        async def printed() -> bool:
            return len(await service.deliveries()) == 1

        await eventually(printed, what="the first try to mail")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert len(service.mail_sink.mails()) == 1


async def test_a_job_that_temporal_never_heard_of_is_started_by_a_worker(idle_service: Service) -> None:
    """The API may die between its commit and its call to Temporal."""
    idle_service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    job_id = await idle_service.accept("EON9001")
    async with idle_service.sessions.begin() as session:
        earlier = datetime.now(UTC) - timedelta(minutes=1)
        await session.execute(update(Job).where(Job.id == job_id).values(created_at=earlier))
    async with idle_service.working():

        async def done() -> bool:
            async with idle_service.sessions.begin() as session:
                return await session.scalar(select(Job.finished_at).where(Job.id == job_id)) is not None

        await eventually(done, seconds=40, what="the job")
    assert await counts(idle_service, job_id) == {"SUCCESS": 1}


async def test_a_job_that_was_ended_before_it_began_ends_on_its_books_too(idle_service: Service) -> None:
    job_id = await idle_service.start("EON9001")  # no worker takes its first step
    await idle_service.job(job_id).terminate()
    async with idle_service.sessions.begin() as session:
        earlier = datetime.now(UTC) - timedelta(minutes=1)
        await session.execute(update(Job).where(Job.id == job_id).values(created_at=earlier))
    async with idle_service.working():

        async def done() -> bool:
            async with idle_service.sessions.begin() as session:
                return await session.scalar(select(Job.finished_at).where(Job.id == job_id)) is not None

        await eventually(done, seconds=40, what="the end of the job")
    assert await counts(idle_service, job_id) == {"FAILURE": 1}


async def test_trouble_with_one_order_is_not_its_jobs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that meets a held order fails for a reason that nobody foresaw; the order beside it is invoiced."""
    for order_id in ("EON9001", "EON9010"):
        service.shop.add_order(MANUAL[order_id](order_id))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    monkeypatch.setattr(interceptor, "ATTEMPTS_AT_THE_UNEXPECTED", 1)
    monkeypatch.delattr(meet_order, "order_workflow_id")
    job_id = await service.start("EON9001", "EON9010")
    await service.job(job_id).result()
    items = await service.items(job_id)
    assert (items["EON9001"].item.state, items["EON9001"].item.reason) == ("FAILURE", Reason.INTERNAL_ERROR)
    assert items["EON9010"].item.state == "SUCCESS"


async def test_starting_a_job_twice_runs_it_once(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    job_id = await service.start("EON9001")
    run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL)
    await start_job(service.temporal, run)
    await service.job(job_id).result()
    await start_job(service.temporal, run)
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.COMPLETED
    assert len(await service.invoices()) == 1


async def test_a_long_job_continues_as_new_and_forgets_nothing(service: Service) -> None:
    """The test server suggests it after 40 events; a real one after some 4,000."""
    ids = add_orders(service, 16)
    job_id = await service.start(*ids, page_size=4)
    first_run = (await service.job(job_id).describe()).run_id
    await service.job(job_id).result()
    handle = service.temporal.get_workflow_handle(job_workflow_id(service.tenant, job_id), run_id=first_run)
    assert (await handle.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert await counts(service, job_id) == {"SUCCESS": 16}
    assert [invoice.counter for invoice in await service.invoices()] == list(range(1001, 1017))
    progress = await service.job(job_id).query("progress", result_type=JobProgress)
    assert (progress.tally, progress.total) == (JobTally(succeeded=16), 16)
    await replayed(handle)
    await replayed(service.job(job_id))


async def test_no_run_of_a_job_writes_more_events_than_it_may(
    idle_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst that orders can cost: each is held, which takes a signal and a workflow task of its own."""
    service, most = idle_service, 200
    monkeypatch.setattr(invoice_job, "MOST_EVENTS", most)
    service.settings = service.settings.model_copy(update={"workflow_sandbox": False})
    ids = add_orders(service, 30)
    service.mail_sink.refuse(".*", 550, times=None)
    async with service.working():
        job_id = await service.start(*ids, page_size=500, concurrency=3)
        first_run = (await service.job(job_id).describe()).run_id
        await service.job(job_id).result()
    assert sum((await counts(service, job_id)).values()) == 30
    assert "PENDING" not in await counts(service, job_id)
    workflow_id, run_id, lengths = job_workflow_id(service.tenant, job_id), first_run, []
    while run_id:
        history = await service.temporal.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        lengths.append(len(history.events))
        run_id = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    assert len(lengths) > 1
    assert max(lengths) <= most


async def test_a_later_run_of_a_job_starts_after_its_place(service: Service) -> None:
    ids = add_orders(service, 4)
    job_id = await service.accept(*ids)
    later_run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, found=True, after_position=2)
    await start_job(service.temporal, later_run)
    await service.job(job_id).result()
    states = {order: view.item.state for order, view in (await service.items(job_id)).items()}
    assert states == {ids[0]: "PENDING", ids[1]: "PENDING", ids[2]: "SUCCESS", ids[3]: "SUCCESS"}


async def test_a_released_order_counts_for_the_job_that_has_long_ended(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    job_id = await service.start("EON9001")
    await service.job(job_id).result()
    service.shop.accept(service.shop.transaction_of("EON9001"))
    await service.order("EON9001").signal("retry", Retry())
    await service.order("EON9001").result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
