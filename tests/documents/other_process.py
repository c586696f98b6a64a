"""Python code over documents in a process of its own, where what it changes of a library changes nothing here."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from documents.request import PrintRequest

ROOT = Path(__file__).parents[2]


def told_by(code: str, requests: Sequence[PrintRequest]) -> str:
    """What the code prints, which is given a JSON list of the requests, each as JSON, on its standard input."""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([request.model_dump_json() for request in requests]),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return ended.stdout
