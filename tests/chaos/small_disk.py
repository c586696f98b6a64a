"""A disk for the documents that can run full: a file system of our own where the machine lets us mount one.

Elsewhere the worker is forbidden to write to any file (RLIMIT_FSIZE), which is as near as an ordinary user gets.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

MEBIBYTE = 1024 * 1024
MEBIBYTES_AT_LEAST = 32
ORDERS_A_MEBIBYTE = 5
"""A PDF takes some 50 KiB, and there is to be room for twice as many."""


class SmallDisk:
    """The folder of the document store, mounted and unmounted by its `with` block where that is allowed."""

    def __init__(self, folder: Path, orders: int) -> None:
        self.folder = folder
        self.is_mounted = False
        self._mebibytes = MEBIBYTES_AT_LEAST + orders // ORDERS_A_MEBIBYTE
        self._balloon = folder / "balloon"
        self._forbidden: psutil.Process | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount"):
            options = ["-t", "tmpfs", "-o", f"size={self._mebibytes}m,mode=0700", "tmpfs", str(self.folder)]
            mounted = subprocess.run(["mount", *options], check=False, capture_output=True)
            self.is_mounted = mounted.returncode == 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)

    def fill(self, worker_pid: int | None) -> str:
        """Leave no room for another document; how that was done, in a word."""
        if self.is_mounted:
            self._fill_up()
            return "ENOSPC"
        if worker_pid is not None and hasattr(psutil, "RLIMIT_FSIZE"):
            with suppress(psutil.Error):
                self._forbidden = psutil.Process(worker_pid)
                self._forbidden.rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))
                return "EFBIG"
        return "not possible here"

    def make_room(self) -> None:
        """Let documents be written again."""
        if self.is_mounted:
            self._balloon.unlink(missing_ok=True)
        if self._forbidden is not None:
            with suppress(psutil.Error):  # it was killed meanwhile
                self._forbidden.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
            self._forbidden = None

    def _fill_up(self) -> None:
        with self._balloon.open("ab") as file, suppress(OSError):
            while True:
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), self._piece())

    def _piece(self) -> int:
        free = shutil.disk_usage(self.folder).free
        return max(free, 4096)
