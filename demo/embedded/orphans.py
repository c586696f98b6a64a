"""Processes that outlived a `kill -9` of the one that started them."""

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# The clock may be set between a process's start and our look at it, which moves the start time that we are told.
START_TOLERANCE_SECONDS = 60.0
POLL_SECONDS = 0.02


def remember(record: Path, pid: int, command: Sequence[str]) -> None:
    """Write down who was started, so that `stop_left_over` finds it when we are gone."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    entry = {"pid": pid, "started": started, "command": list(command)}
    fresh = record.with_name(f"{record.name}.new")
    fresh.write_text(json.dumps(entry))
    fresh.replace(record)


def stop_left_over(record: Path, stop_signal: signal.Signals, seconds: float) -> None:
    """Stop the process that `record` names, if it still runs and its start and arguments show that it is that one."""
    try:
        entry = json.loads(record.read_text())
        pid, started, command = int(entry["pid"]), float(entry["started"]), list(entry["command"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    process = find(pid)
    if process is not None and _is_the_one(process, started, command):
        stop_process(process, stop_signal, seconds)
        end_group(pid)
    record.unlink(missing_ok=True)


def find(pid: int) -> psutil.Process | None:
    """The living process of that id; a zombie is dead."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if _alive(process) else None


def command_line(process: psutil.Process) -> list[str]:
    """A process's program and arguments; empty when it is gone or hidden from us."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def stop_process(process: psutil.Process, stop_signal: signal.Signals, seconds: float) -> None:
    """Ask a process that is no child of ours to end, and kill it after `seconds`."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(stop_signal)
    if not _wait_until_gone(process, seconds):
        with suppress(psutil.NoSuchProcess):
            process.kill()
        _wait_until_gone(process, seconds)


def end_group(pid: int) -> None:
    """Kill what a group leader left behind: its own children must not outlive it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _is_the_one(process: psutil.Process, started: float, command: list[str]) -> bool:
    # A script's interpreter stands before it on the command line, so the arguments are compared and not the program.
    arguments = command[1:]
    seen = command_line(process)
    return (
        abs(process.create_time() - started) < START_TOLERANCE_SECONDS
        and seen[len(seen) - len(arguments) :] == arguments
    )


def _wait_until_gone(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
