"""How every process of ours talks to Temporal: one data converter, one way to start a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr
from temporalio.client import Client, RPCTimeoutOrCancelledError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

import logs
from contracts.fairness import share, urgency_of_job
from contracts.ids import job_workflow_id
from contracts.invoice_job import JobRun
from contracts.queues import ORDERS
from contracts.search_attributes import INVOICE_STATUS, JOB_ID, TENANT

JOB_WORKFLOW = "InvoiceJob"
log = logs.get_logger(__name__)

AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})
RPC_TIMEOUT = timedelta(seconds=5)
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0


class TemporalAway(Exception):
    """Temporal does not answer: refused, cut off, or silent for too long."""


@asynccontextmanager
async def away_is_said() -> AsyncIterator[None]:
    """Turn the ways in which a client meets a server that is away into one exception.

    A lazy client that cannot make its first connection raises `RuntimeError`, a connected one `RPCError`, an update
    that is not answered an error of its own; and nothing but the clock ends connecting to a server that hangs.
    """
    try:
        async with asyncio.timeout(RPC_TIMEOUT.total_seconds()):
            yield
    except (TimeoutError, RPCTimeoutOrCancelledError) as error:
        raise TemporalAway("no answer in time") from error
    except RPCError as error:
        if error.status in AWAY:
            raise TemporalAway(error.status.name) from error
        raise
    except RuntimeError as error:
        if "client connect" in str(error):
            raise TemporalAway("no connection") from error
        raise


@dataclass(frozen=True)
class TemporalTarget:
    """Where Temporal is and how to get in."""

    address: str
    namespace: str
    tls: bool = False
    api_key: SecretStr | None = None


async def connect(target: TemporalTarget, *, lazy: bool = False) -> Client:
    """A client; `lazy` connects at the first call, so that an API can start before Temporal does.

    Raises:
        TemporalAway: not lazy, and Temporal does not answer.
    """
    async with away_is_said():
        return await Client.connect(
            target.address,
            namespace=target.namespace,
            api_key=target.api_key.get_secret_value() if target.api_key else None,
            tls=target.tls,
            data_converter=pydantic_data_converter,
            lazy=lazy,
        )


async def connect_patiently(target: TemporalTarget) -> Client:
    """A client as soon as Temporal answers, for processes that are of no use without it."""
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            return await connect(target)
        except TemporalAway:
            log.warning("waiting_for_temporal", address=target.address, namespace=target.namespace)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def start_job(client: Client, run: JobRun) -> bool:
    """Start the job's workflow, unless it runs; False when it has run before, and nothing was started.

    Raises:
        TemporalAway: the job stays in the database and is started later.
    """
    with suppress(WorkflowAlreadyStartedError):
        async with away_is_said():
            await client.start_workflow(
                JOB_WORKFLOW,
                run,
                id=job_workflow_id(run.tenant, run.job_id),
                task_queue=ORDERS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(TENANT, run.tenant),
                        SearchAttributePair(JOB_ID, str(run.job_id)),
                        SearchAttributePair(INVOICE_STATUS, "RUNNING"),
                    ]
                ),
                static_summary=f"{run.job_type} invoice job of {run.tenant}",
                priority=share(run.tenant, urgency_of_job(run.total)),
                rpc_timeout=RPC_TIMEOUT,
            )
        return True
    return False
