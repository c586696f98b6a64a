"""Previews are kept until they are taken, and not for long."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import document_previews
from database.document_previews import Made
from database.tables import DocumentPreview
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
WISH = {"task": "PAGE"}


async def add(sessions: Sessions, tenant: str, *, age: timedelta = timedelta(0)) -> UUID:
    async with sessions.begin() as session:
        preview_id = await document_previews.add(session, tenant, WISH)
        is_it = DocumentPreview.id == preview_id
        await session.execute(update(DocumentPreview).where(is_it).values(created_at=func.now() - age))
    return preview_id


async def test_a_preview_is_wanted_made_and_taken_once(sessions: Sessions, tenant: str) -> None:
    preview_id = await add(sessions, tenant)
    made = Made(b"%PDF-", "application/pdf")
    async with sessions.begin() as session:
        assert await document_previews.find_request(session, tenant, preview_id) == WISH
        await document_previews.complete(session, tenant, preview_id, made)
    async with sessions.begin() as session:
        assert await document_previews.find_request(session, tenant, preview_id) is None
        assert await document_previews.take(session, tenant, preview_id) == made
        assert await document_previews.take(session, tenant, preview_id) == Made()


async def test_what_nobody_waits_for_any_more_is_not_brought_back(sessions: Sessions, tenant: str) -> None:
    preview_id = await add(sessions, tenant)
    async with sessions.begin() as session:
        await document_previews.take(session, tenant, preview_id)
        await document_previews.complete(session, tenant, preview_id, Made(fault="too late"))
        assert await document_previews.take(session, tenant, preview_id) == Made()


async def test_a_tenant_neither_reads_nor_takes_anothers(sessions: Sessions, tenant: str) -> None:
    preview_id, other = await add(sessions, tenant), await another_tenant(sessions)
    async with sessions.begin() as session:
        assert await document_previews.find_request(session, other, preview_id) is None
        await document_previews.complete(session, other, preview_id, Made(b"x"))
        assert await document_previews.take(session, other, preview_id) == Made()
        assert await document_previews.find_request(session, tenant, preview_id) == WISH


async def test_old_ones_are_removed_made_or_not(sessions: Sessions, tenant: str) -> None:
    old = [await add(sessions, tenant, age=timedelta(minutes=61)) for _ in range(3)]
    young = await add(sessions, tenant, age=timedelta(minutes=59))
    async with sessions.begin() as session:
        await document_previews.complete(session, tenant, old[0], Made(b"x"))
    async with sessions.begin() as session:
        while await document_previews.forget_old(session, 2):
            pass
    async with sessions() as session:
        assert [await session.get(DocumentPreview, each) is None for each in (*old, young)] == [True, True, True, False]
