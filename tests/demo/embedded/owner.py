"""A process that starts a server, says its process id, and waits to be killed: `owner.py KIND FOLDER [outlived]`.

With `outlived` its server lives on after it, as it does on systems that have no parent-death signal.
"""

import signal
import sys
from pathlib import Path

from demo.embedded import process
from demo.embedded.folder_lock import FolderLock
from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.process import ChildProcess
from demo.embedded.temporal import EmbeddedTemporal


def start(kind: str, folder: Path) -> int | None:
    if kind == "lock":
        FolderLock(folder).acquire()
        return 0
    if kind == "child":
        child = ChildProcess("sleeper", ["sleep", "300"], folder / "log", record=folder / "sleeper.json")
        child.start()
        return child.pid
    if kind == "postgres":
        server: EmbeddedPostgres | EmbeddedTemporal = EmbeddedPostgres(folder, durable=False)
    else:
        server = EmbeddedTemporal(folder, namespace="invoices", search_attributes={})
    server.start()
    return server.process.pid


if __name__ == "__main__":
    if "outlived" in sys.argv:
        process._ends_with_us = lambda stop_signal: ()  # type: ignore[assignment]
    sys.stdout.write(f"{start(sys.argv[1], Path(sys.argv[2]))}\n")
    sys.stdout.flush()
    signal.pause()
