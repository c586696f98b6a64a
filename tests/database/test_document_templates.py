"""Versions of a tenant's templates: numbered, never changed, one active or none."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import document_templates
from database.audit import list_events
from database.document_templates import TemplateKind, UnknownVersion, digest_of
from database.tables import DocumentTemplate, JsonObject
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
PAGE, MAIL = TemplateKind.DOCUMENT, TemplateKind.MAIL
ACTOR = "client:test"


async def add(
    sessions: Sessions, tenant: str, kind: TemplateKind = PAGE, content: JsonObject | None = None
) -> DocumentTemplate:
    async with sessions.begin() as session:
        return await document_templates.add(
            session, tenant, kind, content or {"html": "<html/>", "css": ""}, note="n", actor=ACTOR
        )


async def active(sessions: Sessions, tenant: str, kind: TemplateKind = PAGE) -> int | None:
    async with sessions() as session:
        row = await document_templates.active(session, tenant, kind)
    return row.version if row else None


async def test_versions_are_numbered_in_each_tenant_and_kind(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    made = [await add(sessions, tenant), await add(sessions, tenant), await add(sessions, tenant, MAIL)]
    made.append(await add(sessions, other))
    assert [(row.kind, row.version) for row in made] == [(PAGE, 1), (PAGE, 2), (MAIL, 1), (PAGE, 1)]
    async with sessions() as session:
        assert [row.version for row in await document_templates.list_versions(session, tenant, PAGE)] == [2, 1]
        assert await document_templates.find_version(session, other, PAGE, 2) is None
        found = await document_templates.find(session, tenant, made[1].id)
        assert found is not None
        assert (found.version, found.note, found.created_by) == (2, "n", ACTOR)


async def test_versions_that_come_at_once_are_numbered_one_after_the_other(sessions: Sessions, tenant: str) -> None:
    made = await asyncio.gather(*(add(sessions, tenant) for _ in range(6)))
    assert sorted(row.version for row in made) == [1, 2, 3, 4, 5, 6]


async def test_one_version_is_active_or_none(sessions: Sessions, tenant: str) -> None:
    for _ in range(2):
        await add(sessions, tenant)
    assert await active(sessions, tenant) is None
    for version in (1, 2, 2, 1):
        async with sessions.begin() as session:
            row = await document_templates.activate(session, tenant, PAGE, version, actor=ACTOR)
            assert row.version == version
        assert await active(sessions, tenant) == version
    assert await active(sessions, tenant, MAIL) is None
    for _ in range(2):
        async with sessions.begin() as session:
            await document_templates.reset(session, tenant, PAGE, actor=ACTOR)
        assert await active(sessions, tenant) is None
    async with sessions() as session:
        events = await list_events(session, tenant, document="template/document", limit=9)
    assert [(event.action, event.detail.get("version"), event.detail.get("before")) for event in events] == [
        ("reset", None, 1),
        ("activate", 1, 2),
        ("activate", 2, 1),
        ("activate", 1, None),
        ("create", 2, None),
        ("create", 1, None),
    ]


async def test_a_version_of_nobody_or_of_somebody_else_is_not_activated(sessions: Sessions, tenant: str) -> None:
    await add(sessions, await another_tenant(sessions))
    async with sessions.begin() as session:
        with pytest.raises(UnknownVersion, match="no version 1 of the document template"):
            await document_templates.activate(session, tenant, PAGE, 1, actor=ACTOR)


async def test_a_stored_version_never_changes(sessions: Sessions, tenant: str) -> None:
    row = await add(sessions, tenant)
    is_it = DocumentTemplate.id == row.id
    for change in (update(DocumentTemplate).where(is_it).values(note="x"), delete(DocumentTemplate).where(is_it)):
        async with sessions() as session:
            with pytest.raises(DBAPIError, match="document_templates"):
                await session.execute(change)
    async with sessions() as session:
        with pytest.raises(DBAPIError):
            await session.execute(text("TRUNCATE document_templates CASCADE"))


async def test_a_tenant_does_not_find_anothers(sessions: Sessions, tenant: str) -> None:
    row = await add(sessions, tenant)
    other = await another_tenant(sessions)
    async with sessions() as session:
        assert await document_templates.find(session, other, row.id) is None
        assert await document_templates.find(session, tenant, UUID(int=7)) is None


def test_the_digest_is_of_the_content_alone() -> None:
    assert digest_of({"a": "\u00fc", "b": {"c": "1", "d": "2"}}) == digest_of(
        {"b": {"d": "2", "c": "1"}, "a": "\u00fc"}
    )
    # printf '{"css":"","html":"x"}' | sha256sum
    assert digest_of({"html": "x", "css": ""}) == "a3f5daac62ca382dff30f47fba9c7e11f432e2463c38eacdafde9d89fc4e689f"
