"""Schemas of number series: which one is active, and what deleting one leaves."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sequence_schemas, sequences
from database.sequence_schemas import NewSchema
from database.sequences import NoActiveSchema
from database.tables import DrawnNumber, SequenceSchema, Tenant

Sessions = async_sessionmaker[AsyncSession]

ORDERS = "orderNoSequence"


async def create(sessions: Sessions, tenant: str, schema_type: str = ORDERS, start: int = 0) -> UUID:
    new = NewSchema(
        name=f"{schema_type} from {start}",
        schema_type=schema_type,
        pre_text="EC-",
        post_text="-D",
        start_value=start,
        max_value=999,
        number_of_digits=3,
        placeholders={},
    )
    async with sessions.begin() as session:
        return await sequence_schemas.create_schema(session, tenant, new)


async def activate(sessions: Sessions, tenant: str, schema_id: UUID) -> bool:
    async with sessions.begin() as session:
        return await sequence_schemas.set_active(session, tenant, schema_id)


async def delete(sessions: Sessions, tenant: str, schema_id: UUID) -> None:
    async with sessions.begin() as session:
        await sequence_schemas.delete_schema(session, tenant, schema_id)


async def draw(sessions: Sessions, tenant: str) -> int:
    async with sessions.begin() as session:
        number = await sequences.draw(session, tenant, ORDERS)
        await sequences.record(session, number, f"EC-{number.counter}-D", "client:me")
    return number.counter


async def listed(sessions: Sessions, tenant: str) -> list[tuple[UUID, bool]]:
    async with sessions() as session:
        return [(schema.id, schema.active) for schema in await sequence_schemas.list_schemas(session, tenant)]


@pytest.fixture
async def other_tenant(sessions: Sessions) -> str:
    code = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=code))
    return code


async def test_a_new_schema_is_not_active_and_has_issued_nothing(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant, start=3)
    async with sessions() as session:
        schema = await sequence_schemas.get_schema(session, tenant, schema_id)
    assert schema is not None
    assert (schema.active, schema.counter, schema.pre_text, schema.post_text) == (False, 3, "EC-", "-D")


async def test_activating_a_schema_deactivates_the_other_of_its_type_and_no_other(
    sessions: Sessions, tenant: str
) -> None:
    first, second = await create(sessions, tenant), await create(sessions, tenant)
    invoices = await create(sessions, tenant, "invoiceNoSequence")
    for schema_id in (first, invoices, second):
        assert await activate(sessions, tenant, schema_id)
    assert await listed(sessions, tenant) == [(first, False), (second, True), (invoices, True)]


async def test_activating_the_active_schema_again_changes_nothing(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant)
    await activate(sessions, tenant, schema_id)
    async with sessions() as session:
        before = (await session.scalars(select(SequenceSchema).where(SequenceSchema.id == schema_id))).one().version
    await activate(sessions, tenant, schema_id)
    async with sessions() as session:
        after = (await session.scalars(select(SequenceSchema).where(SequenceSchema.id == schema_id))).one().version
    assert after == before


async def test_a_schema_that_does_not_exist_cannot_be_activated(sessions: Sessions, tenant: str) -> None:
    assert not await activate(sessions, tenant, uuid4())


async def test_another_tenants_schema_is_neither_seen_nor_activated_nor_deleted(
    sessions: Sessions, tenant: str, other_tenant: str
) -> None:
    schema_id = await create(sessions, tenant)
    assert await listed(sessions, other_tenant) == []
    async with sessions() as session:
        assert await sequence_schemas.get_schema(session, other_tenant, schema_id) is None
    assert not await activate(sessions, other_tenant, schema_id)
    await delete(sessions, other_tenant, schema_id)
    assert await listed(sessions, tenant) == [(schema_id, False)]


async def test_a_series_that_was_left_is_not_taken_up_again_by_itself(sessions: Sessions, tenant: str) -> None:
    left, active = await create(sessions, tenant), await create(sessions, tenant, start=500)
    await activate(sessions, tenant, left)
    await activate(sessions, tenant, active)
    await delete(sessions, tenant, active)
    with pytest.raises(NoActiveSchema):
        await draw(sessions, tenant)
    await activate(sessions, tenant, left)
    assert await draw(sessions, tenant) == 1


async def test_deleting_is_repeatable(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant)
    for _ in range(2):
        await delete(sessions, tenant, schema_id)
    assert await listed(sessions, tenant) == []


async def test_a_schema_that_issued_nothing_leaves_nothing(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant)
    await delete(sessions, tenant, schema_id)
    async with sessions() as session:
        assert await session.get(SequenceSchema, schema_id) is None


async def test_a_deleted_schemas_numbers_and_format_stay_provable(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant, start=10)
    assert [await draw(sessions, tenant), await draw(sessions, tenant)] == [11, 12]
    await delete(sessions, tenant, schema_id)
    assert await listed(sessions, tenant) == []
    async with sessions() as session:
        assert await sequence_schemas.get_schema(session, tenant, schema_id) is None
        kept = await session.get(SequenceSchema, schema_id)
        numbers = (await session.scalars(select(DrawnNumber).where(DrawnNumber.schema_id == schema_id))).all()
    assert kept is not None
    assert (kept.start_value, kept.counter, kept.pre_text, kept.post_text) == (10, 12, "EC-", "-D")
    assert sorted(number.formatted for number in numbers) == ["EC-11-D", "EC-12-D"]


async def test_a_deleted_schema_issues_nothing_more_and_cannot_come_back(sessions: Sessions, tenant: str) -> None:
    schema_id = await create(sessions, tenant)
    await draw(sessions, tenant)
    await delete(sessions, tenant, schema_id)
    assert not await activate(sessions, tenant, schema_id)
    for schema_type in (ORDERS, f"{ORDERS}#deleted"):
        with pytest.raises(NoActiveSchema):
            async with sessions.begin() as session:
                await sequences.draw(session, tenant, schema_type)


async def test_a_new_schema_may_take_a_deleted_ones_place(sessions: Sessions, tenant: str) -> None:
    old = await create(sessions, tenant)
    await activate(sessions, tenant, old)
    await draw(sessions, tenant)
    await delete(sessions, tenant, old)
    await create(sessions, tenant, start=100)
    assert await draw(sessions, tenant) == 101
