"""Replaying histories with the worker's own sandbox, and looking into what Temporal keeps."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import WORKFLOWS, sandbox


async def replay(history: WorkflowHistory) -> None:
    """Run the workflow's present code over the history; a changed command order raises."""
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, workflow_runner=sandbox())
    await replayer.replay_workflow(history)


async def replayed(handle: WorkflowHandle[Any, Any]) -> WorkflowHistory:
    """The workflow's history, after it has been replayed."""
    history = await handle.fetch_history()
    await replay(history)
    return history


def texts_of(history: WorkflowHistory) -> str:
    """Everything that the history says in clear text: its own JSON, and what its payloads hold."""
    document = json.loads(history.to_json())
    return history.to_json() + "\n".join(_payloads(document))


def _payloads(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("data"), str) and "metadata" in value:
            yield base64.b64decode(value["data"]).decode(errors="replace")
        for member in value.values():
            yield from _payloads(member)
    elif isinstance(value, list):
        for member in value:
            yield from _payloads(member)
