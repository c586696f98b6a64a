import asyncio
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from pydantic import JsonValue, SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import configurations
from database.configurations import DuplicateKey, Entry, UnreadableEntry
from database.secured_values import NO_KEY, SecuredValues

Sessions = async_sessionmaker[AsyncSession]


async def add(sessions: Sessions, tenant: str, *entries: Entry, secured_values: SecuredValues = NO_KEY) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, entries, secured_values)


@pytest.mark.parametrize(
    "value", [{"threshold": "24"}, "text", ["a", {"b": None}], True, 0, 19.6, "", {}, {"big": 10**19, "deep": [[[]]]}]
)
async def test_any_json_comes_back_as_it_was_stored(sessions: Sessions, tenant: str, value: JsonValue) -> None:
    await add(sessions, tenant, Entry(key="k", value=value))
    async with sessions() as session:
        assert await configurations.get_value(session, tenant, "k") == value


async def test_every_member_comes_back(sessions: Sessions, tenant: str) -> None:
    entry = Entry(
        "k", "v", 1, description="d", restricted=True, read_only=True, schema_url="https://example.com/s.json"
    )
    await add(sessions, tenant, entry)
    async with sessions() as session:
        assert await configurations.get_entry(session, tenant, "k", NO_KEY) == entry


async def test_a_key_that_is_not_there_has_no_value(sessions: Sessions, tenant: str) -> None:
    async with sessions() as session:
        assert await configurations.get_value(session, tenant, "nothing") is None
        assert await configurations.get_entry(session, tenant, "nothing", NO_KEY) is None
        assert await configurations.lock_state(session, tenant, "nothing") is None


async def test_some_or_all_configurations_are_listed_by_key(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, *(Entry(key, key) for key in ("b", "a", "c")))
    async with sessions() as session:
        everything = await configurations.list_entries(session, tenant, NO_KEY)
        some = await configurations.list_entries(session, tenant, NO_KEY, {"c", "a", "nothing"})
        none = await configurations.list_entries(session, tenant, NO_KEY, set())
    assert [[entry.key for entry in entries] for entries in (everything, some, none)] == [
        ["a", "b", "c"],
        ["a", "c"],
        [],
    ]


async def test_a_key_is_stored_once(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, Entry("k", "first"))
    with pytest.raises(DuplicateKey):
        await add(sessions, tenant, Entry("other", "x"), Entry("k", "second"))
    async with sessions() as session:
        assert await configurations.get_value(session, tenant, "k") == "first"
        assert await configurations.get_value(session, tenant, "other") is None


async def test_of_several_who_store_the_same_keys_at_once_one_succeeds(sessions: Sessions, tenant: str) -> None:
    entries = [Entry("a", 1), Entry("b", 2)]
    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(add(sessions, tenant, *(entries if i % 2 else reversed(entries))) for i in range(10)),
            return_exceptions=True,
        )
    assert sorted(type(result).__name__ for result in results) == ["DuplicateKey"] * 9 + ["NoneType"]


async def test_a_secured_value_is_not_readable_in_the_database(sessions: Sessions, tenant: str) -> None:
    secured_values = SecuredValues(SecretStr(Fernet.generate_key().decode()))
    await add(sessions, tenant, Entry("k", "s3cret", secured=True), secured_values=secured_values)
    async with sessions() as session:
        stored = await session.scalar(
            text("SELECT configurations::text FROM configurations WHERE tenant = :tenant"), {"tenant": tenant}
        )
        assert stored is not None
        assert "s3cret" not in stored
        assert await configurations.get_value(session, tenant, "k", secured_values) == "s3cret"


async def test_a_secured_value_that_cannot_be_opened_is_refused_with_its_key(sessions: Sessions, tenant: str) -> None:
    secured_values = SecuredValues(SecretStr(Fernet.generate_key().decode()))
    await add(sessions, tenant, Entry("my.secret", "s3cret", secured=True), secured_values=secured_values)
    async with sessions() as session:
        with pytest.raises(UnreadableEntry, match=r"'my\.secret' cannot be read") as refusal:
            await configurations.get_value(session, tenant, "my.secret")
        assert "s3cret" not in str(refusal.value)
        state = await configurations.lock_state(session, tenant, "my.secret")
    assert state == Entry("my.secret", None, secured=True)


async def test_a_configuration_is_replaced_and_deleted(sessions: Sessions, tenant: str) -> None:
    entry = Entry("k", "v", schema_url="https://example.com/s.json")
    await add(sessions, tenant, entry)
    changed = replace(entry, value=["w"], version=2, description="new", restricted=True)
    async with sessions.begin() as session:
        await configurations.replace_entry(session, tenant, changed, NO_KEY)
        assert await configurations.get_entry(session, tenant, "k", NO_KEY) == changed
        await configurations.delete_entry(session, tenant, "k")
        assert await configurations.get_entry(session, tenant, "k", NO_KEY) is None
