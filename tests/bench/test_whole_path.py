"""The benchmark as a person runs it, small; and what its options mean."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bench.whole_path.__main__ import command
from bench.whole_path.figures import PARTS
from bench.whole_path.measurement import expect_success
from bench.whole_path.plan import ROOT, Plan
from demo.failure import DemoFailed
from tests.demo.api_double import ApiDouble, job_body


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.whole_path", *arguments],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )


@pytest.mark.thorough
def test_orders_go_the_whole_way_and_every_part_of_their_cost_is_written(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = bench("--skip-pdf", "--warm-up", "0", "--growth", "--sizes", "3,5", "--jobs", "2", "--json", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 orders" in done.stdout
    written = json.loads(file.read_text())
    assert [each["orders"] for each in written["measurements"]] == [3, 5]
    assert (written["orders"], written["jobs"]) == (5, 2)
    assert 0 < written["orders_per_second"] == pytest.approx(5 / written["seconds"], rel=0.1)
    assert (written["render_ceiling_per_second"], written["ratio_to_render_ceiling"]) == (None, None)
    assert set(written["cpu_ms_per_order"]) == set(written["peak_memory_mib"]) == set(PARTS)
    assert written["cpu_ms_per_order"]["renderer"] == written["peak_memory_mib"]["renderer"] == 0
    assert written["cpu_ms_per_order"]["worker"] > 0
    assert all(written["peak_memory_mib"][part] > 10 for part in PARTS if part != "renderer")
    share = written["history_events_per_order_by_workflow"]
    assert share["order"] >= 5  # a workflow's start, task and end at the least
    assert share["job"] >= 5
    assert written["history_events_per_order"] == pytest.approx(sum(share.values()), abs=0.05)
    assert written["history_bytes_per_order"] > 500
    assert (written["job_runs"], written["most_events_of_a_job_run"]) >= (2, 10)
    assert 0 < written["seconds_to_mail"]["p50"] <= written["seconds_to_mail"]["p99"] <= written["seconds"]
    assert written["machine"]["cores"] == len(os.sched_getaffinity(0))
    assert not Path(folder_of(done.stdout)).exists()


def folder_of(output: str) -> str:
    return output.partition("Starting the stack in ")[2].splitlines()[0]


def test_orders_without_invoice_are_named() -> None:
    orders = [
        {"orderId": "EON1", "orderStatus": "SUCCESS"},
        {"orderId": "EON2", "orderStatus": "FAILURE", "reason": "payment_declined", "message": "No funds"},
    ]
    answer = httpx.Response(200, json=job_body(total=2, pending=1, done=True, orders=orders))
    service = ApiDouble([answer] * 3).service()
    with pytest.raises(DemoFailed, match=r"1 of 2 orders have no invoice: EON2 \(payment_declined: No funds\)$"):
        expect_success(service, service.job("j"))


def test_a_run_that_cannot_be_ends_with_status_one_and_a_sentence(tmp_path: Path) -> None:
    ended = CliRunner().invoke(command, ["--keep", str(tmp_path)])
    assert ended.exit_code == 1
    assert ended.output.splitlines()[-1] == f"Error: --keep: {tmp_path} is there already"


@pytest.mark.parametrize("wrong", [["--sizes", "5,x"], ["--sizes", "0"], ["--set", "JOB_CONCURRENCY"], ["--set", "=3"]])
def test_options_that_say_nothing_are_refused(wrong: list[str]) -> None:
    ended = CliRunner().invoke(command, wrong)
    assert ended.exit_code == 2
    assert wrong[0] in ended.output


def test_the_callers_settings_reach_the_service_but_none_that_leads_out_of_the_stack() -> None:
    environ = {
        "HOME": "/root",
        "INVOICES_WORKER_CONCURRENCY": "70",
        "INVOICES_JOB_CONCURRENCY": "60",
        "INVOICES_DATABASE_URL": "postgresql://elsewhere/production",
        "INVOICES_SMTP_URL": "smtp://elsewhere",
    }
    found = Plan((1,), settings={"JOB_CONCURRENCY": "80"}).surroundings(environ)
    assert found.settings == {
        "RENDER_PROCESSES": str(os.cpu_count()),
        "WORKER_CONCURRENCY": "70",
        "JOB_CONCURRENCY": "80",
    }
    assert found.inherited["HOME"] == "/root"


def test_workers_share_the_cores_for_rendering_unless_it_is_said_otherwise() -> None:
    cores = os.cpu_count() or 1
    plan = Plan((1,), workers=cores)
    assert plan.render_processes(plan.surroundings({})) == cores
    assert plan.render_processes(plan.surroundings({"INVOICES_RENDER_PROCESSES": "3"})) == 3 * cores


def test_the_worker_without_pdfs_is_the_benchs_own() -> None:
    assert Plan((1,), workers=2, skip_pdf=True).worker_commands[1][-1] == "bench.whole_path.worker_without_pdf"
    assert Plan((1,)).worker_commands[0][-2:] == ["cli", "worker"]
