"""A job with all its orders, however many; and what the answer says of jobs that are steered."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs import answers as invoice_job_answers
from api.security.access import INVOICE_VIEW
from database import jobs
from database.jobs import ItemOutcome, NewJob
from database.tables import Job, JobItem
from tests.api.served_api import ServedApi
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker

Sessions = async_sessionmaker[AsyncSession]


def path(tenant: str, job_id: object = "") -> str:
    return f"/invoice/{tenant}/jobs/invoices{f'/{job_id}' if job_id else ''}"


async def accept(sessions: Sessions, new: NewJob) -> UUID:
    async with sessions.begin() as session:
        return await jobs.create_job(session, new)


async def record(sessions: Sessions, tenant: str, job_id: UUID, order_id: str, state: str) -> None:
    async with sessions.begin() as session:
        outcome = ItemOutcome(state, None, None, "so it is", None)
        await jobs.record_outcome(session, tenant, job_id, order_id, outcome)


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        yield client


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoice_job_answers, "PAGE", 3)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
async def test_an_answer_in_pieces_reads_like_one_in_a_page(
    client: Client, tenant: str, sessions: Sessions, count: int
) -> None:
    ids = [f'"{number}\\' for number in range(count)]
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", ids))
    whole = await client.get(path(tenant, job_id))
    page = await client.get(path(tenant, job_id), params={"pageSize": 1000})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/json")
    assert (whole.json(), whole.headers["x-total-count"]) == (page.json(), str(count))
    assert [order["orderId"] for order in whole.json()["orders"]] == ids


@pytest.mark.usefixtures("small_pages")
async def test_an_answer_holds_the_orders_of_one_state(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", "ABCDEFGHIJ"))
    for order_id in "ACEGI":
        await record(sessions, tenant, job_id, order_id, "HELD")
    await record(sessions, tenant, job_id, "B", "FAILURE")

    async def read(**query: object) -> tuple[str, str]:
        answer = await client.get(path(tenant, job_id), params=query)  # type: ignore[arg-type]
        orders = "".join(order["orderId"] for order in answer.json()["orders"])
        assert answer.json()["counts"] == {"total": 10, "success": 0, "failure": 1, "held": 5, "pending": 4}
        return orders, answer.headers["x-total-count"]

    assert await read(orderStatus="HELD") == ("ACEGI", "5")
    assert await read(orderStatus="FAILURE") == ("B", "1")
    assert await read(orderStatus="PENDING") == ("DFHJ", "4")
    assert await read(orderStatus="SUCCESS") == ("", "0")
    assert await read(orderStatus="HELD", pageSize=2, pageNumber=2) == ("EG", "5")
    refused = await client.get(path(tenant, job_id), params={"orderStatus": "LOST"})
    assert (refused.status_code, refused.json()["detailInfo"].split(":")[0]) == (400, "orderStatus")


async def test_an_answer_that_fails_midway_breaks_off(
    served: ServedApi, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    """A reason that this version does not know, on an order of a later page, is met when the head is long sent."""
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", (f"EON{number}" for number in range(1_200))))
    async with sessions.begin() as session:
        unknown = update(JobItem).where(JobItem.job_id == job_id, JobItem.position == 1_100)
        await session.execute(unknown.values(reason="from a later version"))
    headers = {"authorization": f"Bearer {await token(tenant)}"}
    came = b""
    async with httpx.AsyncClient(base_url=served.url, timeout=60, headers=headers) as client:
        async with client.stream("GET", path(tenant, job_id)) as answer:
            assert answer.status_code == 200
            with suppress(httpx.RemoteProtocolError):
                async for chunk in answer.aiter_raw():
                    came += chunk
                pytest.fail("the answer reached its end")
        assert (await client.get("/health/live")).status_code == 200
    assert b'"orderId":"EON999"' in came
    with pytest.raises(json.JSONDecodeError):
        json.loads(came)


async def test_a_large_answer_leaves_the_memory_flat(
    served: ServedApi, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", (f"EON{number:06d}" for number in range(30_000))))
    small = await accept(sessions, NewJob(tenant, "MANUAL", ["A"]))
    headers = {"authorization": f"Bearer {await token(tenant)}"}
    async with httpx.AsyncClient(base_url=served.url, timeout=60, headers=headers) as client:
        await client.get(path(tenant, small))
        before = peak_memory(served.process.pid)
        answer = await client.get(path(tenant, job_id))
        assert peak_memory(served.process.pid) - before < 12 * 1024 * 1024
    assert len(answer.json()["orders"]) == 30_000
    assert "content-length" not in answer.headers


def peak_memory(pid: int) -> int:
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(kilobytes) * 1024


async def test_members_of_ours_are_shown_only_where_they_say_something(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    plain = await accept(sessions, NewJob(tenant, "MANUAL", ["A"]))
    usual = {"jobId", "jobStatus", "status", "jobType", "counts", "createdAt", "orders"}
    assert set((await client.get(path(tenant, plain))).json()) == usual
    noon = datetime(2026, 2, 7, 12, tzinfo=UTC)
    new = NewJob(tenant, "AUTOMATIC", dry_run=True, concurrency=7, schedule="nightly", query_time=noon)
    steered = await accept(sessions, new)
    async with sessions.begin() as session:
        await jobs.note_standing(session, tenant, steered, "paused")
    body = (await client.get(path(tenant, steered))).json()
    shown = {name: body[name] for name in body if name not in usual}
    assert shown == {
        "dryRun": True,
        "paused": True,
        "concurrency": 7,
        "schedule": "nightly",
        "queryTime": "2026-02-07T12:00:00Z",
    }
    assert body["jobStatus"] == "IN_PROGRESS"
    async with sessions.begin() as session:
        await jobs.note_standing(session, tenant, steered, "cancelled")
        await jobs.finish_job(session, tenant, steered)
    ended = (await client.get(path(tenant, steered))).json()
    assert (ended["jobStatus"], ended["cancelled"], "paused" in ended) == ("DONE", True, False)


async def test_a_dry_run_shows_what_would_be_invoiced(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", ["A", "B"], dry_run=True))
    async with sessions.begin() as session:
        await jobs.record_preview(
            session, tenant, job_id, "A",
            state="SUCCESS", step=None, reason=None, message="would do", total=Decimal("11.90"), currency="EUR",
        )  # fmt: skip
    assert (await client.get(path(tenant, job_id))).json()["orders"] == [
        {
            "orderId": "A",
            "orderStatus": "SUCCESS",
            "message": "would do",
            "totalAmount": "11.90",
            "currency": "EUR",
        },
        {"orderId": "B", "orderStatus": "PENDING"},
    ]


async def test_the_list_of_jobs_is_filtered(client: Client, tenant: str, sessions: Sessions) -> None:
    running, paused, ended = [await accept(sessions, NewJob(tenant, "MANUAL", ["A"])) for _ in range(3)]
    automatic = await accept(sessions, NewJob(tenant, "AUTOMATIC", ["A"]))
    async with sessions.begin() as session:
        await session.execute(update(Job).where(Job.id == ended).values(message="done"))
        await jobs.note_standing(session, tenant, paused, "paused")
        await jobs.finish_job(session, tenant, ended)
    await record(sessions, tenant, ended, "A", "HELD")

    async def listed(**query: object) -> set[str]:
        answer = await client.get(path(tenant), params=query)  # type: ignore[arg-type]
        assert answer.json()["total"] == len(answer.json()["jobs"]) == int(answer.headers["x-total-count"])
        return {job["jobId"] for job in answer.json()["jobs"]}

    assert await listed(state="IN_PROGRESS") == {str(running), str(automatic)}
    assert await listed(state="PAUSED") == {str(paused)}
    assert await listed(state="DONE", held="true") == {str(ended)}
    assert await listed(held="false", jobType="MANUAL") == {str(running), str(paused)}
    assert await listed(state="CANCELLED") == set()
    for name, value in (("state", "LOST"), ("held", "perhaps"), ("jobType", "manual")):
        refused = await client.get(path(tenant), params={name: value})
        assert (refused.status_code, refused.json()["detailInfo"].split(":")[0]) == (400, name)


async def test_an_empty_job_is_whole(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, NewJob(tenant, "AUTOMATIC"))
    assert (await client.get(path(tenant, job_id))).json()["orders"] == []
    assert (await client.get(path(tenant, uuid4()))).status_code == 404


async def test_many_readers_share_few_connections(
    crowd: CrowdFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    """The test database's pool has 20: with two for each reader, 40 readers would wait for one another."""
    job_id = await accept(sessions, NewJob(tenant, "MANUAL", (f"EON{number}" for number in range(500))))
    async with asyncio.timeout(60), crowd(await token(tenant)) as client:
        answers = await asyncio.gather(*(client.get(path(tenant, job_id)) for _ in range(40)))
    assert [(answer.status_code, len(answer.json()["orders"])) for answer in answers] == [(200, 500)] * 40
