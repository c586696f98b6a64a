"""The outbox: what was not started yet, and nothing else, is found again."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import outbox

Sessions = async_sessionmaker[AsyncSession]
NOW, A_MINUTE = timedelta(0), timedelta(minutes=1)


async def pending(sessions: Sessions, older_than: timedelta) -> list[outbox.PendingStart]:
    async with sessions() as session:
        return await outbox.pending_starts(session, older_than=older_than, limit=10_000)


async def test_a_start_waits_until_it_is_marked(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        start_id = await outbox.add_start(session, tenant, {"workflow": "InvoiceDelivery"})
    assert outbox.PendingStart(start_id, {"workflow": "InvoiceDelivery"}) in await pending(sessions, NOW)
    async with sessions.begin() as session:
        await outbox.mark_started(session, start_id)
    assert start_id not in {start.id for start in await pending(sessions, NOW)}


async def test_who_wrote_it_is_given_time_to_start_it(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        start_id = await outbox.add_start(session, tenant, {})
    assert start_id not in {start.id for start in await pending(sessions, A_MINUTE)}
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE workflow_starts SET created_at = now() - interval '2 minutes' WHERE id = :id"),
            {"id": start_id},
        )
    assert start_id in {start.id for start in await pending(sessions, A_MINUTE)}


async def test_a_start_of_a_change_that_was_rolled_back_never_was(sessions: Sessions, tenant: str) -> None:
    async with sessions() as session:
        start_id = await outbox.add_start(session, tenant, {})
    assert start_id not in {start.id for start in await pending(sessions, NOW)}


async def test_what_was_tried_in_vain_goes_behind_the_others(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        tried, waiting = [await outbox.add_start(session, tenant, {}) for _ in range(2)]
    async with sessions.begin() as session:
        await outbox.mark_tried(session, tried)
    ours = [start.id for start in await pending(sessions, NOW) if start.id in {tried, waiting}]
    assert ours == [waiting, tried]
