"""docs/templates.md names everything that a template has, and nothing else."""

import re
from pathlib import Path

import pytest

from documents.columns import Columns
from documents.facts import Fact
from documents.line_rows import Row
from documents.own_template.grammar import COUNTED, EACH, JOINED, LONGEST, SEARCHED, SPENT, WEIGHED
from documents.own_template.sandbox import LONGEST_RANGE, Sandbox
from documents.own_template.style_sheet import LONGEST as LONGEST_STYLE
from documents.own_template.values import member_names
from documents.own_template.xhtml import DEEPEST
from documents.page import Glance, Page, PaymentCode, page_of
from documents.sample_documents import samples
from documents.total_rows import TaxRow, Total

TEXT = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
OF_PAGE = TEXT.partition("| `page.` |")[2].partition("\n\n")[0]
PARTS: dict[str, type] = {
    "a fact": Fact,
    "a glance": Glance,
    "a row": Row,
    "columns": Columns,
    "a tax": TaxRow,
    "a total": Total,
    "a payment code": PaymentCode,
}
EXPLAINED = {"picture_urls", "data:"}
"""Named in an explanation."""


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def row_of(first_cell: str) -> str:
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {first_cell} |")]
    return row


def test_every_member_of_the_page_is_told_and_no_other() -> None:
    told = [name for line in OF_PAGE.splitlines() for name in quoted(line.split("|")[1] if "|" in line else "")]
    assert sorted(told) == sorted(member_names(Page))


@pytest.mark.parametrize("part", PARTS)
def test_every_member_of_its_parts_is_told_and_no_other(part: str) -> None:
    assert set(quoted(row_of(f"of {part}"))) - EXPLAINED == set(member_names(PARTS[part]))


def test_the_words_and_heads_are_those_that_a_page_has() -> None:
    page = page_of(samples()[0])
    assert set(quoted(row_of("`words`"))) - {"words"} == set(page.words)
    assert set(quoted(row_of("`heads`"))) - {"heads"} == set(page.heads)


def test_filters_and_tests_are_those_that_there_are() -> None:
    sandbox = Sandbox(is_html=True)
    filters = re.search(r"the filters `([^`]+)`", TEXT)
    tests = re.search(r"the tests `([^`]+)`", TEXT)
    assert filters
    assert tests
    told = {name.partition("(")[0] for name in filters[1].split()}
    assert told == set(sandbox.filters) - {COUNTED, EACH, JOINED, SEARCHED, SPENT, WEIGHED}
    assert set(tests[1].split()) == set(sandbox.tests)


def test_the_bounds_are_those_that_hold() -> None:
    assert (
        f"{LONGEST // 1024} KiB of HTML, {LONGEST_STYLE // 1024} KiB of CSS, elements not deeper than {DEEPEST}" in TEXT
    )
    assert f"`range` up to\n  {LONGEST_RANGE:,}" in TEXT
