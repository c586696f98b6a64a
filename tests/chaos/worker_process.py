"""A worker or an API as a process of its own, to be killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from settings import Settings


def environment_of(settings: Settings) -> Mapping[str, str]:
    """The environment in which a process of ours reads these settings."""
    credentials = {
        tenant: {"client_id": client.client_id, "client_secret": client.client_secret.get_secret_value()}
        for tenant, client in settings.commerce_credentials.items()
    }
    members = settings.model_dump() | {"commerce_credentials": credentials}
    texts = {f"INVOICES_{name.upper()}": _text(value) for name, value in members.items() if value is not None}
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **texts}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


class ServiceProcess:
    """`invoices {command}`; started, killed and started again."""

    def __init__(self, command: str, settings: Settings, log: Path) -> None:
        self._command = command
        self._settings = settings
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cli", self._command, env=environment_of(self._settings), stdout=log, stderr=log
            )

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """`kill -9`, in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """SIGTERM; its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.send_signal(number)
        return await process.wait()


class WorkerProcess(ServiceProcess):
    """`invoices worker`."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__("worker", settings, log)
