"""What every activity gets around it: its turn or a heartbeat, ids on log lines, failures that Temporal may keep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as SqlTimeoutError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

import logs
from activities.turns import NoTurn, Turns
from contracts.failures import Reason
from contracts.order_invoice import OrderRef
from documents.failures import RendererDied
from integrations.faults import PermanentFault, TransientFault
from integrations.pace import HeldBack

log = logs.get_logger(__name__)

PASSING = (OperationalError, InterfaceError, SqlTimeoutError, OSError, TimeoutError, RPCError, RendererDied)
"""A database, a Temporal or a renderer that is away comes back."""
ATTEMPTS_AT_THE_UNEXPECTED = 5
DRAINING = "WorkerDraining"


class StepInterceptor(Interceptor):
    """For `Worker(interceptors=[...])`; with `turns`, local activities take theirs."""

    def __init__(self, turns: Turns | None = None) -> None:
        self._turns = turns

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap the activity."""
        return _Step(next, self._turns)


class _Step(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, turns: Turns | None) -> None:
        super().__init__(following)
        self._turns = turns

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        ids = _ids(input.args[0] if input.args else None)
        logs.bind(**ids)
        try:
            async with _heartbeat(), self._turn(ids.get("tenant")):
                return await self._execute(input)
        except NoTurn as error:
            raise ApplicationError(str(error), type=NoTurn.__name__, category=ApplicationErrorCategory.BENIGN) from None

    def _turn(self, tenant: str | None) -> AbstractAsyncContextManager[None]:
        """A regular activity has had its turn, in Temporal's queue."""
        if self._turns is None or tenant is None or not activity.info().is_local:
            return nullcontext()
        return self._turns.of(tenant)

    async def _execute(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        """Our own failures pass with their sentence; of any other only the type does.

        A driver's or a validator's message may quote the row or the order, and Temporal holds nothing personal.
        """
        _leave_to_the_next_worker()
        try:
            return await self.next.execute_activity(input)
        except ApplicationError:
            raise
        except TransientFault as fault:
            raise ApplicationError(
                str(fault),
                type=type(fault).__name__,
                next_retry_delay=_delay(fault.retry_after_seconds),
                category=_category(fault),
            ) from None
        except PermanentFault as fault:
            raise ApplicationError(str(fault), type=Reason.INTERNAL_ERROR, non_retryable=True) from None
        except Exception as error:
            log.exception("step_failed", step=activity.info().activity_type)
            raise _unexpected(error) from None


def _leave_to_the_next_worker() -> None:
    """Begin no local activity once the worker drains.

    Nothing else ends them: one after the other would hold the workflow task, and the worker with it, until somebody
    kills the process. What fails here is tried as a regular activity, by whoever takes it.
    """
    if activity.info().is_local and activity.is_worker_shutdown():
        words = "the worker is draining"
        raise ApplicationError(words, type=DRAINING, category=ApplicationErrorCategory.BENIGN)


def _unexpected(error: Exception) -> ApplicationError:
    """What may pass is tried for as long as it takes; what keeps happening is a fault of ours, and a person hears."""
    name = type(error).__name__
    words = f"{name}: see the worker's log"
    if isinstance(error, PASSING) or activity.info().attempt < ATTEMPTS_AT_THE_UNEXPECTED:
        return ApplicationError(words, type=name)
    return ApplicationError(words, type=Reason.INTERNAL_ERROR, non_retryable=True)


def _category(fault: TransientFault) -> ApplicationErrorCategory:
    """That our own limit is reached is no news to anybody."""
    is_expected = isinstance(fault, HeldBack)
    return ApplicationErrorCategory.BENIGN if is_expected else ApplicationErrorCategory.UNSPECIFIED


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
