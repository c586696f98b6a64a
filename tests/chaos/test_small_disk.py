"""A full disk is really full, for as long as it is meant to be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.small_disk import SmallDisk

WRITES = """
import sys
try:
    with open(sys.argv[1], "wb") as file:
        file.write(bytes(50_000))
except OSError as error:
    print(error.errno)
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount a disk")
def test_a_full_disk_takes_no_document_and_then_takes_it(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "documents", orders=10) as disk:
        if not disk.is_mounted:
            pytest.skip("this machine lets nobody mount a disk")
        assert written(disk.folder / "before.pdf") == ""
        assert disk.fill(None) == "ENOSPC"
        assert written(disk.folder / "full.pdf") == "28"
        disk.make_room()
        assert written(disk.folder / "after.pdf") == ""
    assert not list((tmp_path / "documents").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_worker_that_may_not_write_is_let_write_again(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path, orders=10)
    command = [sys.executable, "-c", f"input()\n{WRITES}\ninput()\n{WRITES}\nprint('done')", str(tmp_path / "x.pdf")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert disk.fill(worker.pid) == "EFBIG"
        worker.stdin.write("\n")
        assert worker.stdout.readline().strip() == "27"
        disk.make_room()
        worker.stdin.write("\n")
        worker.stdin.flush()
        assert worker.stdout.readline().strip() == "done"


def written(file: Path) -> str:
    """The number of the error with which a process fails to write a document there; none if it does not."""
    return subprocess.run(
        [sys.executable, "-c", WRITES, str(file)], check=True, capture_output=True, text=True
    ).stdout.strip()
