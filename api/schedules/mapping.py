"""From a client's schedule to Temporal's, and back to what is shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from temporalio.client import (
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleListDescription,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from api.schedules.bodies import (
    CalendarAnswer,
    CalendarBody,
    IntervalAnswer,
    Overlap,
    ScheduleAnswer,
    ScheduleBody,
    ScheduleCounts,
    ScheduleRunAnswer,
    ScheduleSummary,
)
from api.schedules.gate import Described
from api.schedules.terms import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    YEAR,
    read_ranges,
    shown_ranges,
)
from contracts.ids import occurrence_key, schedule_name, scheduled_job_workflow_id
from contracts.queues import ORDERS
from contracts.scheduled_job import SCHEDULED_JOB, ScheduledWish
from contracts.search_attributes import TENANT
from database.tables import Job


def to_schedule(tenant: str, name: str, body: ScheduleBody) -> Schedule:
    """What Temporal is to run."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            SCHEDULED_JOB,
            ScheduledWish(tenant=tenant, dry_run=body.dry_run),
            id=scheduled_job_workflow_id(tenant, name),
            task_queue=ORDERS,
            typed_search_attributes=TypedSearchAttributes([SearchAttributePair(TENANT, tenant)]),
            static_summary=f"automatic job of {tenant}'s schedule {name}",
        ),
        spec=ScheduleSpec(
            calendars=[_calendar(calendar) for calendar in body.calendars],
            intervals=[ScheduleIntervalSpec(every=i.every, offset=i.offset) for i in body.intervals],
            time_zone_name=body.time_zone,
            jitter=body.jitter or None,
            start_at=body.start_at,
            end_at=body.end_at,
        ),
        policy=SchedulePolicy(overlap=overlap_policy(body.overlap), catchup_window=body.catchup_window),
        state=ScheduleState(paused=body.paused, note=body.note),
    )


def overlap_policy(overlap: Overlap) -> ScheduleOverlapPolicy:
    """Temporal's own value."""
    return ScheduleOverlapPolicy[overlap.name]


def _calendar(body: CalendarBody) -> ScheduleCalendarSpec:
    return ScheduleCalendarSpec(
        second=read_ranges(body.second, SECOND),
        minute=read_ranges(body.minute, MINUTE),
        hour=read_ranges(body.hour, HOUR),
        day_of_month=read_ranges(body.day_of_month, DAY_OF_MONTH),
        month=read_ranges(body.month, MONTH),
        day_of_week=read_ranges(body.day_of_week, DAY_OF_WEEK),
        year=() if body.year == "*" else read_ranges(body.year, YEAR),
    )


def _shown_calendar(calendar: ScheduleCalendarSpec) -> CalendarAnswer:
    return CalendarAnswer(
        second=shown_ranges(calendar.second, SECOND),
        minute=shown_ranges(calendar.minute, MINUTE),
        hour=shown_ranges(calendar.hour, HOUR),
        day_of_month=shown_ranges(calendar.day_of_month, DAY_OF_MONTH),
        month=shown_ranges(calendar.month, MONTH),
        day_of_week=shown_ranges(calendar.day_of_week, DAY_OF_WEEK),
        year=shown_ranges(calendar.year, YEAR),
    )


def run_keys(described: Described) -> list[str]:
    """The idempotency keys that the jobs of the latest runs can have."""
    return [
        occurrence_key(result.action.workflow_id, None, dry_run=dry_run)
        for result in described.description.info.recent_actions
        if isinstance(result.action, ScheduleActionExecutionStartWorkflow)
        for dry_run in (False, True)
    ]


def shown_in_list(tenant: str, listed: ScheduleListDescription) -> ScheduleSummary | None:
    """A schedule in a list; None of one that Temporal has not got ready for lists."""
    name = schedule_name(tenant, listed.id)
    if name is None or listed.schedule is None or listed.info is None:
        return None
    spec, state = listed.schedule.spec, listed.schedule.state
    return _summary(name, spec, listed.info.next_action_times, paused=state.paused, note=state.note)


def _summary(
    name: str, spec: ScheduleSpec, next_times: Sequence[datetime], *, paused: bool, note: str | None
) -> ScheduleSummary:
    zone = _zone(spec.time_zone_name)
    return ScheduleSummary(
        name=name,
        calendars=[_shown_calendar(calendar) for calendar in spec.calendars],
        intervals=[IntervalAnswer(every=i.every, offset=i.offset or timedelta(0)) for i in spec.intervals],
        time_zone=spec.time_zone_name or ("UTC" if spec.calendars else None),
        paused=paused,
        note=note or None,
        next_times=[instant.astimezone(zone) for instant in next_times],
    )


def _zone(name: str | None) -> ZoneInfo:
    """Temporal may know zones that we do not."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def shown(tenant: str, name: str, described: Described, jobs: Mapping[str, Job]) -> ScheduleAnswer:
    """A schedule with all that is known of it; `jobs` are those of `run_keys`."""
    schedule, info = described.description.schedule, described.description.info
    summary = _summary(
        name, schedule.spec, info.next_action_times, paused=schedule.state.paused, note=schedule.state.note
    )
    return ScheduleAnswer(
        **dict(summary),
        overlap=Overlap(schedule.policy.overlap.name),
        catchup_window=schedule.policy.catchup_window,
        jitter=schedule.spec.jitter or timedelta(0),
        start_at=schedule.spec.start_at,
        end_at=schedule.spec.end_at,
        dry_run=described.wish is not None and described.wish.dry_run,
        counts=ScheduleCounts(
            started=info.num_actions,
            running=len(info.running_actions),
            skipped=info.num_actions_skipped_overlap,
            missed=info.num_actions_missed_catchup_window,
        ),
        runs=[_run(result, jobs) for result in reversed(info.recent_actions)],
        created_at=info.created_at,
        changed_at=info.last_updated_at,
        problem=_problem(tenant, described),
    )


def _run(result: ScheduleActionResult, jobs: Mapping[str, Job]) -> ScheduleRunAnswer:
    action = result.action
    workflow_id = action.workflow_id if isinstance(action, ScheduleActionExecutionStartWorkflow) else ""
    candidates = [jobs.get(occurrence_key(workflow_id, None, dry_run=dry_run)) for dry_run in (False, True)]
    job = max((job for job in candidates if job), key=lambda job: job.created_at, default=None)
    return ScheduleRunAnswer(
        workflow_id=workflow_id,
        scheduled_at=result.scheduled_at.astimezone(UTC),
        started_at=result.started_at.astimezone(UTC),
        job_id=str(job.id) if job else None,
        job_status=_status(job) if job else None,
        query_time=job.query_time if job else None,
    )


def _status(job: Job) -> str:
    return "DONE" if job.finished_at else "IN_PROGRESS"


def _problem(tenant: str, described: Described) -> str | None:
    """The `temporal` command takes anything for a schedule's action."""
    action = described.description.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow) or action.workflow != SCHEDULED_JOB:
        return f"it does not start the workflow {SCHEDULED_JOB}"
    if action.task_queue != ORDERS:
        return f"its task queue must be {ORDERS}"
    if described.wish is None:
        return 'its input must be like {"tenant":"' + tenant + '"}'
    if described.wish.tenant != tenant:
        return f"its input names another tenant: {described.wish.tenant}"
    return None
