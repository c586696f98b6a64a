import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from demo.embedded import process
from demo.embedded.errors import EmbeddedServerError, ProcessFailedError
from demo.embedded.orphans import find
from demo.embedded.process import ChildProcess, launch
from tests.demo.embedded.conftest import Gone, Own

# Ends by no signal but SIGKILL, and says when it is deaf.
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
# Leaves a child behind when it ends.
PARENT = "sleep 300 & echo $!; wait"


def shell(script: str, folder: Path, **settings: object) -> ChildProcess:
    return ChildProcess("the server", ["/bin/sh", "-c", script], folder / "log", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (3, ["line 1", "line 2", "line 3"]),
        (25, [f"line {number}" for number in range(1, 26)]),
        (30, [*(f"line {number}" for number in range(1, 6)), "[5 lines]", *(f"line {n}" for n in range(11, 31))]),
    ],
)
def test_a_dead_server_is_reported_with_its_status_and_what_this_run_logged_first_and_last(
    written: int, shown: list[str], tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("a line of an earlier run\n")
    lines = "; ".join(f"echo line {number}" for number in range(1, written + 1))
    server = shell(f"{lines}; exit 3", tmp_path, ready=lambda: False)
    with pytest.raises(ProcessFailedError, match="the server ended with status 3 before it was ready") as failure:
        server.start()
    first, *told = str(failure.value).splitlines()
    assert str(tmp_path / "log") in first
    assert told == shown


def test_a_server_that_never_gets_ready_is_stopped_and_reported(tmp_path: Path) -> None:
    server = shell("echo waiting for Godot; exec sleep 300", tmp_path, ready=lambda: False, ready_seconds=0.2)
    with pytest.raises(ProcessFailedError, match="was not ready after"):
        server.start()
    assert not server.alive()


def test_a_missing_program_is_reported_by_name(tmp_path: Path) -> None:
    server = ChildProcess("the server", ["/nowhere/server"], tmp_path / "log", ready=lambda: False)
    with pytest.raises(EmbeddedServerError, match=r"the server (cannot be started|ended with status 127)"):
        server.start()


def test_a_child_runs_in_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    child = shell("exec sleep 300", tmp_path)
    child.start()
    try:
        assert child.pid is not None
        assert os.getsid(child.pid) == child.pid != os.getsid(0)
    finally:
        child.stop()


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = ChildProcess(
        "the server", [sys.executable, "-c", DEAF], log, ready=lambda: "deaf" in log.read_text(), stop_seconds=0.2
    )
    child.start()
    child.stop()
    assert child.wait() == -signal.SIGKILL


def test_the_children_of_a_child_do_not_outlive_it(tmp_path: Path, gone: Gone) -> None:
    child = shell(PARENT, tmp_path, ready=lambda: (tmp_path / "log").read_text().endswith("\n"))
    child.start()
    child.stop()
    gone(int((tmp_path / "log").read_text()))


def test_a_restart_runs_the_same_command_in_a_new_process(tmp_path: Path) -> None:
    child = shell("exec sleep 300", tmp_path)
    child.start()
    first = child.pid
    child.restart()
    try:
        assert child.alive()
        assert child.pid != first
    finally:
        child.stop()


def test_an_orphan_is_found_and_stopped_after_its_owner_was_killed(own: Own, gone: Gone, tmp_path: Path) -> None:
    owner, orphan = own("child", tmp_path, "outlived")
    owner.kill()
    owner.wait()
    assert find(orphan), "nothing to clean up"
    heir = ChildProcess("sleeper", ["sleep", "300"], tmp_path / "log", record=tmp_path / "sleeper.json")
    heir.start()
    try:
        gone(orphan)
        assert heir.alive()
    finally:
        heir.stop()


@pytest.mark.skipif(not process._ends_with_us(signal.SIGTERM), reason="this system has no parent-death signal")
def test_a_child_ends_when_its_owner_is_killed(own: Own, gone: Gone, tmp_path: Path) -> None:
    owner, child = own("child", tmp_path)
    owner.kill()
    owner.wait()
    gone(child)


@pytest.mark.parametrize(
    ("started", "command"),
    [(-3600.0, ["sleep", "300"]), (0.0, ["sleep", "301"])],
    ids=["another start", "another command"],
)
def test_a_stranger_with_the_recorded_process_id_is_left_alone(
    started: float, command: list[str], tmp_path: Path
) -> None:
    stranger = subprocess.Popen(["sleep", "300"])
    seen = psutil.Process(stranger.pid).create_time()
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"pid": stranger.pid, "started": seen + started, "command": command}))
    child = shell("exec sleep 300", tmp_path, record=record)
    try:
        child.start()
        child.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_an_unreadable_record_does_not_keep_a_child_from_starting(text: str, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text(text)
    child = shell("exec sleep 300", tmp_path, record=record)
    child.start()
    assert json.loads(record.read_text())["pid"] == child.pid
    child.stop()
    assert not record.exists()


@pytest.mark.parametrize("lines_after", [0, 100], ids=["a word", "the stack of a crash"])
def test_a_launch_tries_again_while_a_port_is_in_use_and_not_for_another_reason(
    lines_after: int, tmp_path: Path
) -> None:
    stack = f"for n in $(seq {lines_after}); do echo at main.go:$n; done"
    unlucky = shell(f"echo bind: address already in use; {stack}; exit 1", tmp_path, ready=lambda: False)
    lucky = shell("exec sleep 300", tmp_path)
    tries = iter([unlucky, lucky])
    assert launch(lambda: next(tries)) is lucky
    lucky.stop()
    broken = shell("echo broken; exit 1", tmp_path, ready=lambda: False)
    tries = iter([broken, lucky])
    with pytest.raises(ProcessFailedError, match="broken"):
        launch(lambda: next(tries))
    assert not lucky.alive()
