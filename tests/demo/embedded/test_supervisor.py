import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from demo.embedded.errors import ProcessFailedError
from demo.embedded.process import ChildProcess
from demo.embedded.supervisor import Supervised
from tests.demo.embedded.conftest import Eventually


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    sleeper = Supervised(ChildProcess("sleeper", ["sleep", "300"], tmp_path / "log"))
    sleeper.start()
    yield sleeper
    sleeper.stop()


def test_a_killed_child_is_started_again_each_time(supervised: Supervised, eventually: Eventually) -> None:
    pids = {supervised.child.pid}
    for times in (1, 2):
        assert supervised.child.pid
        os.kill(supervised.child.pid, signal.SIGKILL)
        eventually(partial(_restarted, supervised, times))
        pids.add(supervised.child.pid)
    assert len(pids) == 3
    assert supervised.child.alive()


def test_a_stopped_child_stays_stopped(supervised: Supervised) -> None:
    supervised.stop()
    assert not supervised.child.alive()
    assert supervised.restarts == 0
    assert supervised._watcher is None


def test_a_child_may_be_stopped_in_the_pause_before_its_restart(supervised: Supervised) -> None:
    assert supervised.child.pid
    os.kill(supervised.child.pid, signal.SIGKILL)
    supervised.child.wait()
    supervised.stop()
    assert supervised.restarts == 0
    assert not supervised.child.alive()


def test_a_child_that_fails_to_come_back_is_tried_again(tmp_path: Path, eventually: Eventually) -> None:
    broken, log = tmp_path / "broken", tmp_path / "log"
    script = f"[ -e {broken} ] && exit 1; echo up; exec sleep 300"
    child = ChildProcess("the server", ["/bin/sh", "-c", script], log, ready=lambda: "up" in child.log_tail())
    supervised = Supervised(child)
    supervised.start()
    try:
        broken.touch()
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        eventually(lambda: supervised.restarts >= 2)
        broken.unlink()
        eventually(lambda: log.read_text() == "up\nup\n")
    finally:
        supervised.stop()


def test_a_first_start_that_fails_is_an_error_and_nothing_is_watched(tmp_path: Path) -> None:
    supervised = Supervised(ChildProcess("the server", ["false"], tmp_path / "log", ready=lambda: False))
    with pytest.raises(ProcessFailedError):
        supervised.start()
    assert supervised._watcher is None


def _restarted(supervised: Supervised, times: int) -> bool:
    return supervised.restarts == times
