"""Commands and questions to the workflows of jobs and orders. A Protocol, so that HTTP can be tested without them."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contracts import temporal_client
from contracts.ids import job_workflow_id, order_workflow_id
from contracts.invoice_job import JobProgress
from contracts.message import Message
from contracts.order_invoice import Standing

QUERY_SECONDS = 2.0
"""A question is answered from a worker's memory; without an answer in this time the database's figures must do."""

Answer = TypeVar("Answer", bound=Message)


class Declined(Exception):
    """The workflow does not take the command; its message is a sentence for a person."""


class NotOpen(Exception):
    """No workflow of this id is open: it has ended, or never began."""


class ControlGate(Protocol):
    """Steers jobs and orders by the names of their updates and queries, never by their code."""

    async def tell_job(self, tenant: str, job_id: UUID, command: str, wish: Message | None = None) -> None:
        """Send an update to a job, and wait until it has taken it.

        Raises:
            Declined: its validator refuses.
            NotOpen: its workflow is not open.
            contracts.temporal_client.TemporalAway: Temporal or all workers are away.
        """
        ...

    async def tell_order(self, tenant: str, order_id: str, command: str, wish: Message | None = None) -> None:
        """Send an update to an order's workflow; raises as `tell_job`."""
        ...

    async def progress(self, tenant: str, job_id: UUID) -> JobProgress:
        """Ask a job where it is.

        Raises:
            NotOpen: Temporal knows no such workflow.
            contracts.temporal_client.TemporalAway: nobody answers in time.
        """
        ...

    async def standing(self, tenant: str, order_id: str) -> Standing:
        """Ask an order's workflow where it is; raises as `progress`."""
        ...


@dataclass(frozen=True)
class ClientControlGate:
    """The gate over a Temporal client."""

    client: Client

    async def tell_job(self, tenant: str, job_id: UUID, command: str, wish: Message | None = None) -> None:
        """Send an update to a job."""
        await self._tell(job_workflow_id(tenant, job_id), command, wish)

    async def tell_order(self, tenant: str, order_id: str, command: str, wish: Message | None = None) -> None:
        """Send an update to an order's workflow."""
        await self._tell(order_workflow_id(tenant, order_id), command, wish)

    async def progress(self, tenant: str, job_id: UUID) -> JobProgress:
        """Ask a job where it is."""
        return await self._ask(job_workflow_id(tenant, job_id), "progress", JobProgress)

    async def standing(self, tenant: str, order_id: str) -> Standing:
        """Ask an order's workflow where it is."""
        return await self._ask(order_workflow_id(tenant, order_id), "standing", Standing)

    async def _tell(self, workflow_id: str, command: str, wish: Message | None) -> None:
        handle = self._handle(workflow_id)
        try:
            async with temporal_client.away_is_said():
                await handle.execute_update(
                    command, args=[] if wish is None else [wish], rpc_timeout=temporal_client.RPC_TIMEOUT
                )
        except WorkflowUpdateFailedError as error:
            raise Declined(_words_of(error)) from error
        except RPCError as error:
            raise _not_open(error) from error

    async def _ask(self, workflow_id: str, question: str, answer: type[Answer]) -> Answer:
        handle = self._handle(workflow_id)
        try:
            async with temporal_client.away_is_said(), asyncio.timeout(QUERY_SECONDS):
                said: Answer = await handle.query(question, result_type=answer, rpc_timeout=temporal_client.RPC_TIMEOUT)
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise temporal_client.TemporalAway("the workflow cannot answer") from error
        except RPCError as error:
            if error.status is RPCStatusCode.FAILED_PRECONDITION:
                raise temporal_client.TemporalAway("no worker answers") from error
            raise _not_open(error) from error
        return said

    def _handle(self, workflow_id: str) -> WorkflowHandle[object, object]:
        return self.client.get_workflow_handle(workflow_id)


def _not_open(error: RPCError) -> Exception:
    return NotOpen(str(error)) if error.status is RPCStatusCode.NOT_FOUND else error


def _words_of(error: WorkflowUpdateFailedError) -> str:
    """The validator's own sentence; an update that found its workflow ending has none."""
    cause = error.cause
    return cause.message if isinstance(cause, ApplicationError) else "it has just ended"
