"""docs/faults.md says which test proves each line; they are all there, and no case is left out."""

import re
from pathlib import Path

from tests.chaos.test_killed_at_each_step import DEATHS, HOLDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text()
FORGOTTEN = "tests/chaos/test_forgotten_histories.py"


def last_cells(heading: str) -> list[str]:
    """What stands in the last column of the table under the heading."""
    (section,) = (part for part in PAGE.split("\n## ") if part.startswith(heading))
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [row.strip("|").rpartition("|")[2].strip(" `") for row in rows]


def names_in(path: str) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE))


def test_the_table_of_steps_names_every_case_once() -> None:
    assert sorted(last_cells("Step by step")) == sorted(death.name for death in [*DEATHS, *HOLDS])


def test_the_table_of_what_is_forgotten_names_every_test_of_it() -> None:
    assert sorted(last_cells("When Temporal forgets")) == sorted(names_in(FORGOTTEN))


def test_every_other_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert named
    for path, name in named:
        assert name in names_in(path), name
    for path in re.findall(r"`(tests/[\w/]+\.py)`", PAGE):
        assert (ROOT / path).exists(), path
