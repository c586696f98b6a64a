"""The step of a recurring invoice, and what makes it safe to repeat."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

import activities.recurring_copies as step
from activities.recurring_copies import RecurringActivities
from contracts.failures import Reason
from contracts.ids import mail_workflow_id
from contracts.recurring import Moment, Problem, Progress
from contracts.sales_invoice import RecurringRef
from contracts.temporal_client import TemporalAway
from database.tables import SalesInvoice, SequenceSchema, WorkflowStart
from tests.database.rows import another_tenant
from tests.database.sales import credit
from tests.recurring_invoices import copies_of, dates_of, drawn, every, issue_parent, view, wish

Sessions = async_sessionmaker[AsyncSession]
START = date(2035, 1, 31)


@pytest.fixture
async def parent(sessions: Sessions, configured: str) -> SalesInvoice:
    """Monthly, of a seller in Berlin."""
    row = await issue_parent(sessions, configured, START)
    await wish(sessions, row, every(copies=3))
    return row


@pytest.fixture
def recurring(sessions: Sessions, temporal_client: Client) -> RecurringActivities:
    return RecurringActivities(sessions, temporal_client)


def moment(parent: SalesInvoice, now: str) -> Moment:
    ref = RecurringRef(tenant=parent.tenant, sales_invoice_id=parent.id)
    return Moment(recurring=ref, now=datetime.fromisoformat(f"{now}+00:00"))


async def starts_of(sessions: Sessions, tenant: str) -> list[WorkflowStart]:
    async with sessions() as session:
        return list(await session.scalars(select(WorkflowStart).where(WorkflowStart.tenant == tenant)))


async def test_before_the_first_date_it_says_when_that_day_begins_for_the_seller(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    progress = await recurring.make_due_copy(moment(parent, "2035-02-27T22:59:59"))
    assert progress == Progress(next_date=date(2035, 2, 28), next_at=datetime(2035, 2, 27, 23, tzinfo=UTC))
    assert await copies_of(sessions, parent) == []


async def test_when_the_day_has_begun_the_copy_is_made_and_on_its_way(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice, temporal_client: Client
) -> None:
    progress = await recurring.make_due_copy(moment(parent, "2035-02-27T23:00:00"))
    assert progress.copy_made is not None
    assert await dates_of(sessions, parent) == ["2035-02-28"]
    (begun,) = await starts_of(sessions, parent.tenant)
    assert begun.started_at is not None
    assert begun.body["input"]["invoice"]["number"] == progress.copy_made.number
    mail_id = begun.body["input"]["mail_id"]
    description = await temporal_client.get_workflow_handle(mail_workflow_id(parent.tenant, mail_id)).describe()
    assert description.workflow_type == "InvoiceDelivery"
    await temporal_client.get_workflow_handle(description.id).terminate()


async def test_a_repeat_makes_nothing_and_after_an_outage_each_repeat_makes_the_next(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    for _ in range(3):
        await recurring.make_due_copy(moment(parent, "2035-03-05T00:00:00"))
    assert await dates_of(sessions, parent) == ["2035-02-28"]
    for _ in range(5):
        progress = await recurring.make_due_copy(moment(parent, "2035-06-01T00:00:00"))
    assert await dates_of(sessions, parent) == ["2035-02-28", "2035-03-31", "2035-04-30"]
    assert progress == Progress(has_ended=True)


async def test_ten_at_once_make_each_copy_once(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    now = moment(parent, "2035-04-01T00:00:00")
    await asyncio.gather(*(recurring.make_due_copy(now) for _ in range(10)))
    assert await dates_of(sessions, parent) == ["2035-02-28", "2035-03-31"]
    assert await drawn(sessions, parent.tenant) == [1, 2, 3]


async def test_a_pause_that_came_first_leaves_nothing_to_do_but_wait(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, activated=False)
    assert await recurring.make_due_copy(moment(parent, "2035-06-01T00:00:00")) == Progress()
    await wish(sessions, parent, recurring=False)
    assert await recurring.make_due_copy(moment(parent, "2035-06-01T00:00:00")) == Progress(has_ended=True)
    assert await copies_of(sessions, parent) == []


async def test_what_never_recurred_or_is_anothers_has_ended(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    other = await issue_parent(sessions, parent.tenant, START)
    assert (await recurring.make_due_copy(moment(other, "2035-06-01T00:00:00"))).has_ended
    ref = RecurringRef(tenant=await another_tenant(sessions), sales_invoice_id=parent.id)
    stranger = Moment(recurring=ref, now=datetime(2035, 6, 1, tzinfo=UTC))
    assert (await recurring.make_due_copy(stranger)).has_ended
    assert await copies_of(sessions, parent) == []


async def test_a_delivery_that_temporal_does_not_take_stays_in_the_outbox(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise TemporalAway("no answer in time")

    monkeypatch.setattr(step, "start", away)
    progress = await recurring.make_due_copy(moment(parent, "2035-03-01T00:00:00"))
    assert progress.copy_made is not None
    (left,) = await starts_of(sessions, parent.tenant)
    assert left.started_at is None


async def test_a_copy_of_what_was_credited_in_part_waits_for_a_person(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    await credit(sessions, parent, "20.00")
    with pytest.raises(ApplicationError, match="has been credited in part") as held:
        await recurring.make_due_copy(moment(parent, "2035-03-01T00:00:00"))
    assert (held.value.type, held.value.non_retryable) == (Reason.PARTLY_CREDITED, True)
    assert await copies_of(sessions, parent) == []
    await wish(sessions, parent)
    assert (await recurring.make_due_copy(moment(parent, "2035-03-01T00:00:00"))).copy_made is not None
    assert await dates_of(sessions, parent) == ["2035-02-28"]


async def test_a_copy_that_gets_no_number_says_why(
    recurring: RecurringActivities, sessions: Sessions, parent: SalesInvoice
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(SequenceSchema)
            .where(SequenceSchema.tenant == parent.tenant, SequenceSchema.schema_type == "salesInvoiceNoSequence")
            .values(max_value=1)
        )
    with pytest.raises(ApplicationError) as failed:
        await recurring.make_due_copy(moment(parent, "2035-03-01T00:00:00"))
    assert failed.value.type == Reason.SERIES_EXHAUSTED
    problem = moment(parent, "2035-03-01T00:00:00").recurring
    await recurring.note_problem(Problem(recurring=problem, message=failed.value.message))
    assert (await view(sessions, parent)).recurrence.problem == failed.value.message
    assert await starts_of(sessions, parent.tenant) == []
