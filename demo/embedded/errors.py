"""What can keep the embedded stack from starting."""

from pathlib import Path

FIRST_LINES = 5
LAST_LINES = 20


class EmbeddedServerError(Exception):
    """A server or a process of ours cannot run; the message tells a person what to do."""


class BinaryNotFoundError(EmbeddedServerError):
    """A server's binary is in none of the places where we look."""


class FolderInUseError(EmbeddedServerError):
    """Another process holds the data folder."""


class FolderOwnerError(EmbeddedServerError):
    """The operating system's user who would run a server may not use its data folder, or does not exist."""


class ProcessFailedError(EmbeddedServerError):
    """A process ended or did not answer before it was ready.

    Attributes:
        may_pass: whether a port or a shared memory block was still in use: a moment later it may be free.
    """

    def __init__(self, what: str, log: Path, logged: str) -> None:
        super().__init__(f"{what}. Its log {log}:\n{_excerpt(logged) or '(empty)'}")
        self.may_pass = "in use" in logged


def _excerpt(logged: str) -> str:
    """The first lines and the last: a crash tells its cause before its stack, most others tell it at the end."""
    lines = logged.splitlines()
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    if left_out <= 0:
        return "\n".join(lines)
    return "\n".join([*lines[:FIRST_LINES], f"[{left_out} lines]", *lines[-LAST_LINES:]])
