"""Jobs and their items on the books."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices, job_lists, jobs
from database.job_lists import ItemView
from database.jobs import IdempotencyConflict, ItemOutcome, JobView, NewJob
from database.order_intake import add_items
from database.tables import Job
from invoicing.document_forms import DocumentForm
from tests.database.rows import another_tenant, document_of, issue

Sessions = async_sessionmaker[AsyncSession]


def outcome(state: str = "SUCCESS", message: str = "Invoice created", invoice_id: UUID | None = None) -> ItemOutcome:
    return ItemOutcome(state=state, step=None, reason=None, message=message, invoice_id=invoice_id)


async def create(sessions: Sessions, tenant: str, *order_ids: str, key: str | None = None, hash_: str = "") -> UUID:
    async with sessions.begin() as session:
        return await jobs.create_job(session, NewJob(tenant, "MANUAL", order_ids, key, hash_))


async def items(sessions: Sessions, tenant: str, job_id: UUID) -> list[ItemView]:
    async with sessions() as session:
        return await job_lists.list_items(session, tenant, job_id)


async def states(sessions: Sessions, tenant: str, job_id: UUID) -> dict[str, str]:
    return {view.item.order_id: view.item.state for view in await items(sessions, tenant, job_id)}


async def read(sessions: Sessions, tenant: str, job_id: UUID) -> JobView | None:
    async with sessions() as session:
        return await jobs.get_job(session, tenant, job_id)


async def record(
    sessions: Sessions, tenant: str, job_id: UUID, order_id: str, state: str, message: str = "Invoice created"
) -> None:
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, job_id, order_id, outcome(state, message))


async def test_a_new_job_waits_with_all_its_orders(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "B", "A", "B")
    view = await read(sessions, tenant, job_id)
    assert view is not None
    assert (view.counts, view.total) == ({"PENDING": 2}, 2)
    assert (view.job.started_at, view.job.finished_at, view.job.message) == (None, None, None)
    assert [(i.item.position, i.item.order_id) for i in await items(sessions, tenant, job_id)] == [(1, "B"), (2, "A")]


async def test_a_job_needs_a_tenant(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError):
        await create(sessions, "nobodyhere", "A")


async def test_orders_found_later_are_appended_and_known_ones_left_alone(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "A", "B")
    await record(sessions, tenant, job_id, "A", "SUCCESS")
    for found in (["B", "C", "A"], ["D", "C"], []):
        async with sessions.begin() as session:
            await add_items(session, tenant, job_id, found)
    listed = await items(sessions, tenant, job_id)
    assert [i.item.order_id for i in listed] == ["A", "B", "C", "D"]
    positions = [i.item.position for i in listed]
    assert positions == sorted(set(positions))
    assert listed[0].item.state == "SUCCESS"


async def test_the_same_key_and_hash_is_the_same_job(sessions: Sessions, tenant: str) -> None:
    first = await create(sessions, tenant, "A", key="k", hash_="1")
    assert await create(sessions, tenant, "A", key="k", hash_="1") == first
    assert len(await items(sessions, tenant, first)) == 1
    with pytest.raises(IdempotencyConflict):
        await create(sessions, tenant, "B", key="k", hash_="2")
    other = await another_tenant(sessions)
    assert await create(sessions, other, "B", key="k", hash_="2") != first


async def test_a_key_that_comes_ten_times_at_once_makes_one_job(sessions: Sessions, tenant: str) -> None:
    async with asyncio.timeout(30):
        made = await asyncio.gather(*(create(sessions, tenant, "A", "B", key="k", hash_="1") for _ in range(10)))
    assert len(set(made)) == 1
    assert await states(sessions, tenant, made[0]) == {"A": "PENDING", "B": "PENDING"}


async def test_a_request_that_fails_gives_its_key_back(sessions: Sessions, tenant: str) -> None:
    async with sessions() as session:
        lost = await jobs.create_job(session, NewJob(tenant, "MANUAL", ("A",), "k", "1"))
        await session.rollback()
    made = await create(sessions, tenant, "B", key="k", hash_="2")
    assert made != lost
    assert await read(sessions, tenant, lost) is None


async def test_begin_and_end_are_noted_once(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "A")
    noted = []
    for _ in range(2):
        async with sessions.begin() as session:
            accepted = await jobs.begin_job(session, tenant, job_id)
        async with sessions.begin() as session:
            await jobs.finish_job(session, tenant, job_id)
        view = await read(sessions, tenant, job_id)
        assert view is not None
        assert accepted == view.job.created_at
        noted.append((view.job.started_at, view.job.finished_at))
    assert noted[0] == noted[1]
    assert None not in noted[0]


async def test_a_page_is_what_comes_after_a_position(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, *"ABCDE")
    async with sessions() as session:
        page = await jobs.next_items(session, tenant, job_id, after_position=2, limit=2)
        rest = await jobs.next_items(session, tenant, job_id, after_position=4, limit=2)
        none = await jobs.next_items(session, tenant, job_id, after_position=5, limit=2)
    assert [[item.order_id for item in listed] for listed in (page, rest, none)] == [["C", "D"], ["E"], []]


async def test_an_outcome_is_also_that_of_other_jobs_that_hold_the_order(sessions: Sessions, tenant: str) -> None:
    held, ended, waiting, ours = [await create(sessions, tenant, "A", "B") for _ in range(4)]
    await record(sessions, tenant, ended, "A", "FAILURE", "cancelled")
    await record(sessions, tenant, held, "A", "HELD", "declined")
    await record(sessions, tenant, ours, "A", "SUCCESS")
    assert await states(sessions, tenant, ours) == {"A": "SUCCESS", "B": "PENDING"}
    assert await states(sessions, tenant, held) == {"A": "SUCCESS", "B": "PENDING"}
    assert await states(sessions, tenant, ended) == {"A": "FAILURE", "B": "PENDING"}
    assert await states(sessions, tenant, waiting) == {"A": "PENDING", "B": "PENDING"}
    assert (await items(sessions, tenant, ended))[0].item.message == "cancelled"


async def test_what_has_succeeded_stays_so(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "A")
    for state in ("HELD", "SUCCESS", "FAILURE"):
        await record(sessions, tenant, job_id, "A", state)
    assert await states(sessions, tenant, job_id) == {"A": "SUCCESS"}


async def test_closing_touches_only_what_still_waits(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, *"ABCD")
    await record(sessions, tenant, job_id, "A", "SUCCESS")
    await record(sessions, tenant, job_id, "B", "HELD")
    async with sessions.begin() as session:
        for order_id in ("A", "B", "C"):
            await jobs.close_pending_item(session, tenant, job_id, order_id, outcome("FAILURE"))
    assert await states(sessions, tenant, job_id) == {"A": "SUCCESS", "B": "HELD", "C": "FAILURE", "D": "PENDING"}
    async with sessions.begin() as session:
        await jobs.close_pending_items(session, tenant, job_id, outcome("FAILURE"))
    assert (await states(sessions, tenant, job_id))["D"] == "FAILURE"
    view = await read(sessions, tenant, job_id)
    assert view is not None
    assert view.counts == {"SUCCESS": 1, "HELD": 1, "FAILURE": 2}


async def test_jobs_that_nobody_began_are_found_after_a_while(sessions: Sessions, tenant: str) -> None:
    begun, fresh, missed = [await create(sessions, tenant, "A") for _ in range(3)]
    async with sessions.begin() as session:
        await jobs.begin_job(session, tenant, begun)
        earlier = update(Job).where(Job.id.in_([begun, missed])).values(created_at=Job.created_at - timedelta(hours=9))
        await session.execute(earlier)
    async with sessions() as session:
        found = await jobs.jobs_not_begun(session, older_than=timedelta(hours=1), limit=10_000)
        one = await jobs.jobs_not_begun(session, older_than=timedelta(0), limit=1)
    assert {begun, fresh, missed} & {job.id for job in found} == {missed}
    assert len(one) == 1


async def test_an_item_shows_its_invoice_and_whether_it_can_be_downloaded(sessions: Sessions, tenant: str) -> None:
    job_id = await create(sessions, tenant, "A")
    invoice = await issue(sessions, tenant, "A", number="INV1")
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, job_id, "A", outcome(invoice_id=invoice.id))
        await invoices.add_document(session, document_of(invoice, form=DocumentForm.CII))
    (view,) = await items(sessions, tenant, job_id)
    assert (view.invoice_number, view.total, view.currency) == ("INV1", invoice.totals.total, "EUR")
    assert not view.has_document
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice))
    (view,) = await items(sessions, tenant, job_id)
    assert view.has_document


async def test_another_tenant_neither_sees_nor_changes_a_job(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    job_id = await create(sessions, tenant, "A")
    assert await read(sessions, other, job_id) is None
    assert await items(sessions, other, job_id) == []
    async with sessions.begin() as session:
        assert await job_lists.list_jobs(session, other, limit=10, offset=0) == ([], 0)
        assert await jobs.next_items(session, other, job_id, after_position=0, limit=10) == []
        await jobs.record_outcome(session, other, job_id, "A", outcome())
        await jobs.close_pending_item(session, other, job_id, "A", outcome())
        await jobs.close_pending_items(session, other, job_id, outcome())
        await jobs.explain_job(session, other, job_id, "ours now")
        await jobs.finish_job(session, other, job_id)
        for function in (jobs.load_job, jobs.begin_job):
            with pytest.raises(NoResultFound):
                await function(session, other, job_id)
    view = await read(sessions, tenant, job_id)
    assert view is not None
    assert (view.counts, view.job.started_at, view.job.finished_at, view.job.message) == (
        {"PENDING": 1}, None, None, None,
    )  # fmt: skip


async def test_an_item_never_shows_another_tenants_invoice(sessions: Sessions, tenant: str) -> None:
    theirs = await issue(sessions, await another_tenant(sessions), "A")
    job_id = await create(sessions, tenant, "A")
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, job_id, "A", outcome(invoice_id=theirs.id))
    (view,) = await items(sessions, tenant, job_id)
    assert (view.invoice_number, view.total, view.currency, view.has_document) == (None, None, None, False)


async def test_a_job_that_is_not_there_is_nothing(sessions: Sessions, tenant: str) -> None:
    assert await read(sessions, tenant, uuid4()) is None
    assert await items(sessions, tenant, uuid4()) == []
