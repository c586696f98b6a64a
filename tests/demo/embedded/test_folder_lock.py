import os
import subprocess
from pathlib import Path

import pytest

from demo.embedded.errors import FolderInUseError
from demo.embedded.folder_lock import FolderLock
from tests.demo.embedded.conftest import Own


def test_a_second_stack_on_one_folder_is_refused_with_the_folder_and_its_holder(own: Own, tmp_path: Path) -> None:
    holder, _ = own("lock", tmp_path)
    with pytest.raises(FolderInUseError) as refusal:
        FolderLock(tmp_path).acquire()
    assert str(tmp_path) in str(refusal.value)
    assert f"process {holder.pid}:" in str(refusal.value)


def test_the_folder_is_free_after_its_holder_was_killed(own: Own, tmp_path: Path) -> None:
    holder, _ = own("lock", tmp_path)
    holder.kill()
    holder.wait()
    with FolderLock(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"


def test_one_process_cannot_hold_a_folder_twice_but_can_take_it_again(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(FolderInUseError):
        FolderLock(tmp_path).acquire()
    with FolderLock(tmp_path):
        pass


def test_a_child_does_not_hold_the_folder_for_its_parent(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        child = subprocess.Popen(["sleep", "300"])
    try:
        with FolderLock(tmp_path):
            pass
    finally:
        child.kill()
        child.wait()
