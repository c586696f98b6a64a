"""What is kept of a recurrence: its schedule, since when it counts, and the copies made."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, recurrences, sales_invoices, sites
from database.recurrences import NoSchedule
from database.recurring_copies import make_copy
from database.tables import SalesInvoice
from invoicing.sales.recurrence import RecurrenceState, Schedule
from tests.database.rows import another_tenant
from tests.database.sales import add_draft, credit
from tests.recurring_invoices import every, issue_parent, view, wish

Sessions = async_sessionmaker[AsyncSession]
START = date(2035, 1, 31)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.fixture
async def parent(sessions: Sessions, tenant: str) -> SalesInvoice:
    """Of a seller in Singapore, eight hours ahead of UTC."""
    body: Any = {"code": "main", "homeBase": {"timezone": "Asia/Singapore"}}
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, "main", body, {})
    return await issue_parent(sessions, tenant, START)


async def dates(sessions: Sessions, parent: SalesInvoice, limit: int = 3) -> list[str]:
    return [day.isoformat() for day in (await view(sessions, parent)).standing.next_dates(limit)]


async def save(sessions: Sessions, row: SalesInvoice, schedule: Schedule, now: str | None = None) -> None:
    async with sessions.begin() as session:
        await recurrences.save(session, row.tenant, row.id, schedule, at(now) if now else None)


async def test_a_schedule_is_stored_and_read_as_it_was_saved(sessions: Sessions, parent: SalesInvoice) -> None:
    schedule = every(2, "WEEK", copies=7, until=date(2036, 2, 29))
    await save(sessions, parent, schedule)
    found = await view(sessions, parent)
    assert found.standing.schedule == schedule
    assert found.standing.start == START
    assert str(found.zone) == "Asia/Singapore"


async def test_an_invoice_that_never_recurred_has_no_recurrence(sessions: Sessions, parent: SalesInvoice) -> None:
    async with sessions() as session:
        assert await recurrences.view_of(session, parent) is None
        assert await recurrences.of_invoices(session, parent.tenant, [parent.id]) == {}
        assert await recurrences.of_invoices(session, parent.tenant, []) == {}


async def test_recurrences_of_several_invoices_are_read_at_once_and_only_the_tenants(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    other = await issue_parent(sessions, parent.tenant, START)
    await save(sessions, parent, every(1))
    await save(sessions, other, every(2))
    async with sessions() as session:
        found = await recurrences.of_invoices(session, parent.tenant, [parent.id, other.id, -1])
        assert {id_: row.every for id_, row in found.items()} == {parent.id: 1, other.id: 2}
        stranger = await another_tenant(sessions)
        assert await recurrences.of_invoices(session, stranger, [parent.id]) == {}


async def test_nobody_saves_for_an_invoice_of_another_tenant(sessions: Sessions, parent: SalesInvoice) -> None:
    stranger = await another_tenant(sessions)
    with pytest.raises(LookupError):
        async with sessions.begin() as session:
            await recurrences.save(session, stranger, parent.id, every())


async def test_dates_before_an_issued_invoice_was_made_to_recur_are_skipped(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    """16:00 UTC on 30 April is 1 May in Singapore, a second earlier it is not."""
    await wish(sessions, parent, every(), now=at("2035-04-30T15:59:59"))
    assert await dates(sessions, parent) == ["2035-04-30", "2035-05-31", "2035-06-30"]
    await wish(sessions, parent, recurring=False)
    await wish(sessions, parent, now=at("2035-04-30T16:00:00"))
    assert await dates(sessions, parent) == ["2035-05-31", "2035-06-30", "2035-07-31"]


async def test_a_drafts_dates_begin_when_it_is_issued(sessions: Sessions, tenant: str) -> None:
    draft = await add_draft(sessions, tenant)
    await wish(sessions, draft, every())
    found = await view(sessions, draft)
    assert found.recurrence.active_from is None
    assert found.standing.state is RecurrenceState.WAITING


async def test_an_invoice_dated_long_ago_has_no_copies_from_before_it_was_issued(
    sessions: Sessions, tenant: str
) -> None:
    """As a draft's would be: `active_from` is not set."""
    old = await issue_parent(sessions, tenant, date(2020, 1, 31))
    await wish(sessions, old, every(copies=500))
    async with sessions.begin() as session:
        row = await recurrences.find(session, tenant, old.id)
        assert row is not None
        row.active_from = None
    (first,) = (await view(sessions, old)).standing.next_dates(1)
    assert first >= datetime.now(UTC).date()


async def test_a_pause_skips_what_passes_and_resuming_twice_changes_nothing(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, every(), now=at("2035-02-01T00:00"))
    await wish(sessions, parent, activated=False, now=at("2035-02-02T00:00"))
    assert await dates(sessions, parent) == []
    await wish(sessions, parent, now=at("2035-04-10T00:00"))
    assert await dates(sessions, parent) == ["2035-04-30", "2035-05-31", "2035-06-30"]
    await wish(sessions, parent, now=at("2035-05-05T00:00"))
    assert await dates(sessions, parent) == ["2035-04-30", "2035-05-31", "2035-06-30"]


async def test_a_recurrence_that_has_ended_and_is_made_longer_goes_on_from_today(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    """Its one copy is made in February; in November seven months have passed that nobody wanted."""
    await wish(sessions, parent, every(copies=1), now=at("2035-02-01T00:00"))
    async with sessions.begin() as session:
        row = await sales_invoices.lock(session, parent.tenant, parent.id)
        assert row is not None
        found = await recurrences.view_of(session, row)
        assert found is not None
        await make_copy(session, found, date(2035, 2, 28), "recurrence:test")
    assert (await view(sessions, parent)).standing.state is RecurrenceState.ENDED
    await wish(sessions, parent, every(copies=12), now=at("2035-11-05T00:00"))
    assert await dates(sessions, parent) == ["2035-11-30", "2035-12-31", "2036-01-31"]


async def test_an_end_date_that_has_passed_and_is_moved_goes_on_from_today(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, every(until=date(2035, 2, 27)), now=at("2035-02-01T00:00"))
    await wish(sessions, parent, every(), now=at("2035-11-05T00:00"))
    assert await dates(sessions, parent, 1) == ["2035-11-30"]


async def test_another_rhythm_begins_today_and_another_end_changes_no_date(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, every(), now=at("2035-02-01T00:00"))
    await wish(sessions, parent, every(copies=99, until=date(2035, 4, 30)), now=at("2035-03-31T20:00"))
    assert await dates(sessions, parent) == ["2035-02-28", "2035-03-31", "2035-04-30"]
    await wish(sessions, parent, every(2, "WEEK"), now=at("2035-03-31T20:00"))
    assert await dates(sessions, parent) == ["2035-04-11", "2035-04-25", "2035-05-09"]


async def test_a_stopped_recurrence_keeps_its_schedule_to_be_started_again(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, every(3, "DAYS"), now=at("2035-02-01T00:00"))
    await wish(sessions, parent, recurring=False, activated=True)
    stopped = await view(sessions, parent)
    assert (stopped.parent.recurring, stopped.parent.recurring_activated) == (False, False)
    assert stopped.standing.state is RecurrenceState.STOPPED
    await wish(sessions, parent, now=at("2035-02-10T00:00"))
    assert await dates(sessions, parent, 1) == ["2035-02-12"]


async def test_to_recur_takes_a_schedule(sessions: Sessions, parent: SalesInvoice) -> None:
    with pytest.raises(NoSchedule):
        await wish(sessions, parent)
    await wish(sessions, parent, recurring=False)


async def test_an_invoice_that_was_credited_in_full_has_ended(sessions: Sessions, parent: SalesInvoice) -> None:
    await wish(sessions, parent, every(), now=at("2035-02-01T00:00"))
    await credit(sessions, parent, "60.00")
    assert (await view(sessions, parent)).standing.state is RecurrenceState.ACTIVE
    await credit(sessions, parent, "59.00")
    assert (await view(sessions, parent)).standing.state is RecurrenceState.ENDED


async def test_an_invoice_that_was_credited_in_part_says_so_until_a_person_wants_its_copies_again(
    sessions: Sessions, parent: SalesInvoice
) -> None:
    await wish(sessions, parent, every(), now=at("2035-02-01T00:00"))
    await credit(sessions, parent, "60.00")
    held = await view(sessions, parent)
    assert held.standing.is_in_doubt
    assert held.problem is not None
    assert "credited in part" in held.problem
    await wish(sessions, parent, activated=False)
    assert (await view(sessions, parent)).standing.is_in_doubt
    await wish(sessions, parent, activated=True, now=at("2035-03-01T00:00"))
    agreed = await view(sessions, parent)
    assert (agreed.standing.is_in_doubt, agreed.problem) == (False, None)
    await credit(sessions, parent, "10.00")
    assert (await view(sessions, parent)).standing.is_in_doubt
    await wish(sessions, parent, every(copies=9), now=at("2035-03-01T00:00"))
    assert not (await view(sessions, parent)).standing.is_in_doubt


async def test_an_invoice_that_was_credited_in_full_has_no_problem(sessions: Sessions, parent: SalesInvoice) -> None:
    await wish(sessions, parent, every(), now=at("2035-02-01T00:00"))
    async with sessions.begin() as session:
        await recurrences.note_problem(session, parent.tenant, parent.id, "credited in part")
    await credit(sessions, parent, "119.00")
    assert (await view(sessions, parent)).problem is None


async def test_whoever_changes_a_recurrence_is_written_down(sessions: Sessions, parent: SalesInvoice) -> None:
    await wish(sessions, parent, every(2, "WEEK", copies=5, until=date(2036, 1, 1)))
    async with sessions() as session:
        event, *_ = await audit.list_events(session, parent.tenant, document=f"sales-invoice/{parent.code}", limit=5)
    assert (event.actor, event.action) == ("client:test", "set-recurring")
    assert event.detail == {
        "recurring": True,
        "recurring_activated": True,
        "every": 2,
        "frequency": "WEEK",
        "count": 5,
        "end_date": "2036-01-01",
    }


async def test_a_change_takes_the_problem_away(sessions: Sessions, parent: SalesInvoice) -> None:
    await wish(sessions, parent, every())
    async with sessions.begin() as session:
        await recurrences.note_problem(session, parent.tenant, parent.id, "no series")
    assert (await view(sessions, parent)).recurrence.problem == "no series"
    await wish(sessions, parent, every(2))
    assert (await view(sessions, parent)).recurrence.problem is None


async def test_a_draft_that_is_deleted_takes_its_schedule_along(sessions: Sessions, tenant: str) -> None:
    draft = await add_draft(sessions, tenant)
    await wish(sessions, draft, every())
    async with sessions.begin() as session:
        row = await sales_invoices.lock(session, tenant, draft.id)
        assert row is not None
        await sales_invoices.delete_draft(session, row)
    async with sessions() as session:
        assert await recurrences.find(session, tenant, draft.id) is None
