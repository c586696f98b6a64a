"""Workflow ids and idempotency keys: the same for the same thing, and never the same for two things."""

from itertools import pairwise
from uuid import UUID

from contracts.ids import (
    capture_key,
    job_workflow_id,
    occurrence_key,
    order_workflow_id,
    refund_key,
    schedule_id,
    schedule_name,
    scheduled_job_workflow_id,
)
from contracts.invoice_job import MAX_MANUAL_ORDERS

JOB = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")


def test_an_orders_workflow_is_named_by_its_business_key() -> None:
    assert order_workflow_id("acme", "EON1001") == "invoice/acme/EON1001"


def test_a_jobs_workflow_is_named_by_tenant_and_job() -> None:
    assert job_workflow_id("acme", JOB) == f"job/acme/{JOB}"


def test_orders_of_two_tenants_never_meet_whatever_their_ids() -> None:
    """A tenant's code holds no slash, so that what follows it cannot pretend to be another tenant's."""
    ids = [order_workflow_id(tenant, order) for tenant in ("acme", "acme2") for order in ("2/EON1", "EON1", "/EON1")]
    assert len(set(ids)) == len(ids)


def test_an_order_and_a_job_never_meet() -> None:
    assert order_workflow_id("acme", str(JOB)) != job_workflow_id("acme", JOB)


def test_the_longest_order_id_still_makes_a_workflow_id() -> None:
    """Temporal takes 1,000 bytes; an order id has at most 200 characters of up to four bytes."""
    assert len(order_workflow_id("a" * 16, "😀" * 200).encode()) <= 1_000
    assert len(capture_key("a" * 16, "😀" * 200, MAX_MANUAL_ORDERS).encode()) <= 1_000


def test_a_capture_has_a_new_key_after_every_refusal_and_only_then() -> None:
    keys = [capture_key("acme", "EON1", refusals) for refusals in range(4)]
    assert keys[0] == "invoice/acme/EON1:capture"
    assert keys[1] == "invoice/acme/EON1:capture:2"
    assert capture_key("acme", "EON1", 2) == keys[2]
    assert all(before != after for before, after in pairwise(keys))
    assert len(set(keys)) == 4


def test_an_order_that_is_invoiced_again_is_captured_under_keys_of_its_own() -> None:
    again = [capture_key("acme", "EON1", refusals, 1) for refusals in range(3)]
    assert again[0] == "invoice/acme/EON1:capture:round2"
    keys = [capture_key("acme", "EON1", refusals, number) for refusals in range(4) for number in range(4)]
    assert len(set(keys)) == 16
    assert capture_key("acme", "EON1", 0, 0) == "invoice/acme/EON1:capture"


def test_a_refund_has_a_new_key_after_every_refusal_and_only_then() -> None:
    keys = [refund_key("acme", JOB, refusals) for refusals in range(3)]
    base = f"credit-note/acme/{JOB}:refund"
    assert keys == [base, f"{base}:2", f"{base}:3"]


def test_a_schedule_is_its_tenants_by_its_id_alone() -> None:
    assert schedule_id("acme", "nightly") == "jobs/acme/nightly"
    assert schedule_name("acme", "jobs/acme/nightly") == "nightly"
    assert schedule_name("acme", "jobs/acme2/nightly") is None
    assert schedule_name("acme", "nightly") is None


def test_an_occurrence_of_a_schedule_has_one_key_and_a_dry_run_another() -> None:
    workflow_id = f"{scheduled_job_workflow_id('acme', 'nightly')}-2027-01-01T02:30:00Z"
    assert occurrence_key(workflow_id, None, dry_run=False) == "scheduled-job/acme/nightly-2027-01-01T02:30:00Z"
    keys = {occurrence_key(workflow_id, run_id, dry_run=dry) for run_id in (None, "a", "b") for dry in (False, True)}
    assert len(keys) == 6
