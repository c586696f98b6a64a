"""How a step is run: once as a local activity, and as a regular one if that try failed for a reason that passes."""

from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception
from temporalio.types import MethodAsyncSingleParam
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from contracts import steps
    from contracts.failures import NOT_RETRIED

Argument = TypeVar("Argument")
Result = TypeVar("Result")


async def local_first(
    step: MethodAsyncSingleParam[Any, Argument, Result], argument: Argument, options: ActivityConfig
) -> Result:
    """Run the step; `options` are those of the regular activity.

    Raises:
        FailureError: as the activity's, whichever of the two it was.
    """
    try:
        return await workflow.execute_local_activity_method(step, argument, **steps.first_try(options))
    except FailureError as error:
        if is_cancelled_exception(error) or is_final(error):
            raise
        await _wait_as_told(error)
    return await workflow.execute_activity_method(step, argument, **options)


async def _wait_as_told(error: FailureError) -> None:
    """Who was asked may have said when to ask again: a regular activity heeds that only between attempts of its own."""
    cause = application_error(error)
    if cause is not None and cause.next_retry_delay:
        await workflow.sleep(cause.next_retry_delay)


def application_error(error: FailureError) -> ApplicationError | None:
    """What the step itself said; a regular activity's failure comes wrapped, a local one's as it is."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause if isinstance(cause, ApplicationError) else None


def is_final(error: FailureError) -> bool:
    """Whether no repetition mends it."""
    cause = application_error(error)
    return cause is not None and (cause.non_retryable or cause.type in NOT_RETRIED)
