"""Messages of the workflow `ScheduledJob` and its activities."""

from datetime import datetime
from uuid import UUID

from contracts.invoice_job import JobRun
from contracts.message import Message

SCHEDULED_JOB = "ScheduledJob"
UNKNOWN_TENANT = "unknown_tenant"
NOT_ITS_SCHEDULE = "not_its_schedule"
AHEAD_OF_TIME = "ahead_of_time"
KEY_TAKEN = "key_taken"


class ScheduledWish(Message):
    """Input of `ScheduledJob`, as a schedule's action carries it: `{"tenant":"acme"}` is enough."""

    tenant: str
    schedule: str | None = None
    """Only of a run that no schedule began; else Temporal says which schedule it was."""
    dry_run: bool = False
    """Validate and recalculate only."""


class Occurrence(Message):
    """One time of a schedule: the job that belongs to it is always the same one."""

    tenant: str
    schedule: str | None
    dry_run: bool
    key: str
    """The job's idempotency key."""
    query_time: datetime
    """The nominal time: by it an order is due or not, however late the run is."""


class ScheduledRun(Message):
    """The job of an occurrence."""

    run: JobRun
    has_begun: bool
    """Somebody has started it before: an earlier run of this occurrence, or a worker that found it waiting."""
    has_ended: bool


class ScheduledEnd(Message):
    """Result of `ScheduledJob`."""

    job_id: UUID
