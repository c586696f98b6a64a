"""Lists of jobs by how they stand, and of a job's orders by what became of them."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import job_lists, jobs
from database.job_lists import JobFilter, JobState
from database.jobs import ItemOutcome, NewJob
from database.tables import Job
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


async def make(sessions: Sessions, tenant: str, *standing: str, job_type: str = "MANUAL") -> UUID:
    """A job of orders A and B; `standing` names what has happened to it, and states of A."""
    async with sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(tenant, job_type, ["A", "B"]))
        for event in standing:
            if event in {"paused", "resumed", "cancelled"}:
                await jobs.note_standing(session, tenant, job_id, event)  # type: ignore[arg-type]
            elif event == "finished":
                await jobs.finish_job(session, tenant, job_id)
            else:
                outcome = ItemOutcome(event, None, None, "so it is", None)
                await jobs.record_outcome(session, tenant, job_id, "A", outcome)
    return job_id


async def listed(sessions: Sessions, tenant: str, wanted: JobFilter) -> set[UUID]:
    async with sessions() as session:
        views, total = await job_lists.list_jobs(session, tenant, limit=100, offset=0, wanted=wanted)
    assert total == len(views)
    return {view.job.id for view in views}


STANDINGS: list[tuple[tuple[str, ...], JobState]] = [
    ((), JobState.IN_PROGRESS),
    (("paused",), JobState.PAUSED),
    (("paused", "resumed"), JobState.IN_PROGRESS),
    (("paused", "finished"), JobState.DONE),
    (("finished",), JobState.DONE),
    (("cancelled",), JobState.CANCELLED),
    (("paused", "cancelled"), JobState.CANCELLED),
    (("cancelled", "finished"), JobState.CANCELLED),
]


async def test_every_job_is_in_exactly_one_state(sessions: Sessions, tenant: str) -> None:
    made = [(await make(sessions, tenant, *standing), state) for standing, state in STANDINGS]
    await make(sessions, await another_tenant(sessions))
    for state in JobState:
        expected = {job_id for job_id, its_state in made if its_state is state}
        assert await listed(sessions, tenant, JobFilter(state=state)) == expected, state


async def test_jobs_are_told_apart_by_type_and_by_held_orders(sessions: Sessions, tenant: str) -> None:
    manual, automatic = [await make(sessions, tenant, job_type=name) for name in ("MANUAL", "AUTOMATIC")]
    held = await make(sessions, tenant, "HELD", "finished")
    released = await make(sessions, tenant, "HELD")
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, released, "A", ItemOutcome("FAILURE", None, None, "no", None))
    # The last outcome was also that of the other job that held the order.
    assert await listed(sessions, tenant, JobFilter(held=True)) == set()
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, held, "A", ItemOutcome("HELD", None, None, "no", None))
    assert await listed(sessions, tenant, JobFilter(held=True)) == {held}
    assert await listed(sessions, tenant, JobFilter(held=False)) == {manual, automatic, released}
    assert await listed(sessions, tenant, JobFilter(job_type="AUTOMATIC")) == {automatic}
    assert await listed(sessions, tenant, JobFilter(JobState.DONE, "MANUAL", held=True)) == {held}
    assert await listed(sessions, tenant, JobFilter(JobState.PAUSED, held=True)) == set()


async def test_the_wanted_jobs_are_paged_the_newest_first(sessions: Sessions, tenant: str) -> None:
    made = [await make(sessions, tenant, *(["paused"] if number % 2 else [])) for number in range(6)]
    async with sessions.begin() as session:
        for age, job_id in enumerate(made):
            older = Job.created_at - timedelta(hours=age)
            await session.execute(update(Job).where(Job.id == job_id).values(created_at=older))
    async with sessions() as session:
        views, total = await job_lists.list_jobs(
            session, tenant, limit=2, offset=1, wanted=JobFilter(state=JobState.PAUSED)
        )
    assert ([view.job.id for view in views], total) == ([made[3], made[5]], 3)


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("finished_at IS NULL AND cancelled_at IS NULL", "finished_at IS NULL"),
        ("cancelled_at IS NOT NULL", "cancelled_at IS NOT NULL"),
    ],
)
async def test_rare_states_have_an_index(sessions: Sessions, tenant: str, condition: str, index: str) -> None:
    """In a copy of the table where such jobs are rare: which index is best depends on what the table holds."""
    async with sessions.begin() as session:
        await session.execute(text("CREATE TEMPORARY TABLE many_jobs (LIKE jobs INCLUDING ALL) ON COMMIT DROP"))
        await session.execute(
            text(
                "INSERT INTO many_jobs (id, tenant, job_type, request_hash, created_at, finished_at, cancelled_at)"
                " SELECT gen_random_uuid(), :tenant, 'MANUAL', '', now() - n * interval '1 s',"
                " CASE WHEN n % 1000 > 0 THEN now() END, CASE WHEN n % 1000 = 1 THEN now() END"
                " FROM generate_series(1, 20000) AS n"
            ),
            {"tenant": tenant},
        )
        await session.execute(text("ANALYZE many_jobs"))
        wanted = f"SELECT * FROM many_jobs WHERE tenant = :tenant AND {condition} ORDER BY created_at DESC, id LIMIT 20"
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {wanted}"), {"tenant": tenant}))
        partial = await session.scalars(
            text(
                "SELECT indexname FROM pg_indexes WHERE tablename = 'many_jobs' AND indexdef LIKE '%WHERE%(' || :index"
                " || ')'"
            ),
            {"index": index},
        )
        assert any(name in plan for name in partial)


async def test_orders_are_listed_by_state_and_after_a_position(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(tenant, "MANUAL", "ABCDEF"))
        for order_id in "ACDF":
            await jobs.record_outcome(session, tenant, job_id, order_id, ItemOutcome("HELD", None, None, "no", None))
    async with sessions() as session:

        async def ids(**wanted: object) -> str:
            views = await job_lists.list_items(session, tenant, job_id, **wanted)  # type: ignore[arg-type]
            return "".join(view.item.order_id for view in views)

        assert await ids() == "ABCDEF"
        assert await ids(state="HELD") == "ACDF"
        assert await ids(state="HELD", after_position=1, limit=2) == "CD"
        assert await ids(state="HELD", limit=2, offset=2) == "DF"
        assert await ids(state="SUCCESS") == ""
        assert await ids(after_position=4) == "EF"


async def test_an_order_is_found_in_every_job_of_its_tenant_the_newest_word_first(
    sessions: Sessions, tenant: str
) -> None:
    first, second = await make(sessions, tenant), await make(sessions, tenant, "HELD")
    await make(sessions, await another_tenant(sessions), "HELD")
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, first, "A", ItemOutcome("FAILURE", None, None, "no", None))
    async with sessions() as session:
        views = await job_lists.items_of_order(session, tenant, "A", limit=10)
        assert len(await job_lists.items_of_order(session, tenant, "A", limit=1)) == 1
        assert await job_lists.items_of_order(session, tenant, "C", limit=10) == []
    assert {view.item.job_id for view in views} == {first, second}
    changed = [view.item.updated_at for view in views]
    assert changed == sorted(changed, reverse=True)
