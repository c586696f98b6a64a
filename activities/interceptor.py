"""What every activity gets around it: a heartbeat, ids on its log lines, and failures fit to be kept by Temporal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as SqlTimeoutError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

import logs
from contracts.failures import Reason
from contracts.order_invoice import OrderRef
from documents.failures import RendererDied
from integrations.faults import PermanentFault, TransientFault

log = logs.get_logger(__name__)

PASSING = (OperationalError, InterfaceError, SqlTimeoutError, OSError, TimeoutError, RPCError, RendererDied)
"""A database, a Temporal or a renderer that is away comes back."""
ATTEMPTS_AT_THE_UNEXPECTED = 5


class StepInterceptor(Interceptor):
    """For `Worker(interceptors=[...])`."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap the activity."""
        return _Step(next)


class _Step(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        logs.bind(**_ids(input.args[0] if input.args else None))
        async with _heartbeat():
            return await self._execute(input)

    async def _execute(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        """Our own failures pass with their sentence; of any other only the type does.

        A driver's or a validator's message may quote the row or the order, and Temporal holds nothing personal.
        """
        try:
            return await self.next.execute_activity(input)
        except ApplicationError:
            raise
        except TransientFault as fault:
            raise ApplicationError(
                str(fault), type=type(fault).__name__, next_retry_delay=_delay(fault.retry_after_seconds)
            ) from None
        except PermanentFault as fault:
            raise ApplicationError(str(fault), type=Reason.INTERNAL_ERROR, non_retryable=True) from None
        except Exception as error:
            log.exception("step_failed", step=activity.info().activity_type)
            raise _unexpected(error) from None


def _unexpected(error: Exception) -> ApplicationError:
    """What may pass is tried for as long as it takes; what keeps happening is a fault of ours, and a person hears."""
    name = type(error).__name__
    words = f"{name}: see the worker's log"
    if isinstance(error, PASSING) or activity.info().attempt < ATTEMPTS_AT_THE_UNEXPECTED:
        return ApplicationError(words, type=name)
    return ApplicationError(words, type=Reason.INTERNAL_ERROR, non_retryable=True)


def _delay(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def _ids(message: object) -> dict[str, str]:
    """Tenant, job and order of the activity's message, wherever it carries them; else its document or recurrence."""
    subject = message
    if not isinstance(message, OrderRef):
        subject = getattr(message, "order", None) or getattr(message, "invoice", None)
        subject = subject or getattr(message, "recurring", message)
    names = ("tenant", "job_id", "order_id", "invoice_id", "sales_invoice_id")
    return {name: str(value) for name in names if (value := getattr(subject, name, None)) is not None}


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[None]:
    """Tell the server while the step runs that its worker lives; a local activity has no heartbeat."""
    timeout = activity.info().heartbeat_timeout
    if not timeout:
        yield
        return
    beating = asyncio.create_task(_beat(timeout.total_seconds() / 3))
    try:
        yield
    finally:
        beating.cancel()


async def _beat(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        activity.heartbeat()
