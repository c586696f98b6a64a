import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.whole_path.processes import (
    PartEnded,
    ProcessStat,
    Roots,
    children_of,
    machine_cpu_seconds,
    parse_busy_ticks,
    parse_stat,
    parse_statm,
    process_table,
    tree_of,
    usages,
)
from bench.whole_path.sampling import Sampler

SPIN = "import time; end = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"


def test_a_stat_line_is_read_whatever_the_command_is_called() -> None:
    line = "77 (a) R (b c) S 5 77 77 0 -1 0 9 9 9 9 310 25 700 41 20 0 1 0 100 4096 12 0"
    assert parse_stat(line) == ProcessStat(parent=5, own=335, reaped=741)


def test_resident_and_shared_pages_are_read() -> None:
    assert parse_statm("765 436 408 5 0 123 0\n") == (436, 408)


def test_a_machine_is_busy_when_it_neither_idles_nor_waits_nor_is_robbed() -> None:
    #            user nice system idle iowait irq softirq steal guest guest_nice
    stat = "cpu  1000 20 300 4000 50 6 70 800 90 1\ncpu0 1 1 1 1\n"
    assert parse_busy_ticks(stat) == 1000 + 20 + 300 + 6 + 70


def test_a_tree_has_all_that_descend_from_its_root_and_nobody_else() -> None:
    table = {pid: ProcessStat(parent, 0, 0) for pid, parent in {1: 0, 10: 1, 11: 10, 12: 11, 20: 1}.items()}
    assert sorted(tree_of(10, children_of(table))) == [10, 11, 12]


def test_this_process_is_in_the_table_of_all() -> None:
    assert process_table()[os.getpid()].parent == os.getppid()


def test_cpu_of_a_worker_and_of_what_it_starts_is_told_apart_even_when_that_has_ended(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    program = (
        "import pathlib, subprocess, sys, time\n"
        f"subprocess.run([sys.executable, '-c', {SPIN.format(seconds=0.5)!r}])\n"
        f"{SPIN.format(seconds=0.2)}"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            wait_for(ready)
            used = usages(Roots(parts={"api": process.pid}, workers=(process.pid,), bench=os.getpid()))
        finally:
            process.kill()
    assert used["renderer"].cpu_seconds == pytest.approx(0.5, abs=0.2)
    assert used["renderer"].memory_bytes == 0  # it has ended
    assert used["worker"].cpu_seconds == pytest.approx(0.2, abs=0.15)
    assert used["api"].cpu_seconds == pytest.approx(used["worker"].cpu_seconds + used["renderer"].cpu_seconds)
    assert 3 < used["worker"].memory_bytes / 2**20 < 100


def test_a_sampler_counts_its_block_and_keeps_the_most_memory_that_was_held(tmp_path: Path) -> None:
    grown, shrink, shrunk = tmp_path / "grown", tmp_path / "shrink", tmp_path / "shrunk"
    program = (
        "import pathlib, time\n"
        "held = b'x' * 80 * 2**20\n"
        f"pathlib.Path({str(grown)!r}).touch()\n"
        f"while not pathlib.Path({str(shrink)!r}).exists(): time.sleep(0.01)\n"
        "del held\n"
        f"{SPIN.format(seconds=0.3)}"
        f"pathlib.Path({str(shrunk)!r}).touch()\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            wait_for(grown)
            with Sampler(Roots(parts={"api": process.pid}, workers=(), bench=os.getpid())) as watched:
                shrink.touch()
                wait_for(shrunk)
        finally:
            process.kill()
    assert watched.cpu_seconds()["api"] == pytest.approx(0.3, abs=0.2)
    assert watched.peak_memory["api"] > 80 * 2**20
    assert watched.after["api"].memory_bytes < 60 * 2**20
    assert watched.others_cpu_seconds >= 0


def test_a_part_that_is_gone_is_not_taken_for_one_that_costs_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(PartEnded):
        usages(Roots(parts={"api": process.pid}, workers=(), bench=os.getpid()))


def test_the_machine_uses_at_least_what_we_use() -> None:
    before, ours = machine_cpu_seconds(), time.process_time()
    while time.process_time() < ours + 0.3:
        pass
    assert machine_cpu_seconds() - before > 0.2


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
