"""The committed histories: a file each, in a folder by what they are from before, if anything."""

import json
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowHistory

GOLDEN = Path(__file__).with_name("golden")


def golden_names() -> list[str]:
    """Of all of them, as `golden` takes them."""
    return sorted(path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.json"))


def golden(name: str) -> WorkflowHistory:
    """A committed history."""
    document = json.loads((GOLDEN / f"{name}.json").read_text())
    return WorkflowHistory.from_json(document["workflowId"], document["history"])


async def keep(name: str, handle: WorkflowHandle[Any, Any]) -> None:
    """Write the workflow's history to its file. One that is there stays: it stands for runs of its own time."""
    path = GOLDEN / f"{name}.json"
    if path.exists():
        return
    history = await handle.fetch_history()
    document = {"workflowId": history.workflow_id, "history": without_place(json.loads(history.to_json()))}
    path.write_text(json.dumps(document, indent=1) + "\n")


def without_place(value: Any) -> Any:
    """The history without what only tells where it was recorded."""
    if isinstance(value, dict):
        return {key: without_place(member) for key, member in value.items() if key not in {"stackTrace", "identity"}}
    return [without_place(member) for member in value] if isinstance(value, list) else value
