"""Steering a job over HTTP, whatever its workflow says; the commands at work are in tests/test_control.py."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs.control_gate import Declined, NotOpen
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from contracts.ids import job_workflow_id
from contracts.invoice_job import Concurrency, JobProgress, JobRun, JobType, RetryFailed
from contracts.starts import Start
from contracts.temporal_client import TemporalAway
from database import jobs, outbox
from database.jobs import FAILURE, HELD, PENDING, SUCCESS, JobView, NewJob
from database.tables import JobItem
from tests.api_fixtures import ApiClientFactory, Client, ControlGateFake, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
COMMANDS: list[tuple[str, JsonValue]] = [
    ("pause", None),
    ("resume", None),
    ("cancel", None),
    ("retry-failed", None),
    ("concurrency", {"concurrency": 8}),
]
NEVER_BEGUN, RUNNING, ENDED = "accepted", "running", "ended"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


def path(tenant: str, job_id: UUID | str, command: str) -> str:
    return f"/invoice/{tenant}/jobs/invoices/{job_id}/{command}"


async def make_job(
    sessions: Sessions, tenant: str, standing: str, *states: str, concurrency: int | None = None
) -> UUID:
    """A job with an order in each of the states."""
    order_ids = [f"EON{number}" for number, _ in enumerate(states, start=1)]
    async with sessions.begin() as session:
        new = NewJob(tenant, JobType.MANUAL, order_ids, concurrency=concurrency, dry_run=True)
        job_id = await jobs.create_job(session, new)
        for order_id, state in zip(order_ids, states, strict=True):
            await session.execute(
                update(JobItem).where(JobItem.job_id == job_id, JobItem.order_id == order_id).values(state=state)
            )
        if standing != NEVER_BEGUN:
            await jobs.begin_job(session, tenant, job_id)
        if standing == ENDED:
            await jobs.finish_job(session, tenant, job_id)
    return job_id


async def view_of(sessions: Sessions, tenant: str, job_id: UUID) -> JobView:
    async with sessions.begin() as session:
        view = await jobs.get_job(session, tenant, job_id)
    assert view is not None
    return view


async def left_in_the_outbox(sessions: Sessions, tenant: str) -> list[Start]:
    async with sessions() as session:
        pending = await outbox.pending_starts(session, older_than=timedelta(0), limit=10_000)
    starts = [Start.model_validate(each.body) for each in pending]
    return [start for start in starts if start.tenant == tenant]


@pytest.mark.parametrize(
    ("command", "body", "told", "wish", "message"),
    [
        ("pause", None, "pause", None, "The job is paused: orders under way are finished, no more are begun"),
        ("resume", None, "resume", None, "The job goes on"),
        (
            "cancel",
            None,
            "cancel",
            None,
            "The job is being cancelled: orders under way finish what must not be torn, no more are begun",
        ),
        ("retry-failed", None, "retry_failed", RetryFailed(), "The failed orders are being tried again"),
        ("retry-failed", {}, "retry_failed", RetryFailed(), "The failed orders are being tried again"),
        (
            "retry-failed",
            {"held": True},
            "retry_failed",
            RetryFailed(held=True),
            "The failed or held orders are being tried again",
        ),
        (
            "concurrency",
            {"concurrency": 8},
            "set_concurrency",
            Concurrency(concurrency=8),
            "The job runs 8 orders at once from now on",
        ),
    ],
)
async def test_a_running_job_is_told_by_the_name_of_its_update(
    client: Client,
    tenant: str,
    sessions: Sessions,
    control_gate: ControlGateFake,
    command: str,
    body: JsonValue,
    told: str,
    wish: RetryFailed | Concurrency | None,
    message: str,
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING, FAILURE)
    answer = await client.post(path(tenant, job_id, command), json=body)
    assert (answer.status_code, answer.json()) == (202, {"jobId": str(job_id), "message": message})
    assert control_gate.told == [(tenant, str(job_id), told, wish)]
    assert await left_in_the_outbox(sessions, tenant) == []


@pytest.mark.parametrize(("command", "body"), COMMANDS)
async def test_what_the_workflow_declines_is_a_conflict_in_its_own_words(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, command: str, body: JsonValue
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING)
    control_gate.refusal = Declined("the job is being cancelled")
    answer = await client.post(path(tenant, job_id, command), json=body)
    words = "The job is being cancelled"
    assert (answer.status_code, answer.json()) == (
        409,
        {"message": words, "code": "409", "detailInfo": f"jobId: {words}"},
    )


@pytest.mark.parametrize(("command", "body"), COMMANDS)
async def test_a_job_that_there_is_not_is_not_found(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, command: str, body: JsonValue
) -> None:
    foreign = await make_job(sessions, await another_tenant(sessions), RUNNING, PENDING)
    for job_id in (foreign, uuid4(), "nonsense"):
        answer = await client.post(path(tenant, job_id, command), json=body)
        assert (answer.status_code, answer.json()["message"]) == (404, "The job does not exist"), job_id
    assert control_gate.told == []


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("concurrency", {}, "concurrency"),
        ("concurrency", None, "body"),
        ("concurrency", {"concurrency": 0}, "concurrency"),
        ("concurrency", {"concurrency": 501}, "concurrency"),
        ("concurrency", {"concurrency": 2.5}, "concurrency"),
        ("concurrency", {"concurrency": "8"}, "concurrency"),
        ("concurrency", {"concurrency": 8, "now": True}, "now"),
        ("retry-failed", {"held": "yes"}, "held"),
        ("retry-failed", {"hold": True}, "hold"),
    ],
)
async def test_a_wrong_body_is_refused_by_the_name_of_the_member(
    client: Client,
    tenant: str,
    sessions: Sessions,
    control_gate: ControlGateFake,
    command: str,
    body: JsonValue,
    field: str,
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING)
    answer = await client.post(path(tenant, job_id, command), json=body)
    assert (answer.status_code, answer.json()["detailInfo"].split(":")[0]) == (400, field), answer.text
    assert control_gate.told == []


@pytest.mark.parametrize(("command", "body"), COMMANDS)
async def test_only_who_manages_invoices_of_the_tenant_steers_a_job(
    api_client: ApiClientFactory,
    token: TokenMaker,
    tenant: str,
    sessions: Sessions,
    control_gate: ControlGateFake,
    command: str,
    body: JsonValue,
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.post(path(tenant, job_id, command), json=body)).status_code == 403
        assert (await viewer.get(path(tenant, job_id, "progress"))).status_code == 200
    async with api_client(token=await token(await another_tenant(sessions))) as neighbour:
        assert (await neighbour.post(path(tenant, job_id, command), json=body)).status_code == 403
    async with api_client() as nobody:
        assert (await nobody.post(path(tenant, job_id, command), json=body)).status_code == 401
    assert control_gate.told == []


@pytest.mark.parametrize(
    ("command", "body"), [("pause", None), ("resume", None), ("concurrency", {"concurrency": 8}), ("cancel", None)]
)
async def test_a_job_that_has_ended_cannot_be_steered(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, command: str, body: JsonValue
) -> None:
    job_id = await make_job(sessions, tenant, ENDED, SUCCESS)
    control_gate.refusal = NotOpen("workflow execution already completed")
    answer = await client.post(path(tenant, job_id, command), json=body)
    assert (answer.status_code, answer.json()["message"]) == (409, "The job has ended")


@pytest.mark.parametrize(
    ("command", "body"),
    [("pause", None), ("resume", None), ("concurrency", {"concurrency": 8}), ("retry-failed", None)],
)
async def test_while_temporal_is_away_nothing_happens_to_a_running_job_and_the_caller_comes_again(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, command: str, body: JsonValue
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING, FAILURE)
    control_gate.refusal = TemporalAway("UNAVAILABLE")
    answer = await client.post(path(tenant, job_id, command), json=body)
    assert answer.status_code == 503
    assert answer.json()["message"].startswith("Temporal does not answer: the command may still be carried out")
    assert int(answer.headers["retry-after"]) > 0
    assert (await view_of(sessions, tenant, job_id)).counts == {PENDING: 1, FAILURE: 1}
    assert await left_in_the_outbox(sessions, tenant) == []


async def test_a_job_that_temporal_has_not_heard_of_is_started_and_told(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, temporal_gate: TemporalGateFake
) -> None:
    job_id = await make_job(sessions, tenant, NEVER_BEGUN, PENDING, concurrency=7)
    control_gate.refusal = NotOpen("workflow not found")

    async def start_job(run: JobRun) -> None:
        temporal_gate.started.append(run)
        control_gate.refusal = None

    temporal_gate.start_job = start_job  # type: ignore[method-assign]
    answer = await client.post(path(tenant, job_id, "pause"))
    assert answer.status_code == 202
    [run] = temporal_gate.started
    assert (run.job_id, run.job_type, run.concurrency, run.dry_run) == (job_id, JobType.MANUAL, 7, True)
    assert (run.found, run.paused, run.after_position, run.total) == (False, False, 0, 1)
    assert [told[2] for told in control_gate.told] == ["pause", "pause"]


async def test_a_job_whose_workflow_was_ended_from_outside_says_what_moves_it(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, temporal_gate: TemporalGateFake
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING, SUCCESS)
    control_gate.refusal = NotOpen("workflow execution already completed")
    answer = await client.post(path(tenant, job_id, "pause"))
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "The job's workflow was ended from outside: cancel the job, or have its failed orders tried again",
    )
    goes_on = await client.post(path(tenant, job_id, "retry-failed"))
    assert (goes_on.status_code, goes_on.json()["message"]) == (202, "The job goes on with the orders that wait")
    assert [start.signal for start in temporal_gate.outbox] == ["retry_failed"]
    cancelled = await client.post(path(tenant, job_id, "cancel"))
    words = "The job is cancelled: its workflow had been ended from outside"
    assert (cancelled.status_code, cancelled.json()["message"]) == (202, words)
    view = await view_of(sessions, tenant, job_id)
    assert view.job.finished_at is not None
    assert view.job.cancelled_at is not None
    assert view.counts == {FAILURE: 1, SUCCESS: 1}


@pytest.mark.parametrize("refusal", [NotOpen("workflow not found"), TemporalAway("UNAVAILABLE")])
async def test_a_job_is_cancelled_before_it_began_with_or_without_temporal(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, refusal: Exception
) -> None:
    job_id = await make_job(sessions, tenant, NEVER_BEGUN, PENDING, PENDING)
    control_gate.refusal = refusal
    answer = await client.post(path(tenant, job_id, "cancel"))
    assert (answer.status_code, answer.json()["message"]) == (202, "The job is cancelled before it began")
    view = await view_of(sessions, tenant, job_id)
    assert view.job.finished_at is not None
    assert view.job.cancelled_at is not None
    assert view.counts == {FAILURE: 2}
    async with sessions() as session:
        waiting = await jobs.jobs_not_begun(session, older_than=timedelta(0), limit=10_000)
    assert job_id not in {job.id for job in waiting}
    again = await client.post(path(tenant, job_id, "cancel"))
    assert (again.status_code, again.json()["message"]) == (409, "The job has ended")


async def test_a_running_job_is_cancelled_as_soon_as_temporal_is_back(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, temporal_gate: TemporalGateFake
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING)
    control_gate.refusal, temporal_gate.is_away = TemporalAway("UNAVAILABLE"), True
    answer = await client.post(path(tenant, job_id, "cancel"))
    assert (answer.status_code, answer.json()["message"]) == (202, "The job is cancelled as soon as Temporal answers")
    [start] = await left_in_the_outbox(sessions, tenant)
    assert (start.workflow_id, start.signal, start.repeatable) == (job_workflow_id(tenant, job_id), "cancel", False)
    assert (await view_of(sessions, tenant, job_id)).counts == {PENDING: 1}


@pytest.mark.parametrize(
    ("held", "message", "counts"),
    [
        (False, "2 failed orders are being tried again", {PENDING: 2, HELD: 1, SUCCESS: 1}),
        (True, "3 failed or held orders are being tried again", {PENDING: 3, SUCCESS: 1}),
    ],
)
@pytest.mark.parametrize("is_away", [False, True])
async def test_the_failed_orders_of_a_job_that_has_ended_wait_again_at_once_and_its_workflow_is_noted(
    client: Client,
    tenant: str,
    sessions: Sessions,
    control_gate: ControlGateFake,
    temporal_gate: TemporalGateFake,
    *,
    held: bool,
    message: str,
    counts: dict[str, int],
    is_away: bool,
) -> None:
    job_id = await make_job(sessions, tenant, ENDED, FAILURE, HELD, SUCCESS, FAILURE)
    temporal_gate.is_away = is_away
    answer = await client.post(path(tenant, job_id, "retry-failed"), json={"held": held})
    assert (answer.status_code, answer.json()["message"]) == (202, message)
    view = await view_of(sessions, tenant, job_id)
    assert (view.job.finished_at, view.counts) == (None, counts)
    [start] = await left_in_the_outbox(sessions, tenant) if is_away else temporal_gate.outbox
    assert (start.signal, start.signal_input, start.repeatable) == ("retry_failed", {"held": held}, True)
    run = JobRun.model_validate(start.input)
    assert (run.found, run.after_position, run.dry_run) == (True, 0, True)
    assert control_gate.told == []  # no workflow is open: none is asked


@pytest.mark.parametrize(("held", "which"), [(False, "failed"), (True, "failed or held")])
async def test_a_job_without_failed_orders_has_none_to_run_again(
    client: Client,
    tenant: str,
    sessions: Sessions,
    temporal_gate: TemporalGateFake,
    *,
    held: bool,
    which: str,
) -> None:
    states = (SUCCESS,) if held else (SUCCESS, HELD)
    job_id = await make_job(sessions, tenant, ENDED, *states)
    answer = await client.post(path(tenant, job_id, "retry-failed"), json={"held": held})
    assert (answer.status_code, answer.json()["message"]) == (409, f"The job has no {which} orders")
    assert temporal_gate.outbox == await left_in_the_outbox(sessions, tenant) == []


async def test_a_job_that_has_not_begun_has_no_failed_orders_yet(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    job_id = await make_job(sessions, tenant, NEVER_BEGUN, PENDING)
    answer = await client.post(path(tenant, job_id, "retry-failed"))
    assert (answer.status_code, answer.json()["message"]) == (409, "The job has not begun")


async def test_progress_is_the_books_counts_and_what_the_workflow_says_of_itself(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake
) -> None:
    job_id = await make_job(sessions, tenant, RUNNING, PENDING, SUCCESS, FAILURE, HELD)
    control_gate.asked = JobProgress(phase="running", handed_out=4, running=1, paused=True, concurrency=9)
    shown = (await client.get(path(tenant, job_id, "progress"))).json()
    assert shown["counts"] == {"total": 4, "success": 1, "failure": 1, "held": 1, "pending": 1}
    assert {name: shown[name] for name in ("jobId", "jobStatus", "phase", "running", "concurrency", "paused")} == {
        "jobId": str(job_id),
        "jobStatus": "IN_PROGRESS",
        "phase": "running",
        "running": 1,
        "concurrency": 9,
        "paused": True,
    }


@pytest.mark.parametrize("standing", [NEVER_BEGUN, RUNNING, ENDED])
@pytest.mark.parametrize("says", [NotOpen("no such workflow"), TemporalAway("UNAVAILABLE")])
async def test_where_no_workflow_answers_progress_is_what_the_books_say(
    client: Client, tenant: str, sessions: Sessions, control_gate: ControlGateFake, standing: str, says: Exception
) -> None:
    job_id = await make_job(sessions, tenant, standing, SUCCESS)
    control_gate.asked = says
    answer = await client.get(path(tenant, job_id, "progress"))
    shown = answer.json()
    assert (answer.status_code, shown["counts"]["success"]) == (200, 1)
    assert shown["jobStatus"] == ("DONE" if standing == ENDED else "IN_PROGRESS")
    assert not {"phase", "running"} & shown.keys()


async def test_progress_of_a_job_that_there_is_not_is_not_found(client: Client, tenant: str) -> None:
    assert (await client.get(path(tenant, uuid4(), "progress"))).status_code == 404
