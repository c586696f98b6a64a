"""Which processes are the parts of a stack."""

import json
import os
from pathlib import Path

from bench.whole_path.processes import Roots
from demo.stack import Stack

SINGLE = {"api": "api", "shop": "shop", "mail_sink": "mail-sink"}
"""Name in the figures -> name of the record."""


def roots_of(stack: Stack) -> Roots:
    """The processes of a stack that runs, and this one, which watches it."""
    records = stack.folder / "processes"
    parts = {name: _recorded(records / f"{file}.json") for name, file in SINGLE.items()}
    postmaster = (stack.folder / "postgres" / "server" / "data" / "postmaster.pid").read_text()
    return Roots(
        parts={
            "temporal_server": _recorded(stack.folder / "temporal" / "temporal.process.json"),
            "postgresql": int(postmaster.split("\n", 1)[0]),
            **parts,
        },
        workers=tuple(_recorded(file) for file in sorted(records.glob("worker*.json"))),
        bench=os.getpid(),
    )


def _recorded(record: Path) -> int:
    return int(json.loads(record.read_text())["pid"])
