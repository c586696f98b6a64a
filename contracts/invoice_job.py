"""Messages of the workflow `InvoiceJob` and its activities."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from contracts.failures import Reason
from contracts.message import Message
from contracts.order_invoice import OrderState

MAX_MANUAL_ORDERS = 100_000
"""Order ids that one MANUAL body may carry; an upload may carry a million."""
MAX_CONCURRENCY = 500


class JobType(StrEnum):
    """Where the order ids come from (Emporix A.1.1)."""

    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"


class JobRef(Message):
    """A job."""

    tenant: str
    job_id: UUID


class JobTally(Message):
    """Orders that this job has seen end, by state; the database's counts are the ones that bind."""

    succeeded: int = 0
    failed: int = 0
    held: int = 0


class JobRun(Message):
    """Input of one run of `InvoiceJob`. A job that continues as new carries only where it is."""

    tenant: str
    job_id: UUID
    job_type: JobType
    page_size: int = 200
    concurrency: int = 50
    found: bool = False
    """The job has begun, and the items of an automatic one are in the database."""
    after_position: int = 0
    """Items up to here have been handed out."""
    dry_run: bool = False
    """Validate and recalculate only."""
    tally: JobTally = JobTally()
    """What earlier runs of a job that continued as new have counted."""
    paused: bool = False
    total: int | None = None
    """Orders of the job, once they are all known; its place in the queues goes by it."""


class JobEnd(Message):
    """A job that ends before its orders do."""

    job: JobRef
    reason: Reason
    message: str


class PageRequest(Message):
    """The next items of a job, in order of position."""

    tenant: str
    job_id: UUID
    after_position: int
    limit: int


class Page(Message):
    """Order ids that still wait, and the position of the last item looked at (None: there are no more)."""

    order_ids: Annotated[tuple[str, ...], MaxLen(500)] = ()
    last_position: int | None = None
    total: int | None = None
    """Of the first page: how many orders the job has."""
    dry_run: bool = False
    """The job's own word: whoever starts its workflow by hand may not know it."""


class JobProgress(Message):
    """Answer of the query `progress`."""

    phase: str
    handed_out: int
    running: int
    tally: JobTally = JobTally()
    paused: bool = False
    concurrency: int = 0
    total: int | None = None
    """Orders of the job; None until they are all found."""


class RetryFailed(Message):
    """Wish to run the failed orders of a job once more, and with `held` those too that wait for a person."""

    held: bool = False


class Concurrency(Message):
    """How many orders a job may run at once from now on."""

    concurrency: int


class Standing(StrEnum):
    """What became of a job at a person's wish."""

    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"


class JobNote(Message):
    """A change of a job's standing, for the books that people look at."""

    job: JobRef
    standing: Standing


class Reopening(Message):
    """The job whose failed orders shall wait again, and with `held` those too that wait for a person."""

    job: JobRef
    held: bool = False


class Previewed(Message):
    """What a dry run found of an order: SUCCESS if it would be invoiced."""

    state: OrderState


class OrderSettled(Message):
    """Signal from an order's workflow that keeps running (on hold), or that this job did not start."""

    order_id: str
    state: OrderState


class Meeting(StrEnum):
    """How it goes when a job meets an order whose workflow another job has started."""

    ADOPTED = "ADOPTED"
    """The order was on hold, tries again for this job, and will signal when it settles."""
    BUSY = "BUSY"
    """The order is being invoiced right now."""
    GONE = "GONE"
    """The workflow ended in between: start it."""


class Met(Message):
    """Answer of `meet_order`."""

    meeting: Meeting
