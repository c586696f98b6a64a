"""Jobs whose orders come as a file: all of it or nothing."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs import upload as invoice_job_upload
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from database import job_lists, jobs
from database.tables import Job
from tests.api.served_api import ServedApi
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.waiting import eventually

Sessions = async_sessionmaker[AsyncSession]
NDJSON = {"content-type": "application/x-ndjson"}
CSV = {"content-type": "text/csv; charset=utf-8"}


def path(tenant: str) -> str:
    return f"/invoice/{tenant}/jobs/invoices/uploads"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def order_ids(sessions: Sessions, tenant: str, job_id: str) -> list[str]:
    async with sessions() as session:
        return [view.item.order_id for view in await job_lists.list_items(session, tenant, UUID(job_id))]


async def how_many(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return (await job_lists.list_jobs(session, tenant, limit=1, offset=0))[1]


async def load(sessions: Sessions, tenant: str, job_id: str) -> Job:
    async with sessions() as session:
        return await jobs.load_job(session, tenant, UUID(job_id))


async def test_an_uploaded_job_is_stored_and_started(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    for headers, body in ((NDJSON, b'"B"\n{"orderId":"A"}\n"B"\n'), (CSV, b"orderId,total\nB,1\nA,2\nB,1\n")):
        created = await client.post(path(tenant), content=body, headers=headers)
        assert (created.status_code, list(created.json())) == (201, ["jobId"])
        job_id = created.json()["jobId"]
        assert await order_ids(sessions, tenant, job_id) == ["B", "A"]
        run = temporal_gate.started[-1]
        assert (run.tenant, str(run.job_id), run.job_type, run.dry_run) == (tenant, job_id, "MANUAL", False)


async def test_wishes_stand_in_the_query(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    url = f"{path(tenant)}?dryRun=true&concurrency=7"
    job_id = (await client.post(url, content=b"A", headers=CSV)).json()["jobId"]
    job = await load(sessions, tenant, job_id)
    assert (job.dry_run, job.concurrency) == (True, 7)
    assert [(run.dry_run, run.concurrency) for run in temporal_gate.started] == [(True, 7)]
    for wish in ("concurrency=0", "concurrency=501", "concurrency=x", "dryRun=perhaps"):
        refused = await client.post(f"{path(tenant)}?{wish}", content=b"A", headers=CSV)
        assert (refused.status_code, refused.json()["detailInfo"].split(":")[0]) == (400, wish.split("=")[0])


async def test_a_line_at_fault_is_named_and_no_job_is_made(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    lines = [f'"EON{number}"' for number in range(5_000)]
    lines[4_321] = '"EON 4321"'
    refused = await client.post(path(tenant), content="\n".join(lines).encode(), headers=NDJSON)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "message": "The request is not valid",
            "code": "400",
            "detailInfo": "line 4322: must hold no spaces and no characters that cannot be seen",
        },
    )
    assert await how_many(sessions, tenant) == 0
    assert temporal_gate.started == []


async def test_a_file_without_orders_is_refused(client: Client, tenant: str, sessions: Sessions) -> None:
    for headers, body in ((NDJSON, b""), (NDJSON, b"\n\n"), (CSV, b"orderId\n"), (CSV, b"")):
        refused = await client.post(path(tenant), content=body, headers=headers)
        assert (refused.status_code, refused.json()["detailInfo"]) == (400, "body: names no order")
    assert await how_many(sessions, tenant) == 0


async def test_other_media_types_are_refused(client: Client, tenant: str) -> None:
    for media_type in ("application/json", "text/plain", "text/csv; charset=iso-8859-1", ""):
        refused = await client.post(path(tenant), content=b'"A"', headers={"content-type": media_type})
        assert (refused.status_code, refused.json()["code"]) == (415, "415"), media_type


async def test_too_many_orders_and_too_many_bytes_are_refused(
    client: Client, tenant: str, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoice_job_upload, "MAX_UPLOADED_ORDERS", 3)
    most = await client.post(path(tenant), content=b"A\nB\n\nC\n", headers=CSV)
    assert most.status_code == 201
    refused = await client.post(path(tenant), content=b"A\nB\n\nC\nA\n", headers=CSV)
    assert (refused.status_code, refused.json()["detailInfo"]) == (
        400,
        "line 5: is one more than the 3 orders that an upload may name",
    )
    monkeypatch.setattr(invoice_job_upload, "MAX_UPLOAD_BYTES", 10)
    large = await client.post(path(tenant), content=b"A\n" * 6, headers=CSV)
    assert (large.status_code, large.json()["message"]) == (413, "The body is larger than 10 bytes")
    assert await how_many(sessions, tenant) == 1


async def test_a_repeat_under_the_same_key_is_the_same_job(client: Client, tenant: str, sessions: Sessions) -> None:
    key = {"Idempotency-Key": "night of the 7th"}
    first = await client.post(path(tenant), content=b"A\nB\n", headers=CSV | key)
    again = await client.post(path(tenant), content=b"A\nB\n", headers=CSV | key)
    assert (again.status_code, again.json()) == (201, first.json())
    others = [
        (path(tenant), b"A\nC\n", CSV),
        (path(tenant), b'"A"\n"B"\n', NDJSON),
        (f"{path(tenant)}?dryRun=true", b"A\nB\n", CSV),
        (f"{path(tenant)}?concurrency=2", b"A\nB\n", CSV),
    ]
    for url, body, headers in others:
        conflict = await client.post(url, content=body, headers=headers | key)
        assert (conflict.status_code, conflict.json()["code"]) == (409, "409")
    assert await how_many(sessions, tenant) == 1
    assert await order_ids(sessions, tenant, first.json()["jobId"]) == ["A", "B"]


async def test_who_may_only_look_uploads_nothing(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.post(path(tenant), content=b"A", headers=CSV)).status_code == 403
    async with api_client() as nobody:
        assert (await nobody.post(path(tenant), content=b"A", headers=CSV)).status_code == 401
    assert await how_many(sessions, tenant) == 0


async def test_a_body_that_breaks_off_makes_no_job(
    served: ServedApi, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    """What has come by then would be a whole file of its own."""
    head = (
        f"POST {path(tenant)} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {await token(tenant)}\r\n"
        "Content-Type: text/csv\r\n"
    )
    port = urlsplit(served.url).port
    chunk = b"A\nB\nC\n"
    for ending in (
        b"Content-Length: 1000\r\n\r\n" + chunk,
        b"Transfer-Encoding: chunked\r\n\r\n6\r\n" + chunk + b"\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port or 0)) as connection:
            connection.sendall(head.encode() + ending)
    statuses: list[object] = []

    async def both_answered() -> bool:
        statuses[:] = [line for line in served.errors if "uploads" in line and '"status": 400' in line]
        return len(statuses) == 2

    await eventually(both_answered, what="the refusal of both")
    assert await how_many(sessions, tenant) == 0


async def test_a_large_file_is_never_in_memory(
    served: ServedApi, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    """40,000 lines of 1 KiB: 40 MiB on the wire."""

    async def lines() -> AsyncIterator[bytes]:
        yield b"orderId,note\n"
        for thousand in range(40):
            yield b"".join(b"EON%02d%04d,%s\n" % (thousand, number, b"x" * 1_000) for number in range(1_000))

    headers = CSV | {"authorization": f"Bearer {await token(tenant)}"}
    async with httpx.AsyncClient(base_url=served.url, timeout=120, headers=headers) as client:
        await client.post(path(tenant), content=b"A")
        before = peak_memory(served.process.pid)
        created = await client.post(path(tenant), content=lines())
    assert created.status_code == 201
    assert peak_memory(served.process.pid) - before < 16 * 1024 * 1024
    async with sessions() as session:
        assert await jobs.count_items(session, tenant, UUID(created.json()["jobId"])) == 40_000


def peak_memory(pid: int) -> int:
    """Bytes of memory that the process has had at most."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
