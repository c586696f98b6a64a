"""Drawing numbers: gapless whatever happens, whoever draws at the same time."""

import asyncio
from itertools import cycle, islice
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sequence_schemas, sequences
from database.engine import create_engine, create_sessions
from database.sequence_schemas import NewSchema
from database.sequences import NoActiveSchema, Wanted
from database.tables import DrawnNumber, SequenceSchema, Tenant
from invoicing.numbering import SeriesExhausted, format_number
from tests.waiting import eventually

Sessions = async_sessionmaker[AsyncSession]

INVOICES = "invoiceNoSequence"


def schema(schema_type: str = INVOICES, start: int = 0, last: int = 999_999, pre_text: str = "") -> NewSchema:
    return NewSchema(
        name=schema_type,
        schema_type=schema_type,
        pre_text=pre_text,
        post_text="",
        start_value=start,
        max_value=last,
        number_of_digits=4,
        placeholders={"__num__": {"required": True, "sitePath": "a.b", "arrayLimit": 3, "delimiter": "-"}},
    )


async def create(sessions: Sessions, tenant: str, new: NewSchema, *, active: bool = False) -> UUID:
    async with sessions.begin() as session:
        schema_id = await sequence_schemas.create_schema(session, tenant, new)
        if active:
            await sequence_schemas.set_active(session, tenant, schema_id)
    return schema_id


async def drawn(
    sessions: Sessions, tenant: str, schema_type: str = INVOICES, *, sequence_key: str | None = None
) -> int:
    async with sessions.begin() as session:
        return (await sequences.draw(session, tenant, schema_type, sequence_key=sequence_key)).counter


async def read(sessions: Sessions, schema_id: UUID) -> SequenceSchema:
    async with sessions() as session:
        return (await session.scalars(select(SequenceSchema).where(SequenceSchema.id == schema_id))).one()


async def test_the_first_number_is_one_above_the_start(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(start=1_000), active=True)
    assert [await drawn(sessions, tenant) for _ in range(3)] == [1_001, 1_002, 1_003]


async def test_a_drawn_number_brings_the_format_of_its_series(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant, schema(pre_text="INV__num__", start=1_000), active=True)
    async with sessions.begin() as session:
        number = await sequences.draw(session, tenant, INVOICES)
    assert number.schema_id == schema_id
    assert format_number(number.format, number.counter, {"__num__": "26"}) == "INV261001"
    placeholder = number.format.placeholders["__num__"]
    assert (placeholder.required, placeholder.site_path, placeholder.array_limit, placeholder.delimiter) == (
        True, "a.b", 3, "-",
    )  # fmt: skip


async def test_a_transaction_that_fails_has_drawn_nothing(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(), active=True)
    async with sessions() as session:
        await sequences.draw(session, tenant, INVOICES)
        await session.rollback()
    assert await drawn(sessions, tenant) == 1


async def test_who_draws_is_written_down_with_the_number(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant, schema(), active=True)
    invoice = uuid4()
    async with sessions.begin() as session:
        number = await sequences.draw(session, tenant, INVOICES)
        await sequences.record(session, number, "INV0001", f"invoice:{invoice}")
    async with sessions() as session:
        row = (await session.scalars(select(DrawnNumber).where(DrawnNumber.tenant == tenant))).one()
    assert (row.schema_id, row.counter, row.formatted, row.drawn_by) == (schema_id, 1, "INV0001", f"invoice:{invoice}")


async def test_a_written_down_number_can_be_neither_changed_nor_deleted(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(), active=True)
    async with sessions.begin() as session:
        number = await sequences.draw(session, tenant, INVOICES)
        await sequences.record(session, number, "INV0001", "client:me")
    for statement in ("UPDATE drawn_numbers SET formatted = 'X'", "DELETE FROM drawn_numbers"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with sessions.begin() as session:
                await session.execute(text(f"{statement} WHERE tenant = :tenant"), {"tenant": tenant})


async def test_a_type_without_a_schema_has_no_numbers(sessions: Sessions, tenant: str) -> None:
    with pytest.raises(NoActiveSchema, match="Active schema with the type orderNoSequence doesn't exist!"):
        await drawn(sessions, tenant, "orderNoSequence")


async def test_a_single_schema_that_was_never_activated_serves(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(start=10))
    assert [await drawn(sessions, tenant), await drawn(sessions, tenant)] == [11, 12]


async def test_a_schema_that_serves_goes_on_serving_when_another_is_created(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(start=10))
    await drawn(sessions, tenant)
    await create(sessions, tenant, schema(start=500))
    assert await drawn(sessions, tenant) == 12


async def test_of_two_schemas_that_were_never_activated_neither_serves(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema())
    await create(sessions, tenant, schema())
    with pytest.raises(NoActiveSchema):
        await drawn(sessions, tenant)


async def test_the_last_number_of_a_series_is_its_maximum(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant, schema(start=7, last=8), active=True)
    assert await drawn(sessions, tenant) == 8
    with pytest.raises(SeriesExhausted):
        await drawn(sessions, tenant)
    assert (await read(sessions, schema_id)).counter == 8


async def test_several_numbers_are_drawn_together_or_not_at_all(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(last=5), active=True)
    async with sessions.begin() as session:
        numbers = await sequences.draw_many(session, tenant, Wanted(INVOICES, 3))
    assert [number.counter for number in numbers] == [1, 2, 3]
    with pytest.raises(SeriesExhausted):
        async with sessions.begin() as session:
            await sequences.draw_many(session, tenant, Wanted(INVOICES, 3))
    assert await drawn(sessions, tenant) == 4


async def test_a_pool_counts_for_itself_from_the_start(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(start=10, pre_text="V-"), active=True)
    assert await drawn(sessions, tenant) == 11
    assert [await drawn(sessions, tenant, sequence_key="poolA") for _ in range(2)] == [11, 12]
    assert await drawn(sessions, tenant, sequence_key="poolB") == 11
    assert await drawn(sessions, tenant) == 12
    async with sessions() as session:
        pool = (await sequence_schemas.list_schemas(session, tenant, f"{INVOICES}--poolA"))[0]
    assert (pool.active, pool.counter, pool.pre_text, pool.start_value) == (True, 12, "V-", 10)


async def test_a_pool_of_a_type_without_a_schema_has_no_numbers(sessions: Sessions, tenant: str) -> None:
    with pytest.raises(NoActiveSchema, match="orderNoSequence--2026 doesn't exist!"):
        await drawn(sessions, tenant, "orderNoSequence", sequence_key="2026")


async def test_another_tenants_series_cannot_be_drawn_from(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(), active=True)
    other = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=other))
    with pytest.raises(NoActiveSchema):
        await drawn(sessions, other)
    assert await drawn(sessions, tenant) == 1


async def test_fifty_at_once_over_ten_connections_draw_one_to_fifty(database_url: str, tenant: str) -> None:
    engine = create_engine(database_url, pool_size=10)
    few = create_sessions(engine)
    await create(few, tenant, schema(), active=True)
    async with asyncio.timeout(60):
        counters = await asyncio.gather(*(drawn(few, tenant) for _ in range(50)))
    await engine.dispose()
    assert sorted(counters) == list(range(1, 51))


async def test_draws_that_fail_among_others_leave_no_gap(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(), active=True)

    async def draw_and_perhaps_fail(fails: bool) -> int | None:
        async with sessions() as session:
            number = await sequences.draw(session, tenant, INVOICES)
            await sequences.record(session, number, str(number.counter), "client:me")
            await (session.rollback() if fails else session.commit())
            return None if fails else number.counter

    async with asyncio.timeout(60):
        results = await asyncio.gather(*(draw_and_perhaps_fail(i % 3 == 0) for i in range(30)))
    assert sorted(counter for counter in results if counter) == list(range(1, 21))
    async with sessions() as session:
        recorded = await session.scalars(select(DrawnNumber.counter).where(DrawnNumber.tenant == tenant))
    assert sorted(recorded) == list(range(1, 21))


async def test_the_first_draws_of_a_schema_that_nobody_activated_may_come_at_once(
    sessions: Sessions, tenant: str
) -> None:
    await create(sessions, tenant, schema())
    async with asyncio.timeout(60):
        counters = await asyncio.gather(*(drawn(sessions, tenant) for _ in range(12)))
    assert sorted(counters) == list(range(1, 13))


async def test_the_first_draws_of_a_pool_may_come_at_once(sessions: Sessions, tenant: str) -> None:
    await create(sessions, tenant, schema(), active=True)
    async with asyncio.timeout(60):
        counters = await asyncio.gather(*(drawn(sessions, tenant, sequence_key="2026") for _ in range(12)))
    assert sorted(counters) == list(range(1, 13))


async def test_batches_that_name_the_same_types_in_different_order_do_not_wait_in_a_circle(
    sessions: Sessions, tenant: str
) -> None:
    types = ["orderNoSequence", INVOICES, "quoteNoSequence"]
    for schema_type in types:
        await create(sessions, tenant, schema(schema_type), active=True)

    async def draw_batch(turned: int) -> list[int]:
        batch = [
            wanted
            for schema_type in islice(cycle(types), turned, turned + 3)
            for wanted in (Wanted(schema_type), Wanted(schema_type, 2, "pool"))
        ]
        async with sessions.begin() as session:
            drawn_numbers = await sequences.draw_batch(session, tenant, batch)
        assert [len(numbers) for numbers in drawn_numbers] == [1, 2] * 3
        return [numbers[0].counter for numbers in drawn_numbers[::2]]

    async with asyncio.timeout(60):
        counters = await asyncio.gather(*(draw_batch(i % 3) for i in range(18)))
    assert sorted(counter for batch in counters for counter in batch) == sorted(list(range(1, 19)) * 3)


async def test_drawing_while_the_active_schema_changes_never_fails_and_never_leaves_a_gap(
    sessions: Sessions, tenant: str
) -> None:
    schemas = [await create(sessions, tenant, schema(start=start), active=True) for start in (0, 100_000)]

    async def switch() -> None:
        for schema_id in islice(cycle(schemas), 12):
            async with sessions.begin() as session:
                await sequence_schemas.set_active(session, tenant, schema_id)

    async with asyncio.timeout(60):
        counters, *_ = await asyncio.gather(
            asyncio.gather(*(drawn(sessions, tenant) for _ in range(40))), switch(), switch()
        )
    low = sorted(counter for counter in counters if counter < 100_000)
    high = sorted(counter for counter in counters if counter > 100_000)
    assert low == list(range(1, len(low) + 1))
    assert high == list(range(100_001, 100_001 + len(high)))
    assert len(low) + len(high) == 40


async def test_who_waits_while_the_active_schema_changes_draws_from_the_new_one(
    sessions: Sessions, tenant: str
) -> None:
    await create(sessions, tenant, schema(), active=True)
    other = await create(sessions, tenant, schema(start=100_000))
    async with sessions.begin() as session:
        await sequence_schemas.set_active(session, tenant, other)
        waiting = asyncio.create_task(drawn(sessions, tenant))
        await eventually(lambda: is_somebody_waiting(session), what="the draw's wait")
    assert await waiting == 100_001


async def test_who_waits_for_the_last_number_of_a_series_is_told_that_it_is_gone(
    sessions: Sessions, tenant: str
) -> None:
    await create(sessions, tenant, schema(last=1), active=True)
    async with sessions.begin() as session:
        await sequences.draw(session, tenant, INVOICES)
        waiting = asyncio.create_task(drawn(sessions, tenant))
        await eventually(lambda: is_somebody_waiting(session), what="the draw's wait")
    with pytest.raises(SeriesExhausted):
        await waiting


async def is_somebody_waiting(session: AsyncSession) -> bool:
    """Whether another transaction waits for a lock of this one."""
    waits = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
    return bool(await session.scalar(waits))
