"""A job in the hands of a person: paused, resumed, narrowed, cancelled, tried again, dry."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDReusePolicy

from contracts.failures import Reason
from contracts.ids import job_workflow_id
from contracts.invoice_job import Concurrency, JobProgress, JobRun, JobTally, JobType, RetryFailed
from contracts.queues import ORDERS
from contracts.temporal_client import start_job
from database import jobs
from database.jobs import NewJob
from database.tables import Job
from demo.orders.exact_json import JsonObject
from demo.orders.manual import MANUAL
from demo.shop.faults import Fault
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed


def add_orders(service: Service, count: int) -> list[str]:
    """Copies of an order on account: nothing is captured."""
    ids = [f"EON90040{index}" for index in range(count)]
    for order_id in ids:
        order: JsonObject = MANUAL["EON9004"]("EON9004")
        service.shop.add_order({**order, "id": order_id})
    return ids


def stall(service: Service) -> Fault:
    """Let no order be looked up."""
    return service.shop.fault("GET /order-v2/.*", "status", times=None)


async def struck(fault: Fault, times: int) -> None:
    async def has_struck() -> bool:
        return fault.struck >= times

    await eventually(has_struck, what=f"{times} look-ups")


async def progress(service: Service, job_id: UUID) -> JobProgress:
    answer: JobProgress = await service.job(job_id).query("progress", result_type=JobProgress)
    return answer


async def job_row(service: Service, job_id: UUID) -> Job:
    async with service.sessions.begin() as session:
        return await jobs.load_job(session, service.tenant, job_id)


async def counts(service: Service, job_id: UUID) -> dict[str, int]:
    async with service.sessions.begin() as session:
        return await jobs.counts(session, service.tenant, job_id)


async def refusal(service: Service, job_id: UUID, name: str, *wish: Any) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await service.job(job_id).execute_update(name, *wish)
    return str(caught.value.cause)


async def test_a_paused_job_hands_out_no_more_until_it_is_resumed(service: Service) -> None:
    ids = add_orders(service, 5)
    fault = stall(service)
    job_id = await service.start(*ids, concurrency=2)
    await struck(fault, 2)
    await service.job(job_id).execute_update("pause")
    assert (await job_row(service, job_id)).paused_at is not None
    service.shop.clear_faults()

    async def two_are_through() -> bool:
        return (await progress(service, job_id)).running == 0

    await eventually(two_are_through, seconds=60, what="the two that were under way")
    standing = await progress(service, job_id)
    assert (standing.paused, standing.running, standing.tally) == (True, 0, JobTally(succeeded=2))
    assert (await counts(service, job_id))["SUCCESS"] == 2
    await service.job(job_id).execute_update("resume")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 5}
    assert (await job_row(service, job_id)).paused_at is None
    await replayed(service.job(job_id))


async def test_the_signals_of_the_same_names_do_the_same(service: Service) -> None:
    ids = add_orders(service, 4)
    fault = stall(service)
    job_id = await service.start(*ids, concurrency=1)
    await struck(fault, 1)
    for name in ("pause", "pause"):
        await service.job(job_id).signal(name)
    await service.job(job_id).signal("set_concurrency", Concurrency(concurrency=3))
    await service.job(job_id).signal("set_concurrency", Concurrency(concurrency=0))
    standing = await progress(service, job_id)
    assert (standing.paused, standing.concurrency) == (True, 3)
    service.shop.clear_faults()
    await service.job(job_id).signal("resume")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 4}
    await replayed(service.job(job_id))


async def test_what_makes_no_sense_is_refused_with_a_sentence(service: Service) -> None:
    ids = add_orders(service, 3)
    fault = stall(service)
    job_id = await service.start(*ids, concurrency=1)
    await struck(fault, 1)
    assert "not paused" in await refusal(service, job_id, "resume")
    assert "from 1 to 500" in await refusal(service, job_id, "set_concurrency", Concurrency(concurrency=501))
    await service.job(job_id).execute_update("pause")
    assert "paused already" in await refusal(service, job_id, "pause")
    service.shop.clear_faults()
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).result()


async def test_concurrency_changes_while_the_job_runs(service: Service) -> None:
    ids = add_orders(service, 6)
    fault = stall(service)
    job_id = await service.start(*ids, concurrency=1)
    await struck(fault, 1)
    assert (await progress(service, job_id)).running == 1
    await service.job(job_id).execute_update("set_concurrency", Concurrency(concurrency=4))

    async def four_run() -> bool:
        return (await progress(service, job_id)).running == 4

    await eventually(four_run, what="four orders at once")
    service.shop.clear_faults()
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 6}


async def test_a_cancelled_job_ends_and_its_counts_are_true(service: Service) -> None:
    """Two were being looked up: they end as cancelled; four were never begun."""
    ids = add_orders(service, 6)
    fault = stall(service)
    job_id = await service.start(*ids, concurrency=2)
    await struck(fault, 2)
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).result()
    assert (await service.job(job_id).describe()).status is WorkflowExecutionStatus.COMPLETED
    assert await counts(service, job_id) == {"FAILURE": 6}
    assert {view.item.reason for view in (await service.items(job_id)).values()} == {Reason.CANCELLED}
    row = await job_row(service, job_id)
    assert row.cancelled_at is not None
    assert row.finished_at is not None
    assert await service.invoices() == []
    await replayed(service.job(job_id))


async def test_a_cancel_lets_a_capture_finish_forward(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    ids = add_orders(service, 2)
    capture = service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=1.0)
    job_id = await service.start("EON9001", *ids, concurrency=1)
    await struck(capture, 1)
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1, "FAILURE": 2}
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_cancel_reaches_an_order_that_the_job_took_over(service: Service) -> None:
    """The shop is away while the order is read anew: when it is back, nothing is captured for a cancelled job."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    first = await service.start("EON9001")
    await service.job(first).result()
    service.shop.accept(service.shop.transaction_of("EON9001"))
    fault = stall(service)
    second = await service.start("EON9001")
    await struck(fault, 2)
    await service.job(second).execute_update("cancel")
    await service.job(second).result()
    assert (await service.order("EON9001").describe()).status is WorkflowExecutionStatus.CANCELED
    for job_id in (first, second):
        [view] = (await service.items(job_id)).values()
        assert (view.item.state, view.item.reason) == ("FAILURE", Reason.CANCELLED)
        assert view.item.message == "cancelled; this run captured no payment"
    assert service.shop.captures("EON9001") == []
    await replayed(service.job(second))


async def test_a_cancel_reaches_an_order_that_is_being_taken_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order has agreed, and the job has not heard so yet."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    service.shop.accept(service.shop.transaction_of("EON9001"))
    fault = stall(service)
    execute_update = WorkflowHandle.execute_update

    async def answer_late(*arguments: Any, **options: Any) -> Any:
        answer = await execute_update(*arguments, **options)
        await asyncio.sleep(2 if arguments[1] == "retry" else 0)
        return answer

    monkeypatch.setattr(WorkflowHandle, "execute_update", answer_late)
    job_id = await service.start("EON9001")
    await struck(fault, 2)
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).result()
    assert (await service.order("EON9001").describe()).status is WorkflowExecutionStatus.CANCELED
    assert await counts(service, job_id) == {"FAILURE": 1}
    assert service.shop.captures("EON9001") == []
    await replayed(service.job(job_id))


async def test_a_cancel_lets_the_capture_of_an_order_that_the_job_took_over_finish(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    await service.run("EON9001")
    service.shop.accept(service.shop.transaction_of("EON9001"))
    capture = service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=2.0)
    job_id = await service.start("EON9001")
    await struck(capture, 1)
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).cancel()
    with suppress(WorkflowFailureError):
        await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert len(service.shop.captures("EON9001")) == 1
    await replayed(service.job(job_id))


@pytest.mark.parametrize("first", ["command", "Temporal"])
async def test_a_second_cancel_lets_a_capture_finish_too(service: Service, first: str) -> None:
    """A person's, and that of a schedule whose next run takes the place of this one."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    capture = service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=2.0)
    job_id = await service.start("EON9001")
    await struck(capture, 1)
    if first == "command":
        await service.job(job_id).execute_update("cancel")
        await service.job(job_id).cancel()
    else:
        await service.job(job_id).cancel()
        await service.job(job_id).signal("cancel")
    with suppress(WorkflowFailureError):
        await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert len(service.shop.captures("EON9001")) == 1
    await replayed(service.job(job_id))


async def test_a_job_that_temporal_cancels_takes_no_commands(service: Service) -> None:
    """It would end without having carried them out."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    capture = service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=2.0)
    job_id = await service.start("EON9404", "EON9001")
    await struck(capture, 1)
    await service.job(job_id).cancel()
    await progress(service, job_id)  # answered once it has heard of the cancel, which a command may overtake
    assert await refusal(service, job_id, "retry_failed", RetryFailed()) == "Refused: the job is being cancelled"
    for command in ("pause", "resume", "cancel"):
        assert await refusal(service, job_id, command) == "Refused: the job is being cancelled"
    with suppress(WorkflowFailureError):
        await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1, "FAILURE": 1}


async def test_a_cancel_does_not_wait_for_an_order_that_is_held_after_its_capture(service: Service) -> None:
    """It takes no notice of the cancel: its money is captured. It stays on hold, and the job ends."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.mail_sink.refuse("ada@example.com", 550, times=None)
    capture = service.shop.fault("POST /payment-gateway/.*capture", "delay", seconds=1.0)
    job_id = await service.start("EON9001")
    await struck(capture, 1)
    await service.job(job_id).execute_update("cancel")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"HELD": 1}
    await service.order("EON9001").terminate()


async def test_only_the_failed_orders_of_a_job_that_has_ended_run_once_more(service: Service) -> None:
    ids = add_orders(service, 3)
    unknown = "EON9004099"
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    job_id = await service.start(*ids, unknown, "EON9001")
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 3, "FAILURE": 1, "HELD": 1}
    service.shop.add_order({**MANUAL["EON9004"]("EON9004"), "id": unknown})
    seen = len(service.shop.requests)
    await reopen(service, job_id, RetryFailed())
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 4, "HELD": 1}
    asked = [request for request in service.shop.requests[seen:] if "salesorders" in request]
    assert asked
    assert all(unknown in request for request in asked)
    assert (await job_row(service, job_id)).message == "one order was on hold when the job ended"
    await replayed(service.job(job_id))


async def test_with_held_those_that_wait_for_a_person_run_too(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    job_id = await service.start("EON9001")
    await service.job(job_id).result()
    service.shop.accept(service.shop.transaction_of("EON9001"))
    await reopen(service, job_id, RetryFailed(held=True))
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert len(service.shop.captures("EON9001")) == 1


async def test_a_paused_job_that_is_cancelled_and_wanted_again_is_not_paused_any_more(idle_service: Service) -> None:
    """Both words reach it together: it ends as cancelled, and begins again with its window open."""
    service = idle_service
    ids = add_orders(service, 3)
    fault = stall(service)
    async with service.working():
        job_id = await service.start(*ids, concurrency=1)
        await struck(fault, 1)
        await service.job(job_id).execute_update("pause")
    service.shop.clear_faults()
    await service.job(job_id).signal("cancel")
    await service.job(job_id).signal("retry_failed", RetryFailed())
    async with service.working():
        async with asyncio.timeout(60):
            await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 3}
    assert (await job_row(service, job_id)).cancelled_at is None


async def test_a_held_order_is_met_again_as_often_as_it_is_wanted(service: Service) -> None:
    """Declined twice more: each time the job asks anew, hears that it is held, and ends."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    job_id = await service.start("EON9001")
    await service.job(job_id).result()
    for _ in range(2):
        await reopen(service, job_id, RetryFailed(held=True))
        await service.job(job_id).result()
        assert await counts(service, job_id) == {"HELD": 1}
    service.shop.accept(service.shop.transaction_of("EON9001"))
    await reopen(service, job_id, RetryFailed(held=True))
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}


async def test_a_dry_run_stays_dry_whoever_reopens_it(service: Service) -> None:
    service.shop.add_order(MANUAL["EON9006"]("EON9006"))
    async with service.sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(service.tenant, JobType.MANUAL, ["EON9006"], dry_run=True))
    await start_job(
        service.temporal, JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, dry_run=True)
    )
    await service.job(job_id).result()
    order = service.shop.order("EON9006")
    order["calculatedPrice"]["finalPrice"]["grossValue"] = order["calculatedPrice"]["price"]["grossValue"]
    service.shop.replace_order(order)
    await reopen(service, job_id, RetryFailed())
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 1}
    assert service.shop.books().captures == ()
    assert await service.invoices() == []


async def test_two_wishes_to_try_again_are_both_heard(service: Service) -> None:
    """The first wants the held orders too, the second does not take that back."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    service.shop.decline(service.shop.transaction_of("EON9001"))
    ids = add_orders(service, 1)
    fault = service.shop.fault(f"GET /order-v2/.*{ids[0]}", "status", times=None)
    job_id = await service.start("EON9001", *ids, concurrency=2)
    await struck(fault, 1)

    async def is_held() -> bool:
        return (await counts(service, job_id)).get("HELD") == 1

    await eventually(is_held, what="the declined order on hold")
    service.shop.accept(service.shop.transaction_of("EON9001"))
    await service.job(job_id).execute_update("retry_failed", RetryFailed(held=True))
    await service.job(job_id).execute_update("retry_failed", RetryFailed())
    service.shop.clear_faults()
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 2}


async def test_a_running_job_takes_its_failed_orders_up_again_at_its_end(service: Service) -> None:
    ids = add_orders(service, 2)
    unknown = "EON9004099"
    fault = service.shop.fault(f"GET /order-v2/.*{ids[0]}", "status", times=None)
    job_id = await service.start(unknown, *ids, concurrency=2)
    await struck(fault, 1)

    async def has_failed() -> bool:
        return (await counts(service, job_id)).get("FAILURE") == 1

    await eventually(has_failed, what="the unknown order's failure")
    service.shop.add_order({**MANUAL["EON9004"]("EON9004"), "id": unknown})
    await service.job(job_id).execute_update("retry_failed", RetryFailed())
    service.shop.clear_faults()
    await service.job(job_id).result()
    assert await counts(service, job_id) == {"SUCCESS": 3}
    await replayed(service.job(job_id))


async def reopen(service: Service, job_id: UUID, wish: RetryFailed) -> None:
    run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, found=True)
    await service.temporal.start_workflow(
        "InvoiceJob",
        run,
        id=job_workflow_id(service.tenant, job_id),
        task_queue=ORDERS,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal="retry_failed",
        start_signal_args=[wish],
    )


async def test_a_dry_run_says_what_would_be_invoiced_and_changes_nothing(service: Service) -> None:
    """EON9001 is paid by card, EON9010 on account; EON9006 states a total that its parts do not come to."""
    for order_id in ("EON9001", "EON9004", "EON9006"):
        service.shop.add_order(MANUAL[order_id](order_id))
    async with service.sessions.begin() as session:
        wanted = ["EON9001", "EON9004", "EON9006", "EON9404"]
        job_id = await jobs.create_job(session, NewJob(service.tenant, JobType.MANUAL, wanted, dry_run=True))
    run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, dry_run=True)
    await start_job(service.temporal, run)
    await service.job(job_id).result()
    items = {order_id: view.item for order_id, view in (await service.items(job_id)).items()}
    assert items["EON9001"].state == "SUCCESS"
    assert items["EON9001"].message == "would be invoiced over 288.95 EUR; 288.95 EUR would be captured"
    assert (str(items["EON9001"].total), items["EON9001"].currency) == ("288.95", "EUR")
    assert str(items["EON9004"].message).endswith("; no capture")
    assert (items["EON9006"].state, items["EON9006"].reason) == ("FAILURE", Reason.TOTALS_DIFFER)
    assert str(items["EON9006"].message).startswith("would be held: ")
    assert (items["EON9404"].state, items["EON9404"].reason) == ("FAILURE", Reason.UNKNOWN_ORDER)
    assert service.shop.books().captures == ()
    assert await service.invoices() == []
    assert await service.effects() == []
    assert service.mail_sink.mails() == []
    assert "invoice" not in service.shop.order("EON9001")["mixins"]
    standing = await progress(service, job_id)
    assert standing.tally == JobTally(succeeded=2, failed=2)
    await replayed(service.job(job_id))
