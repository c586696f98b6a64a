"""Whether invoice numbers are those of one series, without gap or repeat."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from demo.orders.tenant import invoice_sequence

NAMED_AT_MOST = 5


def wrong_with_numbers(numbers: Sequence[str]) -> Iterator[str]:
    """What is wrong with the numbers of a round, given in any order."""
    if repeated := sorted(number for number, times in Counter(numbers).items() if times > 1):
        yield f"invoice numbers were given twice: {named(repeated)}"
    matches = {number: series_pattern().fullmatch(number) for number in set(numbers)}
    if strange := sorted(number for number, match in matches.items() if match is None):
        yield f"invoice numbers are not of the series: {named(strange)}"
    counted = sorted(int(match.group(1)) for match in matches.values() if match)
    if gaps := [f"{before + 1}" for before, after in pairwise(counted) if after > before + 1]:
        yield f"invoice numbers leave gaps, which begin with {named(gaps)}"


def series_pattern() -> re.Pattern[str]:
    """How a number of the series looks; its group is the running number, `__num__` a year of two digits (A.3)."""
    schema = invoice_sequence()
    before, after = (re.escape(schema.get(name, "")).replace("__num__", r"\d\d") for name in ("preText", "postText"))
    return re.compile(rf"{before}(\d{{{schema['numberOfDigits']},}}){after}")


def in_series_order(numbers: Iterable[str]) -> list[str]:
    """Numbers as they were given out.

    >>> in_series_order(["INV2610000", "INV269999"])
    ['INV269999', 'INV2610000']
    """
    return sorted(numbers, key=lambda number: (len(number), number))


def named(names: Sequence[str]) -> str:
    """The first few of a list, and how many more there are.

    >>> named(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    shown = ", ".join(names[:NAMED_AT_MOST])
    more = len(names) - NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown
