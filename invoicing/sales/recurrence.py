"""When the copies of a recurring invoice are dated (Deskera B.7 `salesInvoiceRecurring`).

What the reference leaves open is settled here:

- Months are counted from the parent's own day and cut to the month's end: 31 January, 28 February, 31 March.
- The parent is not counted. Copies end with the `count`-th of them or with the end date, whichever comes first.
- `count` counts the invoices made, under whichever schedule: dates that passed in a pause cost nothing.
- Dates that passed while nothing was wanted (a pause, the time before a change of rhythm) are skipped; dates that
  passed while the service was down are made up for. A pause is a wish, an outage is not.
- A schedule that has ended and is made longer goes on from today: nothing was wanted in between.
- Copies repeat the whole parent. Once part of it is credited, nobody can know whether they still should: the copy that
  is due is held until a person wants it again (any change that leaves the recurrence running), and then those that
  were held are made up for. Another credit note asks again. A parent that is credited in full has no more copies.
- A copy keeps the parent's intervals in days: thirty days to pay stay thirty days, in February too. Payment terms of
  the reference are all in days (NET 10, NET 30, ...), and a term of a month cannot be told from one of thirty days.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import count, islice, takewhile
from typing import Annotated

from pydantic import Field

from invoicing.frozen import Frozen

MONTHS = 12
LONGEST_STEP = 1_000
MOST_COPIES = 10_000


class Frequency(StrEnum):
    """RECURRING_FREQUENCY_TYPE (Deskera B.5)."""

    DAYS = "DAYS"
    WEEK = "WEEK"
    MONTH = "MONTH"


class PartlyCredited(Exception):
    """The copy that is due would repeat what has been credited in part, and nobody has said whether it should."""

    def __init__(self, number: str) -> None:
        super().__init__(f"invoice {number} has been credited in part: change or activate its recurrence to go on")


class RecurrenceState(StrEnum):
    """How a recurrence stands."""

    WAITING = "WAITING"
    """Its invoice is a draft: copies are made of issued invoices only."""
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    ENDED = "ENDED"
    """All copies are made, the end date has passed, or the parent was credited in full and stands no more."""


class Schedule(Frozen):
    """The rhythm and its end."""

    every: Annotated[int, Field(ge=1, le=LONGEST_STEP)]
    frequency: Frequency
    count: Annotated[int, Field(ge=1, le=MOST_COPIES)]
    """Copies to make, the parent not among them."""
    end_date: date
    """The last day on which a copy may be dated."""

    def has_rhythm_of(self, other: "Schedule") -> bool:
        """Whether both fall on the same days."""
        return (self.every, self.frequency) == (other.every, other.frequency)

    def dates(self, start: date, earliest: date) -> Iterator[date]:
        """The days of the rhythm after `start`, from `earliest` up to the end date."""
        for step in count(_first_step(self, start, earliest)):
            try:
                day = date_of(start, self.every, self.frequency, step)
            except (OverflowError, ValueError):
                return
            if day > self.end_date:
                return
            if day >= earliest:
                yield day


class Standing(Frozen):
    """A recurrence as it is now: all that its next dates follow from."""

    schedule: Schedule
    start: date
    """The parent's invoice date: every date is counted from it."""
    active_from: date
    """Dates before this day are skipped."""
    made: frozenset[date]
    """The dates of the copies made so far."""
    is_draft: bool = False
    is_recurring: bool = True
    is_activated: bool = True
    is_withdrawn: bool = False
    """The parent was credited in full."""
    is_in_doubt: bool = False
    """Part of the parent was credited since a person last wanted copies of it: they are due, and held."""

    @property
    def state(self) -> RecurrenceState:
        """Where it stands; what a person wished comes before what the calendar says."""
        if not self.is_recurring:
            return RecurrenceState.STOPPED
        if self.is_withdrawn or self._next_wanted() is None:
            return RecurrenceState.ENDED
        if self.is_draft:
            return RecurrenceState.WAITING
        return RecurrenceState.ACTIVE if self.is_activated else RecurrenceState.PAUSED

    def next_dates(self, limit: int) -> tuple[date, ...]:
        """The dates of the copies to come, the earliest first; none unless it is active."""
        return tuple(islice(self._wanted(), limit)) if self.state is RecurrenceState.ACTIVE else ()

    def due_date(self, today: date) -> date | None:
        """The date of the copy to make now, None when nothing is due yet."""
        upcoming = self.next_dates(1)
        return upcoming[0] if upcoming and upcoming[0] <= today else None

    def wants(self, day: date) -> bool:
        """Whether a copy of that day is still to be made."""
        return self.state is RecurrenceState.ACTIVE and day in takewhile(lambda wanted: wanted <= day, self._wanted())

    def _next_wanted(self) -> date | None:
        return next(self._wanted(), None)

    def _wanted(self) -> Iterator[date]:
        free = (day for day in self.schedule.dates(self.start, self.active_from) if day not in self.made)
        return islice(free, max(self.schedule.count - len(self.made), 0))


def date_of(start: date, every: int, frequency: Frequency, occurrence: int) -> date:
    """The day of the occurrence, 1 for the first after `start`.

    Raises:
        OverflowError, ValueError: the day is past the calendar's end.

    >>> [date_of(date(2028, 1, 31), 1, Frequency.MONTH, n).isoformat() for n in (1, 2, 13)]
    ['2028-02-29', '2028-03-31', '2029-02-28']
    """
    steps = every * occurrence
    match frequency:
        case Frequency.DAYS:
            return start + timedelta(days=steps)
        case Frequency.WEEK:
            return start + timedelta(weeks=steps)
        case Frequency.MONTH:
            return _months_later(start, steps)


def moved(day: date, start: date, copy_date: date) -> date:
    """The day in the copy that `day` is in the parent: as many days from the invoice date.

    >>> moved(date(2027, 1, 31), date(2027, 1, 1), date(2027, 2, 1)).isoformat()
    '2027-03-03'
    """
    return copy_date + (day - start)


def begin_of(day: date, zone: tzinfo) -> datetime:
    """The instant at which the day begins in the seller's time zone, in UTC.

    Where clocks leap over midnight, that is the leap.
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * MONTHS + start.month - 1 + months, MONTHS)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _first_step(schedule: Schedule, start: date, earliest: date) -> int:
    """An occurrence not after the first one on or after `earliest`, and close to it; at least 1."""
    if schedule.frequency is Frequency.MONTH:
        apart = (earliest.year - start.year) * MONTHS + earliest.month - start.month
        return max(apart // schedule.every, 1)
    days = 7 if schedule.frequency is Frequency.WEEK else 1
    return max((earliest - start).days // (days * schedule.every), 1)
