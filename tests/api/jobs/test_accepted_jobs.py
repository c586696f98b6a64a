"""Accepting a job once and for good: the `Idempotency-Key`, and what happens while Temporal is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.invoice_job import JobRun, JobType
from contracts.temporal_client import TemporalAway, TemporalTarget, connect
from database import job_lists, jobs
from tests.api_fixtures import ApiClientFactory, Client, LogLines, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
MANUAL: dict[str, JsonValue] = {"jobType": "MANUAL", "orderIds": ["EON1001", "EON1002"]}
AUTOMATIC: dict[str, JsonValue] = {"jobType": "AUTOMATIC"}


def path(tenant: str) -> str:
    return f"/invoice/{tenant}/jobs/invoices"


async def how_many(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return (await job_lists.list_jobs(session, tenant, limit=1, offset=0))[1]


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant)) as client:
        yield client


async def test_the_same_key_and_body_is_the_same_job(client: Client, tenant: str, sessions: Sessions) -> None:
    key = {"Idempotency-Key": "nightly/2026-02-01"}
    first = await client.post(path(tenant), json=MANUAL, headers=key)
    body = json.dumps(MANUAL, indent=4).encode()
    again = await client.post(path(tenant), content=body, headers={"content-type": "application/json"} | key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await how_many(sessions, tenant) == 1


async def test_without_a_key_every_request_is_a_job(client: Client, tenant: str, sessions: Sessions) -> None:
    for _ in range(2):
        await client.post(path(tenant), json=MANUAL)
    assert await how_many(sessions, tenant) == 2


async def test_the_same_key_with_another_body_is_a_conflict(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    key = {"Idempotency-Key": "once"}
    await client.post(path(tenant), json=MANUAL, headers=key)
    for body in (AUTOMATIC, {"jobType": "MANUAL", "orderIds": ["EON1001"]}):
        answer = await client.post(path(tenant), json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "409")
        assert answer.json()["message"] == "The Idempotency-Key was used with another body"
    assert len(temporal_gate.started) == await how_many(sessions, tenant) == 1


async def test_a_key_is_the_tenants_own(
    api_client: ApiClientFactory, token: TokenMaker, client: Client, tenant: str, sessions: Sessions
) -> None:
    other, key = await another_tenant(sessions), {"Idempotency-Key": "once"}
    ours = await client.post(path(tenant), json=MANUAL, headers=key)
    async with api_client(token=await token(other)) as neighbour:
        theirs = await neighbour.post(path(other), json=AUTOMATIC, headers=key)
    assert theirs.status_code == 201
    assert theirs.json() != ours.json()


async def test_an_unusable_key_is_refused_by_its_name(client: Client, tenant: str) -> None:
    for key in ("", "x" * 256):
        answer = await client.post(path(tenant), json=AUTOMATIC, headers={"Idempotency-Key": key})
        assert answer.status_code == 400, key
        assert answer.json()["detailInfo"].startswith("Idempotency-Key: "), key


async def test_ten_at_once_with_one_key_are_one_job(
    api_services: ApiServices, temporal_gate: TemporalGateFake, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    headers = {"authorization": f"Bearer {await token(tenant)}", "Idempotency-Key": "once"}
    transport = httpx.ASGITransport(cast("Any", create_app(api_services)))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as crowd:
        answers = await asyncio.gather(*(crowd.post(path(tenant), json=MANUAL) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    ids = {answer.json()["jobId"] for answer in answers}
    assert len(ids) == await how_many(sessions, tenant) == 1
    assert {str(run.job_id) for run in temporal_gate.started} == ids
    assert len(temporal_gate.started) == 10  # each of them makes sure; Temporal knows the id


@dataclass
class WitnessGate(TemporalGateFake):
    """Looks into the database when it is told of a job."""

    sessions: Sessions | None = None
    seen: bool = False

    async def start_job(self, run: JobRun) -> None:
        assert self.sessions is not None
        async with self.sessions() as session:
            self.seen = await jobs.get_job(session, run.tenant, run.job_id) is not None


async def test_a_job_is_on_the_books_before_temporal_hears_of_it(
    api_client: ApiClientFactory, api_services: ApiServices, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    gate = WitnessGate(sessions=sessions)
    services = replace(api_services, temporal=gate)
    async with api_client(token=await token(tenant), services=services) as client:
        await client.post(path(tenant), json=AUTOMATIC)
    assert gate.seen


@dataclass
class AwayGate(TemporalGateFake):
    error: Exception = field(default_factory=lambda: TemporalAway("UNAVAILABLE"))

    async def start_job(self, run: JobRun) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error", [TemporalAway("UNAVAILABLE"), RPCError("namespace not found", RPCStatusCode.NOT_FOUND, b"")]
)
async def test_without_temporal_the_job_is_accepted_and_waits_for_a_worker(
    api_client: ApiClientFactory,
    api_services: ApiServices,
    token: TokenMaker,
    tenant: str,
    sessions: Sessions,
    log_lines: LogLines,
    error: Exception,
) -> None:
    services = replace(api_services, temporal=AwayGate(error=error))
    async with api_client(token=await token(tenant), services=services) as client:
        created = await client.post(path(tenant), json=MANUAL)
    assert created.status_code == 201
    job_id = created.json()["jobId"]
    async with sessions() as session:
        waiting = await jobs.jobs_not_begun(session, older_than=timedelta(0), limit=10_000)
    assert (tenant, job_id, JobType.MANUAL) in {(job.tenant, str(job.id), job.job_type) for job in waiting}
    assert [line["job_id"] for line in log_lines.named("job_not_started_yet")] == [job_id]


async def test_an_api_that_never_met_temporal_accepts_jobs_too(
    api_client: ApiClientFactory, api_services: ApiServices, token: TokenMaker, tenant: str, unused_port: int
) -> None:
    nowhere = await connect(TemporalTarget(f"127.0.0.1:{unused_port}", "invoices"), lazy=True)
    services = replace(api_services, temporal=ClientGate(nowhere))
    async with api_client(token=await token(tenant), services=services) as client:
        assert (await client.post(path(tenant), json=MANUAL)).status_code == 201
