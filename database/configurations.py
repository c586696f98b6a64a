"""Configurations of a tenant (Emporix A.2). The caller owns the transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database.secured_values import NO_KEY, NoEncryptionKey, SecuredValues, UnreadableValue
from database.tables import Configuration, JsonObject

FIRST_VERSION = 1


class DuplicateKey(Exception):
    """The tenant has a configuration of that key."""


class UnreadableEntry(Exception):
    """A secured value cannot be opened: the installation's key is missing or another one than when it was stored."""

    def __init__(self, key: str, reason: Exception) -> None:
        super().__init__(f"the configuration {key!r} cannot be read: {reason}")
        self.key = key


@dataclass(frozen=True)
class Entry:
    """A configuration with its value in the clear."""

    key: str
    value: JsonValue
    version: int = FIRST_VERSION
    description: str | None = None
    secured: bool = False
    """Encrypted where it is stored; the value is text."""
    restricted: bool = False
    """Cannot be deleted."""
    read_only: bool = False
    """Cannot be updated."""
    schema_url: str | None = None


async def list_entries(
    session: AsyncSession, tenant: str, secured_values: SecuredValues, keys: Collection[str] | None = None
) -> list[Entry]:
    """The tenant's configurations in order of key; only those of `keys` where given.

    Raises:
        UnreadableEntry: one of them is secured and cannot be opened.
    """
    query = _of(tenant).order_by(Configuration.key)
    if keys is not None:
        query = query.where(Configuration.key.in_(keys))
    return [_entry(row, secured_values) for row in await session.scalars(query)]


async def get_entry(session: AsyncSession, tenant: str, key: str, secured_values: SecuredValues) -> Entry | None:
    """The tenant's configuration of that key.

    Raises:
        UnreadableEntry: it is secured and cannot be opened.
    """
    row = await session.scalar(_of(tenant).where(Configuration.key == key))
    return _entry(row, secured_values) if row else None


async def get_value(session: AsyncSession, tenant: str, key: str, secured_values: SecuredValues = NO_KEY) -> JsonValue:
    """The value of the tenant's configuration of that key, None where there is none.

    Raises:
        UnreadableEntry: it is secured and cannot be opened.
    """
    entry = await get_entry(session, tenant, key, secured_values)
    return entry.value if entry else None


async def lock_state(session: AsyncSession, tenant: str, key: str) -> Entry | None:
    """The configuration without its value, locked until the transaction ends; it need not be openable for that."""
    row = await session.scalar(_of(tenant).where(Configuration.key == key).with_for_update())
    return _entry(row, None) if row else None


async def add_entries(
    session: AsyncSession, tenant: str, entries: Sequence[Entry], secured_values: SecuredValues
) -> None:
    """Store new configurations.

    Raises:
        DuplicateKey: there is one of such a key, or two of them share one.
        NoEncryptionKey: one is to be secured and the installation has no key.
    """
    for entry in sorted(entries, key=lambda entry: entry.key):  # one order for everybody: nobody waits in a circle
        columns = {
            "tenant": tenant,
            "key": entry.key,
            "schema_url": entry.schema_url,
            **_columns(entry, secured_values),
        }
        added = insert(Configuration).values(**columns).on_conflict_do_nothing().returning(Configuration.key)
        if await session.scalar(added) is None:
            raise DuplicateKey(entry.key)


async def replace_entry(session: AsyncSession, tenant: str, entry: Entry, secured_values: SecuredValues) -> None:
    """Store all of an existing configuration anew but its key and schema URL, which are fixed.

    Raises:
        NoEncryptionKey: it is to be secured and the installation has no key.
    """
    columns = _columns(entry, secured_values)
    where = (Configuration.tenant == tenant, Configuration.key == entry.key)
    await session.execute(update(Configuration).where(*where).values(**columns))


async def delete_entry(session: AsyncSession, tenant: str, key: str) -> None:
    """Delete the configuration of that key, if there is one."""
    await session.execute(delete(Configuration).where(Configuration.tenant == tenant, Configuration.key == key))


def _of(tenant: str) -> Select[Configuration]:
    return select(Configuration).where(Configuration.tenant == tenant).execution_options(populate_existing=True)


def _columns(entry: Entry, secured_values: SecuredValues) -> dict[str, object]:
    value = secured_values.seal(str(entry.value)) if entry.secured else entry.value
    return {
        "value": {"value": value},
        "version": entry.version,
        "description": entry.description,
        "secured": entry.secured,
        "restricted": entry.restricted,
        "read_only": entry.read_only,
    }


def _entry(row: Configuration, secured_values: SecuredValues | None) -> Entry:
    return Entry(
        key=row.key,
        value=opened(row.key, row.value, secured_values, secured=row.secured) if secured_values else None,
        version=row.version,
        description=row.description,
        secured=row.secured,
        restricted=row.restricted,
        read_only=row.read_only,
        schema_url=row.schema_url,
    )


def opened(key: str, column: JsonObject, secured_values: SecuredValues, *, secured: bool) -> JsonValue:
    """What the column `value` of a row holds.

    Raises:
        UnreadableEntry: it is secured and cannot be opened.
    """
    stored: JsonValue = column["value"]
    if not secured:
        return stored
    try:
        return secured_values.open(str(stored))
    except (NoEncryptionKey, UnreadableValue) as error:
        raise UnreadableEntry(key, error) from error
