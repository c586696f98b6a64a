"""Committed histories of every way an order or a job can go: the present code must be able to go them again.

A failure here means that a deployment would wedge the workflows that are under way. See CONTRIBUTING.md, "Changing
workflow code", before you touch a committed history.
"""

import pytest
from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.workflows.golden_files import golden, golden_names
from tests.workflows.histories import replay
from worker import sandbox


@pytest.mark.parametrize("name", golden_names())
async def test_a_committed_history_replays(name: str) -> None:
    await replay(golden(name))


def test_every_way_is_committed() -> None:
    assert set(golden_names()) == {
        "before_local_steps/job_automatic",
        "before_local_steps/job_manual",
        "before_local_steps/job_meets_held_order",
        "before_local_steps/order_cancelled",
        "before_local_steps/order_credited_while_held",
        "before_local_steps/order_finished_after_hold",
        "before_local_steps/order_held_then_released",
        "before_local_steps/order_on_account",
        "before_local_steps/order_success",
        "before_local_steps/order_taken_over",
        "before_local_steps/order_unknown",
        "order_success",
        "order_on_account",
        "order_unknown",
        "order_declined",
        "order_held_then_released",
        "order_taken_over",
        "order_cancelled",
        "order_cancelled_by_command",
        "order_credited_while_held",
        "order_finished_after_hold",
        "order_finished_without_mail",
        "order_accepted_ours",
        "order_abandoned",
        "order_step_fell_back",
        "job_manual",
        "job_automatic",
        "job_meets_held_order",
        "job_continued",
        "job_continued_to_its_end",
        "job_paused_and_resumed",
        "job_cancelled",
        "job_cancelled_with_adopted_order",
        "job_retries_failed",
        "job_reopened",
        "job_dry_run",
        "delivery_document",
        "delivery_mail",
        "delivery_refused",
        "preview_made",
        "preview_failed",
        "credit_note_refunded",
        "credit_note_held_then_released",
        "recurring_continued",
        "recurring_changed",
        "recurring_held",
        "scheduled_job",
        "scheduled_job_begun_by_a_worker",
    }


async def test_a_changed_command_order_is_noticed() -> None:
    """The guard bites: the same workflow with one more step before the first cannot replay."""
    replayer = Replayer(
        workflows=[_ChangedOrderInvoice], data_converter=pydantic_data_converter, workflow_runner=sandbox()
    )
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(golden("order_success"))


@workflow.defn(name="OrderInvoice", sandboxed=False)
class _ChangedOrderInvoice:
    @workflow.run
    async def run(self, _order: object) -> None:
        await workflow.sleep(60)
