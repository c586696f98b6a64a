"""What can keep the embedded stack from starting."""

from pathlib import Path


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
        log_tail: the last lines that this run wrote to its log.
    """

    def __init__(self, what: str, log: Path, log_tail: str) -> None:
        super().__init__(f"{what}. The end of its log {log}:\n{log_tail or '(empty)'}")
        self.log_tail = log_tail

    @property
    def may_pass(self) -> bool:
        """Whether a port or a shared memory block was still in use: a moment later it may be free."""
        return "in use" in self.log_tail
