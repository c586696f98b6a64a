"""Accepting a job (Emporix A.1.1): what is taken, what is refused, and in which words."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.app import MAX_BODY_BYTES
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from database import job_lists, jobs
from database.jobs import NewJob
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
JSON = {"content-type": "application/json"}
MANUAL: dict[str, JsonValue] = {"jobType": "MANUAL", "orderIds": ["EON1001", "EON1002"]}
AUTOMATIC: dict[str, JsonValue] = {"jobType": "AUTOMATIC"}


def path(tenant: str) -> str:
    return f"/invoice/{tenant}/jobs/invoices"


async def order_ids(sessions: Sessions, tenant: str, job_id: str) -> list[str]:
    async with sessions() as session:
        return [view.item.order_id for view in await job_lists.list_items(session, tenant, UUID(job_id))]


async def how_many(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return (await job_lists.list_jobs(session, tenant, limit=1, offset=0))[1]


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def test_a_job_is_answered_by_its_id_and_started(
    client: Client, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    for body in (MANUAL, AUTOMATIC, {**AUTOMATIC, "orderIds": None}, {**AUTOMATIC, "orderIds": []}):
        created = await client.post(path(tenant), json=body)
        assert created.status_code == 201, body
        assert list(created.json()) == ["jobId"]
        run = temporal_gate.started[-1]
        assert (run.tenant, str(run.job_id), run.job_type) == (tenant, created.json()["jobId"], body["jobType"])
    assert len({run.job_id for run in temporal_gate.started}) == 4


async def test_a_jobs_page_and_concurrency_are_the_installations(
    api_client: ApiClientFactory,
    api_services: ApiServices,
    temporal_gate: TemporalGateFake,
    token: TokenMaker,
    tenant: str,
) -> None:
    tuned = api_services.settings.model_copy(update={"job_page_size": 7, "job_concurrency": 3})
    services = replace(api_services, settings=tuned)
    async with api_client(token=await token(tenant), services=services) as client:
        await client.post(path(tenant), json=MANUAL)
    assert [(run.page_size, run.concurrency) for run in temporal_gate.started] == [(7, 3)]


async def test_the_orders_are_kept_once_each_in_the_order_given(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    created = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": ["B", "A", "B", "C", "A"]})
    assert await order_ids(sessions, tenant, created.json()["jobId"]) == ["B", "A", "C"]


async def test_an_order_id_may_hold_whatever_can_be_seen(client: Client, tenant: str, sessions: Sessions) -> None:
    ids = ["A/1", "..", "a%2Fb", "Größe-Ω-漢字-😀", "';DROP+TABLE+jobs--", '"', "x" * 200]
    created = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": ids})
    assert created.status_code == 201, created.text
    assert await order_ids(sessions, tenant, created.json()["jobId"]) == ids


REFUSED: list[tuple[JsonValue, str]] = [
    ({}, "jobType"),
    ({"orderIds": ["EON1"]}, "jobType"),
    ({"jobType": "SOMETIMES"}, "jobType"),
    ({"jobType": "manual", "orderIds": ["EON1"]}, "jobType"),
    ({"jobType": None}, "jobType"),
    ({"jobType": ["MANUAL"]}, "jobType"),
    ({"jobType": "MANUAL"}, "orderIds"),
    ({"jobType": "MANUAL", "orderIds": None}, "orderIds"),
    ({"jobType": "MANUAL", "orderIds": []}, "orderIds"),
    ({"jobType": "MANUAL", "orderIds": "EON1"}, "orderIds"),
    ({"jobType": "MANUAL", "orderIds": {"0": "EON1"}}, "orderIds"),
    ({"jobType": "AUTOMATIC", "orderIds": ["EON1"]}, "orderIds"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", 1002]}, "orderIds.1"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", True]}, "orderIds.1"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", None]}, "orderIds.1"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", ["EON2"]]}, "orderIds.1"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", ""]}, "orderIds.1"),
    ({"jobType": "MANUAL", "orderIds": ["EON1", "x" * 201]}, "orderIds.1"),
    ({"jobType": "AUTOMATIC", "threshold": 24}, "threshold"),
    ({"job_type": "AUTOMATIC"}, "jobType"),
    ({"jobType": "MANUAL", "orderIds": ["EON1"], "order_ids": ["EON2"]}, "order_ids"),
]
"""A body, and the member that is at fault."""


async def test_a_body_that_does_not_fit_is_refused_and_the_member_named(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    for body, member in REFUSED:
        answer = await client.post(path(tenant), json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "400"), body
        assert answer.json()["detailInfo"].startswith(f"{member}: "), body
    assert temporal_gate.started == []
    assert await how_many(sessions, tenant) == 0


async def test_an_order_id_with_blanks_or_control_characters_is_refused(client: Client, tenant: str) -> None:
    blanks = [" ", "a b", " EON1", "EON1 ", "a\tb", "a\n", "a\u00a0b"]
    unseen = ["\x00", "a\x1b", "a\x7f", "a\x85", "a\x9b", "a\u200bb", "a\u202eb"]
    for order_id in blanks + unseen:
        answer = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": ["EON1", order_id]})
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "message": "The request is not valid",
                "code": "400",
                "detailInfo": "orderIds.1: must hold no spaces and no characters that cannot be seen",
            },
        ), repr(order_id)


async def test_what_is_no_json_is_refused(client: Client, tenant: str) -> None:
    for body in (b"{", b'{"jobType":"MANUAL","orderIds":["EON1"]', b'{"jobType":NaN}', b"\xff", b'{"jobType":"\xc3"}'):
        answer = await client.post(path(tenant), content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "400"), body
        assert answer.json()["message"].startswith("The body is not valid JSON"), body


async def test_what_is_no_object_is_refused_as_a_whole(client: Client, tenant: str) -> None:
    for body in (b"null", b"[]", b'"MANUAL"', b"7"):
        answer = await client.post(path(tenant), content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "400"), body
        assert answer.json()["detailInfo"].startswith("body: "), body
    nothing = await client.post(path(tenant), content=b"", headers=JSON)
    assert (nothing.status_code, nothing.json()["detailInfo"]) == (400, "body: is required")


async def test_another_media_type_is_refused(client: Client, tenant: str) -> None:
    answer = await client.post(path(tenant), data={"jobType": "AUTOMATIC"})
    assert (answer.status_code, answer.json()["code"]) == (415, "415")


async def test_a_body_that_is_too_large_is_refused(client: Client, tenant: str) -> None:
    answer = await client.post(path(tenant), content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert (answer.status_code, answer.json()) == (413, {"message": "The body is too large", "code": "413"})


async def test_a_hundred_thousand_orders_are_accepted_and_one_more_is_not(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    ids = [f"EON{number:06d}" for number in range(100_001)]
    too_many = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": ids})
    assert too_many.status_code == 400
    assert too_many.json()["detailInfo"].startswith("orderIds: ")
    most = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": ids[:-1]})
    assert most.status_code == 201
    read = await client.get(f"{path(tenant)}/{most.json()['jobId']}", params={"pageNumber": 100_000, "pageSize": 1})
    assert read.json()["counts"]["total"] == 100_000
    assert [order["orderId"] for order in read.json()["orders"]] == [ids[99_999]]


async def test_many_faults_are_answered_briefly(client: Client, tenant: str) -> None:
    answer = await client.post(path(tenant), json={"jobType": "MANUAL", "orderIds": [""] * 50_000})
    assert answer.status_code == 400
    assert len(answer.content) < 1_000


async def test_another_tenant_is_forbidden_whether_it_exists_or_not(
    client: Client, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    for other in (await another_tenant(sessions), "nobody0here"):
        answer = await client.post(path(other), json=AUTOMATIC)
        reason = "The access token is not valid for this tenant"
        assert (answer.status_code, answer.json()) == (
            403,
            {"message": "User not authorized", "code": "403", "detailInfo": reason},
        )
    assert temporal_gate.started == []


async def test_who_may_only_look_starts_nothing(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        answer = await viewer.post(path(tenant), json=AUTOMATIC)
    reason = "Missing required scopes [invoice.invoice_manage]"
    assert (answer.status_code, answer.json()) == (
        403,
        {"message": "User not authorized", "code": "403", "detailInfo": reason},
    )
    assert temporal_gate.started == []


async def test_a_job_may_be_dry_and_say_how_many_orders_run_at_once(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    created = await client.post(path(tenant), json={**MANUAL, "dryRun": True, "concurrency": 500})
    async with sessions() as session:
        job = await jobs.load_job(session, tenant, UUID(created.json()["jobId"]))
    assert (job.dry_run, job.concurrency) == (True, 500)
    assert [(run.dry_run, run.concurrency) for run in temporal_gate.started] == [(True, 500)]
    for wrong in ({"dryRun": "yes"}, {"dryRun": None}, {"concurrency": 0}, {"concurrency": 501}, {"concurrency": "5"}):
        refused = await client.post(path(tenant), json={**MANUAL, **wrong})
        (member,) = wrong
        assert (refused.status_code, refused.json()["detailInfo"].split(":")[0]) == (400, member), wrong


async def test_a_key_from_before_the_newer_members_is_still_good(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    # SHA-256 of `["MANUAL",["EON1001","EON1002"]]`, as a version without them has stored it.
    before = hashlib.sha256(b'["MANUAL",["EON1001","EON1002"]]').hexdigest()
    async with sessions.begin() as session:
        first = await jobs.create_job(session, NewJob(tenant, "MANUAL", ["EON1001", "EON1002"], "key", before))
    again = await client.post(path(tenant), json=MANUAL, headers={"Idempotency-Key": "key"})
    assert again.json()["jobId"] == str(first)
    other = await client.post(path(tenant), json={**MANUAL, "dryRun": True}, headers={"Idempotency-Key": "key"})
    assert other.status_code == 409
