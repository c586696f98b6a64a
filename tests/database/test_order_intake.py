"""Order ids on their way into a job, few or many."""

from collections.abc import Iterator
from itertools import chain
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import jobs, order_intake
from database.jobs import NewJob
from database.order_intake import STREAMED_FROM, add_items
from database.tables import JobItem
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
ODD = ["\\", "\\N", "\\.", "a\\tb", '"', "Größe-Ω-漢字-😀", "'", "%s", "$1", "x" * 200]


async def empty_job(sessions: Sessions, tenant: str) -> UUID:
    async with sessions.begin() as session:
        return await jobs.create_job(session, NewJob(tenant, "MANUAL"))


async def stored(sessions: Sessions, tenant: str, job_id: UUID) -> list[tuple[int, str]]:
    async with sessions() as session:
        rows = select(JobItem.position, JobItem.order_id).where(JobItem.tenant == tenant, JobItem.job_id == job_id)
        return [(position, order_id) for position, order_id in await session.execute(rows.order_by(JobItem.position))]


@pytest.fixture(params=["few", "many"])
def streamed_from(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same both ways: in one statement, and as a stream."""
    if request.param == "many":
        monkeypatch.setattr(order_intake, "STREAMED_FROM", 2)


@pytest.mark.usefixtures("streamed_from")
async def test_orders_are_numbered_in_the_order_of_their_first_naming(sessions: Sessions, tenant: str) -> None:
    job_id = await empty_job(sessions, tenant)
    for named, new in ((["B", "A", "B", "C", "A"], 3), (["D", "C", "E", "D"], 2), (["A", "E"], 0)):
        async with sessions.begin() as session:
            assert await add_items(session, tenant, job_id, iter(named)) == new
    assert await stored(sessions, tenant, job_id) == [(1, "B"), (2, "A"), (3, "C"), (4, "D"), (5, "E")]


@pytest.mark.usefixtures("streamed_from")
async def test_every_visible_character_arrives_as_it_was_sent(sessions: Sessions, tenant: str) -> None:
    job_id = await empty_job(sessions, tenant)
    async with sessions.begin() as session:
        await add_items(session, tenant, job_id, ODD)
    assert [order_id for _, order_id in await stored(sessions, tenant, job_id)] == ODD


@pytest.mark.usefixtures("streamed_from")
async def test_another_jobs_orders_do_not_matter(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    first, second, theirs = [await empty_job(sessions, owner) for owner in (tenant, tenant, other)]
    for owner, job_id in ((tenant, first), (tenant, second), (other, theirs)):
        async with sessions.begin() as session:
            assert await add_items(session, owner, job_id, ["A", "B", "C"]) == 3


async def test_many_orders_are_taken_from_an_iterator_bit_by_bit(sessions: Sessions, tenant: str) -> None:
    job_id = await empty_job(sessions, tenant)
    count = 3 * STREAMED_FROM
    async with sessions.begin() as session:
        named = (f"EON{number:06d}" for number in chain(range(count), range(count)))
        assert await add_items(session, tenant, job_id, named) == count
    listed = await stored(sessions, tenant, job_id)
    assert listed == [(number + 1, f"EON{number:06d}") for number in range(count)]


async def test_a_source_that_breaks_off_leaves_nothing(sessions: Sessions, tenant: str) -> None:
    def broken() -> Iterator[str]:
        yield from (f"EON{number}" for number in range(2 * STREAMED_FROM))
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        async with sessions.begin() as session:
            await jobs.create_job(session, NewJob(tenant, "MANUAL", broken(), "key", "1"))
    async with sessions() as session:
        assert await session.scalar(select(JobItem.order_id).where(JobItem.tenant == tenant)) is None
    async with sessions.begin() as session:
        again = await jobs.create_job(session, NewJob(tenant, "MANUAL", ["A"], "key", "2"))
    assert await stored(sessions, tenant, again) == [(1, "A")]


async def test_the_limit_on_statements_holds_again_afterwards(sessions: Sessions, tenant: str) -> None:
    job_id = await empty_job(sessions, tenant)
    async with sessions.begin() as session:
        usual = await session.scalar(text("SHOW statement_timeout"))
        await add_items(session, tenant, job_id, (f"EON{number}" for number in range(STREAMED_FROM)))
        assert await session.scalar(text("SHOW statement_timeout")) == usual == "30s"
        assert await add_items(session, tenant, job_id, (f"NEXT{number}" for number in range(STREAMED_FROM))) > 0
