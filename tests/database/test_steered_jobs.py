"""Jobs that are paused, cancelled, tried again or only previewed."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import job_lists, jobs
from database.job_lists import Item
from database.jobs import ItemOutcome, NewJob
from database.tables import Job
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
Word = Literal["paused", "resumed", "cancelled"]


async def create(sessions: Sessions, tenant: str, order_ids: str = "ABCD", *, dry_run: bool = False) -> UUID:
    async with sessions.begin() as session:
        return await jobs.create_job(session, NewJob(tenant, "MANUAL", order_ids, dry_run=dry_run))


async def record(sessions: Sessions, tenant: str, job_id: UUID, **states: str) -> None:
    async with sessions.begin() as session:
        for order_id, state in states.items():
            outcome = ItemOutcome(state, "capture_payment", "payment_declined", "declined", uuid4())
            await jobs.record_outcome(session, tenant, job_id, order_id, outcome)


async def items(sessions: Sessions, tenant: str, job_id: UUID) -> dict[str, Item]:
    async with sessions() as session:
        return {view.item.order_id: view.item for view in await job_lists.list_items(session, tenant, job_id)}


async def read(sessions: Sessions, job_id: UUID) -> Job:
    async with sessions() as session:
        return (await session.scalars(select(Job).where(Job.id == job_id))).one()


async def finish(sessions: Sessions, tenant: str, job_id: UUID) -> Job:
    async with sessions.begin() as session:
        await jobs.finish_job(session, tenant, job_id)
    return await read(sessions, job_id)


async def reopen(sessions: Sessions, tenant: str, job_id: UUID, *, held: bool) -> int:
    async with sessions.begin() as session:
        return await jobs.reopen(session, tenant, job_id, held=held)


async def stand(sessions: Sessions, tenant: str, job_id: UUID, word: Word) -> Job:
    async with sessions.begin() as session:
        await jobs.note_standing(session, tenant, job_id, word)
    return await read(sessions, job_id)


@pytest.mark.parametrize(("held", "again"), [(False, {"A"}), (True, {"A", "B"})])
async def test_failed_orders_wait_again_and_only_of_held_ones_something_is_known(
    sessions: Sessions, tenant: str, held: bool, again: set[str]
) -> None:
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, A="FAILURE", B="HELD", C="SUCCESS")
    await stand(sessions, tenant, job_id, "cancelled")
    before = await items(sessions, tenant, job_id)
    await finish(sessions, tenant, job_id)
    assert await reopen(sessions, tenant, job_id, held=held) == len(again)
    after = await items(sessions, tenant, job_id)
    for order_id, item in after.items():
        if order_id in again:
            assert item.state == "PENDING"
            known = before[order_id] if before[order_id].state == "HELD" else None
            assert (item.reason, item.message) == ((known.reason, known.message) if known else (None, None))
            assert item.invoice_id == (known.invoice_id if known else None)
        else:
            assert (item.state, item.invoice_id) == (before[order_id].state, before[order_id].invoice_id)
    job = await read(sessions, job_id)
    assert (job.finished_at, job.cancelled_at, job.message) == (None, None, None)


async def test_a_held_order_that_was_to_run_again_is_held_again_when_its_job_is_cancelled(
    sessions: Sessions, tenant: str
) -> None:
    """Its workflow waits for a person all the while, perhaps with captured money: nobody may lose sight of it."""
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, A="FAILURE", B="HELD", C="SUCCESS")
    await finish(sessions, tenant, job_id)
    before = (await items(sessions, tenant, job_id))["B"]
    await reopen(sessions, tenant, job_id, held=True)
    async with sessions.begin() as session:
        await jobs.close_job(session, tenant, job_id, "cancelled", "the job was cancelled")
    after = await items(sessions, tenant, job_id)
    states = {order_id: item.state for order_id, item in after.items()}
    assert states == {"A": "FAILURE", "B": "HELD", "C": "SUCCESS", "D": "FAILURE"}
    assert (after["B"].reason, after["B"].message) == (before.reason, before.message)
    assert (await read(sessions, job_id)).cancelled_at is not None


async def test_a_job_that_ends_is_paused_no_more(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    await stand(sessions, tenant, job_id, "paused")
    assert (await finish(sessions, tenant, job_id)).paused_at is None


async def test_a_job_is_begun_by_one_only(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    async with sessions.begin() as session:
        assert await jobs.claim_unbegun(session, tenant, job_id)
    async with sessions.begin() as session:
        assert not await jobs.claim_unbegun(session, tenant, job_id)


async def test_a_job_that_has_ended_takes_no_more_orders(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    async with sessions.begin() as session:
        assert await jobs.lock_searching(session, tenant, job_id)
    await finish(sessions, tenant, job_id)
    async with sessions.begin() as session:
        assert not await jobs.lock_searching(session, tenant, job_id)


async def test_a_job_without_failed_orders_stays_ended(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, A="SUCCESS", B="HELD")
    ended = await finish(sessions, tenant, job_id)
    assert await reopen(sessions, tenant, job_id, held=False) == 0
    job = await read(sessions, job_id)
    assert (job.finished_at, job.message) == (ended.finished_at, ended.message)
    assert job.finished_at is not None


async def test_the_instant_of_a_standing_is_that_of_its_first_note(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    first = (await stand(sessions, tenant, job_id, "paused")).paused_at
    assert first is not None
    assert (await stand(sessions, tenant, job_id, "paused")).paused_at == first
    assert (await stand(sessions, tenant, job_id, "resumed")).paused_at is None
    later = (await stand(sessions, tenant, job_id, "paused")).paused_at
    assert later is not None
    assert later > first
    cancelled = (await stand(sessions, tenant, job_id, "cancelled")).cancelled_at
    assert cancelled is not None
    assert (await stand(sessions, tenant, job_id, "cancelled")).cancelled_at == cancelled


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("", None),
        ("A", "one order was on hold when the job ended"),
        ("ABD", "3 orders were on hold when the job ended"),
    ],
)
async def test_a_job_ends_and_says_how_many_orders_wait_for_a_person(
    sessions: Sessions, tenant: str, held: str, words: str | None
) -> None:
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, **dict.fromkeys(held, "HELD"), C="SUCCESS")
    assert (await finish(sessions, tenant, job_id)).message == words


async def test_what_was_said_of_a_job_before_is_kept_at_its_end(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, A="HELD")
    async with sessions.begin() as session:
        await jobs.explain_job(session, tenant, job_id, "there is something else")
    assert (await finish(sessions, tenant, job_id)).message == "there is something else"


async def test_a_page_holds_only_what_waits(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "ABCDEFG")
    await record(sessions, tenant, job_id, A="SUCCESS", C="FAILURE", D="HELD", F="SUCCESS")
    async with sessions() as session:

        async def page(after: int) -> list[tuple[int, str]]:
            listed = await jobs.next_items(session, tenant, job_id, after_position=after, limit=2)
            return [(item.position, item.order_id) for item in listed]

        assert await page(0) == [(2, "B"), (5, "E")]
        assert await page(5) == [(7, "G")]
        assert await page(7) == []


async def test_items_are_counted(sessions: Sessions, tenant: str) -> None:
    job_id, empty = await create(sessions, tenant), await create(sessions, tenant, "")
    await record(sessions, tenant, job_id, A="SUCCESS", B="HELD")
    async with sessions() as session:
        assert await jobs.counts(session, tenant, job_id) == {"PENDING": 2, "SUCCESS": 1, "HELD": 1}
        assert await jobs.count_items(session, tenant, job_id) == 4
        assert await jobs.counts(session, tenant, empty) == {}
        assert await jobs.count_items(session, tenant, empty) == 0


async def preview(sessions: Sessions, tenant: str, job_id: UUID, order_id: str, state: str) -> None:
    async with sessions.begin() as session:
        await jobs.record_preview(
            session, tenant, job_id, order_id,
            state=state, step=None, reason=None, message="would be", total=Decimal("11.90"), currency="EUR",
        )  # fmt: skip


async def test_a_preview_is_written_on_its_own_job_alone(sessions: Sessions, tenant: str) -> None:
    real, dry = await create(sessions, tenant), await create(sessions, tenant, dry_run=True)
    await record(sessions, tenant, real, A="HELD")
    await preview(sessions, tenant, dry, "A", "SUCCESS")
    await preview(sessions, tenant, dry, "A", "HELD")
    item = (await items(sessions, tenant, dry))["A"]
    assert (item.state, item.message, item.total, item.currency) == ("HELD", "would be", Decimal("11.90"), "EUR")
    assert (await items(sessions, tenant, real))["A"].message == "declined"
    assert (await items(sessions, tenant, dry))["B"].state == "PENDING"


async def test_a_real_outcome_leaves_a_dry_runs_report_alone(sessions: Sessions, tenant: str) -> None:
    real, dry = await create(sessions, tenant), await create(sessions, tenant, dry_run=True)
    await preview(sessions, tenant, dry, "A", "HELD")
    await record(sessions, tenant, real, A="SUCCESS")
    item = (await items(sessions, tenant, dry))["A"]
    assert (item.state, item.message, item.invoice_id) == ("HELD", "would be", None)


async def test_open_jobs_come_in_pages_the_longest_running_first(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    made = [await create(sessions, owner) for owner in (tenant, other, tenant, tenant, tenant)]
    ended, young, waiting = made[2], made[3], await create(sessions, tenant)
    now = (await read(sessions, waiting)).created_at
    # Earlier than any other test's jobs.
    long_ago = now - timedelta(days=9_000)
    async with sessions.begin() as session:
        for job_id in made:
            await jobs.begin_job(session, (await session.get_one(Job, job_id)).tenant, job_id)
        await jobs.finish_job(session, tenant, ended)
        for hours, job_id in ((2, made[0]), (1, made[1]), (1, made[4]), (0, ended), (72, young)):
            begun = long_ago + timedelta(hours=hours)
            await session.execute(update(Job).where(Job.id == job_id).values(started_at=begun))

    async def page(after: tuple[datetime, UUID] | None) -> list[Job]:
        async with sessions() as session:
            return await jobs.open_jobs(session, begun_before=long_ago + timedelta(days=1), after=after, limit=2)

    first = await page(None)
    assert {job.id for job in first} == {made[1], made[4]}
    last = first[-1]
    assert last.started_at is not None
    rest = await page((last.started_at, last.id))
    assert [job.id for job in rest] == [made[0]]
    assert rest[0].started_at is not None
    assert await page((rest[0].started_at, rest[0].id)) == []
    async with sessions.begin() as session:
        for job_id in (*made, waiting):
            await jobs.finish_job(session, (await session.get_one(Job, job_id)).tenant, job_id)


async def test_another_tenant_steers_nothing(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    job_id = await create(sessions, tenant)
    await record(sessions, tenant, job_id, A="FAILURE")
    async with sessions.begin() as session:
        assert await jobs.reopen(session, other, job_id, held=True) == 0
        assert await jobs.counts(session, other, job_id) == {}
        for word in ("paused", "cancelled"):
            await jobs.note_standing(session, other, job_id, word)
        await jobs.note_search(session, other, job_id, "2026-01-01T00:00:00Z")
    await preview(sessions, other, job_id, "A", "SUCCESS")
    job = await read(sessions, job_id)
    assert (job.paused_at, job.cancelled_at, job.search_cursor) == (None, None, None)
    assert (await items(sessions, tenant, job_id))["A"].state == "FAILURE"


async def test_a_job_that_nobody_has_begun_is_cancelled_once_and_no_sweep_begins_it(
    sessions: Sessions, tenant: str
) -> None:
    job_id = await create(sessions, tenant)
    other = await another_tenant(sessions)

    async def cancel(whose: str, which: UUID) -> bool:
        async with sessions.begin() as session:
            return await jobs.cancel_before_begin(session, whose, which, "cancelled", "nobody wants it")

    assert not await cancel(other, job_id)
    assert await cancel(tenant, job_id)
    assert not await cancel(tenant, job_id)
    job = await read(sessions, job_id)
    assert None not in {job.started_at, job.finished_at, job.cancelled_at}
    assert {item.state for item in (await items(sessions, tenant, job_id)).values()} == {"FAILURE"}
    async with sessions() as session:
        waiting = await jobs.jobs_not_begun(session, older_than=timedelta(0), limit=10_000)
    assert job_id not in {each.id for each in waiting}


async def test_a_job_that_has_begun_is_not_cancelled_behind_its_workflow(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant)
    async with sessions.begin() as session:
        await jobs.begin_job(session, tenant, job_id)
        assert not await jobs.cancel_before_begin(session, tenant, job_id, "cancelled", "nobody wants it")
    job = await read(sessions, job_id)
    assert (job.finished_at, job.cancelled_at) == (None, None)
