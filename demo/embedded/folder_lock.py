"""One stack per data folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.embedded.errors import FolderInUseError, FolderOwnerError

LOCK_FILE = ".lock"


class FolderLock:
    """Holds a folder for this process until `release`, or until the process ends however it ends.

    Two Temporal servers share one SQLite file without complaint and damage it, hence this lock. The operating system
    gives it back, so a `kill -9` leaves nothing to clean up; the file itself stays, as removing it would race.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock; the folder must exist.

        Raises:
            FolderInUseError: another process, or another lock of this one, holds the folder.
            FolderOwnerError: we may not write there.
        """
        # no child may inherit the lock and keep it beyond our end: os.open makes it close on exec
        try:
            file = os.open(self.folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except PermissionError as error:
            raise FolderOwnerError(f"{self.folder} belongs to another user: run as that one, or remove it.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 20).decode().strip() or "unknown"
            os.close(file)
            raise FolderInUseError(
                f"{self.folder} is in use by process {holder}: stop that one first, or choose another folder."
            ) from error
        os.truncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def release(self) -> None:
        """Give the folder back; does nothing when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
