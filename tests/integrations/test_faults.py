from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from integrations.faults import LONGEST_QUOTE, TransientFault, quoted, retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("90", 90),
        ("-5", 0),
        ("86400", 3600),
        ("inf", 3600),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2970 00:00:00 GMT", 3600),
    ],
)
def test_retry_after_is_read_as_seconds_of_at_most_an_hour(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    assert retry_after(header) == pytest.approx(600, abs=5)


@pytest.mark.parametrize(
    ("foreign", "line"),
    [
        ("5.1.1 <max.m@example.com>: no such user", "5.1.1 <...>: no such user"),
        ("no jörg@bücher.example here", "no ... here"),
        ("two\r\nlines\tand \x00 more\u2028", "two lines and more"),
        ("half a surrogate \udcff", "half a surrogate"),
        ("x" * (LONGEST_QUOTE + 1), "x" * (LONGEST_QUOTE - 3) + "..."),
    ],
)
def test_foreign_words_become_one_short_line_without_addresses(foreign: str, line: str) -> None:
    assert quoted(foreign) == line


def test_a_fault_is_its_sentence() -> None:
    fault = TransientFault("The shop is closed.", retry_after_seconds=3)
    assert (str(fault), fault.retry_after_seconds) == ("The shop is closed.", 3)
