"""Fourteen months of a recurring invoice in a few seconds: month ends, a leap year, clock changes, and an outage."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from contracts import starts
from contracts.ids import recurring_workflow_id
from contracts.sales_invoice import RecurringRef
from database import invoices
from database.tables import SalesInvoice
from tests.recurring_invoices import copies_of, drawn, every, issue_parent, wish
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replay
from tests.workflows.time_machine import TimeMachine, time_machine

__all__ = ["time_machine"]

DATES_AND_DUE_DATES = [
    ("2035-02-28", "2035-03-30"),
    ("2035-03-31", "2035-04-30"),
    ("2035-04-30", "2035-05-30"),
    ("2035-05-31", "2035-06-30"),
    ("2035-06-30", "2035-07-30"),
    ("2035-07-31", "2035-08-30"),
    ("2035-08-31", "2035-09-30"),
    ("2035-09-30", "2035-10-30"),
    ("2035-10-31", "2035-11-30"),
    ("2035-11-30", "2035-12-30"),
    ("2035-12-31", "2036-01-30"),
    ("2036-01-31", "2036-03-01"),
    ("2036-02-29", "2036-03-30"),
    ("2036-03-31", "2036-04-30"),
]
NUMBERS = [
    *("0000002", "0000003", "0000004", "0000005", "0000006", "0000007", "0000008"),
    *("0000009", "0000010", "0000011", "0000012", "0000013", "0000014", "0000015"),
]
MIDNIGHTS = [
    "2035-02-27T23:00",
    "2035-03-30T22:00",
    "2035-04-29T22:00",
    "2035-05-30T22:00",
    "2035-06-29T22:00",
    "2035-07-30T22:00",
    "2035-08-30T22:00",
    "2035-11-29T23:00",
    "2035-12-30T23:00",
    "2036-01-30T23:00",
    "2036-02-28T23:00",
    "2036-03-30T22:00",
]
"""When each day begins in Berlin, in UTC. The clocks go forward on 25 March 2035, back on 28 October 2035 and forward
on 30 March 2036. 30 September and 31 October are missing: nobody was there to set their timers. (The
time-skipping server ends every workflow after ten years: hence no farther century.)"""


@pytest.mark.timeout(300)
async def test_the_31st_of_january_monthly_for_fourteen_copies_with_an_outage_over_three_dates(
    idle_service: Service, time_machine: TimeMachine
) -> None:
    service = idle_service
    parent = await issue_parent(service.sessions, service.tenant, date(2035, 1, 31))
    await wish(service.sessions, parent, every(1, "MONTH", copies=14))
    ref = RecurringRef(tenant=service.tenant, sales_invoice_id=parent.id)
    handle = time_machine.client.get_workflow_handle(recurring_workflow_id(service.tenant, parent.id))
    async with time_machine.working(service.settings, service.renderer):
        await starts.start(time_machine.client, starts.recurrence(ref))
        await time_machine.travel_to(datetime(2035, 2, 27, 22, 59, tzinfo=UTC))
        assert await copies_of(service.sessions, parent) == []
        for made, noon in enumerate(noons(DATES_AND_DUE_DATES[:6]), 1):
            await time_machine.travel_to(noon)
            await delivered(service, parent, made)
        await time_machine.fallen_asleep(handle)
    await time_machine.travel_unattended(datetime(2035, 11, 15, 12, tzinfo=UTC), handle)
    assert len(await copies_of(service.sessions, parent)) == 6
    async with time_machine.working(service.settings, service.renderer):
        await delivered(service, parent, 9)
        for made, noon in enumerate(noons(DATES_AND_DUE_DATES[9:]), 10):
            await time_machine.travel_to(noon)
            await delivered(service, parent, made)
        await handle.result()
        await check_history(handle)
    await check_copies(service, parent)


def noons(dates: list[tuple[str, str]]) -> list[datetime]:
    return [datetime.fromisoformat(f"{day}T12:00+00:00") for day, _ in dates]


async def delivered(service: Service, parent: SalesInvoice, count: int) -> None:
    """So many copies were made, and each is with its buyer."""

    async def are_made() -> bool:
        return len(await copies_of(service.sessions, parent)) >= count and len(service.mail_sink.mails()) >= count

    await eventually(are_made, seconds=60, what=f"copy {count}")
    assert len(await copies_of(service.sessions, parent)) == count


async def check_copies(service: Service, parent: SalesInvoice) -> None:
    copies = await copies_of(service.sessions, parent)
    assert [(f"{copy.invoice_date}", f"{copy.due_date}") for copy in copies] == DATES_AND_DUE_DATES
    assert [copy.code for copy in copies] == NUMBERS
    assert [copy.occurrence for copy in copies] == list(range(1, 15))
    assert await drawn(service.sessions, service.tenant) == list(range(1, 16))
    mails = service.mail_sink.mails()
    assert sorted(mail.attachments for mail in mails) == [(f"{number}.pdf",) for number in NUMBERS]
    assert len({mail.message_id for mail in mails}) == 14
    async with service.sessions() as session:
        for copy in copies:
            assert copy.invoice_id is not None
            assert await invoices.find_pdf(session, service.tenant, copy.invoice_id) is not None


async def check_history(handle: WorkflowHandle[Any, Any]) -> None:
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    history = await handle.fetch_history()
    await replay(history)
    fired = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_TIMER_FIRED]
    instants = [event.event_time.ToDatetime(UTC) + timedelta(milliseconds=500) for event in fired]
    of_copies = [at for at in instants if at > datetime(2035, 2, 1, tzinfo=UTC)]
    assert [f"{at:%Y-%m-%dT%H:%M}" for at in of_copies] == MIDNIGHTS
