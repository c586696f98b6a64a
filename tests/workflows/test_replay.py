"""Committed histories of every way an order or a job can go: the present code must be able to go them again.

A failure here means that a deployment would wedge the workflows that are under way. See CONTRIBUTING.md, "Changing
workflow code", before you record them anew with `pytest tests/workflows/test_replay.py --record-histories`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from contracts.invoice_job import JobType
from contracts.order_invoice import Retry
from demo.orders.exact_json import JsonObject
from demo.orders.manual import MANUAL
from demo.orders.rounds import Round
from tests.credit_desk import ORDER, Desk
from tests.recurring_invoices import wish
from tests.service_fixtures import Service
from tests.workflows.deliveries import Delivering, asked, enter
from tests.workflows.histories import replay
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
from worker import workflow_runner

GOLDEN = Path(__file__).with_name("golden")


def golden(name: str) -> WorkflowHistory:
    document = json.loads((GOLDEN / f"{name}.json").read_text())
    return WorkflowHistory.from_json(document["workflowId"], document["history"])


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
async def test_a_committed_history_replays(path: Path) -> None:
    await replay(golden(path.stem))


def test_every_way_is_committed() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {
        "order_success",
        "order_on_account",
        "order_unknown",
        "order_held_then_released",
        "order_taken_over",
        "order_cancelled",
        "order_credited_while_held",
        "order_finished_after_hold",
        "job_manual",
        "job_automatic",
        "job_meets_held_order",
        "delivery_document",
        "delivery_mail",
        "delivery_refused",
        "credit_note_refunded",
        "credit_note_held_then_released",
        "recurring_continued",
        "recurring_changed",
        "recurring_held",
        "scheduled_job",
        "scheduled_job_begun_by_a_worker",
    }


async def test_a_changed_command_order_is_noticed() -> None:
    """The guard bites: the same workflow with one more step before the first cannot replay."""
    replayer = Replayer(
        workflows=[_ChangedOrderInvoice], data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(golden("order_success"))


@workflow.defn(name="OrderInvoice", sandboxed=False)
class _ChangedOrderInvoice:
    @workflow.run
    async def run(self, _order: object) -> None:
        await workflow.sleep(60)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--record-histories"):
        pytest.skip("only with --record-histories")


async def keep(name: str, handle: WorkflowHandle[object, object]) -> None:
    history = await handle.fetch_history()
    document = {"workflowId": history.workflow_id, "history": without_place(json.loads(history.to_json()))}
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def without_place(value: Any) -> Any:
    """The history without what only tells where it was recorded."""
    if isinstance(value, dict):
        return {key: without_place(member) for key, member in value.items() if key not in {"stackTrace", "identity"}}
    return [without_place(member) for member in value] if isinstance(value, list) else value


def add(service: Service, order_id: str) -> JsonObject:
    order = MANUAL[order_id](order_id)
    service.shop.add_order(order)
    return order


@pytest.mark.usefixtures("record")
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
    service.shop.accept(service.shop.transaction_of("EON9002"))
    await service.order("EON9002").execute_update("retry", Retry())
    await service.order("EON9002").result()
    await keep("order_held_then_released", service.order("EON9002"))


@pytest.mark.usefixtures("record")
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


@pytest.mark.usefixtures("record")
async def test_record_an_order_whose_mail_is_held(service: Service) -> None:
    """The committed one is from before orders asked, after a hold, whether their invoice still stands."""
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


@pytest.mark.usefixtures("record")
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


@pytest.mark.usefixtures("record")
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


@pytest.mark.usefixtures("record")
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


@pytest.mark.usefixtures("record")
async def test_record_an_automatic_job(service: Service) -> None:

    for order in Round(1, 0).fixed(datetime.now(UTC)):
        service.shop.add_order(order)
    job = await service.start(job_type=JobType.AUTOMATIC)
    await service.job(job).result()
    await keep("job_automatic", service.job(job))


@pytest.mark.usefixtures("record")
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


@pytest.mark.usefixtures("record")
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
