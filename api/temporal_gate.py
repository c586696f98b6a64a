"""What the API asks of Temporal. A Protocol, so that HTTP can be tested without a Temporal server."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from contracts import starts, temporal_client
from contracts.ids import credit_note_workflow_id
from contracts.invoice_job import JobRun
from contracts.order_invoice import Retry
from contracts.starts import Start


class RetryAnswer(StrEnum):
    """What became of the wish to try a credit note again."""

    ACCEPTED = "ACCEPTED"
    NOT_HELD = "NOT_HELD"
    UNKNOWN = "UNKNOWN"
    """No workflow of it is open."""


class TemporalGate(Protocol):
    """Starts and steers workflows by their contract, never by their code."""

    async def ready(self) -> bool:
        """Whether Temporal answers."""
        ...

    async def start_job(self, run: JobRun) -> None:
        """Start the job's workflow; a job that runs already is left as it is.

        Raises:
            contracts.temporal_client.TemporalAway: it does not answer.
        """
        ...

    async def start(self, wanted: Start) -> None:
        """Start or signal a workflow of the outbox.

        Raises:
            contracts.temporal_client.TemporalAway: it does not answer.
        """
        ...

    async def has_ended(self, workflow_id: str, within_seconds: float) -> bool:
        """Wait for a workflow's end, whatever it is; False when it still runs after that time, or nobody knows.

        Raises:
            contracts.temporal_client.TemporalAway: it does not answer.
        """
        ...

    async def retry_credit_note(self, tenant: str, credit_note_id: UUID) -> RetryAnswer:
        """Try the settlement of a held credit note again.

        Raises:
            contracts.temporal_client.TemporalAway: it does not answer.
        """
        ...


@dataclass(frozen=True)
class ClientGate:
    """The gate over a Temporal client."""

    client: Client

    async def ready(self) -> bool:
        """Whether Temporal answers."""
        async with temporal_client.away_is_said():
            return await self.client.service_client.check_health(timeout=temporal_client.RPC_TIMEOUT)

    async def start_job(self, run: JobRun) -> None:
        """Start the job's workflow."""
        await temporal_client.start_job(self.client, run)

    async def start(self, wanted: Start) -> None:
        """Start or signal a workflow of the outbox."""
        await starts.start(self.client, wanted)

    async def has_ended(self, workflow_id: str, within_seconds: float) -> bool:
        """Wait for a workflow's end."""
        try:
            async with asyncio.timeout(within_seconds):
                await self.client.get_workflow_handle(workflow_id).result()
        except (TimeoutError, RPCTimeoutOrCancelledError):
            return False
        except WorkflowFailureError:
            return True
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            if error.status in temporal_client.AWAY:
                raise temporal_client.TemporalAway(error.status.name) from error
            raise
        return True

    async def retry_credit_note(self, tenant: str, credit_note_id: UUID) -> RetryAnswer:
        """Try the settlement of a held credit note again."""
        handle = self.client.get_workflow_handle(credit_note_workflow_id(tenant, credit_note_id))
        try:
            async with temporal_client.away_is_said():
                await handle.execute_update("retry", Retry(), rpc_timeout=temporal_client.RPC_TIMEOUT)
        except WorkflowUpdateFailedError:
            return RetryAnswer.NOT_HELD
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return RetryAnswer.UNKNOWN
            raise
        return RetryAnswer.ACCEPTED
