"""When copies are dated: month ends, leap years, ends of schedules, pauses and outages."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from invoicing.sales.recurrence import Frequency, RecurrenceState, Schedule, Standing, begin_of, date_of, moved

DAYS, WEEK, MONTH = Frequency.DAYS, Frequency.WEEK, Frequency.MONTH
FAR = date(2999, 12, 31)
BERLIN = ZoneInfo("Europe/Berlin")


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def schedule(every: int = 1, frequency: Frequency = MONTH, count: int = 12, end_date: date = FAR) -> Schedule:
    return Schedule(every=every, frequency=frequency, count=count, end_date=end_date)


def standing(start: str = "2027-01-31", made: tuple[str, ...] = (), **changes: Any) -> Standing:
    fields: dict[str, Any] = {"schedule": schedule(), "start": start, "active_from": start, "made": days(*made)}
    return Standing(**fields | changes)


@pytest.mark.parametrize(
    ("start", "every", "frequency", "dates"),
    [
        ("2027-01-31", 1, MONTH, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"]),
        ("2027-12-31", 1, MONTH, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
        ("2027-01-30", 1, MONTH, ["2027-02-28", "2027-03-30"]),
        ("2027-01-29", 1, MONTH, ["2027-02-28", "2027-03-29"]),
        ("2028-02-29", 12, MONTH, ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28"]),
        ("2099-02-28", 12, MONTH, ["2100-02-28", "2101-02-28"]),
        ("2096-02-29", 48, MONTH, ["2100-02-28", "2104-02-29"]),
        ("2027-08-31", 6, MONTH, ["2028-02-29", "2028-08-31", "2029-02-28"]),
        ("2027-11-30", 3, MONTH, ["2028-02-29", "2028-05-30", "2028-08-30", "2028-11-30"]),
        ("2028-02-27", 1, DAYS, ["2028-02-28", "2028-02-29", "2028-03-01"]),
        ("2027-12-25", 10, DAYS, ["2028-01-04", "2028-01-14"]),
        ("2028-02-22", 1, WEEK, ["2028-02-29", "2028-03-07"]),
        ("2027-12-20", 2, WEEK, ["2028-01-03", "2028-01-17"]),
    ],
)
def test_dates_are_counted_from_the_first_day_and_cut_to_the_months_end(
    start: str, every: int, frequency: Frequency, dates: list[str]
) -> None:
    first = date.fromisoformat(start)
    found = [date_of(first, every, frequency, n) for n in range(1, len(dates) + 1)]
    assert found == days(*dates)
    assert list(islice(schedule(every, frequency).dates(first, first), len(dates))) == days(*dates)


STARTS = st.dates(date(1900, 1, 1), date(2400, 12, 31))
STEPS, OCCURRENCES = st.integers(1, 1_000), st.integers(1, 80)


@given(STARTS, STEPS, OCCURRENCES)
def test_monthly_dates_fall_into_their_month_on_the_first_day_or_the_months_last(
    start: date, every: int, occurrence: int
) -> None:
    day = date_of(start, every, MONTH, occurrence)
    assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == every * occurrence
    is_last = (day + timedelta(days=1)).day == 1
    assert day.day == start.day or (day.day < start.day and is_last)


@given(STARTS, STEPS, st.sampled_from(Frequency), OCCURRENCES)
def test_dates_rise_and_never_fall_on_the_start(start: date, every: int, frequency: Frequency, occurrence: int) -> None:
    first, second = (date_of(start, every, frequency, occurrence + n) for n in (0, 1))
    assert start < first < second


@given(STARTS, STEPS, st.sampled_from(Frequency), st.dates(date(1900, 1, 1), date(2450, 1, 1)))
def test_dates_from_a_day_on_leave_out_no_date_and_take_none_before(
    start: date, every: int, frequency: Frequency, earliest: date
) -> None:
    """Against counting one by one."""
    rhythm = schedule(every, frequency)
    occurrence = 1
    while date_of(start, every, frequency, occurrence) < earliest and occurrence < 80:
        occurrence += 1
    slow = date_of(start, every, frequency, occurrence)
    if slow >= earliest:
        assert next(rhythm.dates(start, earliest)) == slow


@given(STARTS, st.integers(0, 4_000), st.integers(0, 4_000))
def test_a_copys_days_keep_their_distance(start: date, to_pay: int, later: int) -> None:
    copy = start + timedelta(days=later)
    assert moved(start + timedelta(days=to_pay), start, copy) - copy == timedelta(days=to_pay)


def test_copies_end_with_their_number() -> None:
    monthly = standing(schedule=schedule(count=3))
    assert list(monthly.next_dates(9)) == days("2027-02-28", "2027-03-31", "2027-04-30")


def test_copies_end_with_the_end_date_which_is_one_of_their_days() -> None:
    ending = standing(schedule=schedule(end_date=date(2027, 4, 30)))
    assert list(ending.next_dates(9)) == days("2027-02-28", "2027-03-31", "2027-04-30")
    earlier = standing(schedule=schedule(end_date=date(2027, 4, 29)))
    assert list(earlier.next_dates(9)) == days("2027-02-28", "2027-03-31")


def test_a_schedule_that_ends_before_its_first_date_has_ended() -> None:
    assert standing(schedule=schedule(end_date=date(2027, 2, 27))).state is RecurrenceState.ENDED


def test_a_schedule_reaches_to_the_calendars_end_and_stops_there() -> None:
    last = standing("9999-11-15", schedule=schedule(end_date=date.max))
    assert list(last.next_dates(9)) == days("9999-12-15")
    daily = standing("9999-12-30", schedule=schedule(1, DAYS, end_date=date.max))
    assert list(daily.next_dates(9)) == days("9999-12-31")


def test_dates_that_passed_in_an_outage_are_due_one_after_the_other() -> None:
    today = date(2027, 5, 1)
    assert standing(made=("2027-02-28",)).due_date(today) == date(2027, 3, 31)
    assert standing(made=("2027-02-28", "2027-03-31")).due_date(today) == date(2027, 4, 30)
    assert standing(made=("2027-02-28", "2027-03-31", "2027-04-30")).due_date(today) is None


def test_a_date_is_due_on_its_day_and_not_before() -> None:
    assert standing().due_date(date(2027, 2, 27)) is None
    assert standing().due_date(date(2027, 2, 28)) == date(2027, 2, 28)


def test_dates_that_passed_in_a_pause_are_skipped_and_cost_no_copy() -> None:
    resumed = standing(made=("2027-02-28",), active_from=date(2027, 5, 31), schedule=schedule(count=3))
    assert list(resumed.next_dates(9)) == days("2027-05-31", "2027-06-30")


def test_the_day_of_resuming_is_not_a_day_before_it() -> None:
    assert standing(active_from=date(2027, 3, 31)).due_date(date(2027, 3, 31)) == date(2027, 3, 31)
    again = standing(active_from=date(2027, 3, 31), made=("2027-02-28", "2027-03-31"))
    assert again.due_date(date(2027, 3, 31)) is None


def test_copies_of_an_earlier_rhythm_count() -> None:
    changed = standing(
        made=("2027-02-28", "2027-03-31"), active_from=date(2027, 4, 10), schedule=schedule(1, WEEK, count=4)
    )
    assert list(changed.next_dates(9)) == days("2027-04-11", "2027-04-18")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, RecurrenceState.ACTIVE),
        ({"is_activated": False}, RecurrenceState.PAUSED),
        ({"is_recurring": False}, RecurrenceState.STOPPED),
        ({"is_recurring": False, "is_activated": False}, RecurrenceState.STOPPED),
        ({"is_withdrawn": True}, RecurrenceState.ENDED),
        ({"is_withdrawn": True, "is_activated": False}, RecurrenceState.ENDED),
        ({"is_draft": True}, RecurrenceState.WAITING),
        ({"schedule": schedule(count=1), "made": ("2027-02-28",)}, RecurrenceState.ENDED),
    ],
)
def test_only_an_active_recurrence_has_dates(changes: dict[str, Any], state: RecurrenceState) -> None:
    found = standing(**changes)
    assert found.state is state
    is_active = state is RecurrenceState.ACTIVE
    assert bool(found.next_dates(1)) is is_active
    assert found.wants(date(2027, 2, 28)) is is_active
    assert (found.due_date(date(2030, 1, 1)) is not None) is is_active


def test_a_date_is_wanted_when_it_is_on_the_schedule_and_a_copy_is_left_for_it() -> None:
    two = standing(schedule=schedule(count=2))
    assert two.wants(date(2027, 2, 28))
    assert two.wants(date(2027, 3, 31))
    assert not two.wants(date(2027, 3, 30))
    assert not two.wants(date(2027, 4, 30))
    assert not standing(made=("2027-02-28",)).wants(date(2027, 2, 28))
    assert not standing().wants(date(2027, 1, 31))


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"every": 1_001}, {"count": 0}, {"count": 10_001}, {"frequency": "YEAR"}]
)
def test_a_schedule_without_a_rhythm_or_copies_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Schedule(**{"every": 1, "frequency": MONTH, "count": 1, "end_date": FAR} | wrong)


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        ("2027-03-28", "Europe/Berlin", "2027-03-27T23:00"),
        ("2027-03-29", "Europe/Berlin", "2027-03-28T22:00"),
        ("2027-10-31", "Europe/Berlin", "2027-10-30T22:00"),
        ("2027-11-01", "Europe/Berlin", "2027-10-31T23:00"),
        ("2027-01-31", "Asia/Singapore", "2027-01-30T16:00"),
        ("2027-01-31", "America/New_York", "2027-01-31T05:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00"),
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00"),
        ("2027-01-31", "UTC", "2027-01-31T00:00"),
    ],
)
def test_a_day_begins_at_its_first_instant_in_the_sellers_zone(day: str, zone: str, begins: str) -> None:
    """São Paulo's clocks once leapt from midnight to one o'clock, and back from midnight to eleven."""
    begin = begin_of(date.fromisoformat(day), ZoneInfo(zone))
    assert begin == datetime.fromisoformat(f"{begins}+00:00")
    assert begin.tzinfo is UTC
    assert begin.astimezone(ZoneInfo(zone)).date() == date.fromisoformat(day)
    assert (begin - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < date.fromisoformat(day)
