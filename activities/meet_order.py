"""Two jobs name one order: the second takes over a held one, and leaves a running one alone."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.ids import order_workflow_id
from contracts.invoice_job import Meeting, Met
from contracts.order_invoice import OrderRef, Retry

RETRY = "retry"


@dataclass(frozen=True)
class MeetingActivities:
    temporal: Client

    @activity.defn
    async def meet_order(self, order: OrderRef) -> Met:
        """Ask the order's running workflow to try again for this job: it agrees if it is on hold."""
        handle = self.temporal.get_workflow_handle(order_workflow_id(order.tenant, order.order_id))
        try:
            await handle.execute_update(RETRY, Retry(job_id=order.job_id), id=_id_of_this_meeting())
        except WorkflowUpdateFailedError:
            return Met(meeting=Meeting.BUSY)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Met(meeting=Meeting.GONE)
            raise
        return Met(meeting=Meeting.ADOPTED)

    @activity.defn
    async def is_open(self, order: OrderRef) -> bool:
        """Whether the order's workflow is still open."""
        handle = self.temporal.get_workflow_handle(order_workflow_id(order.tenant, order.order_id))
        try:
            description = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return description.status is WorkflowExecutionStatus.RUNNING


def _id_of_this_meeting() -> str:
    """The same for every attempt of one meeting, another for the next: a job may meet an order several times."""
    info = activity.info()
    return f"retry-{info.workflow_run_id}-{info.activity_id}"
