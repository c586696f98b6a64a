"""The README's walk-through, typed as it stands there against `invoices up`."""

import asyncio
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.deployment.compose_file import ROOT
from tests.waiting import eventually

BLOCK = re.compile(r"<!-- walk-through -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UP = "Ctrl-C drains and stops all of it"
START_SECONDS = 120
WALK_SECONDS = 240
STOP_SECONDS = 90


def walk_through() -> str:
    return "\n".join(BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")))


@pytest.fixture
async def folder_with_the_stack_up(server_folder: Callable[[], Path]) -> AsyncIterator[Path]:
    """Where somebody has typed `make up`: the environment and `var` are beside them."""
    folder = server_folder()
    (folder / ".venv").symlink_to(sys.prefix)
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("INVOICES_")}
    said = folder / "said.txt"
    with said.open("wb") as output:
        command = (sys.executable, "-P", "-m", "cli", "up")
        up = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment, stdout=output, stderr=STDOUT)

    async def is_up() -> bool:
        assert up.returncode is None, said.read_text()
        return UP in said.read_text()

    try:
        await eventually(is_up, seconds=START_SECONDS, what="`invoices up`")
        yield folder
    finally:
        if up.returncode is None:
            up.send_signal(signal.SIGTERM)
        await asyncio.wait_for(up.wait(), STOP_SECONDS)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk-through is typed with curl")
async def test_the_walk_through_works_as_it_is_written(folder_with_the_stack_up: Path) -> None:
    command = ("bash", "-euo", "pipefail", "-c", walk_through())
    walk = await asyncio.create_subprocess_exec(*command, cwd=folder_with_the_stack_up, stdout=PIPE, stderr=STDOUT)
    try:
        output, _ = await asyncio.wait_for(walk.communicate(), WALK_SECONDS)
    finally:
        if walk.returncode is None:
            walk.kill()
    said = output.decode()
    assert walk.returncode == 0, said
    assert (folder_with_the_stack_up / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert '"orderId":"EON9001","orderStatus":"SUCCESS"' in said
    assert '"reason":"payment_declined","held":true' in said
    assert '"reason":"unknown_order"' in said
    assert '"message":"The order is being tried again"' in said
    assert "x-total-count: 3" in said.lower()
    assert '"tries":2' in said


def test_the_walk_through_is_all_that_the_readme_tells_to_type_against_the_stack() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    typed = [block for block in re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL) if "$API" in block]
    assert typed
    assert all(block in walk_through() for block in typed)
