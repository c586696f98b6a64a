"""A recurring invoice on a real Temporal and PostgreSQL: catching up, changes under way, faults, and killed workers."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from contracts import starts
from contracts.sales_invoice import RecurringRef
from contracts.search_attributes import INVOICE_STATUS
from tests.chaos.worker_process import WorkerProcess
from tests.database.sales import credit
from tests.recurring_invoices import copies_of, dates_of, drawn, every, issue_parent, view, wish
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed, texts_of
from tests.workflows.recurrences import ago, daily, exhaust_series, have, mend_series, tell, waits
from tests.workflows.time_machine import TimeMachine, time_machine

__all__ = ["time_machine"]


async def status_of(handle: WorkflowHandle[Any, Any]) -> object:
    return (await handle.describe()).typed_search_attributes.get(INVOICE_STATUS)


def days_from(first: date, count: int) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range(count)]


async def test_a_service_that_was_down_makes_every_missed_copy_once_and_continues_as_new(service: Service) -> None:
    parent = await daily(service, 25, copies=20)
    handle = await tell(service, parent)
    await handle.result()
    assert await dates_of(service.sessions, parent) == days_from(ago(24).date(), 20)
    assert await drawn(service.sessions, service.tenant) == list(range(1, 22))
    begun = (await replayed(handle)).events[0].workflow_execution_started_event_attributes
    assert begun.continued_execution_run_id
    await replayed(service.temporal.get_workflow_handle(handle.id, run_id=begun.first_execution_run_id))
    assert await status_of(handle) == "DONE"

    async def all_mailed() -> bool:
        return len(service.mail_sink.mails()) >= 20

    await eventually(all_mailed, seconds=60, what="twenty mails")
    mails = service.mail_sink.mails()
    assert len(mails) == len({mail.message_id for mail in mails}) == 20


async def test_the_history_is_small_and_holds_nothing_personal(service: Service) -> None:
    parent = await daily(service, 3, copies=2)
    handle = await tell(service, parent)
    await handle.result()
    history = await replayed(handle)
    texts = texts_of(history)
    for personal in ("werkhof", "Werkhof", "Hardstrasse", "119.00", "Beratung"):
        assert personal not in texts
    assert len(history.events) <= 26


async def test_two_workers_make_no_copy_twice(service: Service, tmp_path: Path) -> None:
    parent = await daily(service, 15, copies=12)
    async with WorkerProcess(service.settings, tmp_path / "worker.log"):
        others = [await daily(service, 6, copies=5) for _ in range(3)]
        handles = [await tell(service, row) for row in (parent, *others)]
        await asyncio.gather(*(handle.result() for handle in handles))
    assert await dates_of(service.sessions, parent) == days_from(ago(14).date(), 12)
    for other in others:
        assert await dates_of(service.sessions, other) == days_from(ago(5).date(), 5)
    assert await drawn(service.sessions, service.tenant) == list(range(1, 4 + 12 + 15 + 1))


@pytest.mark.thorough
@pytest.mark.timeout(240)
async def test_killed_workers_make_every_copy_once(idle_service: Service, tmp_path: Path) -> None:
    service = idle_service
    parent = await daily(service, 30, copies=26)
    async with WorkerProcess(service.settings, tmp_path / "worker.log") as worker:
        handle = await tell(service, parent)
        for count in (5, 14):
            await have(service, parent, count, seconds=90)
            await worker.kill()
            await worker.start()
        await have(service, parent, 26, seconds=90)
        await handle.result()
    assert await dates_of(service.sessions, parent) == days_from(ago(29).date(), 26)
    assert await drawn(service.sessions, service.tenant) == list(range(1, 28))
    assert [copy.occurrence for copy in await copies_of(service.sessions, parent)] == list(range(1, 27))


async def test_a_paused_recurrence_makes_nothing_and_skips_what_passed_when_it_is_resumed(service: Service) -> None:
    parent = await daily(service, 5, activated=False)
    handle = await tell(service, parent)
    await waits(handle, "PAUSED")
    assert await copies_of(service.sessions, parent) == []
    await wish(service.sessions, parent, now=ago(1))
    await tell(service, parent)
    await have(service, parent, 2)
    await waits(handle, "next copy on")
    assert await dates_of(service.sessions, parent) == days_from(ago(1).date(), 2)
    await replayed(handle)


async def test_another_rhythm_takes_effect_at_once_and_copies_made_stay(service: Service) -> None:
    """Every year at first; then every third day, of which two have come."""
    parent = await issue_parent(service.sessions, service.tenant, ago(7).date())
    await wish(service.sessions, parent, every(12), now=ago(7))
    handle = await tell(service, parent)
    await waits(handle, "next copy on")
    await wish(service.sessions, parent, every(3, "DAYS"), now=ago(7))
    await tell(service, parent)
    await have(service, parent, 2)
    made = [ago(4).date().isoformat(), ago(1).date().isoformat()]
    assert await dates_of(service.sessions, parent) == made
    await wish(service.sessions, parent, every(12))
    await tell(service, parent)
    await waits(handle, "next copy on")
    assert await dates_of(service.sessions, parent) == made
    await replayed(handle)


async def test_a_stopped_recurrence_ends_its_workflow_and_can_be_started_again(service: Service) -> None:
    parent = await daily(service, 2)
    handle = await tell(service, parent)
    await have(service, parent, 2)
    await wish(service.sessions, parent, recurring=False)
    await tell(service, parent)
    await handle.result()
    assert await status_of(handle) == "DONE"
    await wish(service.sessions, parent, every(1, "WEEK", copies=3))
    again = await tell(service, parent)
    await waits(again, "next copy on")
    assert (await again.describe()).status is WorkflowExecutionStatus.RUNNING
    assert len(await copies_of(service.sessions, parent)) == 2


async def test_more_copies_after_the_last_one_go_on_from_today(service: Service) -> None:
    """The dates that passed after the last copy were wanted by nobody."""
    parent = await daily(service, 4, copies=2)
    await (await tell(service, parent)).result()
    await wish(service.sessions, parent, every(1, "DAYS", copies=3))
    await (await tell(service, parent)).result()
    assert await dates_of(service.sessions, parent) == [*days_from(ago(3).date(), 2), ago(0).date().isoformat()]


async def test_an_invoice_that_was_credited_in_full_has_no_more_copies(service: Service) -> None:
    parent = await daily(service, 3)
    await credit(service.sessions, parent, "119.00")
    await (await tell(service, parent)).result()
    assert await copies_of(service.sessions, parent) == []


async def test_an_invoice_that_was_credited_in_part_has_its_copies_held_until_they_are_wanted_again(
    service: Service,
) -> None:
    parent = await daily(service, 3, copies=2)
    await credit(service.sessions, parent, "20.00")
    handle = await tell(service, parent)
    await waits(handle, "credited in part")
    assert await status_of(handle) == "HELD"
    assert await copies_of(service.sessions, parent) == []
    await wish(service.sessions, parent)
    await tell(service, parent)
    await handle.result()
    assert await dates_of(service.sessions, parent) == days_from(ago(2).date(), 2)
    await replayed(handle)


async def test_an_exhausted_series_holds_the_copy_and_says_so_until_it_is_mended(service: Service) -> None:
    parent = await daily(service, 3, copies=2)
    await exhaust_series(service)
    handle = await tell(service, parent)

    async def is_told() -> bool:
        return (await view(service.sessions, parent)).recurrence.problem is not None

    await eventually(is_told, what="the problem")
    assert await status_of(handle) == "HELD"
    await waits(handle, "HELD")
    await mend_series(service)
    await tell(service, parent)
    await handle.result()
    assert await drawn(service.sessions, service.tenant) == [1, 2, 3]
    assert (await view(service.sessions, parent)).recurrence.problem is None
    assert await status_of(handle) == "DONE"
    await replayed(handle)


async def test_months_pass_in_a_pause_and_a_held_copy_is_tried_again_by_itself(
    idle_service: Service, time_machine: TimeMachine
) -> None:
    service = idle_service
    parent = await issue_parent(service.sessions, service.tenant, date(2031, 1, 31))
    await wish(service.sessions, parent, every(copies=4))
    ref = RecurringRef(tenant=service.tenant, sales_invoice_id=parent.id)
    wanted = starts.recurrence(ref)
    async with time_machine.working(service.settings, service.renderer):
        await starts.start(time_machine.client, wanted)
        await time_machine.travel_to(at("2031-02-28"))
        await have(service, parent, 1)
        await wish(service.sessions, parent, activated=False, now=at("2031-03-01"))
        await starts.start(time_machine.client, wanted)
        await time_machine.travel_to(at("2031-06-10"))
        await wish(service.sessions, parent, now=at("2031-06-10"))
        await starts.start(time_machine.client, wanted)
        await time_machine.travel_to(at("2031-06-30"))
        await have(service, parent, 2)
        await exhaust_series(service)
        await time_machine.travel_to(at("2031-07-31"))
        await mend_series(service)
        await time_machine.travel_to(at("2031-08-31"))
        await time_machine.client.get_workflow_handle(wanted.workflow_id).result()
    assert await dates_of(service.sessions, parent) == ["2031-02-28", "2031-06-30", "2031-07-31", "2031-08-31"]
    assert await drawn(service.sessions, service.tenant) == [1, 2, 3, 4, 5]


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00+00:00")
