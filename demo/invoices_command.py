"""The `invoices` command as the demo calls it: a process of its own, as anybody else would run it."""

import subprocess
import sys
from collections.abc import Mapping

from demo.failure import DemoFailed

LONGEST_SECONDS = 120.0


def module_command(module: str, *arguments: str) -> list[str]:
    """A module as a program; -P keeps files of the current folder from standing in for ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def invoices_command(*arguments: str) -> list[str]:
    """`invoices` with arguments."""
    return module_command("cli", *arguments)


def run_invoices(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command to its end and return what it wrote.

    Raises:
        DemoFailed: it failed, or took too long.
    """
    name = f"`invoices {' '.join(arguments)}`"
    try:
        done = subprocess.run(
            invoices_command(*arguments),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise DemoFailed(f"{name} did not end within {LONGEST_SECONDS:g} s") from error
    if done.returncode != 0:
        raise DemoFailed(f"{name} failed: {_last_line(done.stderr)}")
    return done.stdout


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else "it said nothing"
