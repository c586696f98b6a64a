"""Bodies of schedules: what a client asks for, and what it is shown."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from api.errors.api_error import ApiError, Detail
from api.requests.request_bodies import Body, Flag, TextOrNumber, refused
from api.schedules.terms import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    YEAR,
    CalendarField,
    known_zone,
    never_comes,
    read_duration,
    read_ranges,
    shown_duration,
)

REFUSAL = "The schedule is not valid"
MAX_CALENDARS, MAX_INTERVALS = 20, 10
SHORTEST_INTERVAL, LONGEST = timedelta(minutes=1), timedelta(days=366)
LONGEST_BACKFILL = timedelta(days=366)
LONGEST_JITTER = timedelta(hours=24)

Bound = TypeVar("Bound", bound=timedelta)


class Overlap(StrEnum):
    """What happens to a time that comes while the job of an earlier one runs."""

    SKIP = "SKIP"
    """It is left out. What it would have found, the next time finds."""
    BUFFER_ONE = "BUFFER_ONE"
    """It runs when the job has ended; of several that come meanwhile, the first."""
    BUFFER_ALL = "BUFFER_ALL"
    """They run one after the other."""
    CANCEL_OTHER = "CANCEL_OTHER"
    """The job is cancelled, and the next begins when it has ended."""
    TERMINATE_OTHER = "TERMINATE_OTHER"
    """The job is cancelled, and the next begins at once."""
    ALLOW_ALL = "ALLOW_ALL"
    """They run side by side."""


def _calendar_text(field: CalendarField) -> AfterValidator:
    def check(text: str) -> str:
        read_ranges(text, field)
        return text

    return AfterValidator(check)


def _one_second(text: str) -> str:
    """More would be more than one job a minute."""
    (range_, *more) = read_ranges(text, SECOND)
    if more or range_.start != range_.end:
        raise refused("must be one number from 0 to 59")
    return text


def _between(low: timedelta, high: timedelta) -> AfterValidator:
    def check(duration: timedelta) -> timedelta:
        if not low <= duration <= high:
            raise refused(f"must be from {shown_duration(low)} to {shown_duration(high)}")
        return duration

    return AfterValidator(check)


def _on_the_calendar_in_utc(instant: datetime) -> datetime:
    """Temporal keeps instants in UTC, where the first hours and the last ones of all have no date."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise refused("must be from year 1 to year 9999 in UTC") from None


Instant = Annotated[AwareDatetime, AfterValidator(_on_the_calendar_in_utc)]
Text = Annotated[TextOrNumber, StringConstraints(max_length=100)]
Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(shown_duration),
    WithJsonSchema({"type": "string", "examples": ["24h", "1h30m", "90m"]}),
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Note = Annotated[str, StringConstraints(max_length=500)]


class Strict(Body):
    """Of a request: an unknown member is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class CalendarBody(Strict):
    """Times of a calendar: all fields must match. `dayOfWeek` counts from Sunday, 0."""

    second: Annotated[Text, AfterValidator(_one_second)] = "0"
    minute: Annotated[Text, _calendar_text(MINUTE)] = "0"
    hour: Annotated[Text, _calendar_text(HOUR)] = "0"
    day_of_month: Annotated[Text, _calendar_text(DAY_OF_MONTH)] = "*"
    month: Annotated[Text, _calendar_text(MONTH)] = "*"
    day_of_week: Annotated[Text, _calendar_text(DAY_OF_WEEK)] = "*"
    year: Annotated[Text, _calendar_text(YEAR)] = "*"


class IntervalBody(Strict):
    """Times at a fixed distance, counted from 1 January 1970, 00:00 UTC, plus `offset`."""

    every: Annotated[Duration, _between(SHORTEST_INTERVAL, LONGEST)]
    offset: Annotated[Duration, _between(timedelta(0), LONGEST)] = timedelta(0)


class ScheduleBody(Strict):
    """When automatic jobs are begun, and how."""

    calendars: Annotated[tuple[CalendarBody, ...], Field(max_length=MAX_CALENDARS)] = ()
    intervals: Annotated[tuple[IntervalBody, ...], Field(max_length=MAX_INTERVALS)] = ()
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = None
    """Whose clock the calendars mean; IANA."""
    overlap: Overlap = Overlap.SKIP
    catchup_window: Annotated[Duration, _between(timedelta(minutes=1), LONGEST)] = timedelta(hours=24)
    """How late a time that was missed because Temporal was away is still run."""
    jitter: Annotated[Duration, _between(timedelta(0), LONGEST_JITTER)] = timedelta(0)
    """Each run begins up to so much later, so that not all begin at once; its query time stays the nominal one."""
    start_at: Instant | None = None
    end_at: Instant | None = None
    paused: Flag = False
    note: Note | None = None
    dry_run: Flag = False
    """Its jobs only validate and recalculate."""

    def check(self) -> None:
        """What single members cannot know.

        Raises:
            ApiError: 400, each fault with its member.
        """
        if faults := [*self._faults()]:
            raise ApiError(400, REFUSAL, details=faults)

    def _faults(self) -> list[Detail]:
        faults = []
        if not self.calendars and not self.intervals:
            faults.append(Detail("a schedule needs at least one calendar or interval", "calendars"))
        if self.calendars and self.time_zone is None:
            faults.append(Detail("is required with calendars", "timeZone"))
        if self.time_zone is not None and not self.calendars:
            faults.append(Detail("means calendars, and there are none", "timeZone"))
        if self.start_at and self.end_at and self.end_at <= self.start_at:
            faults.append(Detail("must be after startAt", "endAt"))
        faults += [
            Detail("must be less than every", f"intervals.{place}.offset")
            for place, interval in enumerate(self.intervals)
            if interval.offset >= interval.every
        ]
        faults += [
            Detail("there is no such day in the months of this calendar", f"calendars.{place}.dayOfMonth")
            for place, calendar in enumerate(self.calendars)
            if never_comes(
                read_ranges(calendar.day_of_month, DAY_OF_MONTH),
                read_ranges(calendar.month, MONTH),
                () if calendar.year == "*" else read_ranges(calendar.year, YEAR),
            )
        ]
        return faults


class NewScheduleBody(ScheduleBody):
    """A schedule with the name that the client gives it."""

    name: Name


class NoteBody(Strict):
    """Why; shown with the schedule."""

    note: Note | None = None


class TriggerBody(Strict):
    """What to do while a job of the schedule runs; without it, as the schedule says."""

    overlap: Overlap | None = None


class BackfillBody(Strict):
    """Run the schedule's times from `from` to `to`, both included, as if they came now."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    overlap: Overlap = Overlap.BUFFER_ALL

    def check(self, now: datetime) -> None:
        """What single members cannot know.

        Raises:
            ApiError: 400, the fault with its member.
        """
        if self.from_ > self.to:
            raise ApiError(400, "The backfill is not valid", details=[Detail("must not be after to", "from")])
        if self.to > now:
            raise ApiError(400, "The backfill is not valid", details=[Detail("must not lie ahead", "to")])
        if self.to - self.from_ > LONGEST_BACKFILL:
            raise ApiError(400, "The backfill is not valid", details=[Detail("must be within 366 days of to", "from")])


class CalendarAnswer(Body):
    """A calendar as a request would write it."""

    second: str
    minute: str
    hour: str
    day_of_month: str
    month: str
    day_of_week: str
    year: str


class IntervalAnswer(Body):
    """An interval as a request would write it."""

    every: Duration
    offset: Duration


class ScheduleSummary(Body):
    """A schedule in a list. Times have the offset of its time zone; a paused one shows those that it would run."""

    name: str
    calendars: list[CalendarAnswer]
    intervals: list[IntervalAnswer]
    time_zone: str | None = None
    paused: bool
    note: str | None = None
    next_times: list[datetime]


class ScheduleRunAnswer(Body):
    """A time that was run. Without a job it has not begun its work yet, or the workflow says why it could not."""

    workflow_id: str
    scheduled_at: datetime
    """With jitter; `queryTime` of the job is the nominal time."""
    started_at: datetime
    job_id: str | None = None
    job_status: str | None = None
    query_time: datetime | None = None


class ScheduleCounts(Body):
    """What has become of the schedule's times since it was made."""

    started: int
    running: int
    skipped: int
    """Because the job of an earlier time was running."""
    missed: int
    """Because Temporal was away for longer than the catch-up window."""


class ScheduleAnswer(ScheduleSummary):
    """A schedule with its policies, its next times and its latest runs."""

    overlap: Overlap
    catchup_window: Duration
    jitter: Duration
    start_at: datetime | None = None
    end_at: datetime | None = None
    dry_run: bool
    counts: ScheduleCounts
    runs: list[ScheduleRunAnswer]
    """The latest first."""
    created_at: datetime
    changed_at: datetime | None = None
    problem: str | None = None
    """What of a schedule that was made elsewhere keeps it from beginning jobs of this tenant."""


class ScheduleList(Body):
    """The tenant's schedules by name."""

    schedules: list[ScheduleSummary]


class ScheduleSteered(Body):
    """Temporal has taken the command."""

    name: str
    message: str
