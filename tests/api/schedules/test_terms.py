"""How people write what a schedule is made of."""

from datetime import timedelta

import pytest
from pydantic_core import PydanticCustomError
from temporalio.client import ScheduleRange

from api.schedules.terms import (
    DAY_OF_WEEK,
    MINUTE,
    MONTH,
    YEAR,
    CalendarField,
    never_comes,
    read_duration,
    read_ranges,
    shown_duration,
    shown_ranges,
)


@pytest.mark.parametrize(
    ("text", "field", "ranges", "shown"),
    [
        ("*", MINUTE, [(0, 59, 1)], "*"),
        ("5", MINUTE, [(5, 5, 1)], "5"),
        ("05", MINUTE, [(5, 5, 1)], "5"),
        ("1-5", MINUTE, [(1, 5, 1)], "1-5"),
        ("*/15", MINUTE, [(0, 59, 15)], "*/15"),
        ("5/20", MINUTE, [(5, 59, 20)], "5-59/20"),
        ("1, 15 ,30-40/5", MINUTE, [(1, 1, 1), (15, 15, 1), (30, 40, 5)], "1,15,30-40/5"),
        ("mon-FRI", DAY_OF_WEEK, [(1, 5, 1)], "1-5"),
        ("sun,sat", DAY_OF_WEEK, [(0, 0, 1), (6, 6, 1)], "0,6"),
        ("jan-Mar,12", MONTH, [(1, 3, 1), (12, 12, 1)], "1-3,12"),
        ("2031", YEAR, [(2031, 2031, 1)], "2031"),
    ],
)
def test_ranges_are_read_and_shown(
    text: str, field: CalendarField, ranges: list[tuple[int, int, int]], shown: str
) -> None:
    read = read_ranges(text, field)
    assert list(read) == [ScheduleRange(*numbers) for numbers in ranges]
    assert shown_ranges(read, field) == shown
    assert read_ranges(shown, field) == read


def test_a_field_that_temporal_leaves_empty_takes_everything() -> None:
    assert shown_ranges((), YEAR) == "*"


@pytest.mark.parametrize(
    "text", ["", " ", "60", "-1", "1-", "5-1", "*/0", "1,,2", "a", "1.5", "*-5", "\u0665", "1" * 99, "*/99999"]
)
def test_what_is_no_range_of_minutes_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        read_ranges(text, MINUTE)


@pytest.mark.parametrize(
    ("text", "duration", "shown"),
    [
        ("90m", timedelta(minutes=90), "1h30m"),
        ("1h30m", timedelta(minutes=90), "1h30m"),
        ("2d", timedelta(days=2), "48h"),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4), "26h3m4s"),
        ("0s", timedelta(0), "0s"),
    ],
)
def test_durations_are_read_and_shown(text: str, duration: timedelta, shown: str) -> None:
    assert read_duration(text) == duration
    assert shown_duration(duration) == shown
    assert read_duration(shown) == duration


@pytest.mark.parametrize("text", ["", "90", "m", "1.5h", "-1h", "1h ", "1m1h", "1w", None, 90, True, "9" * 99 + "s"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        read_duration(text)


def test_a_day_that_no_month_has_never_comes() -> None:
    def day(number: int, month: str, year: str = "") -> bool:
        years = read_ranges(year, YEAR) if year else ()
        return never_comes([ScheduleRange(number, number)], read_ranges(month, MONTH), years)

    assert day(30, "feb")
    assert day(31, "feb,apr,jun,sep,nov")
    assert day(29, "feb", "2027")
    assert not day(29, "feb")
    assert not day(29, "feb", "2027-2028")
    assert not day(31, "*")
