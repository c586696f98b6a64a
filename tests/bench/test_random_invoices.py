import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import random_invoices
from bench.random_invoices import drawn, main
from invoicing.rules.violation import Violation


def test_random_invoices_break_no_rule_and_their_speed_is_said(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    ended = CliRunner().invoke(main, ["--count", "200", "--seed", "7", "--json", str(file)])
    assert ended.exit_code == 0, ended.output
    assert re.search(r"^200 invoices with \d+ lines \(seed 7\): 0 violations$", ended.output, re.MULTILINE)
    written = json.loads(file.read_text())
    assert (written["count"], written["violations"], written["seed"]) == (200, 0, 7)
    assert written["invoices_per_second"] >= written["invoices_per_second_overall"] > 0


def test_a_broken_rule_ends_the_run_with_status_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_invoices, "violations", lambda _: (Violation("BR-CO-10", "wrong"),))
    ended = CliRunner().invoke(main, ["--count", "20"])
    assert ended.exit_code == 1
    assert ": 20 violations" in ended.output


def test_a_seed_draws_the_same_invoices_and_another_one_others() -> None:
    assert list(drawn(30, 1)) == list(drawn(30, 1))
    assert list(drawn(30, 1)) != list(drawn(30, 2))
