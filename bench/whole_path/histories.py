"""What a measurement has left in Temporal: events and bytes of every history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowExecutionStatus

ORDER, JOB = "OrderInvoice", "InvoiceJob"


@dataclass(frozen=True)
class History:
    """The size of one run's history."""

    workflow: str
    events: int
    size_bytes: int
    is_open: bool = False


@dataclass(frozen=True)
class HistoryFigures:
    """Sizes of all histories, by workflow.

    Attributes:
        events: of all runs, by workflow type.
        size_bytes: of all runs, by workflow type.
        runs: how many, by workflow type.
        most_events_of_a_job_run: the longest history of a job.
        open: runs that have not ended; their sizes are unknown.
    """

    events: dict[str, int]
    size_bytes: dict[str, int]
    runs: dict[str, int]
    most_events_of_a_job_run: int
    open: int


async def histories_since(client: Client, began: datetime) -> list[History]:
    """All runs that were started since then, continued ones included."""
    moment = began.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return [
        History(
            workflow=run.workflow_type,
            events=run.history_length,
            size_bytes=run.raw_info.history_size_bytes,
            is_open=run.status is WorkflowExecutionStatus.RUNNING,
        )
        async for run in client.list_workflows(f"StartTime >= '{moment}'", page_size=1000)
    ]


def add_up(histories: Iterable[History]) -> HistoryFigures:
    """The sums by workflow type."""
    events, size_bytes, runs = dict[str, int](), dict[str, int](), dict[str, int]()
    longest, still_open = 0, 0
    for each in histories:
        events[each.workflow] = events.get(each.workflow, 0) + each.events
        size_bytes[each.workflow] = size_bytes.get(each.workflow, 0) + each.size_bytes
        runs[each.workflow] = runs.get(each.workflow, 0) + 1
        longest = max(longest, each.events if each.workflow == JOB else 0)
        still_open += each.is_open
    return HistoryFigures(events, size_bytes, runs, longest, still_open)
