"""How the progress of a job is put: the pace, the words, a line now and then, an object a change."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from commands.job_watch import Glimpse, JsonLines, Lines, Pace, words_of

JOB = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
RUNNING = Glimpse(JOB, "IN_PROGRESS", 600, 110, 6, 4, has_ended=False, phase="running", running=20)
ENDED = replace(RUNNING, state="DONE", succeeded=590, has_ended=True, phase=None, running=None)


def pace_of(*seen: tuple[float, int]) -> Pace:
    pace = Pace()
    for now, through in seen:
        pace.note(through, now)
    return pace


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    assert pace_of((0, 0), (10, 40)).per_second == 4
    # 100 orders in the first ten seconds, then one a second: of 50 seconds, the last 30 count
    late = pace_of((0, 0), (10, 100), *((float(10 + second), 100 + second) for second in range(1, 41)))
    assert late.per_second == 1


def test_where_nothing_has_moved_nobody_can_say_how_long_it_takes() -> None:
    for pace in (pace_of((0, 5)), pace_of((0, 5), (9, 5))):
        assert (pace.per_second, pace.seconds_left(10)) == (0, None)
    assert pace_of((0, 0), (10, 20)).seconds_left(30) == 15


def test_orders_that_wait_again_do_not_turn_the_pace_backwards() -> None:
    pace = pace_of((0, 0), (10, 40), (20, 10), (30, 30))
    assert pace.per_second == 2


@pytest.mark.parametrize(
    ("left", "words"),
    [(0, "0 s left"), (59, "59 s left"), (150, "2 min left"), (7_260, "2 h 1 min left")],
)
def test_the_words_say_counts_pace_and_what_is_left(left: int, words: str) -> None:
    glimpse = replace(RUNNING, total=120 + left)  # at one order a second
    said = words_of(glimpse, pace_of((0, 110), (10, 120)))
    assert said == f"110 succeeded, 6 failed, 4 on hold, 20 running, 1.0/s, {words}"


def test_a_job_that_has_ended_leaves_nothing() -> None:
    assert words_of(ENDED, pace_of((0, 590), (10, 600))) == "590 succeeded, 6 failed, 4 on hold, 1.0/s"


def test_a_line_is_printed_at_the_beginning_the_end_and_when_the_state_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, pace = Lines(), pace_of((0, 120))
    moved = replace(RUNNING, succeeded=111)
    for glimpse in (RUNNING, RUNNING, moved, replace(moved, state="PAUSED"), ENDED):
        lines.show(glimpse, pace)
    assert [line.split("  ")[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["IN_PROGRESS", "120/600"],
        ["PAUSED", "121/600"],
        ["DONE", "600/600"],
    ]


def test_json_is_a_line_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    view = JsonLines()
    for glimpse in (RUNNING, RUNNING, replace(RUNNING, succeeded=111), ENDED):
        view.show(glimpse, pace_of((0, 110), (10, 120)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["state"], line["success"]) for line in lines] == [
        ("IN_PROGRESS", 110),
        ("IN_PROGRESS", 111),
        ("DONE", 590),
    ]
    assert lines[0] == {
        "jobId": str(JOB),
        "state": "IN_PROGRESS",
        "phase": "running",
        "total": 600,
        "success": 110,
        "failure": 6,
        "held": 4,
        "running": 20,
        "ordersPerSecond": 1.0,
        "secondsLeft": 480,
    }
