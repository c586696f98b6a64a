"""The short form of the chaos suite; `make chaos` is the long one."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.options import Options
from tests.chaos.runner import run
from tests.chaos.summary import lines

SHORT = Options(Path(), seed=20_261_122, tenants=1, gap_seconds=0.6, render_processes=1, settle_seconds=600)
CAPTURE = "one capture an order, of just the invoiced amount"


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_done_twice_whatever_breaks(server_folder: Callable[[], Path]) -> None:
    summary = run(replace(SHORT, folder=server_folder(), seconds=25, orders=30, tenants=2, jobs=4), say)
    say("\n".join(lines(summary)))
    assert summary.violations == []
    assert all(claim.checks for claim in summary.invariants)
    assert sum(summary.faults.values()) > 30


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_a_build_without_its_ledger_is_found_out(server_folder: Callable[[], Path]) -> None:
    """The gateway captures three times without an answer: each time somebody pays again, and nothing else is wrong."""
    summary = run(replace(SHORT, folder=server_folder(), seconds=0, orders=5, jobs=2, broken_ledger=True), say)
    violated = {claim.name: claim.violations for claim in summary.invariants if claim.violations}
    assert violated.keys() == {CAPTURE}, lines(summary)
    assert 1 <= len(violated[CAPTURE]) <= 3  # one may have been asked to pay every time


def say(line: str) -> None:
    """Where pytest shows it when the test fails."""
    sys.stdout.write(f"{line}\n")
