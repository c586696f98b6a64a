"""How people write what a schedule is made of: `1-5`, `*/15`, `mon-fri`; `90m`, `1d12h`; `Europe/Berlin`.

Everything here refuses with a sentence that stands in the answer, beside the name of the member at fault.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from zoneinfo import available_timezones

from temporalio.client import ScheduleRange

from api.requests.request_bodies import refused

PART = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,4}))?", re.ASCII)
DURATION = re.compile(r"(?=\d)(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?", re.ASCII)
UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
PLACEHOLDERS = frozenset({"Factory", "localtime"})
"""In some zone databases, and no zones."""


@dataclass(frozen=True)
class CalendarField:
    """A field of a calendar: its numbers, and names that some of them have."""

    low: int
    high: int
    names: tuple[str, ...] = ()
    """Of `low`, of the number after it, and so on."""

    def number(self, text: str) -> int:
        """The number that `text` is or names; refuses any other text."""
        name = text.lower()
        number = self.low + self.names.index(name) if name in self.names else int(text) if text.isdigit() else None
        if number is None or not self.low <= number <= self.high:
            named = f" or a name ({self.names[0]} to {self.names[-1]})" if self.names else ""
            raise refused(f"{text} is not from {self.low} to {self.high}{named}")
        return number


SECOND = CalendarField(0, 59)
MINUTE = CalendarField(0, 59)
HOUR = CalendarField(0, 23)
DAY_OF_MONTH = CalendarField(1, 31)
MONTH = CalendarField(1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
DAY_OF_WEEK = CalendarField(0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
YEAR = CalendarField(2000, 2100)


def read_ranges(text: str, field: CalendarField) -> tuple[ScheduleRange, ...]:
    """The numbers that `text` means: parts with commas between them, each `*`, `5`, `1-5`, and `/2` for every second.

    A number with a step goes on to the field's end: `5/20` of minutes is 5, 25 and 45.
    """
    return tuple(_range(part.strip(), field) for part in text.split(","))


def _range(part: str, field: CalendarField) -> ScheduleRange:
    found = PART.fullmatch(part)
    if found is None:
        raise refused("must be written like *, 5, 1-5, */15 or 1,15")
    step = int(found["step"]) if found["step"] else 1
    if step == 0:
        raise refused(f"{part}: the step must not be 0")
    if found["all"]:
        return ScheduleRange(field.low, field.high, step)
    first = field.number(found["first"])
    last = field.number(found["last"]) if found["last"] else field.high if found["step"] else first
    if last < first:
        raise refused(f"{part}: the first must not be after the last")
    return ScheduleRange(first, last, step)


def shown_ranges(ranges: Sequence[ScheduleRange], field: CalendarField) -> str:
    """What `read_ranges` would read; Temporal leaves out what takes every number."""
    return ",".join(_part(range_, field) for range_ in ranges) or "*"


def _part(range_: ScheduleRange, field: CalendarField) -> str:
    step = f"/{range_.step}" if range_.step > 1 else ""
    if (range_.start, range_.end) == (field.low, field.high):
        return f"*{step}"
    return f"{range_.start}-{range_.end}{step}" if range_.end > range_.start else f"{range_.start}"


def never_comes(days: Iterable[ScheduleRange], months: Iterable[ScheduleRange], years: Iterable[ScheduleRange]) -> bool:
    """Whether none of the months has any of the days, as 30 February; without `years`, a leap year counts."""
    first_day = min(day.start for day in days)
    return not any(
        monthrange(year, month)[1] >= first_day for year in _numbers(years) or (2000,) for month in _numbers(months)
    )


def _numbers(ranges: Iterable[ScheduleRange]) -> list[int]:
    return [number for r in ranges for number in range(r.start, r.end + 1, r.step)]


def read_duration(text: object) -> timedelta:
    """`90m`, `1h30m` or `2d` as the time that it is."""
    if isinstance(text, timedelta):
        return text
    found = DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise refused("must be written like 90m, 1h30m or 2d")
    numbers = zip(found.groups(), UNITS, strict=True)
    return timedelta(seconds=sum(int(number) * seconds for number, (_, seconds) in numbers if number))


def shown_duration(duration: timedelta) -> str:
    """What `read_duration` would read, in units of an hour at most; parts of a second are left out."""
    rest, shown = int(duration.total_seconds()), ""
    for unit, seconds in UNITS[1:]:
        number, rest = divmod(rest, seconds)
        shown += f"{number}{unit}" if number else ""
    return shown or "0s"


def known_zone(name: str) -> str:
    """The name, if the zone database knows it."""
    if name not in _zones():
        raise refused("must be the name of a zone of the IANA time zone database, as Europe/Berlin")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - PLACEHOLDERS
