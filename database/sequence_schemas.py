"""The schemas of number series: created, activated, deleted (Emporix A.3). The caller owns the transaction."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import JsonObject, SequenceSchema

NEW = 1
"""Version of a schema that was never activated; each activation and deactivation adds one, drawing does not."""

DELETED = "#deleted"
"""Ends the type of a deleted schema that issued numbers. No type that a caller can name holds a `#`."""


@dataclass(frozen=True)
class NewSchema:
    """A schema as a caller describes it; `placeholders` as in its JSON."""

    name: str
    schema_type: str
    pre_text: str
    post_text: str
    start_value: int
    """One less than the first number."""
    max_value: int
    number_of_digits: int
    placeholders: JsonObject


async def create_schema(session: AsyncSession, tenant: str, new: NewSchema) -> UUID:
    """Store a schema, not active."""
    schema_id = uuid4()
    session.add(
        SequenceSchema(id=schema_id, tenant=tenant, **vars(new), active=False, counter=new.start_value, version=NEW)
    )
    await session.flush()
    return schema_id


async def list_schemas(session: AsyncSession, tenant: str, schema_type: str | None = None) -> list[SequenceSchema]:
    """The tenant's schemas, pools among them, the oldest first; only those of a type where given."""
    query = select(SequenceSchema).where(SequenceSchema.tenant == tenant, _is_there())
    if schema_type is not None:
        query = query.where(SequenceSchema.schema_type == schema_type)
    return list(await session.scalars(query.order_by(SequenceSchema.created_at, SequenceSchema.id)))


async def get_schema(session: AsyncSession, tenant: str, schema_id: UUID) -> SequenceSchema | None:
    """The tenant's schema of that id."""
    return await session.scalar(
        select(SequenceSchema)
        .where(SequenceSchema.tenant == tenant, SequenceSchema.id == schema_id, _is_there())
        .execution_options(populate_existing=True)
    )


async def set_active(session: AsyncSession, tenant: str, schema_id: UUID) -> bool:
    """Make the schema the one its type is drawn from, and no other. False: there is no such schema."""
    schema = await _alone(session, tenant, schema_id)
    if schema is None:
        return False
    if not schema.active:
        of_type = (SequenceSchema.tenant == tenant, SequenceSchema.schema_type == schema.schema_type)
        await _change(session, *of_type, SequenceSchema.active.is_(True), active=False)
        await _change(session, SequenceSchema.id == schema_id, active=True)
    return True


async def delete_schema(session: AsyncSession, tenant: str, schema_id: UUID) -> None:
    """Delete the schema, if there is one.

    A schema that issued numbers only leaves sight: its row stays under another type, so that where its series began
    and how it printed can be shown for every invoice that bears one of its numbers.
    """
    schema = await _alone(session, tenant, schema_id)
    if schema is None:
        return
    by_id = SequenceSchema.id == schema_id
    if schema.counter == schema.start_value:
        await session.execute(delete(SequenceSchema).where(by_id))
    else:
        await _change(session, by_id, schema_type=schema.schema_type + DELETED, active=False)


async def stay_active(session: AsyncSession, tenant: str, schema_type: str) -> None:
    """Keep the type's schemas from being activated or deleted until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(_lock_key(lock_name(tenant, schema_type)))))


def lock_name(tenant: str, schema_type: str) -> str:
    """What `hashtextextended(..., 0)` makes the key of the type's advisory lock of."""
    return f"series/{tenant}/{schema_type}"


def of_type(tenant: str, schema_type: str) -> Select[SequenceSchema]:
    """All schemas of exactly that type, as they are in the database now."""
    return (
        select(SequenceSchema)
        .where(SequenceSchema.tenant == tenant, SequenceSchema.schema_type == schema_type)
        .order_by(SequenceSchema.id)
        .execution_options(populate_existing=True)
    )


async def _alone(session: AsyncSession, tenant: str, schema_id: UUID) -> SequenceSchema | None:
    """The schema, after everybody has ceased to draw from its type; until the transaction ends nobody draws again."""
    schema = await get_schema(session, tenant, schema_id)
    if schema is None:
        return None
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(lock_name(tenant, schema.schema_type)))))
    return await get_schema(session, tenant, schema_id)


def _lock_key(name: str) -> ColumnElement[int]:
    return func.hashtextextended(name, 0)


async def _change(session: AsyncSession, *where: ColumnElement[bool], **columns: str | bool) -> None:
    counted = {"version": SequenceSchema.version + 1, "modified_at": func.now()}
    await session.execute(update(SequenceSchema).where(*where).values(**columns, **counted))


def _is_there() -> ColumnElement[bool]:
    return SequenceSchema.schema_type.not_like(f"%{DELETED}")
