"""Drawing numbers from a series (Emporix A.3). The caller owns the transaction: one that fails has drawn nothing.

Two locks keep a series gapless, taken in this order:

- an advisory lock on (tenant, type), shared by those who draw and alone for who activates or deletes a schema: nobody
  draws from a schema that ceases to be the active one;
- the schema's row: who draws the next number waits for the transaction that drew the last.

Who draws from several types takes them in sorted order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database.sequence_schemas import NEW, lock_name, of_type, stay_active
from database.tables import DrawnNumber, SequenceSchema
from invoicing.numbering import NumberFormat, Placeholder, SeriesExhausted

POOL = "--"
"""Between a type and a sequence key in the type of a pool."""


NEXT = text(
    """
    WITH stay_active AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(:lock_name, 0)))
    UPDATE sequence_schemas SET counter = counter + :count
    FROM stay_active
    WHERE tenant = :tenant AND schema_type = :schema_type AND active AND counter <= max_value - :count
    RETURNING id, counter, pre_text, post_text, number_of_digits, max_value, placeholders
    """
)
"""Both locks in their order: the row is locked when it is updated, after it was joined to the advisory lock. A row that
changed meanwhile is looked at again, so nobody draws from a schema that has ceased to be the active one."""
RECORD = insert(DrawnNumber.metadata.tables[DrawnNumber.__tablename__])


class NoActiveSchema(Exception):
    """No schema of the type may be drawn from."""

    def __init__(self, schema_type: str) -> None:
        super().__init__(f"Active schema with the type {schema_type} doesn't exist!")
        self.schema_type = schema_type


@dataclass(frozen=True)
class Wanted:
    """How many numbers of which series; `sequence_key` names a pool of its own within the type."""

    schema_type: str
    count: int = 1
    sequence_key: str | None = None

    @property
    def series_type(self) -> str:
        """The type under which the series is stored."""
        return f"{self.schema_type}{POOL}{self.sequence_key}" if self.sequence_key else self.schema_type


@dataclass(frozen=True)
class Drawn:
    """One number, and how its series prints it. It is the caller's to format and to `record`."""

    tenant: str
    schema_id: UUID
    counter: int
    format: NumberFormat


async def draw(session: AsyncSession, tenant: str, schema_type: str, *, sequence_key: str | None = None) -> Drawn:
    """The next number of a series, which stays locked until the transaction ends.

    Raises:
        NoActiveSchema: the type has no active schema, nor just one that was never activated.
        SeriesExhausted: the last number has been issued.
    """
    return (await draw_many(session, tenant, Wanted(schema_type, sequence_key=sequence_key)))[0]


async def has_schema(session: AsyncSession, tenant: str, schema_type: str) -> bool:
    """Whether the tenant has a series of that type, active or not."""
    return bool(list(await session.scalars(of_type(tenant, schema_type).limit(1))))


async def draw_many(session: AsyncSession, tenant: str, wanted: Wanted) -> list[Drawn]:
    """The next numbers of a series, all or none.

    Raises:
        NoActiveSchema: as `draw`.
        SeriesExhausted: there are fewer left than wanted.
    """
    series_type = wanted.series_type
    names = {"tenant": tenant, "schema_type": series_type, "lock_name": lock_name(tenant, series_type)}
    row = (await session.execute(NEXT, {**names, "count": wanted.count})).one_or_none()
    if row is None:
        return await _draw_first(session, tenant, wanted)
    return _drawn(tenant, row.id, row.counter, wanted.count, format_of(row))


async def _draw_first(session: AsyncSession, tenant: str, wanted: Wanted) -> list[Drawn]:
    """Draw from a schema that has yet to become the active one, or say why nothing can be drawn."""
    await stay_active(session, tenant, wanted.series_type)
    schema = await _locked(session, tenant, wanted)
    if schema.counter + wanted.count > schema.max_value:
        raise SeriesExhausted
    schema.counter += wanted.count
    await session.flush()
    return _drawn(tenant, schema.id, schema.counter, wanted.count, format_of(schema))


def _drawn(tenant: str, schema_id: UUID, last: int, count: int, number_format: NumberFormat) -> list[Drawn]:
    return [Drawn(tenant, schema_id, counter, number_format) for counter in range(last - count + 1, last + 1)]


async def draw_batch(session: AsyncSession, tenant: str, batch: Sequence[Wanted]) -> list[list[Drawn]]:
    """The next numbers of several series, in the order of the batch, all or none.

    Raises:
        NoActiveSchema, SeriesExhausted: as `draw_many`.
    """
    in_lock_order = sorted(range(len(batch)), key=lambda i: batch[i].series_type)
    drawn = {i: await draw_many(session, tenant, batch[i]) for i in in_lock_order}
    return [drawn[i] for i in range(len(batch))]


async def record(session: AsyncSession, drawn: Drawn, formatted: str, drawn_by: str) -> None:
    """Write down who drew the number: `invoice:{invoice id}` or `client:{client id}`. It can never be changed."""
    await record_many(session, [(drawn, formatted)], drawn_by)


async def record_many(session: AsyncSession, numbers: Sequence[tuple[Drawn, str]], drawn_by: str) -> None:
    """`record` for several numbers, each with its formatted text."""
    rows = [
        {
            "schema_id": drawn.schema_id,
            "counter": drawn.counter,
            "tenant": drawn.tenant,
            "formatted": formatted,
            "drawn_by": drawn_by,
        }
        for drawn, formatted in numbers
    ]
    if rows:
        await session.execute(RECORD, rows)


async def _locked(session: AsyncSession, tenant: str, wanted: Wanted) -> SequenceSchema:
    """The schema to draw from, its row locked; a pool is made from the type's schema when it is first used."""
    schema = await _lock_serving(session, tenant, wanted.series_type)
    if schema is None and wanted.sequence_key:
        # The base is read without a lock: its format never changes, and a lock here would be out of order.
        base = _serving(list(await session.scalars(of_type(tenant, wanted.schema_type))))
        if base is not None:
            await _clone(session, base, wanted.series_type)
            schema = await _lock_serving(session, tenant, wanted.series_type)
    if schema is None:
        raise NoActiveSchema(wanted.series_type)
    return schema


async def _lock_serving(session: AsyncSession, tenant: str, schema_type: str) -> SequenceSchema | None:
    """The schema that serves its type, locked. It is active from now on, even if nobody activated it."""
    locked = of_type(tenant, schema_type).with_for_update()
    active = await session.scalar(locked.where(SequenceSchema.active))
    schema = active or _serving(list(await session.scalars(locked)))
    if schema is not None and not schema.active:
        schema.active, schema.version = True, schema.version + 1
    return schema


def _serving(schemas: Sequence[SequenceSchema]) -> SequenceSchema | None:
    """Of all schemas of a type: the active one, else a single one that was never activated."""
    active = next((schema for schema in schemas if schema.active), None)
    if active is None and len(schemas) == 1 and schemas[0].version == NEW:
        return schemas[0]
    return active


async def _clone(session: AsyncSession, base: SequenceSchema, series_type: str) -> None:
    """A pool with the base's format that counts from the start. Two who make the same one wait for each other."""
    columns = {
        "tenant": base.tenant,
        "name": base.name,
        "pre_text": base.pre_text,
        "post_text": base.post_text,
        "start_value": base.start_value,
        "max_value": base.max_value,
        "number_of_digits": base.number_of_digits,
        "placeholders": base.placeholders,
        "counter": base.start_value,
    }
    pool = {**columns, "id": uuid4(), "schema_type": series_type, "active": True, "version": NEW + 1}
    await session.execute(upsert(SequenceSchema).values(**pool).on_conflict_do_nothing())


def format_of(schema: SequenceSchema | Row[Any]) -> NumberFormat:
    """How the schema prints its numbers."""
    return NumberFormat(
        pre_text=schema.pre_text,
        post_text=schema.post_text,
        number_of_digits=schema.number_of_digits,
        max_value=schema.max_value,
        placeholders={name: Placeholder.model_validate(rule) for name, rule in schema.placeholders.items()},
    )
