"""What a person reads of a job: counts, reasons, and the one command that moves an order on."""

import shlex
from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.jobs.job_control import JobStanding
from commands.job_report import counts_of, job_line, job_lines, order_command, order_lines, state_of
from contracts.failures import Reason
from contracts.invoice_job import JobProgress
from database.job_lists import Item, ItemView
from database.jobs import FAILURE, HELD, PENDING, SUCCESS, JobView
from database.tables import Job

JOB = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def job(**changes: object) -> Job:
    known = {"id": JOB, "tenant": "acme", "job_type": "MANUAL", "created_at": NOON, "started_at": NOON}
    return Job(**{**known, "dry_run": False, **changes})


def item(state: str, reason: Reason, order_id: str = "EON1") -> ItemView:
    row = Item("acme", JOB, 1, order_id, state, "recalculate", reason, "Why.", None, None, None, NOON)
    return ItemView(row, None, None, None, has_document=False)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"started_at": None}, "ACCEPTED"),
        ({}, "IN_PROGRESS"),
        ({"paused_at": NOON}, "PAUSED"),
        ({"finished_at": NOON, "paused_at": NOON}, "DONE"),
        ({"cancelled_at": NOON}, "CANCELLED"),
        ({"cancelled_at": NOON, "finished_at": NOON}, "CANCELLED"),
    ],
)
def test_one_word_says_how_a_job_stands(changes: dict[str, object], state: str) -> None:
    assert state_of(JobView(job(**changes), {})) == state


def test_states_that_no_order_is_in_are_left_out() -> None:
    counts = {SUCCESS: 1200, FAILURE: 3, HELD: 2, PENDING: 1}
    assert counts_of(JobView(job(), counts)) == (
        "1,206 orders: 1,200 succeeded, 3 failed, 2 on hold, 1 not through yet"
    )
    assert counts_of(JobView(job(), {FAILURE: 3})) == "3 orders: 3 failed"
    assert counts_of(JobView(job(), {})) == "0 orders"
    assert counts_of(JobView(job(dry_run=True), {SUCCESS: 2})) == "2 orders: 2 would be invoiced"


def test_a_listed_job_is_a_line() -> None:
    assert job_line(JobView(job(finished_at=NOON), {SUCCESS: 1})) == (
        f"{JOB}  2026-11-22 12:00  MANUAL     DONE         1 orders: 1 succeeded"
    )


def test_the_head_says_what_the_workflow_says_too() -> None:
    said = JobProgress(phase="running", handed_out=5, running=2, concurrency=8)
    view = JobView(job(message="Two orders are on hold", dry_run=True), {PENDING: 5})
    assert list(job_lines(JobStanding(view, said))) == [
        f"job {JOB}  MANUAL, dry run  IN_PROGRESS",
        "5 orders: 5 not through yet",
        "running, 2 orders under way of at most 8",
        "Two orders are on hold",
    ]


@pytest.mark.parametrize(
    ("state", "reason", "way_on"),
    [
        (HELD, Reason.PAYMENT_DECLINED, "invoices order retry --tenant acme EON1"),
        (FAILURE, Reason.UNKNOWN_ORDER, f"invoices job retry-failed {JOB} --tenant acme"),
        (FAILURE, Reason.CANCELLED, f"invoices job retry-failed {JOB} --tenant acme"),
        (FAILURE, Reason.ALREADY_INVOICED, "nothing is left to do"),
    ],
)
def test_a_failed_or_held_order_ends_with_the_one_command_that_moves_it_on(
    state: str, reason: Reason, way_on: str
) -> None:
    verb = "on hold" if state == HELD else "failed"
    assert list(order_lines(item(state, reason))) == [
        f"EON1  {verb} at recalculate: {reason}",
        "    Why.",
        f"    {way_on}",
    ]


def test_of_totals_that_differ_the_choices_are_named() -> None:
    assert list(order_lines(item(HELD, Reason.TOTALS_DIFFER)))[2:] == [
        "    invoices order release --tenant acme --choice accept_ours EON1",
        "    (or --choice accept_orders, retry, abandon)",
    ]


@pytest.mark.parametrize("order_id", ["EON1", "a b", "it's", "-rf", "$HOME;", "Größe/7"])
def test_the_command_names_an_order_of_any_id(order_id: str) -> None:
    words = shlex.split(order_command("retry", "acme", order_id))
    assert (words[:5], words[-1]) == (["invoices", "order", "retry", "--tenant", "acme"], order_id)
    assert ("--" in words) == order_id.startswith("-")
