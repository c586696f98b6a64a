"""The `invoices` command as a person types it, run in the test's own process because that is faster."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import cli
import logs
from settings import get_settings

SECRET = "s3cret-w0rd"


@dataclass(frozen=True)
class Ended:
    status: int
    output: str
    errors: str

    def refused_with(self, sentence: str) -> bool:
        """Status 1 and one sentence, nothing else."""
        return self == Ended(1, "", f"Error: {sentence}\n")


class Exited(BaseException):
    """`os._exit`, survived."""


Run = Callable[..., Ended]


@pytest.fixture
def nowhere(unused_port: int, tmp_path: Path) -> dict[str, str]:
    """Settings of an installation where nothing answers."""
    return {
        "INVOICES_DATABASE_URL": f"postgresql://invoices:{SECRET}@127.0.0.1:{unused_port}/invoices",
        "INVOICES_TEMPORAL_ADDRESS": f"127.0.0.1:{unused_port}",
        "INVOICES_DOCUMENT_STORE_URL": (tmp_path / "documents").as_uri(),
    }


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], nowhere: dict[str, str]
) -> Iterator[Run]:
    """`command_line("client", "create", DATABASE_URL=...)`: the whole of `main`; settings without their prefix."""

    def leave(status: int) -> None:
        raise Exited(status)

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(logs, "configure_logging", lambda *_: None)  # it would outlive the test
    for name in list(os.environ):
        if name.startswith("INVOICES_"):
            monkeypatch.delenv(name)

    def run(*arguments: str, **settings: str) -> Ended:
        get_settings.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["invoices", *arguments])
            for name, value in (nowhere | {f"INVOICES_{name}": value for name, value in settings.items()}).items():
                patch.setenv(name, value)
            with pytest.raises(Exited) as exited:
                cli.main()
        written = capsys.readouterr()
        return Ended(exited.value.args[0], written.out, written.err)

    yield run
    get_settings.cache_clear()
