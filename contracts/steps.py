"""Options of every step, named once.

Every attempt has a time limit. Steps that touch the world heartbeat (the worker's interceptor does it for them), so
that a killed worker is noticed within seconds; they are tried for as long as it takes, since the other side comes back.
What no waiting mends is named by its type and ends the step at once.
"""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from contracts.failures import NOT_RETRIED
from contracts.queues import RENDERING

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    non_retryable_error_types=NOT_RETRIED,
)
HEARTBEAT = timedelta(seconds=6)

ONCE = RetryPolicy(maximum_attempts=1, non_retryable_error_types=NOT_RETRIED)


def first_try(options: ActivityConfig) -> LocalActivityConfig:
    """The step as a local activity, tried once: most steps need no more, and then they cost a tenth of the events.

    It has as much time as any attempt: a slow mail server that is cut off has the mail all the same. Repeating it is
    left to a regular activity: a local one that waits for its next attempt keeps its workflow task open, and each
    prolongation of that writes events, for as long as the other side is away.
    """
    return {"start_to_close_timeout": options["start_to_close_timeout"], "retry_policy": ONCE}


PREPARE: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=90),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "look up and recalculate the order",
}
LOOK_UP: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=60),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "look up the order",
}
SEE_WHETHER_IT_STANDS: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": PATIENT,
    "summary": "see whether the invoice still stands",
}
RECALCULATE: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": PATIENT,
    "summary": "recalculate",
}
CAPTURE: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=90),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "capture the payment",
}
REFUND: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=90),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "give the payment back",
}
ISSUE: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": PATIENT,
    "summary": "issue the invoice",
}
PREVIEW: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=90),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "see what would be invoiced",
}
CREATE_PDF: ActivityConfig = {
    "task_queue": RENDERING,
    "start_to_close_timeout": timedelta(minutes=3),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "create the PDF",
}
PREVIEW_DOCUMENT: ActivityConfig = {
    "task_queue": RENDERING,
    "schedule_to_close_timeout": timedelta(minutes=2),
    "start_to_close_timeout": timedelta(minutes=1),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "make what somebody wants to look at",
}
SEND_EMAIL: ActivityConfig = {
    "start_to_close_timeout": timedelta(minutes=3),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "send the e-mail",
}
SEND_REQUESTED_MAIL: ActivityConfig = {
    "start_to_close_timeout": timedelta(minutes=3),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "send the e-mail that was asked for",
}
REPORT: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=60),
    "schedule_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "report to the order",
}
RECORD: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": PATIENT,
    "summary": "record",
}
CONCLUDE: ActivityConfig = {**REPORT, "summary": "report to the order and record"}
FIND_ORDERS: ActivityConfig = {
    "start_to_close_timeout": timedelta(hours=6),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "find the orders",
}
MEET_ORDER: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": PATIENT,
    "summary": "meet an order that another job has started",
}
MEET_ORDER_TO_THE_END: ActivityConfig = {
    **MEET_ORDER,
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}
"""However it went has to be known, whoever cancels the job meanwhile: the order may be the job's by then."""
AWAIT_JOB_END: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": PATIENT,
    "summary": "wait for the job that somebody else has started",
}
MAKE_DUE_COPY: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=60),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": PATIENT,
    "summary": "make the copy that is due",
}
NOTE_PROBLEM: ActivityConfig = {
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": PATIENT,
    "summary": "tell why there is no copy yet",
}
